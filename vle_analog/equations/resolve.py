"""Temporal operators -> explicit equations.

`retrospective` becomes a state. `prospective` becomes algebra where the derivative of its argument
is at hand (``x + tau dx/dt`` with dx/dt written out); otherwise, or where a band-limited realisation
is asked for, it is set apart as a definition of its own, ``name = prospective(signal, tau)``, for a
lead stage or a differentiator to realise; `regularize` writes it out as a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.equations import ladder
from vle_analog.equations.canonical import canonical_system
from vle_analog.equations.operators import TemporalOperator, delay, prospective, retrospective
from vle_analog.equations.past import before, started
from vle_analog.equations.system import (
    Definition,
    EquationSystem,
    Internal,
    Signal,
    State,
    evaluate,
    indices_of,
    name_of,
    shape_of,
    signal,
    signals_in,
)
from vle_analog.equations.templates import free_indices, in_order, numbers_of, reindexed
from vle_analog.errors import EquationError, UsageError, nearest
from vle_analog.laws import LAWS

Array = NDArray[np.float64]

REALISATIONS = ("algebraic", "lead", "differentiator")
#: functions without a derivative at their corners
_CORNERED = tuple(law.function for law in LAWS.values() if not law.smooth)


class NotAlgebraic(Exception):
    """The derivative of a signal is not at hand."""


def resolve(
    system: EquationSystem, realisation: str = "algebraic", ladders: Mapping[str, int] | None = None
) -> EquationSystem:
    """The system without `retrospective`, and with `prospective` as algebra or set apart.

    A `delay` becomes an all-pass ladder, or is set apart as a definition of its own, ``name = delay(signal, T)``.

    Args:
        system: any checked system.
        realisation: how to look ahead: ``algebraic`` (where possible, else a lead stage), ``lead``
            or ``differentiator``.
        ladders: orders by the names of delayed signals, which are the same ones without ladders; None sets all apart.

    Raises:
        UsageError: unknown realisation.
        EquationError: an operator without a causal circuit (the adjoint ones), or a derivative
            that would depend on itself.
    """
    if realisation not in REALISATIONS:
        raise UsageError(
            f"unknown realisation of prospective: '{realisation}'", hint=nearest(realisation, REALISATIONS)
        )
    resolver = _Resolver(canonical_system(system), realisation, ladders)
    return settled(resolver.resolved(), resolver.sources)


def time_derivative(system: EquationSystem, expression: sp.Expr) -> sp.Expr:
    """d/dt of an expression of a system's signals, by the chain rule, in terms of these.

    Raises:
        NotAlgebraic: an input's derivative, or one across a corner, is needed.
    """
    resolver = _Resolver(canonical_system(system), "algebraic")
    resolver.resolved()
    return resolver.derivative(expression)


@dataclass
class _Resolver:
    system: EquationSystem
    realisation: str
    ladders: Mapping[str, int] | None = None
    #: of each state of a ladder without a past: the signal at the ladder's input, and what the state is of it at rest
    sources: dict[str, tuple[Signal, float]] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    memory: dict[sp.Expr, Signal] = field(default_factory=dict)
    internal: dict[str, Internal] = field(default_factory=dict)

    def resolved(self) -> EquationSystem:
        self.original_states = {name_of(each.symbol): each for each in self.system.states}
        self.original_definitions = {name_of(each.symbol): each for each in self.system.definitions}
        self.inputs = {name_of(each.symbol) for each in self.system.inputs}
        self.open: list[str] = []
        for definition in self.system.definitions:
            name = name_of(definition.symbol)
            expression = self.explicit(definition.expression, name, whole=definition.symbol)
            if expression != definition.symbol:  # else it became a state itself
                self.definitions[name] = replace(definition, expression=expression)
        for state in self.system.states:
            name = name_of(state.symbol)
            self.states[name] = replace(state, derivative=self.explicit(state.derivative, name))
        events = tuple(
            replace(
                event,
                margin=self.explicit(event.margin, event.name),
                settings=tuple((state, self.explicit(value, event.name)) for state, value in event.settings),
            )
            for event in self.system.events
        )
        return self.system.updated(
            events=events,
            states=tuple(self.states.values()),
            definitions=in_order(self.definitions.values()),
            internal={**self.system.internal, **self.internal},
        )

    def explicit(self, expression: sp.Expr, owner: str, whole: Signal | None = None) -> sp.Expr:
        """The expression with every operator resolved; new signals are named after the owner.

        ``whole``: the signal that the entire expression defines; the operator's stage then drives it
        directly instead of a signal of its own.
        """
        if not expression.has(TemporalOperator):
            return expression
        if not isinstance(expression, TemporalOperator):
            if isinstance(expression, sp.Sum):
                return sp.Sum(self.explicit(expression.function, owner), *expression.limits)
            return expression.func(*[self.explicit(argument, owner) for argument in expression.args])
        argument, tau = expression.args
        if isinstance(expression, retrospective):
            return self.looking_back(expression, self.explicit(argument, owner), tau, owner, whole)
        if isinstance(expression, prospective):
            return self.looking_ahead(expression, argument, tau, owner, whole)
        if isinstance(expression, delay):
            return self.delayed(expression, self.explicit(argument, owner), tau, owner, whole)
        raise EquationError(
            f"{type(expression).__name__} has no causal circuit", where=owner, hint="use prospective or retrospective"
        )

    def looking_back(self, key: sp.Expr, argument: sp.Expr, tau: sp.Expr, owner: str, whole: Signal | None) -> Signal:
        if key not in self.memory:
            symbol = whole if whole is not None else self.new_signal(owner, "lag", argument, tau)
            self.memory[key] = symbol
            self.states[name_of(symbol)] = State(symbol, (argument - symbol) / tau, owner=self.system.owner_of(owner))
        return self.memory[key]

    def looking_ahead(self, key: sp.Expr, argument: sp.Expr, tau: sp.Expr, owner: str, whole: Signal | None) -> sp.Expr:
        now = self.explicit(argument, owner)
        if self.realisation == "algebraic":
            try:
                return now + tau * self.derivative(now)
            except NotAlgebraic:
                pass
        if not isinstance(now, sp.Symbol | sp.Indexed):
            symbol = self.new_signal(owner, "now", now, tau)
            self.definitions[name_of(symbol)] = Definition(symbol, now, self.system.owner_of(owner))
            now = symbol
        if whole is not None:
            return prospective(now, tau)
        if key not in self.memory:
            symbol = self.new_signal(owner, "ahead", now, tau)
            self.memory[key] = symbol
            self.definitions[name_of(symbol)] = Definition(symbol, prospective(now, tau), self.system.owner_of(owner))
        return self.memory[key]

    def delayed(self, key: sp.Expr, argument: sp.Expr, tau: sp.Expr, owner: str, whole: Signal | None) -> sp.Expr:
        if key in self.memory:
            return self.memory[key]
        belongs = self.system.owner_of(owner)
        if not isinstance(argument, sp.Symbol | sp.Indexed):
            symbol = self.new_signal(owner, "now", argument)
            self.definitions[name_of(symbol)] = Definition(symbol, argument, belongs)
            argument = symbol
        output = whole if whole is not None else self.new_signal(owner, "delay", argument)
        name = name_of(output)
        self.memory[key] = output
        if self.ladders is None:
            self.definitions[name] = Definition(output, delay(argument, tau), belongs)
            return self.definitions[name].expression if whole is not None else output

        def new(purpose: str) -> Signal:
            return self.new_signal(owner, purpose, argument, stem=name)

        starts = iter(self.starts(key, self.ladders[name]))
        for equation, rest in ladder.equations(self.ladders[name], argument, tau, output, new):
            part = replace(equation, owner=belongs)
            if isinstance(part, State):
                if (start := next(starts, None)) is None:
                    self.sources[name_of(part.symbol)] = (argument, rest)
                self.states[name_of(part.symbol)] = part if start is None else replace(part, initial=start)
            else:
                self.definitions[name_of(part.symbol)] = part
        return self.definitions[name].expression if whole is not None else output

    def starts(self, key: sp.Expr, order: int) -> list[float]:
        """States of the ladder of a delay at time zero; none where what is delayed was as it is then."""
        if not self.system.history:
            return []
        delayed, duration = key.args
        heard = before(self.system, delayed, start_values(self.system))
        return [] if heard is None else started(order, float(numbers_of(duration, self.system)), heard)

    def new_signal(self, owner: str, purpose: str, *expressions: sp.Expr, stem: str = "") -> Signal:
        """A signal for the equation of another, with the indices that the expressions have."""
        taken, stem = self.states.keys() | self.definitions.keys(), f"{stem or owner}__{purpose}"
        number = next(n for n in range(1, len(taken) + 2) if f"{stem}{n}" not in taken)
        name = f"{stem}{number}"
        self.internal[name] = Internal(self.system.owner_of(owner), self.system.family_of(owner), owner)
        return signal(name, *sorted({i for expression in expressions for i in free_indices(expression)}, key=str))

    def derivative(self, expression: sp.Expr) -> sp.Expr:
        """d/dt by the chain rule, with states' derivatives written out.

        Raises:
            NotAlgebraic: an input's derivative, or one across a corner, is needed.
        """
        if expression.has(*_CORNERED, delay):
            raise NotAlgebraic
        total = sp.S.Zero
        for symbol in sorted(signals_in(expression), key=str):
            name = name_of(symbol)
            if name in self.system.constants:
                continue
            total += _directional(expression, symbol, self.slope(name, symbol))
        return total

    def slope(self, name: str, symbol: Signal) -> sp.Expr:
        """The derivative of one signal."""
        if name in self.inputs:
            raise NotAlgebraic
        if name in self.open:
            chain = " -> ".join([*self.open[self.open.index(name) :], name])
            raise EquationError(
                f"the derivative of {name} is not explicit: it depends on itself through prospective ({chain})",
                where=f"states.{name}.derivative",
                hint="solve the equation for the derivative, or put retrospective(x, tau) into the loop",
            )
        if name in self.states:
            # resolved already, or a state that stands for retrospective(...)
            return reindexed(self.states[name].derivative, self.states[name].symbol, symbol)
        self.open.append(name)
        try:
            if name in self.original_states:
                state = self.original_states[name]
                return reindexed(self.explicit(state.derivative, name), state.symbol, symbol)
            definition = self.definitions.get(name) or self.original_definitions[name]
            set_apart = name in self.definitions or self.realisation != "algebraic"
            if definition.expression.has(delay):
                raise NotAlgebraic  # a ladder, whose derivative is another signal's
            if isinstance(definition.expression, prospective) and set_apart:
                raise NotAlgebraic  # a band-limited stage
            return reindexed(self.derivative(self.explicit(definition.expression, name)), definition.symbol, symbol)
        finally:
            self.open.pop()


def _directional(expression: sp.Expr, symbol: Signal, slope: sp.Expr) -> sp.Expr:
    """d expression / d symbol times slope, carried into sums."""
    if isinstance(expression, sp.Sum):
        return sp.Sum(_directional(expression.function, symbol, slope), *expression.limits)
    if isinstance(expression, sp.Add):
        return sp.Add(*[_directional(argument, symbol, slope) for argument in expression.args])
    if isinstance(expression, sp.Mul):
        return sp.Add(
            *[
                sp.Mul(*expression.args[:n], _directional(factor, symbol, slope), *expression.args[n + 1 :])
                for n, factor in enumerate(expression.args)
                if symbol in signals_in(factor)
            ]
        )
    if not expression.has(sp.Sum):
        dummy = sp.Dummy()
        return sp.diff(expression.xreplace({symbol: dummy}), dummy).xreplace({dummy: symbol}) * slope
    inner = [argument for argument in expression.args if argument.has(sp.Sum)]
    if len(inner) != 1:
        raise NotAlgebraic
    dummy = sp.Dummy()
    outer = sp.diff(expression.xreplace({inner[0]: dummy}), dummy).xreplace({dummy: inner[0]})
    return outer * _directional(inner[0], symbol, slope)


def regularize(system: EquationSystem, bandwidth: float, differentiator: bool = False) -> EquationSystem:
    """Ideal look-ahead -> look-ahead of finite bandwidth, still as equations, without a diagram.

    What a diagram's look-ahead blocks read back as must equal this; the suite holds them to it.

    ``name = prospective(x, tau)`` becomes, with ``tau_b = tau / bandwidth`` and the hidden state z,
    ``tau_b dz/dt = x - z``: for a lead stage ``name = z + (tau/tau_b)(x - z)``, which is
    ``(1 + tau s)/(1 + tau_b s) x``; for a differentiator beside the direct path
    ``name = x + (tau/tau_b)(x - z)``, which is ``(1 + tau s/(1 + tau_b s)) x``.

    Args:
        system: a resolved system.
        bandwidth: how many times faster than tau the look-ahead's own pole is; over 1.
        differentiator: which of the two forms.
    """
    states, definitions = list(system.states), []
    start = start_values(system)
    for definition in system.definitions:
        if not isinstance(definition.expression, prospective):
            definitions.append(definition)
            continue
        x, tau = definition.expression.args
        hidden = signal(f"{name_of(definition.symbol)}__z", *indices_of(definition.symbol))
        initial = start[name_of(definition.symbol)]
        states.append(State(hidden, (x - hidden) * bandwidth / tau, initial, definition.owner))
        direct = x if differentiator else hidden
        definitions.append(replace(definition, expression=direct + bandwidth * (x - hidden)))
    return system.updated(states=tuple(states), definitions=in_order(definitions))


def settled(system: EquationSystem, sources: Mapping[str, tuple[Signal, float]]) -> EquationSystem:
    """The system with states of ladders at rest, as if their inputs had been what they are at time zero for long.

    Args:
        system: a resolved system.
        sources: of each such state: the ladder's input, and what the state is of it.
    """
    for _ in range(len({source for source, _ in sources.values()})):  # one's start may depend on another's
        start = start_values(system)
        system = system.updated(
            states=tuple(
                replace(
                    each, initial=sources[name_of(each.symbol)][1] * start[name_of(sources[name_of(each.symbol)][0])]
                )
                if name_of(each.symbol) in sources
                else each
                for each in system.states
            )
        )
    return system


def start_values(system: EquationSystem) -> dict[str, Array]:
    """Every signal at time zero, each an array of its shape; look-ahead stages start settled.

    Args:
        system: a resolved system (``prospective`` only as a definition of its own).
    """
    values = {name: np.asarray(value) for name, value in system.constants.items()}
    for each in system.inputs:
        now = [stimulus(np.zeros(1))[0] for stimulus in each.stimuli]
        values[name_of(each.symbol)] = np.reshape(now, shape_of(each.symbol))
    for state in system.states:
        values[name_of(state.symbol)] = np.broadcast_to(np.asarray(state.initial, float), shape_of(state.symbol))
    for definition in system.definitions:
        now = definition.expression.replace(prospective, lambda x, tau: x).replace(delay, lambda x, tau: x)
        values[name_of(definition.symbol)] = evaluate(now, indices_of(definition.symbol), values)
    return values
