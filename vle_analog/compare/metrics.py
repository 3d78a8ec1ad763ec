"""How far two waveforms are apart: numbers that depend neither on the sampling nor on the signal's scale.

The normalised error (NRMSE)
============================
For one signal, with ``x`` the ideal and ``y`` the analog waveform,

    nrmse = sqrt(< (y - x)^2 >) / (max x - min x)

where ``< >`` is the mean over *time* (not over samples), so 0.01 reads "one percent of the signal's swing". Two cases
have no swing to divide by: where the ideal is constant (its range is at most 1e-9 of max ``|x|``) the divisor is
max ``|x|``, and where it is identically zero the divisor is 1, so the result is the plain RMS in model units.

Resampling
==========
The ideal is exact at its own sample times, so the two are compared there; only the analog waveform, which has a sample
at every step of an adaptive solver, is interpolated, by monotone cubics (PCHIP, Fritsch and Carlson, SIAM J. Numer.
Anal. 17, 1980). Measured on a sine with 60 (200) uneven samples per period, its error is 1.3e-4 (9e-6) of the range,
against 5.4e-4 (5e-5) for straight lines, which is too close to the errors that a good circuit makes. A cubic spline
would be finer still on smooth signals but overshoots a step between uneven samples by half the step's height; PCHIP
never overshoots. Each sample weighs with the stretch of time that it stands for (trapezoidal rule).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vle_analog.errors import UsageError, VleAnalogError, nearest
from vle_analog.waveforms import Array, Waveforms

CONSTANT = 1e-9
"""A signal whose range is at most this fraction of its largest magnitude counts as constant."""
_EDGE = 1e-6  # how far a window may stick out of the samples, as a fraction of their span (rounded stop times)


class ComparisonError(VleAnalogError):
    """Two waveforms that cannot be compared: not finite, not ordered in time, or never overlapping."""


class Aligned(NamedTuple):
    """One signal, ideal and analog, on one time axis; all arrays of shape (n,), in model units."""

    name: str
    time: Array
    ideal: Array
    analog: Array


def samples(waveforms: Waveforms, name: str, source: str = "waveforms") -> tuple[Array, Array]:
    """The time axis and the values of one signal, checked; of samples at equal times the last is kept.

    Args:
        waveforms: where to look.
        name: the signal.
        source: how an error calls the waveforms, e.g. ``"ideal"``.

    Returns:
        Strictly increasing times and values, each of shape (m,), in model units.

    Raises:
        UsageError: there is no such signal.
        ComparisonError: a value or a time is not finite, or time runs backwards.
    """
    if name not in waveforms.signals:
        raise UsageError(f"no signal '{name}'", where=source, hint=nearest(name, waveforms.signals))
    time, values = waveforms.time, waveforms[name]
    if time.size == 0:
        raise ComparisonError(f"signal '{name}' has no samples", where=source)
    bad = np.flatnonzero(~(np.isfinite(values) & np.isfinite(time)))
    if bad.size:
        first = int(bad[0])
        raise ComparisonError(
            f"signal '{name}' has {bad.size} values that are not finite, the first at t = {time[first]:.6g}",
            where=source,
            hint="the solver diverged or divided by zero before that time: look at the waveform just before it.",
        )
    steps = np.diff(time)
    if np.any(steps < 0):
        raise ComparisonError(f"time runs backwards at t = {time[int(np.argmax(steps < 0))]:.6g}", where=source)
    if np.any(steps == 0):
        keep = np.append(steps > 0, True)
        return time[keep], values[keep]
    return time, values


def interpolate(time: Array, values: Array, at: Array) -> Array:
    """Monotone cubic (PCHIP) interpolation, held flat outside the samples.

    Args:
        time: strictly increasing, shape (m,).
        values: shape (m,).
        at: where to evaluate, shape (n,).

    Returns:
        Values of shape (n,).
    """
    if time.size == 1:
        return np.full(at.shape, values[0])
    if np.array_equal(time, at):
        return values
    inside = np.clip(at, time[0], time[-1])
    return np.asarray(_interpolant(time, values)(inside), dtype=np.float64)


def _interpolant(time: Array, values: Array) -> Any:
    """The piecewise cubic through samples that does not overshoot (Fritsch and Carlson 1980)."""
    from scipy.interpolate import PchipInterpolator  # loads for half a second; printing a result needs no curve

    return PchipInterpolator(time, values)


def common_grid(ideal: Array, analog: Array, points: int | None = None) -> Array:
    """The times at which two runs are compared, over the stretch that both cover.

    Args:
        ideal: increasing times of shape (m,).
        analog: increasing times of shape (k,).
        points: so many evenly spaced times; by default the ideal's own.

    Returns:
        Times of shape (n,).

    Raises:
        ComparisonError: the two share no stretch of time.
    """
    spans = [f"{axis[0]:g} to {axis[-1]:g}" if axis.size else "nothing" for axis in (ideal, analog)]
    if not ideal.size or not analog.size or max(ideal[0], analog[0]) >= min(ideal[-1], analog[-1]):
        raise ComparisonError(f"no common stretch of time: ideal covers {spans[0]}, analog {spans[1]}")
    start, stop = float(max(ideal[0], analog[0])), float(min(ideal[-1], analog[-1]))
    if points is None:
        own = ideal[(ideal >= start) & (ideal <= stop)]
        return own if own.size > 1 else np.array([start, stop])
    return np.linspace(start, stop, points)


def align(ideal: Waveforms, analog: Waveforms, names: Iterable[str], points: int | None = None) -> Iterator[Aligned]:
    """Each named signal of both waveforms on one time axis, one signal at a time to bound memory.

    Args:
        ideal: the reference's waveforms.
        analog: the simulated circuit's waveforms.
        names: the signals, present in both.
        points: see :func:`common_grid`.

    Raises:
        UsageError: a signal is missing.
        ComparisonError: see :func:`samples` and :func:`common_grid`.
    """
    grid: Array | None = None
    for name in names:
        ideal_samples, analog_samples = samples(ideal, name, "ideal"), samples(analog, name, "analog")
        if grid is None:
            grid = common_grid(ideal_samples[0], analog_samples[0], points)
        yield Aligned(name, grid, interpolate(*ideal_samples, grid), interpolate(*analog_samples, grid))


def resampled(waveforms: Waveforms, time: Array) -> Waveforms:
    """The same signals at other times (those that the waveforms cover), for many comparisons at once.

    Args:
        waveforms: of one run, shape (m,) per signal.
        time: increasing times, shape (n,).

    Raises:
        ComparisonError: a value is not finite.
    """
    inside = time[(time >= waveforms.time[0]) & (time <= waveforms.time[-1] * (1 + _EDGE))]
    signals = {name: interpolate(*samples(waveforms, name), inside) for name in waveforms.signals}
    return replace(waveforms, time=inside, signals=signals)


def is_constant(values: Array) -> bool:
    """Whether the range of ``values``, shape (n,), is at most 1e-9 of their largest magnitude."""
    return bool(np.ptp(values) <= CONSTANT * np.max(np.abs(values)))


def scale(ideal: Array) -> float:
    """What an error is divided by: the range; the magnitude of a constant; 1 for a signal that is zero throughout."""
    if not is_constant(ideal):
        return float(np.ptp(ideal))
    return float(np.max(np.abs(ideal))) or 1.0


def nrmse(ideal: Array, analog: Array, time: Array | None = None) -> float:
    """RMS of the difference over the ideal's range (max - min).

    Where the ideal is constant (range at most 1e-9 of max ``|ideal|``): over max ``|ideal|``. Where it is zero
    throughout: the plain RMS in model units.

    Args:
        ideal: samples, shape (n,), model units.
        analog: samples at the same times, shape (n,), model units.
        time: the times, shape (n,); by default uniform.

    Raises:
        ComparisonError: shapes differ or a value is not finite.
    """
    if ideal.shape != analog.shape or ideal.size == 0:
        raise ComparisonError(f"cannot compare arrays of shapes {ideal.shape} and {analog.shape}")
    for name, values in (("ideal", ideal), ("analog", analog)):
        if not np.all(np.isfinite(values)):
            raise ComparisonError(f"the {name} signal has values that are not finite")
    weights = None if time is None or time.size < 2 else np.gradient(time)
    return float(np.sqrt(np.average((analog - ideal) ** 2, weights=weights))) / scale(ideal)


def trace_nrmse(
    ideal: Waveforms, analog: Waveforms, names: Iterable[str], points: int | None = None
) -> dict[str, float]:
    """:func:`nrmse` of each named signal, time-weighted, over the time that both waveforms share.

    Args:
        ideal: the reference's waveforms.
        analog: the circuit's waveforms, on any other time axis.
        names: the signals, present in both.
        points: see :func:`common_grid`.

    Raises:
        UsageError: a signal is missing.
        ComparisonError: a value is not finite (the error names the signal), or the two never overlap.
    """
    return {pair.name: nrmse(pair.ideal, pair.analog, pair.time) for pair in align(ideal, analog, names, points)}


def delay(time: Array, ideal: Array, analog: Array) -> float:
    """The shift ``d``, in model units of time, by which ``analog`` lags ``ideal`` (negative where it leads).

    Least squares over ``d`` and a constant offset ``c`` of ``analog(t) - ideal(t - d) - c`` by Gauss-Newton from
    ``d = 0``; its first step is the projection of the residual on the ideal's derivative, exact alone for small delays.
    The minimum found is the one next to zero, so a periodic signal's delay should stay below half a period; no delay
    beyond a quarter of the time axis is returned. An amplitude error does not bias the result over many periods; where
    a signal only rises, an amplitude error and a delay look alike, and on a straight ramp a delay is an offset: 0.

    Args:
        time: increasing times, shape (n,); for a result that weighs all of it alike, uniform.
        ideal: shape (n,).
        analog: shape (n,).

    Returns:
        The delay; 0 where either signal is constant.
    """
    if time.size < 8 or is_constant(ideal) or is_constant(analog):
        return 0.0
    curve = _interpolant(time, ideal)
    slope = np.gradient(ideal, time)
    span = float(time[-1] - time[0])

    def shared(one: float, other: float) -> NDArray[np.bool_]:
        """The times for which the ideal, shifted by either, has samples."""
        first, last = time[0] + max(one, other, 0.0), time[-1] + min(one, other, 0.0)
        return np.asarray((time >= first) & (time <= last), dtype=np.bool_)

    def residual(shift: float, window: NDArray[np.bool_]) -> Array:
        difference = analog[window] - curve(time[window] - shift)
        return np.asarray(difference - difference.mean(), dtype=np.float64)

    shift = 0.0
    for _ in range(50):
        window = shared(shift, shift)
        derivative = np.interp(time[window] - shift, time, slope)
        centred = derivative - derivative.mean()
        power = float(centred @ centred)
        if power <= 1e-12 * float(derivative @ derivative):
            break
        step = -float(residual(shift, window) @ centred) / power
        for _ in range(20):  # halve the step until it helps, judged over the same stretch of time
            trial = float(np.clip(shift + step, -span / 4, span / 4))
            window = shared(shift, trial)
            if np.sum(residual(trial, window) ** 2) < np.sum(residual(shift, window) ** 2):
                break
            step /= 2
        else:
            break
        moved, shift = abs(trial - shift), trial
        if moved < 1e-9 * span:
            break
    return shift


def window_means(time: Array, values: Array, edges: Array) -> Array:
    """Time-weighted means over consecutive windows: the trapezoid rule on samples at any spacing.

    Values at the windows' edges are interpolated linearly. Each window is summed by itself (no running total), so a
    mean of 1e-20 after windows of order one keeps its digits.

    Args:
        time: strictly increasing, shape (m,).
        values: shape (m,).
        edges: increasing window edges, shape (n + 1,), inside the samples' span.

    Returns:
        Means of shape (n,), in units of ``values``.

    Raises:
        ComparisonError: the edges do not increase, or stick out of the samples.
    """
    if edges.size < 2 or np.any(np.diff(edges) <= 0):
        raise ComparisonError(f"a window from {edges[0]:g} to {edges[-1]:g} is empty")
    slack = _EDGE * (time[-1] - time[0])
    if edges[0] < time[0] - slack or edges[-1] > time[-1] + slack:
        raise ComparisonError(
            f"the window from {edges[0]:g} to {edges[-1]:g} leaves the samples, which cover {time[0]:g} to {time[-1]:g}"
        )
    inside = time[(time > edges[0]) & (time < edges[-1])]
    merged = np.union1d(inside, edges)
    filled = np.interp(merged, time, values)
    areas = 0.5 * (filled[1:] + filled[:-1]) * np.diff(merged)
    sums = np.add.reduceat(areas, np.searchsorted(merged, edges[:-1]))
    return np.asarray(sums / np.diff(edges), dtype=np.float64)


def mean_squared(time: Array, error: Array, start: float, stop: float) -> float:
    """Time-weighted mean of ``error**2`` over one window.

    Args:
        time: strictly increasing, shape (m,), model units.
        error: shape (m,), model units.
        start: where the window begins, model units.
        stop: where it ends.

    Raises:
        ComparisonError: the window is empty or leaves the samples.
    """
    return float(window_means(time, error**2, np.array([start, stop], dtype=np.float64))[0])


def absolute_error(value: float, true: float) -> float:
    """``|value - true|``, model units."""
    return abs(value - true)


def relative_error(value: float, true: float) -> float | None:
    """``|value - true| / |true|``, or None where the true value is zero."""
    return abs(value - true) / abs(true) if true else None
