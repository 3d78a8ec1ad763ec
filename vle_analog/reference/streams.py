"""One network that learns from several streams of data at once: each stream has rates and errors of its own, all share
the weights, which follow the mean of what the streams ask for.

That is what batches are to stochastic gradient descent. It is a system of equations again, with one index more, so that
the reference integrates it as any other; the index is the last one, and streams lie side by side in vectors.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import (
    EquationSystem,
    Signal,
    State,
    index,
    indices_of,
    name_of,
    names_in,
    shape_of,
    signal,
    signals_in,
    total,
)
from vle_analog.equations.templates import in_order
from vle_analog.errors import UsageError
from vle_analog.stimulus import Stimulus


@dataclass(frozen=True)
class Streams:
    """The equations of a network under several streams.

    Attributes:
        system: resolved equations of the network under one stream, of which others differ in inputs alone.
        count: how many streams.
        own: names of all that every stream has for itself; all others are shared.
    """

    system: EquationSystem
    count: int
    own: frozenset[str]

    @property
    def stream(self) -> sp.Idx:
        """What counts the streams."""
        return index("stream", self.count)

    def of(self, symbol: Signal) -> Signal:
        """A signal of the network as one of every stream, where they have it for themselves."""
        return signal(name_of(symbol), *indices_of(symbol), self.stream) if name_of(symbol) in self.own else symbol

    def expression(self, expression: sp.Expr) -> sp.Expr:
        """An expression of every stream."""
        return expression.xreplace({each: self.of(each) for each in signals_in(expression)})

    def mean(self, rate: sp.Expr) -> sp.Expr:
        """The mean of a rate over all streams."""
        terms = []
        for term in sp.Add.make_args(sp.expand_mul(rate)):
            factors = sp.Mul.make_args(term)
            shared = [each for each in factors if not names_in(each) & self.own]
            varying = sp.Mul(*[self.expression(each) for each in factors if each not in shared])
            if varying == 1:
                terms.append(term)
            else:
                terms.append(sp.Mul(*shared) / self.count * total(varying, self.stream))
        return sp.Add(*terms)


def in_streams(
    system: EquationSystem, played: Sequence[Mapping[str, Sequence[Stimulus]]], learned: Collection[str]
) -> EquationSystem:
    """One system of all streams.

    Args:
        system: of the network, with any stream.
        played: of every stream what its own inputs play, one stimulus per instance, by the inputs' names; all others
            are shared.
        learned: names of states that are shared.

    Raises:
        UsageError: there is no stream.
    """
    if not played:
        raise UsageError("no stream is given to learn from", where="streams", hint="give one at least")
    given = resolve(system)
    given = given.updated(definitions=in_order(given.definitions))
    streams = Streams(given, len(played), _own(given, {*learned, *_averaged(given, learned)}, played[0].keys()))
    inputs = []
    for each in given.inputs:
        name = name_of(each.symbol)
        if name in played[0]:
            places = range(len(played[0][name]))
            stimuli = tuple(stream[name][place] for place in places for stream in played)
            inputs.append(replace(each, symbol=streams.of(each.symbol), stimulus=stimuli))
        else:
            inputs.append(each)
    return given.updated(
        states=tuple(_state(streams, each) for each in given.states),
        definitions=tuple(
            replace(each, symbol=streams.of(each.symbol), expression=streams.expression(each.expression))
            for each in given.definitions
        ),
        inputs=tuple(inputs),
        populations={},
    )


def _averaged(system: EquationSystem, learned: Collection[str]) -> Iterator[str]:
    """Names of states that are all that moves something learned: a mean of what they lead to is what their mean leads
    to."""
    shapes = {name_of(each.symbol): shape_of(each.symbol) for each in system.states}
    outside = {*system.constants, *(name_of(each.symbol) for each in system.inputs)}
    for each in system.states:
        moving = names_in(each.derivative) - outside - {name_of(each.symbol)}
        if name_of(each.symbol) in learned and len(moving) == 1:
            (only,) = moving
            if shapes.get(only) == shape_of(each.symbol):
                yield only


def _own(system: EquationSystem, shared: Collection[str], played: Collection[str]) -> frozenset[str]:
    """Names of all that differs from stream to stream, given which states do not, and which inputs do."""
    own = {*played, *(name_of(each.symbol) for each in system.states)} - {*shared}
    for definition in system.definitions:
        if names_in(definition.expression) & own:
            own.add(name_of(definition.symbol))
    return frozenset(own)


def _state(streams: Streams, state: State) -> State:
    """A state of every stream, or a shared one that follows their mean."""
    if name_of(state.symbol) not in streams.own:
        return replace(state, derivative=streams.mean(state.derivative))
    shape = shape_of(state.symbol)
    initial = np.broadcast_to(np.asarray(state.initial, float), shape)
    return replace(
        state,
        symbol=streams.of(state.symbol),
        derivative=streams.expression(state.derivative),
        initial=np.repeat(initial.reshape(*shape, 1), streams.count, axis=-1),
    )
