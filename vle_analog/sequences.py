"""Sequences of held levels as stimuli: random, given or square, Gaussian-smoothed or with short ramps."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vle_analog.errors import EquationError
from vle_analog.stimulus import (
    Array,
    Pace,
    PeriodicSource,
    Source,
    Stimulus,
    TableSource,
    corners,
    finite,
    inside,
    positive,
)

REACH = 8.0
"""Sigmas beyond which a Gaussian-smoothed step is flat to double precision."""
RAMP = 0.01
"""Duration of an unsmoothed step, as a fraction of the hold that it begins."""
TABLE_ERROR = 1e-5
"""Error of linear interpolation in a table of a smooth stimulus, relative to its amplitude."""
TABLE_POINTS = 200_000
"""Most points of such a table; where more would be needed, its error grows instead."""
EDGE_POINTS = 24
"""So many points each smoothed step has even where that makes more (error about 1e-3)."""
MAX_HOLDS = 1_000_000
"""Most values of one `Held` sequence."""
MAX_SMOOTHING = 50.0
"""Largest Gaussian sigma, in holds: beyond it nothing of the steps is left."""


class _Steps(Stimulus, ABC):
    """A sequence of levels, each held for one ``hold``, Gaussian-smoothed or with short ramps."""

    hold: float
    smoothing: float
    amplitude: float

    @property
    def _hold(self) -> float:
        return self.hold

    @property
    def _amplitude(self) -> float:
        return self.amplitude

    @abstractmethod
    def _level(self, k: NDArray[np.int64]) -> Array:
        """The level held from k hold to (k + 1) hold."""

    def __call__(self, t: Array) -> Array:
        t = np.asarray(t, float)
        if self.smoothing:
            from scipy.special import ndtr  # takes longer to load than all else that stimuli need

            return self._over_steps(t, ndtr, base=True)
        k = np.floor(t / self._hold).astype(np.int64)
        ramp = np.clip((t - k * self._hold) / (RAMP * self._hold), 0, 1)
        before = self._level(k - 1)
        return np.asarray(before + (self._level(k) - before) * ramp)

    def _over_steps(self, t: Array, shape: Callable[[Array], Array], base: bool) -> Array:
        """Sum of ``jump * shape((t - edge) / sigma)`` over the edges near t, on the level before them."""
        hold, sigma = self._hold, self.smoothing
        first = np.ceil((t - REACH * sigma) / hold).astype(np.int64)
        below = self._level(first - 1)
        result = below.copy() if base else np.zeros(t.shape)
        for offset in range(int(2 * REACH * sigma / hold) + 2):
            k = first + offset
            level = self._level(k)
            result += (level - below) * shape((t - k * hold) / sigma)
            below = level
        return result

    def breakpoints(self, span: float) -> Array:
        if self.smoothing:
            return np.empty(0)
        edges = self._hold * np.arange(_count(span / self._hold) + 1)
        return inside(np.sort(np.concatenate([edges, edges + RAMP * self._hold])), span)

    def max_step(self, span: float) -> float | None:
        return self.smoothing / 10 if self.smoothing else self._hold / 2

    def source(self, span: float, start: float = 0.0) -> Source:
        times = self._grid(span, start) if self.smoothing else corners(self, span, start)
        return TableSource(times, self(start + times), sharp=not self.smoothing)

    def _grid(self, span: float, start: float = 0.0) -> Array:
        """Times from 0 to span, counted from ``start``, between which linear interpolation stays within TABLE_ERROR.

        The points are spread with density sqrt(curvature), which makes the error equal everywhere
        and puts next to no points where a level is held.
        """
        hold, sigma = self._hold, self.smoothing
        if 2 * REACH * sigma < hold:
            edges = hold * np.arange(math.floor(start / hold), _count((start + span) / hold) + 2) - start
            near = edges[:, None] + sigma * np.linspace(-REACH, REACH, 65)
            samples = np.concatenate([[0.0], near[(near > 0) & (near < span)], [span]])
        else:
            samples = np.linspace(0, span, max(2, math.ceil(4 * span / sigma)))
        curvature = np.abs(self._over_steps(start + samples, _slope_of_gaussian, base=False)) / self._amplitude
        curvature = np.maximum(curvature[1:], curvature[:-1])
        density = 1.3 * np.sqrt(curvature / (8 * TABLE_ERROR)) / sigma + 0.3 / sigma
        length = np.minimum(np.diff(samples), sigma)  # a flat stretch between edges needs no points
        place = np.concatenate([[0.0], np.cumsum(density * length)])
        points = min(max(2, math.ceil(place[-1])), max(TABLE_POINTS, EDGE_POINTS * math.ceil(span / hold)))
        grid = np.interp(np.linspace(0, place[-1], points), place, samples)
        grid[0], grid[-1] = 0.0, span
        return np.unique(grid)


def _slope_of_gaussian(x: Array) -> Array:
    return np.asarray(-x * np.exp(-x * x / 2) / math.sqrt(2 * math.pi))


@dataclass(frozen=True)
class Held(_Steps):
    """Seeded random values, uniform in +-amplitude, each held for ``hold``.

    Value k depends on seed and k alone. With ``smoothing`` (a Gaussian sigma in model units) the
    sequence is convolved exactly with that Gaussian; the first value then also holds before time
    0. Without, each step is a linear ramp of hold/100 that starts at the hold boundary.

    Raises:
        EquationError: an argument is not finite or out of range, or more than a million holds are
            asked for.
    """

    amplitude: float
    hold: float
    seed: int
    smoothing: float = 0.0
    _drawn: dict[str, Array] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        finite("amplitude", self.amplitude)
        finite("hold", self.hold)
        finite("smoothing", self.smoothing)
        positive("amplitude", self.amplitude)
        positive("hold", self.hold)
        _smoothing(self.smoothing, self.hold)
        if self.seed < 0:
            raise EquationError(f"the seed {self.seed} is negative", where="seed", hint="give an integer from 0 on")

    def _level(self, k: NDArray[np.int64]) -> Array:
        needed = int(k.max(initial=0)) + 1
        values = self._drawn.get("values")
        if values is None or len(values) < needed:
            _count(needed)
            length = (
                1 << max(needed - 1, 63).bit_length()
            )  # redrawn from the seed: a longer draw starts with the shorter
            values = np.random.default_rng(self.seed).uniform(-self.amplitude, self.amplitude, length)
            self._drawn["values"] = values
        return np.asarray(values[np.maximum(k, 0)])

    def max_step(self, span: float) -> float | None:
        _count(span / self.hold)
        return super().max_step(span)


@dataclass(frozen=True, eq=False)
class Levels(_Steps):
    """Given values, each held for ``hold``; the first holds before time 0 too, the last for ever.

    Gaussian-smoothed with sigma ``smoothing``, as `Held`.

    Args:
        levels: finite values, shape (n,).

    Raises:
        EquationError: an argument is not finite or out of range.
    """

    levels: Array
    hold: float
    smoothing: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "levels", np.array(self.levels, float))
        finite("levels", *self.levels.tolist())
        finite("hold", self.hold)
        finite("smoothing", self.smoothing)
        _smoothing(self.smoothing, self.hold)

    @property
    def _amplitude(self) -> float:
        return float(np.max(np.abs(self.levels))) or 1.0

    def _level(self, k: NDArray[np.int64]) -> Array:
        return np.asarray(self.levels[np.clip(k, 0, len(self.levels) - 1)])


@dataclass(frozen=True)
class SquareWave(_Steps):
    """+amplitude in the first half of each period, -amplitude in the second.

    Exactly Gaussian-smoothed with sigma ``smoothing`` (the wave is periodic: it crosses 0 upwards
    at time 0); with smoothing 0 each edge is a linear ramp of period/200 that starts at the edge.
    """

    amplitude: float
    period: float
    smoothing: float

    def __post_init__(self) -> None:
        finite("amplitude", self.amplitude)
        finite("period", self.period)
        finite("smoothing", self.smoothing)
        positive("amplitude", self.amplitude)
        positive("period", self.period)
        _smoothing(self.smoothing, self.period / 2)

    @property
    def clock_period(self) -> float:
        return self.period

    def paced(self, pace: Pace) -> SquareWave:
        return replace(self, period=self.period * pace.period, smoothing=self.smoothing * pace.period)

    @property
    def _hold(self) -> float:
        return self.period / 2

    def _level(self, k: NDArray[np.int64]) -> Array:
        return np.asarray(np.where(k % 2 == 0, 1.0, -1.0) * self.amplitude)

    def source(self, span: float, start: float = 0.0) -> Source:
        start = math.fmod(start, self.period)
        times = self._grid(self.period, start) if self.smoothing else corners(self, self.period, start)
        values = self(start + times)
        values[-1] = values[0]
        return PeriodicSource(times, values, self.period)


def _count(holds: float) -> int:
    if not holds <= MAX_HOLDS:
        raise EquationError(
            f"{holds:.3g} held values are more than {MAX_HOLDS:,}",
            where="hold",
            hint="make hold longer or the span shorter",
        )
    return math.ceil(holds)


def _smoothing(sigma: float, hold: float) -> None:
    if sigma:
        positive("smoothing", abs(sigma))
    if not 0 <= sigma <= MAX_SMOOTHING * hold:
        raise EquationError(
            f"a smoothing of {sigma:g} is not between 0 and {MAX_SMOOTHING:g} times the hold of {hold:g}",
            where="smoothing",
            hint="give the sigma of the Gaussian in model units, 0 for short linear ramps",
        )
