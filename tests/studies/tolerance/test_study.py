"""Tolerances: the bisection on boards whose limit is known, and on a short chain."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.studies.budget.test_study import SHORT
from vle_analog.compare.confidence import wilson
from vle_analog.compare.criterion import Criterion
from vle_analog.errors import UsageError
from vle_analog.fleet.cases import Cases
from vle_analog.fleet.nonidealities import Scales
from vle_analog.fleet.sample import Outcome
from vle_analog.production.variation import draw
from vle_analog.studies.tolerance import study as module
from vle_analog.studies.tolerance.study import TolerancePlan, save, tolerance_study

LOSS = Criterion("loss", "<=", 0.05)


class Known(Cases):
    """Boards whose loss is the scale times the board's own draw; lag is harmless, and feedthrough always too much."""

    def run(
        self, cases: Sequence[Scales], boards: Sequence[int], tell: Callable[[float], None] | None = None
    ) -> list[list[Outcome]]:
        def loss(case: Scales, board: int) -> float | None:
            if not case:
                return 0.01
            ((name, scale),) = case
            if name == "multiplier and nonlinear lag":
                return 0.01
            if name == "op-amp gain and bandwidth":
                return 0.05 * scale / 7
            if name in ("op-amp bias current", "nonlinear cells' offset"):
                return scale * abs(draw(board, name)) * (1e-5 if name == "op-amp bias current" else 1e-9)
            return 1.0 if name == "multiplier feedthrough" else scale * abs(draw(board, name))

        return [[Outcome(loss(case, board), None) for board in boards] for case in cases]


def test_the_largest_size_is_the_quantile_of_the_boards_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "Cases", Known)
    study = tolerance_study(TolerancePlan(replace(SHORT, boards=100), LOSS))
    found = {each.kind: each for each in study.kinds}
    for name in ("op-amp offset", "multiplier input offsets", "resistor mismatch"):
        limits = np.sort([0.05 / abs(draw(board, name)) for board in range(100)])
        most, bad = found[name].most, found[name].least_bad
        assert most is not None and bad is not None
        # 95 of 100 boards are good up to the sixth smallest limit
        assert most.factor <= limits[5] < bad.factor <= 1.06 * most.factor
        assert most.boards == 100 and most.good >= 95 > bad.good and most.interval == wilson(most.good, 100)
        assert most.size == pytest.approx(most.factor * found[name].size)
    assert found["multiplier feedthrough"].most is None
    assert found["multiplier and nonlinear lag"].least_bad is None
    speed = found["op-amp gain and bandwidth"].most
    assert speed is not None and 8e6 / 7 <= speed.size < 1.06 * 8e6 / 7 and speed.boards == 1
    far, farthest = found["op-amp bias current"], found["nonlinear cells' offset"]
    assert far.most is not None and 1e3 < far.most.factor < 1e4 and far.least_bad is not None
    assert farthest.most is not None and farthest.most.factor == 1e4 and farthest.least_bad is None
    assert max(point.size for point in found["resistor mismatch"].points) <= 0.4


def test_a_short_chain_is_kept_and_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = replace(SHORT, board=replace(SHORT.board, fidelity="ideal"), boards=4)
    ideal = Cases(asked.line(), None).run([()], [0])[0][0].loss
    assert ideal is not None
    plan = TolerancePlan(asked, Criterion("loss", "<=", 1.2 * ideal), 0.75)
    record = save(tolerance_study(plan, tmp_path), tmp_path)
    assert json.loads((tmp_path / "tolerance.json").read_text()) == record
    assert [each["kind"] for each in record["kinds"]] == ["resistor mismatch", "capacitor mismatch"]
    allowed = record["kinds"][0]["allowed"]
    assert allowed["good"] >= 3 and allowed["size"] < record["kinds"][0]["first_too_much"]["size"]
    monkeypatch.setattr("vle_analog.fleet.cases.run_boards", None)
    assert tolerance_study(plan, tmp_path).to_json() == record
    with pytest.raises(UsageError, match="even the board without non-idealities does not meet loss<=1e-09: loss"):
        tolerance_study(TolerancePlan(asked, Criterion("loss", "<=", 1e-9)), tmp_path)


@pytest.mark.parametrize(
    "plan, text",
    [
        (TolerancePlan(SHORT, Criterion("accuracy", ">=", 0.9)), "answers of task 'chain' are not right or wrong"),
        (TolerancePlan(SHORT, wanted=0.0), "--yield must be over 0 and at most 1, not 0"),
        (TolerancePlan(replace(SHORT, board=replace(SHORT.board, trim=1e-4))), "what trimmers leave"),
    ],
)
def test_what_is_refused(plan: TolerancePlan, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        tolerance_study(plan)


def test_criteria_by_default() -> None:
    assert str(TolerancePlan(SHORT).check()) == "loss<=0.05"
    assert str(TolerancePlan(replace(SHORT, task="xor_small", span=None)).check()) == "accuracy>=0.95"
