"""Laws of the error measures."""

from __future__ import annotations

import numpy as np
import pytest

from vle_analog.compare.metrics import (
    ComparisonError,
    absolute_error,
    common_grid,
    delay,
    interpolate,
    mean_squared,
    nrmse,
    relative_error,
    trace_nrmse,
    window_means,
)
from vle_analog.errors import UsageError
from vle_analog.waveforms import Array, Waveforms

TIME = np.linspace(0.0, 20 * np.pi, 20_001)
SINE = np.sin(TIME)


def uneven(stop: float, count: int, seed: int = 0) -> Array:
    """Times from 0 to ``stop``, nine tenths of them in the first half."""
    rng = np.random.default_rng(seed)
    inner = np.r_[rng.uniform(0, stop / 2, 9 * count // 10), rng.uniform(stop / 2, stop, count // 10)]
    return np.unique(np.r_[0.0, inner, stop])


def test_equal_signals_have_no_error() -> None:
    assert nrmse(SINE, SINE) == 0.0


@pytest.mark.parametrize(("gain", "offset"), [(3.0, 0.0), (-0.01, 5.0), (1e6, -1e6)])
def test_nrmse_ignores_the_scale_and_the_origin_of_both(gain: float, offset: float) -> None:
    analog = SINE + 0.02 * np.cos(3 * TIME)
    assert nrmse(gain * SINE + offset, gain * analog + offset) == pytest.approx(nrmse(SINE, analog), rel=1e-6)


def test_a_sine_offset_by_a_tenth_is_off_by_a_twentieth_of_its_range() -> None:
    assert nrmse(SINE, SINE + 0.1) == pytest.approx(0.05, rel=1e-6)


def test_a_gain_error_counts_by_the_rms_of_the_sine() -> None:
    assert nrmse(SINE, 1.02 * SINE) == pytest.approx(0.02 / np.sqrt(2) / 2, rel=1e-3)


def test_a_constant_is_measured_by_its_size_and_zero_in_model_units() -> None:
    ones = np.ones(100)
    assert nrmse(-4 * ones, -4.1 * ones) == pytest.approx(0.025)
    assert nrmse(4 * ones + 1e-12 * np.arange(100), 4.1 * ones) == pytest.approx(0.025)
    assert nrmse(0 * ones, 0.3 * ones) == pytest.approx(0.3)


def test_nrmse_refuses_unequal_shapes() -> None:
    with pytest.raises(ComparisonError, match="shapes"):
        nrmse(SINE, SINE[1:])


def test_uneven_sampling_does_not_bias_the_mean() -> None:
    """The error is 1 in the second half only, where the analog run has a tenth of its samples."""
    stop = 20.0
    times = uneven(stop, 4_000)
    ideal = Waveforms(np.linspace(0, stop, 501), {"u": np.linspace(0, stop, 501)})
    analog = Waveforms(times, {"u": times + (times > stop / 2)})
    assert trace_nrmse(ideal, analog, ["u"])["u"] == pytest.approx(np.sqrt(0.5) / stop, rel=0.01)


def test_different_samplings_of_one_signal_agree() -> None:
    times = uneven(20.0, 8_000)
    grid = np.linspace(0, 20, 5_001)
    result = trace_nrmse(Waveforms(grid, {"u": np.sin(grid)}), Waveforms(times, {"u": np.sin(times)}), ["u"])
    assert result["u"] < 1e-4


def test_interpolation_never_overshoots_a_step_on_clustered_samples() -> None:
    times = np.array([0.0, 1.0, 1.0 + 1e-9, 1.1, 2.0, 3.0])
    values = interpolate(times, np.array([0.0, 0.0, 1.0, 1.0, 1.0, 1.0]), np.linspace(0, 3, 10_001))
    assert values.min() >= 0.0 and values.max() <= 1.0


def test_only_the_common_stretch_counts() -> None:
    ideal = Waveforms(np.linspace(0, 10, 101), {"u": np.linspace(0, 10, 101)})
    late = np.linspace(5, 20, 301)
    assert trace_nrmse(ideal, Waveforms(late, {"u": late}), ["u"])["u"] < 1e-12
    with pytest.raises(ComparisonError, match="no common stretch"):
        trace_nrmse(ideal, Waveforms(late + 5.5, {"u": late}), ["u"])


def test_the_grid_is_the_ideals_own_times_where_both_runs_are() -> None:
    ideal = np.array([0.0, 0.1, 0.5, 0.6, 2.0])
    assert common_grid(ideal, np.linspace(0.05, 1, 20)).tolist() == [0.1, 0.5, 0.6]
    assert common_grid(ideal, np.linspace(0, 1, 20), 11).size == 11


def test_uneven_samples_of_the_ideal_do_not_bias_the_mean() -> None:
    stop = 20.0
    times = uneven(stop, 4_000)
    analog = Waveforms(np.linspace(0, stop, 100_001), {"u": np.linspace(0, stop, 100_001)})
    ideal = Waveforms(times, {"u": times + (times > stop / 2)})
    assert trace_nrmse(ideal, analog, ["u"])["u"] == pytest.approx(np.sqrt(0.5) / (stop + 1), rel=0.01)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused_by_name(bad: float) -> None:
    broken = SINE.copy()
    broken[10_000] = bad
    with pytest.raises(
        ComparisonError, match=r"analog: signal 'u' has 1 values that are not finite.*t = 31\.4"
    ) as info:
        trace_nrmse(Waveforms(TIME, {"u": SINE}), Waveforms(TIME, {"u": broken}), ["u"])
    assert info.value.hint
    with pytest.raises(ComparisonError, match="not finite"):
        nrmse(SINE, broken)


def test_a_missing_signal_is_named_with_the_nearest() -> None:
    waves = Waveforms(TIME, {"u_1": SINE})
    with pytest.raises(UsageError, match="did you mean 'u_1'"):
        trace_nrmse(waves, waves, ["u_2"])


def test_repeated_times_are_allowed_but_not_time_running_backwards() -> None:
    doubled = Waveforms(np.repeat(TIME, 2), {"u": np.repeat(SINE, 2)})
    assert trace_nrmse(Waveforms(TIME, {"u": SINE}), doubled, ["u"])["u"] < 1e-12
    with pytest.raises(ComparisonError, match="backwards"):
        trace_nrmse(Waveforms(TIME[::-1], {"u": SINE}), doubled, ["u"])


@pytest.mark.parametrize("shift", [1e-4, 0.01, -0.03, 0.3, -1.0])
def test_the_delay_of_a_shifted_sine_is_recovered(shift: float) -> None:
    analog = 1.05 * np.sin(TIME - shift) + 0.2
    assert delay(TIME, SINE, analog) == pytest.approx(shift, rel=0.01)


def test_the_delay_survives_noise() -> None:
    noise = 0.05 * np.random.default_rng(0).standard_normal(TIME.size)
    assert delay(TIME, SINE, np.sin(TIME - 0.1) + noise) == pytest.approx(0.1, rel=0.02)


def test_constants_and_equal_signals_have_no_delay() -> None:
    assert delay(TIME, SINE, SINE) == pytest.approx(0.0, abs=1e-9)
    assert delay(TIME, np.ones_like(TIME), SINE) == 0.0
    assert delay(TIME, SINE, np.zeros_like(TIME)) == 0.0
    assert delay(TIME, TIME, TIME - 0.1) == 0.0  # a straight ramp: an offset, not a delay


def test_mean_squared_of_a_sine_over_whole_periods_is_one_half_at_any_sampling() -> None:
    times = uneven(20 * np.pi, 40_000)
    assert mean_squared(times, np.sin(times), 0.0, 20 * np.pi) == pytest.approx(0.5, rel=1e-4)
    assert mean_squared(TIME, SINE, 2 * np.pi, 6 * np.pi) == pytest.approx(0.5, rel=1e-6)


def test_windows_between_samples_are_interpolated() -> None:
    times = np.array([0.0, 10.0])
    means = window_means(times, np.array([0.0, 10.0]), np.array([1.0, 2.0, 5.0]))
    assert means == pytest.approx([1.5, 3.5])


def test_a_tiny_mean_after_large_ones_keeps_its_digits() -> None:
    times = np.linspace(0, 3, 3_001)
    values = np.where(times < 1, 1.0, 1e-24)
    assert window_means(times, values, np.array([0.0, 1.0, 2.0, 3.0]))[1:] == pytest.approx([1e-24, 1e-24], rel=1e-9)


def test_windows_must_lie_inside_and_not_be_empty() -> None:
    assert mean_squared(TIME, SINE, 0.0, TIME[-1] * (1 + 1e-8)) > 0  # a stop time off by rounding is no error
    with pytest.raises(ComparisonError, match="leaves the samples"):
        mean_squared(TIME, SINE, 0.0, 2 * TIME[-1])
    with pytest.raises(ComparisonError, match="empty"):
        mean_squared(TIME, SINE, 3.0, 3.0)


def test_parameter_errors() -> None:
    assert absolute_error(0.9, 1.0) == pytest.approx(0.1)
    assert relative_error(-1.8, -2.0) == pytest.approx(0.1)
    assert relative_error(0.1, 0.0) is None
