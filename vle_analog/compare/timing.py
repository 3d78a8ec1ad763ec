"""How late a circuit's events are, which of the ideal's do not happen, and which happen that the ideal knows none of.

An event of the circuit belongs to the one of the ideal that it is nearest to, at most half the time to the next of
these away, counted from how late the one before was: a clock that runs slow is late by more and more, and yet misses
none. What would only come after the end of the run, as late as the last one was, is not missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.compare.metrics import ComparisonError
from vle_analog.waveforms import Array, Waveforms


@dataclass(frozen=True)
class EventTiming:
    """One event of two runs; all times in model units.

    Attributes:
        ideal, analog: how often it happened in either run.
        times: of the ideal's that the circuit has, too, shape (n,).
        late: by how much the circuit's come later, shape (n,).
        missing: times of those of the ideal that the circuit does not have.
        extra: times of those of the circuit that the ideal does not have.
        beyond: how many of either run come in the other one only after its end.
    """

    ideal: int
    analog: int
    times: Array
    late: Array
    missing: Array
    extra: Array
    beyond: int

    @property
    def complete(self) -> bool:
        """Whether none is missing and none too many."""
        return not len(self.missing) and not len(self.extra)

    @property
    def worst(self) -> float | None:
        """The largest timing error, positive where the circuit is late; None where no event is in both."""
        return float(self.late[np.argmax(np.abs(self.late))]) if len(self.late) else None

    @property
    def rms(self) -> float | None:
        """Root mean square of the timing errors; None where no event is in both."""
        return float(np.sqrt(np.mean(self.late**2))) if len(self.late) else None

    def to_metrics(self, span: float, unit: float) -> dict[str, Any]:
        """The numbers as JSON takes them.

        Args:
            span: of the run, model units.
            unit: seconds per model unit.
        """
        errors = {"worst": self.worst, "rms": self.rms}
        return {
            "ideal": self.ideal,
            "analog": self.analog,
            "complete": self.complete,
            "missing": self.missing.tolist(),
            "extra": self.extra.tolist(),
            "beyond_the_end": self.beyond,
            **errors,
            **{f"{name}_seconds": None if value is None else value * unit for name, value in errors.items()},
            **{f"{name}_of_span": None if value is None else value / span for name, value in errors.items()},
            "late": self.late.tolist(),
        }


def event_timing(ideal: Array, analog: Array, end: float) -> EventTiming:
    """One event's times in two runs, paired.

    Args:
        ideal: of the ideal run, in order, model units.
        analog: of the circuit's, likewise.
        end: of both runs.
    """
    pairs: list[tuple[float, float]] = []
    missing: list[float] = []
    extra: list[float] = []
    gaps = np.concatenate([[np.inf], np.diff(ideal), [np.inf]])
    room = 0.5 * np.minimum(gaps[:-1], gaps[1:])
    late, i, j = 0.0, 0, 0
    while i < len(ideal) and j < len(analog):
        away = analog[j] - (ideal[i] + late)
        nearer = j + 1 < len(analog) and abs(analog[j + 1] - (ideal[i] + late)) < abs(away)
        if away > room[i]:
            missing.append(float(ideal[i]))
            i += 1
        elif away < -room[i] or nearer:
            extra.append(float(analog[j]))
            j += 1
        else:
            pairs.append((float(ideal[i]), float(analog[j])))
            late = pairs[-1][1] - pairs[-1][0]
            i, j = i + 1, j + 1
    over, under = ideal[i:] + late > end, analog[j:] - late > end
    both = np.array(pairs).reshape(-1, 2)
    return EventTiming(
        ideal=len(ideal),
        analog=len(analog),
        times=both[:, 0],
        late=both[:, 1] - both[:, 0],
        missing=np.array([*missing, *ideal[i:][~over]]),
        extra=np.array([*extra, *analog[j:][~under]]),
        beyond=int(over.sum() + under.sum()),
    )


def event_timings(ideal: Waveforms, analog: Waveforms) -> dict[str, EventTiming]:
    """All events of the ideal run against the circuit's, by name."""
    if not ideal.events:
        return {}
    end = float(min(ideal.time[-1], analog.time[-1]))
    none = np.empty(0)
    return {name: event_timing(times, analog.events.get(name, none), end) for name, times in ideal.events.items()}


def _lateness(timing: EventTiming) -> float:
    """The largest timing error.

    Raises:
        ComparisonError: there is none, or an event is missing or too many.
    """
    if not timing.complete or timing.worst is None:
        raise ComparisonError("the event does not happen as often as in the ideal")
    return abs(timing.worst)


@dataclass(frozen=True)
class EventMeasure:
    """One kind of number of an event.

    Attributes:
        name: as users write it.
        words: what it is, for people.
        of: the number.
    """

    name: str
    words: str
    of: Callable[[EventTiming], float]


#: all measures of events, by name
EVENT_MEASURES: Mapping[str, EventMeasure] = {
    measure.name: measure
    for measure in (
        EventMeasure("count", "how often an event happens", lambda timing: float(timing.analog)),
        EventMeasure("lateness", "largest timing error of an event, none of which is missing, model units", _lateness),
    )
}
