"""Which part of a run to draw: stretches of time, enough samples, and the parameters worth seeing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from vle_analog.compare.metrics import CONSTANT, common_grid, interpolate, samples
from vle_analog.waveforms import Array, Waveforms

BINS = 800
"""Time bins per panel: each keeps its lowest and highest sample, more than half a page's width resolves."""
PERIODS = 12
"""Oscillations shown per window of a long run, and a quarter of how many make a run long."""


def envelope(time: Array, values: Array, bins: int = BINS, *, log: bool = False) -> tuple[Array, Array]:
    """The lowest and the highest sample of each time bin, in order of time: looks the same, draws far fewer points.

    Args:
        time: increasing, shape (n,); positive where ``log``.
        values: shape (n,).
        bins: bins of equal width along the axis; at most ``2 bins + 2`` samples are kept.
        log: bins of equal width in the logarithm of time.

    Returns:
        Times and values of shape (m,), ``m <= n``; all of them where there are few, and always the first and the last.
    """
    if time.size <= 2 * bins + 2 and not log:
        return time, values
    axis = np.log(time) if log else time
    starts = np.unique(np.searchsorted(axis, np.linspace(axis[0], axis[-1], bins + 1)[:-1]))
    place = np.repeat(np.arange(starts.size), np.diff(starts, append=time.size))
    keep = np.zeros(time.size, dtype=bool)
    keep[[0, -1]] = True
    for extreme in (np.minimum, np.maximum):
        found = np.flatnonzero(values == extreme.reduceat(values, starts)[place])
        keep[found[np.unique(place[found], return_index=True)[1]]] = True  # the first in each bin
    return time[keep], values[keep]


def around(waveforms: Waveforms, start: float, stop: float) -> Waveforms:
    """The samples of a stretch and one more at each side, so that interpolation reaches its ends."""
    low = max(int(np.searchsorted(waveforms.time, start, "right")) - 2, 0)
    high = int(np.searchsorted(waveforms.time, stop, "left")) + 2
    return Waveforms(waveforms.time[low:high], {name: values[low:high] for name, values in waveforms.signals.items()})


def stretches(
    ideal: Waveforms, analog: Waveforms, names: Sequence[str], windows: float | None
) -> list[tuple[float, float]]:
    """What stretches of time to draw: the whole run, or its first and its last ``windows`` model units."""
    grid = common_grid(ideal.time, analog.time)
    start, stop = float(grid[0]), float(grid[-1])
    if windows is None:
        shortest = min(period(grid, interpolate(*samples(ideal, name, "ideal"), grid)) for name in names)
        windows = float(f"{PERIODS * shortest:.2g}") if stop - start > 4 * PERIODS * shortest else math.inf
    if 2 * windows >= stop - start:
        return [(start, stop)]
    return [(start, start + windows), (stop - windows, stop)]


def period(time: Array, values: Array) -> float:
    """The mean period by counting how often a signal crosses its middle; infinite where it hardly does."""
    if np.ptp(values) <= CONSTANT * np.max(np.abs(values)):
        return math.inf
    above = values > 0.5 * (values.min() + values.max())
    crossings = int(np.count_nonzero(above[1:] != above[:-1]))
    return 2 * float(time[-1] - time[0]) / crossings if crossings > 2 else math.inf


def first_move(time: Array, trajectories: Sequence[Array], begin: float, end: float) -> float | None:
    """Moment at which a logarithmic time axis should start, counted from ``begin``; None where plain time reads better.

    Logarithmic where half of the trajectories' travel is over within a twentieth of the learning time; it then starts
    where the first twentieth of the earliest travel is done, at most four decades before the end.
    """
    learning = (time >= begin) & (time <= end)
    if np.count_nonzero(learning) < 8:
        return None
    since = time[learning] - begin
    halves: list[float] = []
    starts: list[float] = []
    for trajectory in trajectories:
        distance = np.abs(trajectory[learning] - trajectory[learning][0])
        if distance.max() <= 1e-9 * np.max(np.abs(trajectory)):
            continue
        travel = np.maximum.accumulate(distance) / distance.max()
        halves.append(float(since[np.argmax(travel >= 0.5)]))
        starts.append(float(since[np.argmax(travel >= 0.05)]))
    if not halves or float(np.median(halves)) > (end - begin) / 20:
        return None
    return max(0.5 * float(min(starts)), 1e-4 * (end - begin), float(since[1]))


def moved_most(ideal: Waveforms, names: Sequence[str], limit: int) -> list[str]:
    """The parameters whose ideal trajectories end farthest from where they start, in the order given.

    Raises:
        UsageError: a parameter's signal is missing.
        ComparisonError: a value is not finite.
    """
    trajectories = (samples(ideal, name, "ideal")[1] for name in names)
    travel = np.array([abs(values[-1] - values[0]) for values in trajectories])
    chosen = np.argsort(-travel, kind="stable")[:limit]
    return [names[index] for index in sorted(chosen.tolist())]
