"""What delayed states were before time zero: expressions of the time ``t``; all else was as it is at time zero.

A delay of algebra is algebra of delays, so that the past of any expression follows from those of its states.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import sympy as sp

from vle_analog.equations import ladder
from vle_analog.equations.expression import TIME, Expression, parse_expression
from vle_analog.equations.functions import CALLED
from vle_analog.equations.operators import TemporalOperator, delay
from vle_analog.equations.system import EquationSystem, evaluate, indices_of, name_of, names_in, signal, signals_in
from vle_analog.equations.templates import numbers_of, substituted
from vle_analog.errors import EquationError, nearest
from vle_analog.stimulus import Array

#: values at some times
Function = Callable[[Array], Array]
#: moments at which a past is looked at, and how many of a ladder's slowest time constants it remembers
_MOMENTS, _MEMORY = 1000, 30.0


def read_history(said: Mapping[str, Expression], system: EquationSystem) -> EquationSystem:
    """The system with the past of some states, by their names: numbers, or text of ``t`` and the parameters.

    Raises:
        EquationError: it cannot be read, or speaks of what there is not.
    """
    if not said:
        return system
    symbols = {name_of(each.symbol): each.symbol for each in system.parameters}
    known = symbols if TIME in symbols else {**symbols, TIME: signal(TIME)}
    constants = frozenset(symbols)
    history: dict[str, sp.Expr] = {}
    for name, value in said.items():
        where = f"history.{name}"
        if isinstance(value, sp.Basic):
            past = value.xreplace({each: known[str(each)] for each in value.free_symbols if str(each) in known})
            if unknown := {str(each) for each in past.free_symbols} - known.keys():
                raise EquationError(f"unknown name '{min(unknown)}'", where=where, hint=nearest(min(unknown), known))
        else:
            past = parse_expression(str(value), known, where=where, functions=CALLED, constants=constants)
        history[name] = past
        if past.has(TemporalOperator):
            raise EquationError(f"the past '{past}' looks further back or ahead", where=where, hint="write it out in t")
    return system.updated(history=history)


def begun(system: EquationSystem) -> EquationSystem:
    """The system whose states with a past begin where that ends."""
    now = {name: float(past_of(system, name)(np.zeros(1))[0]) for name in system.history}
    states = (
        replace(each, initial=now[name_of(each.symbol)]) if name_of(each.symbol) in now else each
        for each in system.states
    )
    return system.updated(states=tuple(states)) if now else system


def check_history(system: EquationSystem) -> None:
    """Refuses a past that nothing has.

    Raises:
        EquationError: of what is no state, of a family of states, in a system without delays, or that is not finite.
    """
    states = {name_of(state.symbol): state.symbol for state in system.states}
    for name in system.history:
        where = f"history.{name}"
        if name not in states:
            what = f"'{name}' is no state" if name in system.symbols else f"there is no state '{name}'"
            raise EquationError(what, where=where, hint=f"give the past of states: {nearest(name, states)}")
        if indices_of(states[name]):
            raise EquationError(f"'{states[name]}' is a family of states", where=where, hint="give scalars a past")
    if not system.history:
        return
    if not system.delays:
        raise EquationError(
            "nothing is delayed, so that nothing hears of the past",
            where="history",
            hint="leave [history] out, or delay something: x(t - 1)",
        )
    times = np.linspace(-_longest(system), 0.0, _MOMENTS, endpoint=False)
    for name in system.history:
        bad = np.flatnonzero(~np.isfinite(past_of(system, name)(times)))
        if len(bad):
            raise EquationError(
                f"the past of '{name}' is not finite at t = {times[bad[-1]]:.4g}, and delays reach back to "
                f"{times[0]:.4g}",
                where=f"history.{name}",
                hint="give an expression that is finite there, or a number",
            )


def _longest(system: EquationSystem) -> float:
    """The sum of all delays, beyond which nothing reaches back."""
    calls = {call for each in system.expressions for call in each.atoms(delay)}
    return float(sum(np.max(numbers_of(call.args[1], system)) for call in calls))


def past_of(system: EquationSystem, name: str) -> Function:
    """What a state with a past was, by times below zero."""
    return partial(_values, system.history[name], system)


def _values(expression: sp.Expr, system: EquationSystem, t: Array) -> Array:
    return np.broadcast_to(evaluate(expression, (), {**system.constants, TIME: t}), np.shape(t)).astype(float)


def before(system: EquationSystem, expression: sp.Expr, start: Mapping[str, Array]) -> Function | None:
    """What an expression was before time zero, by the time; None where it was as it is then.

    Args:
        system: in whose signals it is.
        expression: of scalars.
        start: of all states and inputs, by name, at time zero.
    """
    written = _written(system, expression, start)
    without = _written(system.updated(history={}), expression, start)
    return None if written == without else partial(_values, written, system)


def _written(system: EquationSystem, expression: sp.Expr, start: Mapping[str, Array]) -> sp.Expr:
    """An expression as one of the time below zero; what looked back or ahead is taken for its argument."""
    if isinstance(expression, delay):
        argument, duration = expression.args
        t = signal(TIME)
        return _written(system, argument, start).xreplace({t: t - sp.Float(float(numbers_of(duration, system)))})
    if isinstance(expression, TemporalOperator):
        return _written(system, expression.args[0], start)
    if expression.has(TemporalOperator):
        return expression.func(*(_written(system, each, start) for each in expression.args))
    definitions = {name_of(each.symbol): each for each in system.definitions}
    if names_in(expression) & definitions.keys():
        return _written(system, substituted(expression, definitions), start)
    known = {
        each: system.history.get(name_of(each), sp.Float(float(start[name_of(each)])))
        for each in signals_in(expression)
        if name_of(each) not in system.constants and not indices_of(each)
    }
    return expression.xreplace(known)


def started(order: int, duration: float, past: Function) -> list[float]:
    """States of a ladder at time zero that has heard a past, in the order of `ladder.equations`.

    Before the ladder's own delay a past that is not finite counts as what it was then.
    """
    from scipy.integrate import solve_ivp  # loads for long; only this needs it

    chain = ladder.sections(order)
    slowest = min(each.damping / (2 if each.speed else 1) for each in chain) / duration
    begin = -_MEMORY / slowest

    def heard(t: float) -> float:
        value = float(past(np.array([t]))[0])
        return value if np.isfinite(value) or t >= -duration else float(past(np.array([-duration]))[0])

    def rates(t: float, states: Array) -> list[float]:
        u, found, place = heard(t), [], 0
        for each in chain:
            if each.speed:
                v, q = states[place : place + 2]
                found += [(each.damping * (u - v) - each.speed * q) / duration, each.speed * v / duration]
                u, place = u - 2 * v, place + 2
            else:
                z = states[place]
                found.append(each.damping * (u - z) / duration)
                u, place = 2 * z - u, place + 1
        return found

    rest = [value for each in chain for value in ([0.0, each.damping / each.speed] if each.speed else [1.0])]
    run = solve_ivp(
        rates, (begin, 0.0), heard(begin) * np.array(rest), "DOP853", rtol=1e-10, atol=1e-12, max_step=duration / 4
    )
    return [float(value) for value in run.y[:, -1]]
