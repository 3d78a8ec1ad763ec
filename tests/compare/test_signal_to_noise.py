"""Signal to noise of known waveforms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vle_analog.compare.signal_to_noise import decibels, effective_bits, signal_to_noise
from vle_analog.waveforms import Array, Waveforms

STEP = 0.05
TIME = STEP * np.arange(20_001)


def heard(values: Array, time: Array = TIME) -> Waveforms:
    return Waveforms(time, {"r": values})


def tone(frequency: float, amplitude: float = 1.0) -> Array:
    return np.asarray(amplitude * np.sin(2 * np.pi * frequency * TIME))


def ratio(silent: Array, noisy: Array) -> float | None:
    return signal_to_noise(heard(silent), heard(noisy), ("r",), 10.0, 990.0, STEP)


def test_a_tone_in_the_band_counts_with_its_power_whatever_the_mean() -> None:
    signal = 5.0 + tone(0.05)
    assert ratio(signal, signal + tone(1.0, 0.01)) == pytest.approx(1e4, rel=1e-3)
    assert ratio(signal, signal + 0.01) == pytest.approx(0.5 / 1e-4, rel=1e-3)  # an offset is no less an error
    assert ratio(signal, signal) is None


def test_what_lies_beyond_a_quarter_of_the_steps_rate_does_not_count() -> None:
    signal = tone(0.05)
    white = np.random.default_rng(0).normal(0, 0.01, TIME.size)
    assert ratio(signal, signal + white) == pytest.approx(0.5 / (0.5 * 1e-4), rel=0.03)
    assert ratio(signal, signal + tone(0.3 / STEP, 0.01)) > 1e6  # type: ignore[operator]


def test_other_points_of_time_make_no_difference() -> None:
    uneven = np.unique(np.concatenate([TIME, TIME + 0.3 * STEP]))
    fine = heard(np.sin(0.3 * uneven) + 0.01 * np.sin(6 * uneven), uneven)
    found = signal_to_noise(heard(np.sin(0.3 * TIME)), fine, ("r",), 10.0, 990.0, STEP)
    assert found == pytest.approx(1e4, rel=0.02)


def test_what_is_not_finite_has_no_ratio() -> None:
    broken = tone(0.05)
    broken[100] = math.nan
    assert ratio(tone(0.05), broken) is None
    assert signal_to_noise(heard(tone(1.0)), heard(tone(2.0)), ("r",), 5.0, 5.0, STEP) is None


def test_twice_the_noise_costs_six_decibels_and_one_bit() -> None:
    assert decibels(100.0) == pytest.approx(20) and decibels(None) is None and effective_bits(None) is None
    one, other = effective_bits(4e4), effective_bits(1e4)
    assert one is not None and other is not None and one - other == pytest.approx(1, abs=1e-3)
    assert effective_bits(1.5 * 4.0**12) == pytest.approx(12, abs=0.01)  # a 12-bit converter, a sine of full scale
