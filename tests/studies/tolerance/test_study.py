"""Tolerances: the bisection on boards whose limit is known, and on a short chain."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.fleet.executors import Knowing, Refusing
from tests.fleet.fleets import SHORT, with_board
from tests.tool import visible
from vle_analog.compare.confidence import wilson
from vle_analog.compare.criterion import Criterion
from vle_analog.design.build import Build
from vle_analog.errors import UsageError
from vle_analog.fleet.cases import Cases
from vle_analog.fleet.nonidealities import Scales
from vle_analog.fleet.sample import Outcome
from vle_analog.lab.lab import Lab
from vle_analog.lesson.lesson import Lesson
from vle_analog.options import build
from vle_analog.production.production import Production
from vle_analog.production.trimming import Trim
from vle_analog.production.variation import draw
from vle_analog.studies.tolerance.report import report
from vle_analog.studies.tolerance.study import TolerancePlan, tolerance

LOSS = Criterion("loss", "<=", 0.05)


def known(case: Scales, board: int) -> Outcome:
    """A loss that is the scale times the board's own draw; lag is harmless, and feedthrough always too much."""
    if not case:
        return Outcome(0.01, None)
    ((name, scale),) = case
    own = scale * abs(draw(board, name))
    losses = {
        "multiplier and nonlinear lag": 0.01,
        "multiplier feedthrough": 1.0,
        "op-amp gain and bandwidth": 0.05 * scale / 7,
        "op-amp bias current": 1e-5 * own,
        "nonlinear cells' offset": 1e-9 * own,
    }
    return Outcome(losses.get(name, own), None)


def test_the_largest_size_is_the_quantile_of_the_boards_limits() -> None:
    study = tolerance(TolerancePlan(replace(SHORT, boards=100), LOSS), Lab(executor=Knowing(known)))
    kinds = {kind.kind: kind for kind in study.kinds}
    for name in ("op-amp offset", "multiplier input offsets", "resistor mismatch"):
        limits = np.sort([0.05 / abs(draw(board, name)) for board in range(100)])
        most, bad = kinds[name].most, kinds[name].least_bad
        assert most is not None and bad is not None
        # 95 of 100 boards are good up to the sixth smallest limit
        assert most.factor <= limits[5] < bad.factor <= 1.06 * most.factor
        assert most.boards == 100 and most.good >= 95 > bad.good and most.interval == wilson(most.good, 100)
        assert most.size == pytest.approx(most.factor * kinds[name].size)
    assert kinds["multiplier feedthrough"].most is None
    assert kinds["multiplier and nonlinear lag"].least_bad is None
    speed = kinds["op-amp gain and bandwidth"].most
    assert speed is not None and 8e6 / 7 <= speed.size < 1.06 * 8e6 / 7 and speed.boards == 1
    far, farthest = kinds["op-amp bias current"], kinds["nonlinear cells' offset"]
    assert far.most is not None and 1e3 < far.most.factor < 1e4 and far.least_bad is not None
    assert farthest.most is not None and farthest.most.factor == 1e4 and farthest.least_bad is None
    assert max(point.size for point in kinds["resistor mismatch"].points) <= 0.4


def test_a_short_chain_is_kept_and_found_again(tmp_path: Path) -> None:
    fleet = replace(with_board(SHORT, build=Build()), boards=4)
    ideal = Cases(fleet.blueprint(), None).run([()], [0])[0][0].loss
    assert ideal is not None
    plan = TolerancePlan(fleet, Criterion("loss", "<=", 1.2 * ideal), 0.75)
    lab = Lab(tmp_path)
    told = report(tolerance(plan, lab))
    lab.save(told)
    record = told.record
    assert json.loads((tmp_path / "tolerance.json").read_text()) == record
    assert visible(tmp_path) == {
        "boards", "tolerance.json", "tolerance.md", "tolerance.html", "tolerance.png",
    }  # fmt: skip
    assert [kind["kind"] for kind in record["kinds"]] == ["resistor mismatch", "capacitor mismatch"]
    allowed = record["kinds"][0]["allowed"]
    assert allowed["good"] >= 3 and allowed["size"] < record["kinds"][0]["first_too_much"]["size"]
    assert tolerance(plan, Lab(tmp_path, Refusing())).record() == record
    with pytest.raises(UsageError, match="even the board without non-idealities does not meet loss<=1e-09: loss"):
        tolerance(TolerancePlan(fleet, Criterion("loss", "<=", 1e-9)), lab)


def test_what_is_refused() -> None:
    with pytest.raises(UsageError, match="answers of task 'chain' are not right or wrong"):
        TolerancePlan(SHORT, Criterion("accuracy", ">=", 0.9)).check()
    with pytest.raises(UsageError, match="`wanted` must be over 0 and at most 1, not 0"):
        TolerancePlan(SHORT, wanted=0.0)
    with pytest.raises(UsageError, match="what trimmers leave"):
        TolerancePlan(with_board(SHORT, production=Production(trim=Trim.of(1e-4))))
    with pytest.raises(UsageError, match="`noise_scale` is not among what this study varies"):
        TolerancePlan(with_board(SHORT, production=Production(noise_scale=2.0)))


def test_criteria_by_default() -> None:
    assert str(TolerancePlan(SHORT).check()) == "loss<=0.05"
    xor = with_board(SHORT, lesson=Lesson("xor_small"))
    assert str(TolerancePlan(xor).check()) == "accuracy>=0.95"


def test_what_a_user_gets_who_says_only_the_task() -> None:
    plan = build(TolerancePlan, {"task": "chain"})
    assert plan.fleet.boards == 64 and plan.wanted == 0.95 and plan.criterion is None
    assert plan.fleet.board.build == Build(fidelity="macromodel")
    variation = plan.fleet.board.production.variation
    assert (variation.resistors.sigma, variation.capacitors.sigma) == (0.01, 0.05)
