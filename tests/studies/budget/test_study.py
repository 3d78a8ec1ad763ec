"""Error budgets: what the cases are, that finished boards are found again, and Sobol' indices of a known function."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.fleet.executors import Knowing, Refusing
from tests.fleet.fleets import ALL, SHORT, mismatched, trimmed, with_board
from tests.tool import visible
from vle_analog.design.build import Build
from vle_analog.errors import UsageError
from vle_analog.fleet.nonidealities import Scales, scales
from vle_analog.fleet.sample import Outcome
from vle_analog.lab.lab import Lab
from vle_analog.lesson.lesson import Lesson
from vle_analog.options import build
from vle_analog.production.production import Production
from vle_analog.studies.budget.report import report
from vle_analog.studies.budget.sobol import design_points, sobol
from vle_analog.studies.budget.study import BudgetPlan, budget


@pytest.mark.slow
def test_a_budget_is_kept_and_found_again(tmp_path: Path) -> None:
    plan = BudgetPlan(SHORT, rows=0)  # with indices: as users ask for it
    told: list[tuple[str, float]] = []
    lab = Lab(tmp_path, progress=lambda stage, fraction: told.append((stage, fraction)))
    told_of = report(budget(plan, lab))
    assert {stage for stage, _ in told} == {"design", "one by one", "together"}
    assert all(0 <= fraction <= 1 for _, fraction in told)
    lab.save(told_of)
    record = told_of.record
    assert json.loads((tmp_path / "budget.json").read_text()) == record
    assert visible(tmp_path) == {"boards", "budget.json", "budget.md", "budget.html", "budget.png"}
    kinds = {kind["kind"]: kind for kind in record["kinds"]}
    assert set(kinds) == set(ALL)
    assert record["kinds"][-1]["added"] == record["everything"]
    alone = [kind["alone"]["loss"] for kind in record["kinds"]]
    assert alone == sorted(alone)
    shared = kinds["op-amp gain and bandwidth"]["alone"]["losses"]
    assert shared[0] == shared[1] != record["ideal"]["losses"][0]
    losses = kinds["resistor mismatch"]["alone"]["losses"]
    assert losses[0] != losses[1]
    assert record["ideal"]["over_ideal"] == 1

    assert budget(plan, Lab(tmp_path, Refusing())).record() == record
    batch = max((tmp_path / "boards").rglob("*.jsonl"), key=lambda path: path.stat().st_size)
    batch.write_text(batch.read_text()[:-20])
    with pytest.raises(pytest.fail.Exception, match="ran again"):
        budget(plan, Lab(tmp_path, Refusing()))


def test_trimmers_say_what_they_leave_and_are_taken_away_once() -> None:
    lab = Lab(executor=Knowing(lambda case, board: Outcome(0.5 if dict(case).get("trimming") == 0 else 0.1, None)))
    study = budget(BudgetPlan(trimmed(SHORT), rows=0), lab)
    sizes = {kind.kind: kind.size for kind in study.contributions}
    assert sizes["multiplier output offset"] == sizes["multiplier input offsets"] == "5 mV, trimmed to 50 uV"
    assert sizes["multiplier gain error"] == "0.25 %" and sizes["op-amp offset"] == "500 uV"
    assert study.untrimmed is not None and study.untrimmed.median == 0.5 and study.everything.median == 0.1
    asked: list[tuple[Scales, int]] = lab.executor.asked  # type: ignore[attr-defined]
    assert {case for case, _ in asked if "trimming" in dict(case)} == {scales({**ALL, "trimming": 0.0})}
    assert budget(BudgetPlan(SHORT, rows=0), lab).untrimmed is None


def test_indices_are_of_the_first_boards() -> None:
    def known(case: Scales, board: int) -> Outcome:
        """Resistors cost, more on the second board."""
        return Outcome(0.01 * 10 ** ((1 + board) * dict(case).get("resistor mismatch", 0.0)), None)

    study = budget(BudgetPlan(SHORT, rows=4, sobol_boards=1), Lab(executor=Knowing(known)))
    assert study.sobol is not None and (study.sobol.rows, study.sobol.boards) == (4, 1)
    assert set(study.sobol.kinds) == set(ALL)
    _, total = study.sobol.of("resistor mismatch")
    assert total.value > 0 and study.sobol.of("op-amp offset")[1].value == 0


def known(weights: dict[str, float], product: float = 0.0) -> Callable[[Sequence[Scales]], list[list[Outcome]]]:
    """Two boards whose loss is known: its logarithm is a weighted sum of scales, and of the first two's product."""

    def run(cases: Sequence[Scales]) -> list[list[Outcome]]:
        outcomes = []
        for case in cases:
            given = dict(case)
            a, b = (given.get(name, 0.0) for name in list(weights)[:2])
            power = sum(weight * given.get(name, 0.0) for name, weight in weights.items())
            outcomes.append([Outcome(10 ** (power + product * (a - 0.5) * (b - 0.5) - 9), None)] * 2)
        return outcomes

    return run


def test_sobol_indices_of_a_sum_are_the_shares_of_its_variance() -> None:
    weights = {
        "resistor mismatch": 2.0,
        "op-amp offset": 1.0,
        "op-amp gain and bandwidth": 1.0,
        "multiplier gain error": 0,
    }
    variances = np.array([4 / 12, 1 / 12, 1 / 4, 0.0])  # uniform, uniform, on or off, nothing
    indices = sobol(list(weights), 512, known(weights))
    assert indices.variance == pytest.approx(variances.sum(), rel=0.05) and indices.boards == 2
    np.testing.assert_allclose(indices.first, variances / variances.sum(), atol=0.03)
    np.testing.assert_allclose(indices.total, indices.first, atol=0.03)
    inside = (indices.total_interval[:, 0] <= indices.total) & (indices.total <= indices.total_interval[:, 1])
    assert inside.all()
    indices = sobol(list(weights)[:2], 512, known(weights, 12.0))
    share = (144 / 144) / (144 / 144 + 5 / 12)  # of the product of two centred uniform numbers
    np.testing.assert_allclose(indices.total - indices.first, [share, share], atol=0.08)


def ishigami(cases: Sequence[Scales]) -> list[list[Outcome]]:
    """Boards whose loss' logarithm is Ishigami and Homma's function, a = 7 and b = 0.1, minus 20."""
    outcomes = []
    for case in cases:
        x, y, z = (np.pi * (2 * dict(case).get(name, 0.0) - 1) for name in ISHIGAMI)
        outcomes.append([Outcome(10 ** (np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x) - 20), None)])
    return outcomes


ISHIGAMI = ("resistor mismatch", "op-amp offset", "multiplier gain error")
#: first-order and total, in closed form (Saltelli et al., "Sensitivity Analysis", 2000, ch. 2)
_FIRST, _TOTAL = np.array([0.3139, 0.4424, 0.0]), np.array([0.5576, 0.4424, 0.2437])


def test_intervals_of_indices_hold_those_of_ishigamis_function_and_the_rows_they_ask_for_rank_it() -> None:
    few, many = (sobol(ISHIGAMI, rows, ishigami) for rows in (64, 1024))
    for indices, width in ((few, 1.0), (many, 0.25)):
        for exact, interval in ((_FIRST, indices.first_interval), (_TOTAL, indices.total_interval)):
            assert (interval[:, 0] <= exact).all() and (exact <= interval[:, 1]).all()
            assert np.ptp(interval, axis=1).max() < width
    ratio = np.ptp(few.total_interval, axis=1) / np.ptp(many.total_interval, axis=1)
    assert np.all((ratio > 2) & (ratio < 8))  # about one over the root of the rows
    assert set(few.rivals()) == set(ISHIGAMI) and few.rows_to_rank() > few.rows
    parted = sobol(ISHIGAMI, few.rows_to_rank(), ishigami)
    assert parted.rivals() == [ISHIGAMI[0]] and [parted.kinds[k] for k in parted.order] == list(ISHIGAMI)


def test_nothing_varies_without_influence() -> None:
    indices = sobol(["op-amp offset"], 4, known({"a": 0, "b": 0}))
    assert indices.variance == 0 and indices.total.tolist() == [0.0]


def test_a_design_has_one_column_of_the_other_matrix_each() -> None:
    kinds = ["resistor mismatch", "multiplier feedthrough", "op-amp offset"]
    points = design_points(kinds, 16)
    assert points.shape == (5, 16, 3) and set(points[:, :, 1].ravel()) == {0.0, 1.0}
    for column in range(3):
        same = [name for name in range(3) if name != column]
        assert (points[2 + column][:, same] == points[0][:, same]).all()
        assert (points[2 + column][:, column] == points[1][:, column]).all()
    assert 0.4 < points[0][:, 0].mean() < 0.6


def test_what_is_refused() -> None:
    for rows in (-1, 1, 3, 48):
        with pytest.raises(UsageError, match=f"`rows` must be a power of two, or 0, not {rows}"):
            BudgetPlan(SHORT, rows=rows)
    with pytest.raises(UsageError, match="`sobol_boards` must be at least 1, not 0"):
        BudgetPlan(SHORT, sobol_boards=0)
    with pytest.raises(UsageError, match="`noise_scale` is not among what this study varies"):
        BudgetPlan(with_board(SHORT, production=Production(noise_scale=2.0)))
    with pytest.raises(UsageError, match="span"):
        BudgetPlan(with_board(SHORT, lesson=Lesson("chain", span=-5.0))).check()
    with pytest.raises(UsageError, match="these boards have no non-ideality"):
        budget(BudgetPlan(with_board(mismatched(SHORT, 0.0, 0.0), build=Build())), Lab())


def test_what_a_user_gets_who_says_only_the_task() -> None:
    plan = build(BudgetPlan, {"task": "chain"})
    assert (plan.fleet.boards, plan.rows, plan.sobol_boards) == (16, 64, 4)
    assert plan.fleet.board.build == Build(fidelity="macromodel")
    variation = plan.fleet.board.production.variation
    assert (variation.resistors.sigma, variation.capacitors.sigma) == (0.01, 0.05)
