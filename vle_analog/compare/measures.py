"""What an engineer measures on a scope: one number of a waveform, from samples at any spacing.

Amplitudes, periods, means and gains are of the second half of a run, where transients have died away; steps' figures
(rise time, overshoot, settling time) and extremes are of the whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.compare.metrics import ComparisonError, window_means
from vle_analog.waveforms import Array

#: fractions of a step between which its rise is timed, and how near its end it counts as settled
_LOW, _HIGH, _SETTLED = 0.1, 0.9, 0.02
#: part of the peak-to-peak value by which a signal must leave its middle before another crossing counts
_HYSTERESIS = 0.1


@dataclass(frozen=True)
class Measure:
    """One kind of number.

    Attributes:
        name: as users write it.
        signals: how many signals it is of.
        numbers: how many numbers it takes after them.
        words: what it is, for people.
        of: the number, from the signals' times and values and the numbers.
    """

    name: str
    signals: int
    numbers: int
    words: str
    of: Callable[..., float]

    @property
    def signature(self) -> str:
        """How it is written."""
        return f"{self.name}({', '.join((*('x', 'u')[: self.signals], *['f'] * self.numbers))})"


def _settled(time: Array, values: Array) -> tuple[Array, Array]:
    """The second half of a run."""
    late = time >= (time[0] + time[-1]) / 2
    if np.count_nonzero(late) < 3:
        raise ComparisonError("the second half of the run has too few samples to measure")
    return time[late], values[late]


def _mean(time: Array, values: Array) -> float:
    time, values = _settled(time, values)
    return float(window_means(time, values, time[[0, -1]])[0])


def _std(time: Array, values: Array) -> float:
    return math.sqrt(_mean(time, (values - _mean(time, values)) ** 2))


def _amplitude(time: Array, values: Array) -> float:
    return float(np.ptp(_settled(time, values)[1])) / 2


def _period(time: Array, values: Array) -> float:
    """Mean time between upward crossings of the second half's middle, of those in it.

    Where it has one alone, as a board's may whose ideal has two, the time since the last one before.

    Raises:
        ComparisonError: no two crossings.
    """
    late, settled = _settled(time, values)
    middle, room = (settled.max() + settled.min()) / 2, _HYSTERESIS * float(np.ptp(settled))
    crossings = _upward(late, settled, middle, room)
    if len(crossings) == 1:
        crossings = _upward(time, values, middle, room)[-2:]
    if len(crossings) < 2:
        raise ComparisonError("the run has fewer than two periods to measure")
    return (crossings[-1] - crossings[0]) / (len(crossings) - 1)


def _upward(time: Array, values: Array, middle: float, room: float) -> list[float]:
    """Moments at which a signal crosses a level upward, each after it was so much below it."""
    crossings, armed = [], False
    for place in range(1, len(values)):
        armed = armed or values[place - 1] < middle - room
        if armed and values[place - 1] < middle <= values[place]:
            part = (middle - values[place - 1]) / (values[place] - values[place - 1])
            crossings.append(float(time[place - 1] + part * (time[place] - time[place - 1])))
            armed = False
    return crossings


def _phasor(time: Array, values: Array, frequency: float) -> complex:
    """Complex amplitude of a sine in the second half of a run, by least squares beside a constant.

    Raises:
        ComparisonError: less than a period is there.
    """
    time, values = _settled(time, values)
    if frequency <= 0 or (time[-1] - time[0]) * frequency < 1:
        raise ComparisonError(f"the second half of the run is shorter than a period at the frequency {frequency:g}")
    angle = 2 * math.pi * frequency * time
    weights = np.sqrt(np.gradient(time))
    columns = np.stack([np.cos(angle), np.sin(angle), np.ones_like(time)], axis=1)
    cosine, sine, _ = np.linalg.lstsq(columns * weights[:, None], values * weights, rcond=None)[0]
    return complex(cosine, -sine)


def _transfer(time: Array, values: Array, source_time: Array, source: Array, frequency: float) -> complex:
    heard = _phasor(source_time, source, frequency)
    if abs(heard) == 0:
        raise ComparisonError(f"the input has nothing at the frequency {frequency:g}")
    return _phasor(time, values, frequency) / heard


def _gain(time: Array, values: Array, source_time: Array, source: Array, frequency: float) -> float:
    return abs(_transfer(time, values, source_time, source, frequency))


def _phase(time: Array, values: Array, source_time: Array, source: Array, frequency: float) -> float:
    transfer = _transfer(time, values, source_time, source, frequency)
    return math.degrees(math.atan2(transfer.imag, transfer.real))


def _step(values: Array) -> float:
    step = float(values[-1] - values[0])
    if step == 0:
        raise ComparisonError("the signal ends where it began: there is no step to measure")
    return step


def _rise_time(time: Array, values: Array) -> float:
    """Time from 10 to 90 % of the way from the first value to the last, first passages."""
    way = (values - values[0]) / _step(values)

    def first(level: float) -> float:
        place = int(np.argmax(way >= level))
        low, high = way[place - 1], way[place]
        return float(time[place - 1] + (level - low) / (high - low) * (time[place] - time[place - 1]))

    return first(_HIGH) - first(_LOW)


def _overshoot(time: Array, values: Array) -> float:
    """How far beyond its last value a step goes, over the step; 0 for one that does not."""
    return max(0.0, float(np.max((values - values[0]) / _step(values))) - 1.0)


def _settling_time(time: Array, values: Array) -> float:
    """Time after which a step stays within 2 % of its last value."""
    away, room = np.abs(values - values[-1]), _SETTLED * abs(_step(values))
    last = np.flatnonzero(away > room)[-1]  # the first value is a whole step away
    part = (away[last] - room) / (away[last] - away[last + 1])
    return float(time[last] + part * (time[last + 1] - time[last]) - time[0])


#: all measures, by name
MEASURES: Mapping[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("final", 1, 0, "last value", lambda time, values: float(values[-1])),
        Measure("maximum", 1, 0, "largest value", lambda time, values: float(values.max())),
        Measure("minimum", 1, 0, "smallest value", lambda time, values: float(values.min())),
        Measure("mean", 1, 0, "mean over the second half", _mean),
        Measure("std", 1, 0, "standard deviation over the second half", _std),
        Measure("amplitude", 1, 0, "half the peak-to-peak value of the second half", _amplitude),
        Measure("period", 1, 0, "mean period in the second half, model units of time", _period),
        Measure("frequency", 1, 0, "one over the period", lambda time, values: 1 / _period(time, values)),
        Measure("rise_time", 1, 0, "from 10 to 90 % of the way from first to last value", _rise_time),
        Measure("overshoot", 1, 0, "beyond the last value, over the step", _overshoot),
        Measure("settling_time", 1, 0, "until it stays within 2 % of the step of its last value", _settling_time),
        Measure("gain", 2, 1, "of x over input u at a frequency, in cycles per model unit of time", _gain),
        Measure("phase", 2, 1, "of x against input u at a frequency, degrees", _phase),
    )
}
