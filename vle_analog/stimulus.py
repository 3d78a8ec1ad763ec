"""Stimuli: continuous functions of model time, and how a netlist shows them.

Every stimulus is continuous, because a circuit's input is: steps are Gaussian-smoothed or short
linear ramps. Times are in model units throughout.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from vle_analog.errors import EquationError

Array = NDArray[np.float64]

LARGEST = 1e100
"""Of the numbers that make a stimulus."""


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


@dataclass(frozen=True)
class Pace:
    """How slow the clock is that makes a stimulus.

    Attributes:
        period: its period over the wanted one; of boards that are made together shape (boards,).
        discharge: the time constant of what falls, likewise.
    """

    period: Any = 1.0
    discharge: Any = 1.0

    def of(self, board: int) -> Pace:
        """The pace of one of several boards, by its place among them."""
        return Pace(*(float(each[board]) if np.ndim(each) else each for each in (self.period, self.discharge)))


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

    @property
    def clock_period(self) -> float | None:
        """Period of the clock that it goes by, model units; None where it goes by none."""
        return None

    def paced(self, pace: Pace) -> Stimulus:
        """The stimulus by a clock of that pace; itself where it goes by none."""
        return self

    @abstractmethod
    def source(self, span: float, start: float = 0.0) -> Source:
        """The stimulus from ``start`` to ``start + span`` as a netlist shows it, its time counted from ``start``."""


class Trace(Stimulus):
    """A signal without values of its own: they are handed to an integrator step by step."""

    def __call__(self, t: Array) -> Array:
        raise EquationError("a trace has no values of its own", hint="hand them to the integrator's `march`")

    def source(self, span: float, start: float = 0.0) -> Source:
        raise EquationError("a trace cannot be played by a circuit", hint="give the input a stimulus")


@dataclass(frozen=True)
class Constant(Stimulus):
    """The same value at all times."""

    value: float

    def __post_init__(self) -> None:
        finite("value", self.value)

    def __call__(self, t: Array) -> Array:
        return np.full(np.shape(t), float(self.value))

    def source(self, span: float, start: float = 0.0) -> Source:
        return SineSource(float(self.value))


@dataclass(frozen=True)
class Clock(Stimulus):
    """Time itself, in model units: a ramp from an integrator of a constant."""

    def __call__(self, t: Array) -> Array:
        return np.array(t, float)

    def source(self, span: float, start: float = 0.0) -> Source:
        return TableSource(np.array([0.0, span]), np.array([start, start + span]), sharp=True)


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
            finite(key, *values)
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

    def source(self, span: float, start: float = 0.0) -> Source:
        # a sine of frequency 0 is a constant, which SPICE's SIN is not: it takes a frequency of 0 for 1/TSTOP
        offset, sines = 0.0, []
        for amplitude, frequency, phase in zip(self.amplitudes, self.frequencies, self.phases, strict=True):
            if frequency == 0:
                offset += amplitude * math.sin(phase)
            else:
                sines.append((amplitude, frequency, phase + 2 * math.pi * math.fmod(frequency * start, 1.0)))
        return SineSource(offset, *zip(*sines, strict=True))


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
        return inside(self.times, span)

    def max_step(self, span: float) -> float | None:
        # the mean spacing: no finer, so that a jump drawn as a steep ramp does not slow the whole run
        count = len(self.breakpoints(span))
        return span / (count + 1) if count else None

    def source(self, span: float, start: float = 0.0) -> Source:
        times = corners(self, span, start)
        return TableSource(times, self(start + times), sharp=True)


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
        finite("on", self.on)
        finite("width", self.width)
        positive("width", self.width)
        if not self.on < self.off:
            raise EquationError(
                f"the gate closes at {self.off} but opens at {self.on}", where="off", hint="exchange them"
            )

    @cached_property
    def _points(self) -> tuple[Array, Array]:
        last = min(self.off, 1e300)
        return np.array([self.on - self.width, self.on, last, last + self.width]), np.array([0.0, 1.0, 1.0, 0.0])

    def __call__(self, t: Array) -> Array:
        return np.asarray(np.interp(t, *self._points))

    def breakpoints(self, span: float) -> Array:
        return inside(self._points[0], span)

    def source(self, span: float, start: float = 0.0) -> Source:
        times = corners(self, span, start)
        return TableSource(times, self(start + times), sharp=True)


@dataclass(frozen=True)
class DutyGate(Gate):
    """A gate that is open for a part of each period: all of it until ``begin``, then ``exp(-(t - begin)/tau)`` of it.

    What it switches moves that much slower in the mean: a comparator's output that holds a triangle against the
    voltage of a discharging capacitor. Ramps take RAMP of the period; the part is that at a period's beginning.

    Attributes:
        begin, tau: model units.
        period: model units.
    """

    begin: float = 0.0
    tau: float = 1.0
    period: float = 1.0
    RAMP: ClassVar[float] = 1 / 40

    def __post_init__(self) -> None:
        super().__post_init__()
        finite("begin", self.begin)
        for name in ("tau", "period"):
            finite(name, getattr(self, name))
            positive(name, getattr(self, name))

    @property
    def clock_period(self) -> float:
        return self.period

    def paced(self, pace: Pace) -> DutyGate:
        return replace(self, period=self.period * pace.period, tau=self.tau * pace.discharge)

    def _part(self, start: np.ndarray) -> Array:
        """The part of the period that begins then."""
        return np.asarray(np.exp(-np.maximum(start - self.begin, 0.0) / self.tau))

    def __call__(self, t: Array) -> Array:
        t = np.asarray(t, float)
        start, width = self.period * np.floor(t / self.period), self.RAMP * self.period
        found = np.zeros(t.shape)
        for begun in (start, start - self.period):  # a ramp may reach into the next period
            since = t - begun
            found += np.clip(since / width, 0.0, 1.0)
            found -= np.clip((since - self._part(begun) * self.period) / width, 0.0, 1.0)
        return np.asarray(super().__call__(t) * found)

    def breakpoints(self, span: float) -> Array:
        first, width = math.floor(max(0.0, self.begin) / self.period), self.RAMP * self.period
        starts = self.period * np.arange(first, math.ceil(span / self.period) + 1)
        ends = starts + self._part(starts) * self.period
        pulses = np.stack([starts, starts + width, ends, ends + width], axis=1).ravel()
        return inside(np.unique(np.concatenate([super().breakpoints(span), pulses])), span)


@dataclass(frozen=True)
class Phase(Stimulus):
    """A clock's phase: 1 in a part of each period and 0 in the rest, with linear ramps.

    The ramps begin at ``on`` and at ``off`` and take RAMP of the period: two phases of which one begins where the other
    one ends add up to 1.

    Attributes:
        period: model units.
        on, off: when it rises and falls, counted from the beginning of a period; they may lie in a later one.

    Raises:
        EquationError: a period that is not positive, or that the part does not leave room for.
    """

    period: float
    on: float
    off: float
    RAMP: ClassVar[float] = 1 / 200

    def __post_init__(self) -> None:
        for name in ("period", "on", "off"):
            finite(name, getattr(self, name))
        positive("period", self.period)
        if not self._width <= self.off - self.on <= self.period - self._width:
            raise EquationError(
                f"a phase from {self.on:g} to {self.off:g} is none of a period of {self.period:g}",
                where="off",
                hint="it must leave room for a ramp at either end",
            )

    @property
    def clock_period(self) -> float:
        return self.period

    def paced(self, pace: Pace) -> Phase:
        return Phase(*(pace.period * each for each in (self.period, self.on, self.off)))

    @property
    def _width(self) -> float:
        return self.RAMP * self.period

    def __call__(self, t: Array) -> Array:
        since = np.mod(np.asarray(t, float) - self.on, self.period)
        return np.clip(since / self._width, 0.0, 1.0) - np.clip((since - (self.off - self.on)) / self._width, 0.0, 1.0)

    def _corners(self) -> Array:
        """Corners in a period from 0 on, in order."""
        return np.unique(np.mod([self.on, self.on + self._width, self.off, self.off + self._width], self.period))

    def breakpoints(self, span: float) -> Array:
        starts = self.period * np.arange(math.ceil(span / self.period) + 1)
        return inside((starts[:, None] + self._corners()).ravel(), span)

    def max_step(self, span: float) -> float | None:
        return self.period / 4

    def source(self, span: float, start: float = 0.0) -> Source:
        times = np.unique(np.concatenate([[0.0], np.mod(self._corners() - start, self.period), [self.period]]))
        values = self(start + times)
        values[-1] = values[0]
        return PeriodicSource(times, values, self.period)


@dataclass(frozen=True)
class Discharge(Stimulus):
    """1 until ``begin``, then ``exp(-(t - begin)/tau)``: a capacitor that a switch leaves to its resistor."""

    begin: float
    tau: float

    def __post_init__(self) -> None:
        finite("begin", self.begin)
        finite("tau", self.tau)
        positive("tau", self.tau)

    def __call__(self, t: Array) -> Array:
        return np.asarray(np.exp(-np.maximum(np.asarray(t, float) - self.begin, 0.0) / self.tau))

    def breakpoints(self, span: float) -> Array:
        return inside(np.array([self.begin]), span)

    def max_step(self, span: float) -> float | None:
        return self.tau / 10 if self.begin < span else None

    def source(self, span: float, start: float = 0.0) -> Source:
        # linear between points tau/150 apart: within 150^-2/8 = 6e-6 of the exponential
        begin = min(max(self.begin - start, 0.0), span)
        end = min(span, begin + 30 * self.tau)
        falling = np.linspace(begin, end, math.ceil(150 * (end - begin) / self.tau) + 1)
        times = np.unique(np.concatenate([[0.0], falling, [span]]))
        return TableSource(times, self(start + times), sharp=False)


def inside(times: Array, span: float) -> Array:
    """The times inside (0, span), but for those so close to an end that no step fits in between."""
    margin = 1e-12 * span
    return times[(times > margin) & (times < span - margin)]


def corners(stimulus: Stimulus, span: float, start: float = 0.0) -> Array:
    """The stimulus' corners from ``start`` to ``start + span``, counted from there, with both ends."""
    return np.concatenate([[0.0], inside(stimulus.breakpoints(start + span) - start, span), [span]])


def finite(key: str, *values: float) -> None:
    """Refuse values that are not finite, or so large that their squares are not, naming the key."""
    for value in values:
        if not math.isfinite(value):
            raise EquationError(f"the value {value} is not finite", where=key, hint="give a finite number")
        if abs(value) > LARGEST:
            raise EquationError(f"the value {value:g} is above {LARGEST:g}", where=key, hint="choose other units")


def positive(key: str, value: float) -> None:
    """Refuse a value that is not positive, or so small that its square is not, naming the key."""
    if value <= 0:
        raise EquationError(f"the value {value:g} is not positive", where=key, hint="give a number above 0")
    if value < 1 / LARGEST:
        raise EquationError(f"the value {value:g} is below {1 / LARGEST:g}", where=key, hint="choose other units")
