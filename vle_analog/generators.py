"""What a function generator plays: cycles of straight lines, single pulses, sweeps and noise.

Edges have a duration, in circuits and in the ideal alike: no source jumps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vle_analog.errors import EquationError
from vle_analog.stimulus import (
    Array,
    PeriodicSource,
    Piecewise,
    Sines,
    Source,
    Stimulus,
    TableSource,
    corners,
    finite,
    inside,
    positive,
)

#: duration of an edge unless told otherwise, as a fraction of the cycle or pulse
EDGE = 0.001
#: corners up to which a cycle is written out as a table, on whose corners a simulator steps
_WRITTEN = 9_000
#: lines of a noise's spectrum
_LINES = 128
#: error of straight lines in a table of a sweep, over its amplitude
_TABLE_ERROR = 1e-5


@dataclass(frozen=True, eq=False)
class Cycle(Stimulus):
    """A period of straight lines that comes again and again, from before time 0 on.

    Args:
        times: within a period, from 0 to ``period``, strictly increasing, shape (n,).
        values: there; the first and the last are equal.
        period: model units.
        phase: which part of the period is over at time 0, from 0 to 1.
    """

    times: Array
    values: Array
    period: float
    phase: float = 0.0

    def __call__(self, t: Array) -> Array:
        place = np.mod(np.asarray(t, float) / self.period + self.phase, 1.0) * self.period
        return np.asarray(np.interp(place, self.times, self.values))

    def breakpoints(self, span: float) -> Array:
        count = math.ceil(span / self.period) + 2
        starts = self.period * (np.arange(-1, count) - self.phase)
        return inside(np.unique((starts[:, None] + self.times[:-1]).ravel()), span)

    def max_step(self, span: float) -> float | None:
        return min(self.period / 4, span)

    def source(self, span: float, start: float = 0.0) -> Source:
        if len(self.times) * span / self.period <= _WRITTEN:
            times = corners(self, span, start)
            return TableSource(times, self(start + times), sharp=True)
        shifted = Cycle(self.times, self.values, self.period, math.fmod(start / self.period + self.phase, 1.0))
        times = corners(shifted, self.period)
        values = shifted(times)
        values[-1] = values[0]
        return PeriodicSource(times, values, self.period)


def square(
    low: float, high: float, period: float, duty: float = 0.5, edge: float | None = None, phase: float = 0.0
) -> Cycle:
    """A square wave that begins with its rising edge.

    Args:
        low, high: levels.
        period: model units.
        duty: part of the period from the middle of the rising edge to that of the falling one.
        edge: duration of either edge, model units; a thousandth of the period when None.
        phase: part of the period that is over at time 0.

    Raises:
        EquationError: an argument that is not finite or out of range.
    """
    _checked(low=low, high=high, period=period, duty=duty, phase=phase)
    edge = EDGE * period if edge is None else edge
    shortest = min(duty, 1 - duty) * period
    if not 0 < edge < shortest:
        raise EquationError(
            f"an edge of {edge:g} does not fit into {shortest:g}",
            where="edge",
            hint="shorten it, or lengthen the level",
        )
    times = np.array([0.0, edge, duty * period, duty * period + edge, period])
    return Cycle(times, np.array([low, high, high, low, low]), period, phase)


def triangle(low: float, high: float, period: float, rise: float = 0.5, phase: float = 0.0) -> Cycle:
    """A triangle wave that begins at its low end; a sawtooth where ``rise``, the rising part, is near 1 or 0.

    Raises:
        EquationError: an argument that is not finite or out of range.
    """
    _checked(low=low, high=high, period=period, phase=phase)
    if not EDGE <= rise <= 1 - EDGE:
        raise EquationError(
            f"a rising part of {rise:g} is not between {EDGE:g} and {1 - EDGE:g}",
            where="rise",
            hint="a circuit's sawtooth falls in a short time, not in none",
        )
    return Cycle(np.array([0.0, rise * period, period]), np.array([low, high, low]), period, phase)


def pulse(low: float, high: float, start: float, width: float, edge: float | None = None) -> Piecewise:
    """One pulse: low, from ``start`` on high for ``width``, low again; infinite width makes a step.

    Raises:
        EquationError: an argument that is not finite or out of range.
    """
    finite("low", low)
    finite("high", high)
    finite("start", start)
    positive("width", width)
    length = width if math.isfinite(width) else max(abs(start), 1.0)
    edge = EDGE * length if edge is None else edge
    if not 0 < edge < length:
        raise EquationError(f"an edge of {edge:g} does not fit into {length:g}", where="edge", hint="shorten it")
    if math.isinf(width):
        return Piecewise(np.array([start, start + edge]), np.array([low, high]))
    end = start + width
    return Piecewise(np.array([start, start + edge, end, end + edge]), np.array([low, high, high, low]))


def ramp(low: float, high: float, start: float, stop: float) -> Piecewise:
    """A straight line from one level at ``start`` to another at ``stop``, held flat before and after.

    Raises:
        EquationError: an argument that is not finite, or a stop that does not come after the start.
    """
    return Piecewise(np.array([start, stop]), np.array([low, high]))


def noise(deviation: float, bandwidth: float, seed: int, mean: float = 0.0) -> Sines:
    """Gaussian noise of a flat spectrum up to a frequency: many sines of random frequencies and phases (S. O. Rice,
    Mathematical analysis of random noise, Bell Syst. Tech. J. 23 (1944) 282).

    One frequency lies in each of equal parts of the band, so it does not come again as a sampled noise does.

    Args:
        deviation: standard deviation.
        bandwidth: cycles per model unit.
        seed: which noise.
        mean: that it is about.

    Raises:
        EquationError: an argument that is not finite or out of range.
    """
    _checked(deviation=deviation, bandwidth=bandwidth, mean=mean)
    positive("deviation", deviation)
    positive("bandwidth", bandwidth)
    if seed < 0:
        raise EquationError(f"the seed {seed} is negative", where="seed", hint="give an integer from 0 on")
    drawn = np.random.default_rng(seed)
    frequencies = bandwidth * (np.arange(_LINES) + drawn.uniform(size=_LINES)) / _LINES
    phases = drawn.uniform(0, 2 * math.pi, _LINES)
    amplitudes = np.full(_LINES, deviation * math.sqrt(2 / _LINES))
    still = ([mean], [0.0], [math.pi / 2]) if mean else ([], [], [])
    return Sines(
        tuple(amplitudes.tolist() + still[0]),
        tuple(frequencies.tolist() + still[1]),
        tuple(phases.tolist() + still[2]),
    )


@dataclass(frozen=True)
class Chirp(Stimulus):
    """A sine whose frequency goes evenly from one value to another, and stays there.

    Attributes:
        amplitude: of it.
        first, last: frequencies, cycles per model unit.
        duration: of the way between them, model units.
    """

    amplitude: float
    first: float
    last: float
    duration: float

    def __post_init__(self) -> None:
        finite("amplitude", self.amplitude)
        for name in ("first", "last", "duration"):
            finite(name, getattr(self, name))
            positive(name, getattr(self, name))

    def __call__(self, t: Array) -> Array:
        t = np.asarray(t, float)
        within = np.clip(t, 0.0, self.duration)
        turns = within * (self.first + 0.5 * (self.last - self.first) * within / self.duration)
        turns = turns + self.last * np.maximum(t - self.duration, 0.0) + self.first * np.minimum(t, 0.0)
        return np.asarray(self.amplitude * np.sin(2 * math.pi * turns))

    def max_step(self, span: float) -> float | None:
        return 0.01 / max(self.first, self.last)

    def source(self, span: float, start: float = 0.0) -> Source:
        # straight lines between points h apart are within (2 pi f h)^2 / 8 of a sine
        step = math.sqrt(8 * _TABLE_ERROR) / (2 * math.pi * max(self.first, self.last))
        times = np.linspace(0.0, span, math.ceil(span / step) + 1)
        return TableSource(times, self(start + times), sharp=False)


def _checked(**values: float) -> None:
    """Refuse what is not finite, a period that is not positive, and parts that are not between 0 and 1."""
    for name, value in values.items():
        finite(name, value)
    if "period" in values:
        positive("period", values["period"])
    if not 0 < values.get("duty", 0.5) < 1:
        raise EquationError(f"a duty of {values['duty']:g} is not between 0 and 1", where="duty", hint="e.g. 0.5")
    if not 0 <= values.get("phase", 0.0) <= 1:
        raise EquationError(f"a phase of {values['phase']:g} is not between 0 and 1", where="phase", hint="e.g. 0.25")
