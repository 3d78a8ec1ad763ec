"""Stimuli: continuous functions of model time, and how a netlist shows them.

Every stimulus is continuous, because a circuit's input is: steps are Gaussian-smoothed or short
linear ramps. Times are in model units throughout.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from vle_analog.errors import EquationError

Array = NDArray[np.float64]

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


@dataclass(frozen=True)
class SineSource:
    """``offset + sum_k amplitudes[k] sin(2 pi frequencies[k] t + phases[k])``; no sines for a constant.

    Frequencies are in cycles per model unit, phases in radians.
    """

    offset: float
    amplitudes: tuple[float, ...] = ()
    frequencies: tuple[float, ...] = ()
    phases: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class PeriodicSource:
    """One period from time 0 to ``period``, linear between the points; first and last value are equal."""

    times: Array
    values: Array
    period: float


@dataclass(frozen=True, eq=False)
class TableSource:
    """Linear between points from time 0 to the span.

    ``sharp`` says that the corners matter: a simulator should put breakpoints on them, or, where
    its source sets none, bound its step well below the distance between the points.
    """

    times: Array
    values: Array
    sharp: bool


Source = SineSource | PeriodicSource | TableSource


class Stimulus(ABC):
    """A continuous function of model time, defined for all times."""

    @abstractmethod
    def __call__(self, t: Array) -> Array:
        """Values at the times t, of t's shape."""

    def breakpoints(self, span: float) -> Array:
        """Increasing times inside (0, span) where the slope jumps: a solver steps onto them."""
        return np.empty(0)

    def max_step(self, span: float) -> float | None:
        """The coarsest solver step that resolves the stimulus between its breakpoints; None for any."""
        return None

    @abstractmethod
    def source(self, span: float) -> Source:
        """The stimulus from 0 to span as a netlist shows it."""


class Trace(Stimulus):
    """A signal without values of its own: they are handed to an integrator step by step."""

    def __call__(self, t: Array) -> Array:
        raise EquationError("a trace has no values of its own", hint="hand them to the integrator's `march`")

    def source(self, span: float) -> Source:
        raise EquationError("a trace cannot be played by a circuit", hint="give the input a stimulus")


@dataclass(frozen=True)
class Constant(Stimulus):
    """The same value at all times."""

    value: float

    def __post_init__(self) -> None:
        _finite("value", self.value)

    def __call__(self, t: Array) -> Array:
        return np.full(np.shape(t), float(self.value))

    def source(self, span: float) -> Source:
        return SineSource(float(self.value))


@dataclass(frozen=True)
class Sines(Stimulus):
    """``sum_k amplitudes[k] sin(2 pi frequencies[k] t + phases[k])``.

    Args:
        amplitudes, frequencies, phases: sequences of one length; frequencies at least 0, in
            cycles per model unit, phases in radians.
    """

    amplitudes: tuple[float, ...]
    frequencies: tuple[float, ...]
    phases: tuple[float, ...]

    def __post_init__(self) -> None:
        for key in ("amplitudes", "frequencies", "phases"):
            values = tuple(float(each) for each in getattr(self, key))
            object.__setattr__(self, key, values)
            _finite(key, *values)
        lengths = len(self.amplitudes), len(self.frequencies), len(self.phases)
        if len(set(lengths)) > 1 or not lengths[0]:
            raise EquationError(
                f"{lengths[0]} amplitudes, {lengths[1]} frequencies and {lengths[2]} phases do not match",
                where="amplitudes",
                hint="give one amplitude, one frequency and one phase per sine",
            )
        if min(self.frequencies) < 0:
            raise EquationError(
                f"the frequency {min(self.frequencies)} is negative",
                where="frequencies",
                hint="change the phase instead",
            )

    def __call__(self, t: Array) -> Array:
        t = np.asarray(t, float)
        result = np.zeros(t.shape)
        for amplitude, frequency, phase in zip(self.amplitudes, self.frequencies, self.phases, strict=True):
            result += amplitude * np.sin(2 * math.pi * frequency * t + phase)
        return result

    def max_step(self, span: float) -> float | None:
        # 100 steps per period: linear interpolation is then within 0.05 % of the amplitude
        pairs = zip(self.amplitudes, self.frequencies, strict=True)
        fastest = max((frequency for amplitude, frequency in pairs if amplitude), default=0.0)
        return 0.01 / fastest if fastest else None

    def source(self, span: float) -> Source:
        return SineSource(0.0, self.amplitudes, self.frequencies, self.phases)


@dataclass(frozen=True)
class _Steps(Stimulus, ABC):
    """A sequence of levels, each held for one ``hold``, Gaussian-smoothed or with short ramps."""

    @property
    @abstractmethod
    def _hold(self) -> float: ...

    @property
    @abstractmethod
    def _sigma(self) -> float: ...

    @property
    @abstractmethod
    def _amplitude(self) -> float: ...

    @abstractmethod
    def _level(self, k: NDArray[np.int64]) -> Array:
        """The level held from k hold to (k + 1) hold."""

    def __call__(self, t: Array) -> Array:
        t = np.asarray(t, float)
        if self._sigma:
            return self._over_steps(t, ndtr, base=True)
        k = np.floor(t / self._hold).astype(np.int64)
        ramp = np.clip((t - k * self._hold) / (RAMP * self._hold), 0, 1)
        before = self._level(k - 1)
        return np.asarray(before + (self._level(k) - before) * ramp)

    def _over_steps(self, t: Array, shape: Callable[[Array], Array], base: bool) -> Array:
        """Sum of ``jump * shape((t - edge) / sigma)`` over the edges near t, on the level before them."""
        hold, sigma = self._hold, self._sigma
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
        if self._sigma:
            return np.empty(0)
        edges = self._hold * np.arange(_count(span / self._hold) + 1)
        return _inside(np.sort(np.concatenate([edges, edges + RAMP * self._hold])), span)

    def max_step(self, span: float) -> float | None:
        return self._sigma / 10 if self._sigma else self._hold / 2

    def _grid(self, stop: float) -> Array:
        """Times from 0 to stop between which linear interpolation stays within TABLE_ERROR.

        The points are spread with density sqrt(curvature), which makes the error equal everywhere
        and puts next to no points where a level is held.
        """
        hold, sigma = self._hold, self._sigma
        if 2 * REACH * sigma < hold:
            edges = hold * np.arange(_count(stop / hold) + 2)
            near = edges[:, None] + sigma * np.linspace(-REACH, REACH, 65)
            samples = np.concatenate([[0.0], near[(near > 0) & (near < stop)], [stop]])
        else:
            samples = np.linspace(0, stop, max(2, math.ceil(4 * stop / sigma)))
        curvature = np.abs(self._over_steps(samples, _slope_of_gaussian, base=False)) / self._amplitude
        curvature = np.maximum(curvature[1:], curvature[:-1])
        density = 1.3 * np.sqrt(curvature / (8 * TABLE_ERROR)) / sigma + 0.3 / sigma
        length = np.minimum(np.diff(samples), sigma)  # a flat stretch between edges needs no points
        place = np.concatenate([[0.0], np.cumsum(density * length)])
        points = min(max(2, math.ceil(place[-1])), max(TABLE_POINTS, EDGE_POINTS * math.ceil(stop / hold)))
        grid = np.interp(np.linspace(0, place[-1], points), place, samples)
        grid[0], grid[-1] = 0.0, stop
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
        _finite("amplitude", self.amplitude)
        _finite("hold", self.hold)
        _finite("smoothing", self.smoothing)
        _positive("amplitude", self.amplitude)
        _positive("hold", self.hold)
        _smoothing(self.smoothing, self.hold)
        if self.seed < 0:
            raise EquationError(f"the seed {self.seed} is negative", where="seed", hint="give an integer from 0 on")

    @property
    def _hold(self) -> float:
        return self.hold

    @property
    def _sigma(self) -> float:
        return self.smoothing

    @property
    def _amplitude(self) -> float:
        return self.amplitude

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

    def source(self, span: float) -> Source:
        times = self._grid(span) if self.smoothing else _corners(self, span)
        return TableSource(times, self(times), sharp=not self.smoothing)


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
        _finite("levels", *self.levels.tolist())
        _finite("hold", self.hold)
        _finite("smoothing", self.smoothing)
        _smoothing(self.smoothing, self.hold)

    @property
    def _hold(self) -> float:
        return self.hold

    @property
    def _sigma(self) -> float:
        return self.smoothing

    @property
    def _amplitude(self) -> float:
        return float(np.max(np.abs(self.levels))) or 1.0

    def _level(self, k: NDArray[np.int64]) -> Array:
        return np.asarray(self.levels[np.clip(k, 0, len(self.levels) - 1)])

    def source(self, span: float) -> Source:
        times = self._grid(span) if self.smoothing else _corners(self, span)
        return TableSource(times, self(times), sharp=not self.smoothing)


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
        _finite("amplitude", self.amplitude)
        _finite("period", self.period)
        _finite("smoothing", self.smoothing)
        _positive("amplitude", self.amplitude)
        _positive("period", self.period)
        _smoothing(self.smoothing, self.period / 2)

    @property
    def _hold(self) -> float:
        return self.period / 2

    @property
    def _sigma(self) -> float:
        return self.smoothing

    @property
    def _amplitude(self) -> float:
        return self.amplitude

    def _level(self, k: NDArray[np.int64]) -> Array:
        return np.asarray(np.where(k % 2 == 0, 1.0, -1.0) * self.amplitude)

    def source(self, span: float) -> Source:
        times = self._grid(self.period) if self.smoothing else _corners(self, self.period)
        values = self(times)
        values[-1] = values[0]
        return PeriodicSource(times, values, self.period)


@dataclass(frozen=True, eq=False)
class Piecewise(Stimulus):
    """Linear between points, held flat outside.

    Args:
        times: strictly increasing and finite, shape (n,), n at least 1.
        values: finite, shape (n,).

    Raises:
        EquationError: naming ``times`` or ``values`` and the index of the first bad point.
    """

    times: Array
    values: Array

    def __post_init__(self) -> None:
        for key in ("times", "values"):
            array = np.array(getattr(self, key), float)
            object.__setattr__(self, key, array)
            if array.ndim != 1 or not len(array):
                raise EquationError("at least one point is needed", where=key, hint="give a list of numbers")
            if not np.isfinite(array).all():
                bad = int(np.flatnonzero(~np.isfinite(array))[0])
                raise EquationError(
                    f"point {bad} (counted from 0) is {array[bad]}", where=key, hint="give finite numbers"
                )
        if len(self.times) != len(self.values):
            raise EquationError(
                f"{len(self.times)} times but {len(self.values)} values",
                where="values",
                hint="give one value for each time",
            )
        if (np.diff(self.times) <= 0).any():
            bad = int(np.flatnonzero(np.diff(self.times) <= 0)[0])
            raise EquationError(
                f"time {self.times[bad + 1]:g} does not come after {self.times[bad]:g} (points {bad} and {bad + 1})",
                where="times",
                hint="times must increase strictly; make a jump a short ramp",
            )

    def __call__(self, t: Array) -> Array:
        return np.asarray(np.interp(t, self.times, self.values))

    def breakpoints(self, span: float) -> Array:
        return _inside(self.times, span)

    def max_step(self, span: float) -> float | None:
        # the mean spacing: no finer, so that a jump drawn as a steep ramp does not slow the whole run
        count = len(self.breakpoints(span))
        return span / (count + 1) if count else None

    def source(self, span: float) -> Source:
        times = _corners(self, span)
        return TableSource(times, self(times), sharp=True)


@dataclass(frozen=True)
class Gate(Stimulus):
    """1 from ``on`` to ``off``, 0 before and after, with linear ramps of duration ``width``.

    The rising ramp ends at ``on`` and the falling one starts at ``off``: in between the gate is
    exactly 1, and at times outside ``on - width ... off + width`` exactly 0. ``off`` may be infinite.
    """

    on: float
    off: float
    width: float = 1e-3

    def __post_init__(self) -> None:
        _finite("on", self.on)
        _finite("width", self.width)
        _positive("width", self.width)
        if not self.on < self.off:
            raise EquationError(f"the gate closes at {self.off} but opens at {self.on}", where="off")

    @cached_property
    def _points(self) -> tuple[Array, Array]:
        last = min(self.off, 1e300)
        return np.array([self.on - self.width, self.on, last, last + self.width]), np.array([0.0, 1.0, 1.0, 0.0])

    def __call__(self, t: Array) -> Array:
        return np.asarray(np.interp(t, *self._points))

    def breakpoints(self, span: float) -> Array:
        return _inside(self._points[0], span)

    def source(self, span: float) -> Source:
        times = _corners(self, span)
        return TableSource(times, self(times), sharp=True)


def _inside(times: Array, span: float) -> Array:
    """The times inside (0, span), but for those so close to an end that no step fits in between."""
    margin = 1e-12 * span
    return times[(times > margin) & (times < span - margin)]


def _corners(stimulus: Stimulus, span: float) -> Array:
    return np.concatenate([[0.0], stimulus.breakpoints(span), [span]])


def _count(holds: float) -> int:
    if not holds <= MAX_HOLDS:
        raise EquationError(
            f"{holds:.3g} held values are more than {MAX_HOLDS:,}",
            where="hold",
            hint="make hold longer or the span shorter",
        )
    return math.ceil(holds)


def _finite(key: str, *values: float) -> None:
    for value in values:
        if not math.isfinite(value):
            raise EquationError(f"the value {value} is not finite", where=key, hint="give a finite number")


def _positive(key: str, value: float) -> None:
    if value <= 0:
        raise EquationError(f"the value {value:g} is not positive", where=key, hint="give a number above 0")


def _smoothing(sigma: float, hold: float) -> None:
    if not 0 <= sigma <= MAX_SMOOTHING * hold:
        raise EquationError(
            f"a smoothing of {sigma:g} is not between 0 and {MAX_SMOOTHING:g} times the hold of {hold:g}",
            where="smoothing",
            hint="give the sigma of the Gaussian in model units, 0 for short linear ramps",
        )
