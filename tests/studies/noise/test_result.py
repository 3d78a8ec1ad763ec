"""Where a criterion fails, and levels as plain data."""

from __future__ import annotations

import json

import pytest

from vle_analog.compare.confidence import wilson
from vle_analog.compare.criterion import Criterion
from vle_analog.fleet.sample import Outcome
from vle_analog.studies.noise.result import Level, NoiseLevels, spoilt

LOSS = Criterion("loss", "<=", 0.1)


def level(scale: float, *losses: float | None) -> Level:
    outcomes = [Outcome(loss, None, None if loss is None else loss / 2, 1e4 / scale**2) for loss in losses]
    return Level.of(scale, outcomes, LOSS)


def study(quiet: Level, *levels: Level) -> NoiseLevels:
    return NoiseLevels(LOSS, Outcome(0.0, None), quiet, levels, 0.3, task="chain", mode="deploy")


QUIET = Level.of(0.0, [Outcome(0.05, None)] * 4, LOSS)


def test_it_fails_where_fewer_than_half_of_the_good_ones_are_left() -> None:
    levels = [level(1.0, 0.05, 0.06, 0.05, 0.07), level(2.0, 0.05, 0.06, 0.2, None), level(4.0, 0.09, 0.3, 0.4, 0.5)]
    found = study(QUIET, *levels)
    assert found.holds is levels[1] and found.fails is levels[2]
    assert spoilt(QUIET, level(8.0, 0.2, 0.2, 0.2, 0.2), 0.05) and not spoilt(QUIET, levels[2], 0.05)
    poor = Level.of(0.0, [Outcome(0.05, None), Outcome(0.2, None), Outcome(0.2, None), Outcome(0.2, None)], LOSS)
    assert study(poor, *levels).fails is None and study(poor, *levels).holds is levels[2]
    assert study(QUIET, levels[2]).holds is None and study(QUIET).fails is None


def test_medians_ranges_and_boards_that_did_not_stay_finite() -> None:
    found = level(2.0, 0.05, 0.06, 0.2, None)
    assert found.good == 2 and found.interval == wilson(2, 4) and found.case.median == pytest.approx(0.13)
    assert found.silent == pytest.approx(0.065) and found.signal_to_noise == 2500.0
    record = json.loads(json.dumps(study(QUIET, found).record(), allow_nan=False))
    (written,) = record["levels"]
    assert written["loss_range"] == [0.05, None] and written["signal_to_noise_db"] == pytest.approx(34, abs=0.1)
    assert record["holds"]["scale"] == 2.0 and record["fails"] is None
    assert record["without_noise"]["good"] == 4 and record["without_noise"]["signal_to_noise_db"] is None
    assert level(2.0, None).silent is None
