"""Events of two runs, paired: how late, which missing, which too many."""

from __future__ import annotations

import numpy as np
import pytest

from vle_analog.compare.quantity import Evidence, Quantity
from vle_analog.compare.timing import event_timing
from vle_analog.waveforms import Waveforms

CLOCK = np.arange(1.0, 101.0)


def test_a_slow_clock_is_late_and_misses_nothing() -> None:
    """1 % slow: the last event of 100 would come a whole period late, after the end of the run."""
    slow = 1.01 * CLOCK
    found = event_timing(CLOCK, slow[slow < 100.5], 100.5)
    assert (found.ideal, found.analog, found.complete, found.beyond) == (100, 99, True, 1)
    np.testing.assert_allclose(found.late, 0.01 * CLOCK[:99], atol=1e-12)
    assert found.worst == pytest.approx(0.99) and found.rms == pytest.approx(0.01 * np.sqrt(np.mean(CLOCK[:99] ** 2)))


def test_a_fast_clock_is_early_and_fits_more_in() -> None:
    found = event_timing(CLOCK[:99], 0.985 * CLOCK, 99.5)
    assert found.complete and found.beyond == 1 and found.worst == pytest.approx(-0.015 * 99)


@pytest.mark.parametrize("gone", [0, 41, 99])
def test_one_that_does_not_happen_is_missing_and_the_others_are_in_time(gone: int) -> None:
    found = event_timing(CLOCK, np.delete(CLOCK, gone) + 0.02, 101.0)
    np.testing.assert_allclose(found.missing, CLOCK[[gone]])
    assert not found.complete and len(found.extra) == 0
    np.testing.assert_allclose(found.late, 0.02)


@pytest.mark.parametrize("where", [0.7, 1.03, 50.01, 50.5, 100.4])
def test_one_too_many_is_extra_and_the_others_are_in_time(where: float) -> None:
    found = event_timing(CLOCK, np.sort(np.append(CLOCK, where)), 101.0)
    np.testing.assert_allclose(found.extra, [where])
    np.testing.assert_allclose(found.late, 0.0)
    assert len(found.late) == 100 and not found.complete


def test_none_of_any() -> None:
    nothing, found = event_timing(CLOCK[:0], CLOCK[:0], 1.0), event_timing(CLOCK[:3], CLOCK[:0], 10.0)
    assert nothing.complete and nothing.worst is None and nothing.rms is None
    assert len(found.missing) == 3 and found.to_metrics(10.0, 1e-3)["worst_seconds"] is None


def test_criteria_speak_of_events() -> None:
    time = np.array([0.0, 4.0])
    ideal = Waveforms(time, {}, {"fire": CLOCK[:3]})
    late, short = Waveforms(time, {}, {"fire": CLOCK[:3] + 0.1}), Waveforms(time, {}, {"fire": CLOCK[:2]})
    quantity = Quantity.parsed("lateness(fire)")
    assert (quantity.events, quantity.signals) == (("fire",), ())
    assert quantity.of(Evidence(ideal, late, ())) == pytest.approx(0.1)
    assert quantity.of(Evidence(ideal, short, ())) is None
    assert Quantity.parsed("abs(count(fire) - 3)").of(Evidence(ideal, short, ())) == 1.0
    assert Quantity.parsed("error(count(fire))").of(Evidence(ideal, late, ())) == 0.0
