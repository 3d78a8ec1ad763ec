"""Error budgets: what the cases are, that finished boards are found again, and Sobol' indices of a known function."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vle_analog.errors import CircuitError, UsageError
from vle_analog.fleet import cases as cases_module
from vle_analog.fleet.blueprint import run_boards
from vle_analog.fleet.cases import Asked, Batch, Cases
from vle_analog.fleet.nonidealities import KINDS, NOISE, Scales, built, scales, sizes
from vle_analog.fleet.sample import Outcome
from vle_analog.lesson.on_chip import Board
from vle_analog.production.grades import Grade
from vle_analog.production.noise import noisy
from vle_analog.studies.budget.study import BudgetPlan, _sobol, budget_study, design_points, save

SHORT = Asked("chain", "gle", span=80.0, board=Board(fidelity="macromodel"), resistors=0.01, capacitors=0.05, boards=2)
ALL = {kind.name: 1.0 for kind in KINDS}
SILENT = {**ALL, NOISE.name: 0.0}


def test_all_kinds_make_the_board_that_the_design_has() -> None:
    made = SHORT.line()
    assert built(made, 3, scales(SILENT)) == made.board(3)
    assert built(made, 3, scales(ALL)) == noisy(made.board(3), 3)
    trimmed = replace(SHORT, board=replace(SHORT.board, trim=1e-4)).line()
    assert built(trimmed, 3, scales(SILENT)) == trimmed.board(3)
    assert built(trimmed, 3, scales({**SILENT, "trimming": 0.0})) == made.board(3)


def test_grades_are_scaled_as_all_other_parts() -> None:
    graded = replace(SHORT, grades=(Grade("w1", 0.001), Grade("u*", capacitors=0.02)))
    made = graded.line()
    assert built(made, 3, scales(SILENT)) == made.board(3) != SHORT.line().board(3)
    ideal = replace(graded, board=Board()).line()
    half = replace(ideal, variation=replace(graded, resistors=0.005, capacitors=0.0, grades=(
        Grade("w1", 0.0005), Grade("u*", capacitors=0.0))).variation)  # fmt: skip
    assert built(ideal, 3, scales({"resistor mismatch": 0.5})) == half.board(3)
    lone = sizes(replace(SHORT, resistors=0.0, capacitors=0.0, grades=(Grade("w1", 0.002),)).line())
    assert lone["resistor mismatch"] == 0.002 and "capacitor mismatch" not in lone


def test_sizes_are_the_parts_own() -> None:
    found = sizes(SHORT.line())
    assert set(found) == set(ALL)
    assert found["op-amp offset"] == 0.5e-3 and found["op-amp gain and bandwidth"] == 8e6
    assert found["multiplier output offset"] == 5e-3 and found["resistor mismatch"] == 0.01
    assert found["noise"] == 1
    assert found["multiplier and nonlinear lag"] == pytest.approx(159e-9, rel=1e-2)
    halved = sizes(replace(SHORT, board=replace(SHORT.board, offsets=0.5), capacitors=0.0).line())
    assert halved["op-amp offset"] == 0.25e-3 and "capacitor mismatch" not in halved
    ideal = sizes(replace(SHORT, board=Board()).line())
    assert set(ideal) == {"resistor mismatch", "capacitor mismatch"}


def test_without_kinds_real_parts_are_ideal_ones() -> None:
    real, ideal = SHORT.line(), replace(SHORT, board=Board()).line()
    for case in (scales({}), scales({"resistor mismatch": 1.0})):
        (one,), (other,) = Cases(real, None).run([case], [4]), Cases(ideal, None).run([case], [4])
        assert one[0].loss == pytest.approx(other[0].loss, rel=1e-6)


def test_a_budget_is_kept_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = BudgetPlan(SHORT, rows=0)  # with indices: as users ask for it
    told: list[tuple[str, float]] = []
    study = budget_study(plan, tmp_path, progress=lambda stage, fraction: told.append((stage, fraction)))
    record = save(study, tmp_path)
    assert json.loads((tmp_path / "budget.json").read_text()) == record
    assert {stage for stage, _ in told} == {"design", "one by one", "together"}
    assert all(0 <= fraction <= 1 for _, fraction in told)
    kinds = {each["kind"]: each for each in record["kinds"]}
    assert set(kinds) == set(ALL)
    assert record["kinds"][-1]["added"] == record["everything"]
    alone = [each["alone"]["loss"] for each in record["kinds"]]
    assert alone == sorted(alone)
    shared = kinds["op-amp gain and bandwidth"]["alone"]["losses"]
    assert shared[0] == shared[1] != record["ideal"]["losses"][0]
    losses = kinds["resistor mismatch"]["alone"]["losses"]
    assert losses[0] != losses[1]
    assert record["ideal"]["over_ideal"] == 1

    def refuse(*arguments: object) -> None:
        raise AssertionError("ran again")

    monkeypatch.setattr(cases_module, "run_boards", refuse)
    assert budget_study(plan, tmp_path).to_json() == record
    batch = max((tmp_path / "boards").rglob("*.jsonl"), key=lambda path: path.stat().st_size)
    batch.write_text(batch.read_text()[:-20])
    with pytest.raises(AssertionError, match="ran again"):
        budget_study(plan, tmp_path)


def test_trimmers_say_what_they_leave_and_are_taken_away_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Scales] = []

    def run(self: Cases, cases: Sequence[Scales], boards: Sequence[int], tell: object = None) -> list[list[Outcome]]:
        seen.extend(cases)
        return [[Outcome(0.5 if dict(case).get("trimming") == 0 else 0.1, None)] * len(boards) for case in cases]

    monkeypatch.setattr(Cases, "run", run)
    study = budget_study(BudgetPlan(replace(SHORT, board=replace(SHORT.board, trim=1e-4)), rows=0))
    found = {each.kind: each.size for each in study.contributions}
    assert found["multiplier output offset"] == found["multiplier input offsets"] == "5 mV, trimmed to 50 uV"
    assert found["multiplier gain error"] == "0.25 %" and found["op-amp offset"] == "500 uV"
    assert study.untrimmed is not None and study.untrimmed.median == 0.5 and study.everything.median == 0.1
    assert [case for case in seen if "trimming" in dict(case)] == [scales({**ALL, "trimming": 0.0})]
    assert budget_study(BudgetPlan(SHORT, rows=0)).untrimmed is None


class Known(Cases):
    """Boards whose loss is known: its logarithm is a weighted sum of scales."""

    def __init__(self, weights: dict[str, float], product: float = 0.0) -> None:
        self.weights, self.product = weights, product

    def run(
        self, cases: Sequence[Scales], boards: Sequence[int], tell: Callable[[float], None] | None = None
    ) -> list[list[Outcome]]:
        found = []
        for case in cases:
            given = dict(case)
            a, b = (given.get(name, 0.0) for name in list(self.weights)[:2])
            power = sum(weight * given.get(name, 0.0) for name, weight in self.weights.items())
            found.append([Outcome(10 ** (power + self.product * (a - 0.5) * (b - 0.5) - 9), None)] * len(boards))
        return found


def test_sobol_indices_of_a_sum_are_the_shares_of_its_variance() -> None:
    weights = {
        "resistor mismatch": 2.0,
        "op-amp offset": 1.0,
        "op-amp gain and bandwidth": 1.0,
        "multiplier gain error": 0,
    }
    variances = np.array([4 / 12, 1 / 12, 1 / 4, 0.0])  # uniform, uniform, on or off, nothing
    plan = BudgetPlan(SHORT, rows=512)
    found = _sobol(plan, list(weights), Known(weights), lambda stage, fraction: None)
    assert found.variance == pytest.approx(variances.sum(), rel=0.05)
    np.testing.assert_allclose(found.first, variances / variances.sum(), atol=0.03)
    np.testing.assert_allclose(found.total, found.first, atol=0.03)
    inside = (found.total_interval[:, 0] <= found.total) & (found.total <= found.total_interval[:, 1])
    assert inside.all()
    found = _sobol(plan, list(weights)[:2], Known(weights, 12.0), lambda stage, fraction: None)
    share = (144 / 144) / (144 / 144 + 5 / 12)  # of the product of two centred uniform numbers
    np.testing.assert_allclose(found.total - found.first, [share, share], atol=0.08)


def test_nothing_varies_without_influence() -> None:
    found = _sobol(BudgetPlan(SHORT, rows=4), ["op-amp offset"], Known({"a": 0, "b": 0}), lambda stage, fraction: None)
    assert found.variance == 0 and found.total.tolist() == [0.0]


def test_a_design_has_one_column_of_the_other_matrix_each() -> None:
    kinds = ["resistor mismatch", "multiplier feedthrough", "op-amp offset"]
    points = design_points(kinds, 16)
    assert points.shape == (5, 16, 3) and set(points[:, :, 1].ravel()) == {0.0, 1.0}
    for column in range(3):
        same = [name for name in range(3) if name != column]
        assert (points[2 + column][:, same] == points[0][:, same]).all()
        assert (points[2 + column][:, column] == points[1][:, column]).all()
    assert 0.4 < points[0][:, 0].mean() < 0.6


@pytest.mark.parametrize(
    "plan, text",
    [
        (BudgetPlan(SHORT, rows=12), "--sobol must be a power of two, or 0, not 12"),
        (BudgetPlan(SHORT, sobol_boards=0), "--sobol-boards must be at least 1"),
        (BudgetPlan(replace(SHORT, boards=0)), "--boards must be at least 1"),
        (BudgetPlan(replace(SHORT, first=-1)), "--first must not be negative"),
        (BudgetPlan(replace(SHORT, resistors=5.0)), "must be at least 0 and below 0.5, not 5"),
        (BudgetPlan(replace(SHORT, board=Board(), resistors=0, capacitors=0)), "no non-ideality"),
    ],
)
def test_what_is_refused(plan: BudgetPlan, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        budget_study(plan)


def test_a_board_too_fast_for_the_step_takes_finer_ones_alone() -> None:
    made = replace(SHORT, board=Board()).line()
    cases = [scales({"capacitor mismatch": size / 0.05}) for size in (0.01, 0.4)]
    tame, wild = Cases(made, None).run(cases, range(45, 48))
    assert all(each.loss is not None for each in wild)
    (alone,) = Cases(made, None).run(cases[:1], range(45, 48))
    assert alone == tame
    with pytest.raises(CircuitError, match="too short for steps"):
        run_boards(Batch(**vars(made), cases=tuple((cases[1], board) for board in range(45, 48))), range(3))
