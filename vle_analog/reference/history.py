"""Delays by the method of steps: within the shortest delay, all that is delayed is known from before.

A delay of algebra is algebra of delays, so that states and inputs alone are looked up in the past: a state between its
steps by cubic Hermite interpolation, which errs by the fourth power of a step, as the classical Runge-Kutta method does
(Bellen & Zennaro, "Numerical Methods for Delay Differential Equations", ch. 4); an input as it was. Before time zero
all that has no past of its own was as it was at the start. The kink there comes again after each delay, smoother each
time: steps end on these moments (Hairer, Norsett & Wanner, "Solving Ordinary Differential Equations I", ch. II.17).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from vle_analog.equations.operators import delay
from vle_analog.equations.past import Function, past_of
from vle_analog.equations.system import (
    Definition,
    EquationSystem,
    Input,
    Signal,
    indices_of,
    instance_names,
    name_of,
    signal,
    signals_in,
)
from vle_analog.equations.templates import numbers_of, substituted
from vle_analog.stimulus import Array, Source, Stimulus, inside

#: after so many delays a kink is too smooth for a method of order 4 to notice, and of so many moments at most
_KINKS, _MOMENTS = 5, 4000


class Record:
    """What states were at the ends of all steps so far.

    Args:
        start: values at time zero, shape (columns,).
        pasts: what columns were before; as at time zero where nothing is said.
    """

    def __init__(self, start: Array, pasts: Mapping[int, Function] | None = None) -> None:
        self._start, self._pasts = start, pasts or {}
        self._count = 0
        self._times = np.empty(1024)
        self._values, self._slopes = (np.empty((1024, len(start))) for _ in range(2))

    def clear(self) -> None:
        """Forget all."""
        self._count = 0

    def add(self, times: Array, values: Array, slopes: Array) -> None:
        """Take in what was at some times, later than all so far; shapes (n,), (n, columns) and (n, columns)."""
        end = self._count + len(times)
        while end > len(self._times):
            self._times = np.concatenate([self._times, np.empty_like(self._times)])
            self._values = np.concatenate([self._values, np.empty_like(self._values)])
            self._slopes = np.concatenate([self._slopes, np.empty_like(self._slopes)])
        for array, new in ((self._times, times), (self._values, values), (self._slopes, slopes)):
            array[self._count : end] = new
        self._count = end

    def at(self, t: Array, column: int) -> Array:
        """A column at some times, none later than the last."""
        values = np.full(np.shape(t), self._start[column])
        if column in self._pasts:
            values[t < 0] = self._pasts[column](t[t < 0])
        if self._count < 2:
            return values
        known = self._times[: self._count]
        late = t > 0
        place = np.clip(np.searchsorted(known, t[late], side="right") - 1, 0, self._count - 2)
        h = known[place + 1] - known[place]
        x = (t[late] - known[place]) / h
        y0, y1 = self._values[place, column], self._values[place + 1, column]
        f0, f1 = self._slopes[place, column] * h, self._slopes[place + 1, column] * h
        values[late] = (1 - x) ** 2 * ((1 + 2 * x) * y0 + x * f0) + x**2 * ((3 - 2 * x) * y1 - (1 - x) * f1)
        return values


class _Unplayed(Stimulus):
    def source(self, span: float, start: float = 0.0) -> Source:
        raise NotImplementedError("what is delayed is the reference's alone")


@dataclass(frozen=True, eq=False)
class Remembered(_Unplayed):
    """A state as it was."""

    record: Record
    column: int
    duration: float

    def __call__(self, t: Array) -> Array:
        return self.record.at(np.asarray(t, float) - self.duration, self.column)


@dataclass(frozen=True)
class Later(_Unplayed):
    """A stimulus that comes later; before, it is as it is at time zero."""

    stimulus: Stimulus
    duration: float

    def __call__(self, t: Array) -> Array:
        return self.stimulus(np.maximum(np.asarray(t, float) - self.duration, 0.0))

    def breakpoints(self, span: float) -> Array:
        return inside(np.append(self.duration, self.stimulus.breakpoints(span) + self.duration), span)

    def max_step(self, span: float) -> float | None:
        return self.stimulus.max_step(span)


class History:
    """A system without delays, whose inputs tell the past.

    Args:
        system: explicit equations, definitions in order.

    Attributes:
        system: the same with an input for each delayed state and input, and the slopes of these states as definitions.
        states: names of the states whose past is asked for.
        slopes: names of their slopes.
        shortest: delay; None where there is none.
        jumps: moments, in order, at which a delayed state may jump: where it goes over from its past.
    """

    def __init__(self, system: EquationSystem) -> None:
        self.states: dict[str, Signal] = {}
        self._durations: set[float] = set()
        self._inputs: dict[tuple[str, float], Input] = {}
        self._original = system
        self._definitions = {name_of(each.symbol): each for each in system.definitions}
        self._states = {name_of(each.symbol): each for each in system.states}
        self._heard = {name_of(each.symbol): each for each in system.inputs}
        self._starts: dict[str, int] = {}
        self._start: list[float] = []
        self.record = Record(np.empty(0))
        self.jumps: list[float] = []
        self.system = system if not system.delays else self._without()

    @property
    def shortest(self) -> float | None:
        """The shortest delay; None where there is none."""
        return min(self._durations, default=None)

    @property
    def slopes(self) -> list[str]:
        """Names of the remembered states' slopes, in the order of `states`."""
        return [_slope(name) for name in self.states]

    def kinks(self, corners: Iterable[Array], span: float) -> Array:
        """Moments at which what is delayed has a corner, or a jump in a low derivative."""
        sums = {0.0}
        for _ in range(_KINKS if self._durations else 0):
            sums |= {one + other for one in sums for other in self._durations if one + other < span}
            if len(sums) > _MOMENTS:
                break
        first = np.unique(np.concatenate([np.zeros(1), *corners]))
        first = first[: max(1, _MOMENTS // max(1, len(sums)))]
        return inside(np.unique(np.add.outer(first, np.array(sorted(sums))).ravel()), span)

    def _without(self) -> EquationSystem:
        system = self._original
        changed = system.updated(
            states=tuple(replace(each, derivative=self._free(each.derivative)) for each in system.states),
            definitions=tuple(replace(each, expression=self._free(each.expression)) for each in system.definitions),
            events=tuple(
                replace(
                    each,
                    margin=self._free(each.margin),
                    settings=tuple((state, self._free(value)) for state, value in each.settings),
                )
                for each in system.events
            ),
        )
        pasts = {self._starts[name]: past_of(system, name) for name in self.states if name in system.history}
        self.record = Record(np.array(self._start), pasts)
        own = ((name, duration) for name, duration in self._inputs if name in self.states)
        self.jumps = sorted({duration for name, duration in own if self._starts[name] in pasts})
        inputs = tuple(
            replace(each, stimulus=tuple(self._bound(stimulus) for stimulus in each.stimuli))
            for each in self._inputs.values()
        )
        derivatives = {name_of(each.symbol): each.derivative for each in changed.states}
        slopes = tuple(
            Definition(signal(_slope(name), *indices_of(symbol)), derivatives[name])
            for name, symbol in self.states.items()
        )
        return changed.updated(inputs=(*changed.inputs, *inputs), definitions=(*changed.definitions, *slopes))

    def _bound(self, stimulus: Stimulus) -> Stimulus:
        return replace(stimulus, record=self.record) if isinstance(stimulus, Remembered) else stimulus

    def _free(self, expression: sp.Expr) -> sp.Expr:
        """An expression without delays."""
        if not expression.has(delay):
            return expression
        if isinstance(expression, delay):
            argument, duration = expression.args
            return self._past(argument, float(numbers_of(duration, self._original)))
        if isinstance(expression, sp.Sum):
            return sp.Sum(self._free(expression.function), *expression.limits)
        return expression.func(*map(self._free, expression.args))

    def _past(self, expression: sp.Expr, duration: float) -> sp.Expr:
        """An expression as it was a while ago."""
        if isinstance(expression, delay):
            argument, more = expression.args
            return self._past(argument, duration + float(numbers_of(more, self._original)))
        if expression.has(delay):
            if isinstance(expression, sp.Sum):
                return sp.Sum(self._past(expression.function, duration), *expression.limits)
            return expression.func(*(self._past(each, duration) for each in expression.args))
        written = substituted(expression, self._definitions)
        if written.has(delay):
            return self._past(written, duration)
        found: Mapping[Any, Any] = {
            each: self._looked_up(each, duration)
            for each in signals_in(written)
            if name_of(each) in self._states or name_of(each) in self._heard
        }
        return written.xreplace(found)

    def _looked_up(self, symbol: Signal, duration: float) -> Signal:
        """The input that tells a state's or an input's past, for one occurrence of it."""
        name = name_of(symbol)
        self._durations.add(duration)
        past = f"{name} past {duration!r}"  # no declared name has a blank
        if (name, duration) not in self._inputs:
            own = self._states.get(name, self._heard.get(name))
            assert own is not None
            template = signal(past, *indices_of(own.symbol))
            if name in self._heard:
                told: tuple[Stimulus, ...] = tuple(Later(each, duration) for each in self._heard[name].stimuli)
            else:
                first = self._columns(name)
                count = len(instance_names(own.symbol))
                told = tuple(Remembered(self.record, first + n, duration) for n in range(count))
            self._inputs[name, duration] = Input(template, told)
        return signal(past, *indices_of(symbol))

    def _columns(self, name: str) -> int:
        """The first of a state's columns in the record."""
        if name not in self.states:
            state = self._states[name]
            self.states[name] = state.symbol
            count = len(instance_names(state.symbol))
            self._starts[name] = len(self._start)
            self._start += np.broadcast_to(np.ravel(np.asarray(state.initial, float)), (count,)).tolist()
        return self._starts[name]


def _slope(name: str) -> str:
    return f"{name} slope"
