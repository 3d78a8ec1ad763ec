"""Events along a reference run: located in time, and what becomes of the states at them.

A step across which a condition begins to hold is taken again, shorter, until its end is the moment: as exact as the
method itself. There the states are set, and the run starts again from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vle_analog.equations.system import Definition, EquationSystem, Event, evaluate, name_of, signal
from vle_analog.errors import EquationError
from vle_analog.stimulus import Array

#: steps in which events are looked for at once
_CHUNK = 2000
#: of the span: moments so close are one; between them a condition is looked at so many times
_TOGETHER, _LOOKED = 1e-11, 8
#: events at one moment, and in a run, at most; and of the span, how close those of a kind are at least
_CASCADE, _MOST, _CLOSEST = 50, 100_000, 1e-6
#: of the largest that a margin was, what may be rounding
_ROUNDING = 1e-9
#: halvings after which a moment is known to the last digits
_HALVINGS = 200
#: of the span, how close to an event the first recorded time is; by how much the next one is farther
_FIRST, _GRADE = 1e-9, 6.0


def with_margins(system: EquationSystem) -> EquationSystem:
    """The system with the margins of its events as definitions."""
    margins = tuple(Definition(signal(_margin(event)), event.margin) for event in system.events)
    return system.updated(definitions=(*system.definitions, *margins)) if margins else system


def _margin(event: Event) -> str:
    return f"{event.name} margin"  # no declared name has a blank


class Machine(Protocol):
    """What moments are looked for with."""

    system: EquationSystem

    def tried(self, y: Array, bounds: Array, names: Sequence[str]) -> Array:
        """Signals at the bounds of steps from a state, shape (bounds, names); what is beyond a divergence is not
        finite. The state ends where the steps do."""

    def all_values(self, y: Array, time: float) -> Mapping[str, Array]:
        """All signals and parameters for one state, by name, in their shapes."""

    def placed(self, y: Array, values: Mapping[str, Array]) -> None:
        """Set some states, in place."""

    def echoes(self, time: float, span: float) -> Array:
        """Later moments, in order, at which what jumps at a time does so again or has a kink."""


@dataclass(frozen=True)
class Piece:
    """A stretch of time without an event inside.

    Attributes:
        bounds: of its steps.
        number: of its first step in the run's grid.
        done: steps of the grid that are done after it.
        whole: whether it is not part of a step of the grid, the rest of which is another piece.
        opens: whether an event is at its start, of which no record tells.
    """

    bounds: Array
    number: int
    done: int
    whole: bool = True
    opens: bool = False

    def recorded(self, stride: int, phase: int) -> Array:
        """Times of the steps whose number plus the phase is a multiple of the stride; not that of an event."""
        starts = self.bounds[:-1]
        return starts[(np.arange(len(starts)) + phase) % stride == 0][int(self.opens) :]


class Moments:
    """Events of a run as they happen.

    Args:
        machine: an integrator.
        tell: told each event's name and time.
    """

    def __init__(self, machine: Machine, tell: Callable[[str, float], None]) -> None:
        self.machine, self.events, self._tell = machine, machine.system.events, tell
        self._names = [_margin(event) for event in self.events]
        self._armed = np.zeros(len(self.events), bool)
        self._sizes = np.zeros(len(self.events))  # of the margins so far
        self._last: dict[str, list[float]] = {event.name: [] for event in self.events}
        self._echoes = np.empty(0)
        self._count = 0

    def pieces(self, y: Array, times: Array, ends: Callable[[int], int]) -> Iterator[Piece]:
        """The stretches between events. Whoever takes one advances the state over it before asking for the next.

        Args:
            y: the state, changed in place by events.
            times: all steps' bounds.
            ends: from a step's number to that of the last one that may follow at once.
        """
        span = float(times[-1])
        self._arm(self._margins(y, float(times[0])))
        n, count = 0, len(times) - 1
        while n < count:
            stop = min(n + _CHUNK, ends(n))
            echo = self._next_echo(float(times[n]), span)
            stop = min(stop, int(np.searchsorted(times, echo, side="right")) - 1)  # steps that end before it
            step = self._first(y, times[n : stop + 1]) if stop > n else 0
            if step is None or step > 0:
                stop = stop if step is None else n + step
                yield Piece(times[n : stop + 1], n, stop)
                self._arm(self._margins(y, float(times[stop])))
                n = stop
                continue
            yield from self._broken(y, float(times[n]), float(times[n + 1]), n, span)
            n += 1

    def _broken(self, y: Array, start: float, end: float, n: int, span: float) -> Iterator[Piece]:
        """The parts of a step with events inside."""
        at, length, opens = start, end - start, False
        while at < end:
            stop = min(end, at + length)
            stop = end if end - stop < 1e-3 * length else stop
            stop = min(stop, self._next_echo(at, span))
            moment = self._located(y, at, stop, span)
            until = stop if moment is None else moment[0]
            if until > at:
                bounds = _graded(at, until, opens, moment is not None, _FIRST * span)
                yield Piece(bounds, n, n + (until >= end), False, opens)
            at, opens = until, moment is not None
            if moment is None:
                self._arm(self._margins(y, at))
            else:
                gap = self._happen(y, at, moment[1], span)
                length = min(end - start, max(gap, _CLOSEST * span) / _LOOKED)

    def _first(self, y: Array, bounds: Array) -> int | None:
        """The first step in which an event happens."""
        margins = self.machine.tried(y.copy(), bounds, self._names)
        # a method that goes over into nothing finite has passed whatever it approaches
        margins = np.where(np.isfinite(margins), margins, np.inf)
        armed = np.logical_or.accumulate(np.concatenate([self._armed[None], margins[1:-1] < 0]), axis=0)
        crossed = np.flatnonzero((armed & (margins[1:] > 0)).any(axis=1))
        return int(crossed[0]) if len(crossed) else None

    def _located(self, y: Array, start: float, end: float, span: float) -> tuple[float, list[Event]] | None:
        """The next moment within a step and its events; None where there is none."""
        crossed = self.machine.tried(y.copy(), np.array([start, end]), self._names)[1]
        due = [n for n in np.flatnonzero(self._armed) if not crossed[n] <= 0]
        if not due:
            return None
        moments = {n: self._moment(y, start, end, self._names[n]) for n in due}
        first = min(moments.values())
        return first, [self.events[n] for n in due if moments[n] <= first + _TOGETHER * span]

    def _moment(self, y: Array, start: float, end: float, name: str) -> float:
        """When a margin rises through zero within a step, by false position with halvings in between."""

        def margin(t: float) -> float:
            found = float(self.machine.tried(y.copy(), np.array([start, t]), [name])[1, 0])
            return found if np.isfinite(found) else np.inf

        low, high = start, end
        below, above = float(self.machine.tried(y.copy(), np.array([start, end]), [name])[0, 0]), margin(end)
        for number in range(_HALVINGS):
            middle = 0.5 * (low + high)
            if not low < middle < high:
                break
            if number % 3 and np.isfinite(above) and below < 0 < above:
                guess = low + (high - low) * below / (below - above)
                middle = guess if low < guess < high else middle
            value = margin(middle)
            if value > 0:
                high, above = middle, value
            else:
                low, below = middle, value
        return high

    def _happen(self, y: Array, time: float, events: list[Event], span: float) -> float:
        """Set the states, once more where that makes another condition hold; the gap since the last such event."""
        gap = np.inf
        for _ in range(_CASCADE):
            self._refuse_contradictions(events, time)
            values = self.machine.all_values(y, time)
            new = {name_of(state): evaluate(value, (), values) for event in events for state, value in event.settings}
            self.machine.placed(y, new)
            for event in events:
                self._armed[self.events.index(event)] = False
                gap = min(gap, self._counted(event, time, span))
            self._echoes = np.union1d(self._echoes, self.machine.echoes(time, span))
            margins = self._margins(y, time)
            self._arm(margins, _ROUNDING)  # what has been set may have ceased to hold
            events = [self.events[n] for n in np.flatnonzero(self._armed & (margins > 0))]
            if not events:
                return gap
        names = "' and '".join(event.name for event in events)
        raise EquationError(
            f"the events '{names}' bring each other about without end at t = {time:.6g}",
            where=f"events.{events[0].name}",
            hint="set the states so that the condition of one does not hold again at once",
        )

    def _refuse_contradictions(self, events: list[Event], time: float) -> None:
        set_by: dict[str, str] = {}
        for event in events:
            for state, _ in event.settings:
                other = set_by.setdefault(name_of(state), event.name)
                if other != event.name:
                    raise EquationError(
                        f"the events '{other}' and '{event.name}' happen at the same moment, t = {time:.6g}, and both "
                        f"set '{state}'",
                        where=f"events.{event.name}",
                        hint=f"let one of them alone set '{state}', or let their conditions begin to hold apart",
                    )

    def _counted(self, event: Event, time: float, span: float) -> float:
        """Note an event; the time since the last one of its kind."""
        self._tell(event.name, time)
        self._count += 1
        last = self._last[event.name]
        last.append(time)
        del last[:-4]
        gaps = np.diff(last)
        if self._count > _MOST or (len(gaps) == 3 and 0 < gaps[-1] < _CLOSEST * span):
            shrinking = len(gaps) == 3 and 0 < gaps[2] < 0.999 * gaps[1] < 0.998 * gaps[0]
            ratio = float(gaps[2] / gaps[1]) if shrinking else 0.0
            limit = time + (float(gaps[2]) * ratio / (1 - ratio) if shrinking else 0.0)
            raise EquationError(
                f"the event '{event.name}' happens ever faster: its moments pile up at t = {limit:.6g} (Zeno's "
                "paradox), beyond which the equations say nothing",
                where=f"events.{event.name}",
                hint=f"end the run before: `span={0.98 * limit:.3g}`, or let the event set the states so that it does "
                "not come again ever sooner",
            )
        return float(gaps[-1]) if len(gaps) else np.inf

    def _margins(self, y: Array, time: float) -> Array:
        values = self.machine.all_values(y, time)
        return np.array([float(values[name]) for name in self._names])

    def _arm(self, margins: Array, rounding: float = 0.0) -> None:
        """What does not hold may begin to."""
        self._sizes = np.maximum(self._sizes, np.abs(margins))
        self._armed |= margins < -rounding * self._sizes

    def _next_echo(self, time: float, span: float) -> float:
        """The next moment at which a delayed jump comes back; infinite where none does."""
        place = int(np.searchsorted(self._echoes, time + _TOGETHER * span, side="right"))
        return float(self._echoes[place]) if place < len(self._echoes) else np.inf


def _graded(start: float, end: float, opens: bool, closes: bool, first: float) -> Array:
    """Bounds of steps that are short where an event is: what is recorded tells on which side of it a time lies."""
    half = 0.5 * (end - start)
    count = max(0, int(np.floor(np.log(half / first) / np.log(_GRADE)))) if half > first else 0
    apart = first * _GRADE ** np.arange(count, dtype=np.float64)
    bounds = [np.array([start, end]), start + apart if opens else apart[:0], end - apart if closes else apart[:0]]
    return np.unique(np.concatenate(bounds))
