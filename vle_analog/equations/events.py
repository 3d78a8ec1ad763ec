"""Events as people write them: a condition, and what states are set to when it begins to hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import TypeAlias

import sympy as sp

from vle_analog.equations.expression import Expression, parse_condition
from vle_analog.equations.functions import larger, smaller
from vle_analog.equations.system import EquationSystem, Signal, indices_of, name_of, names_in
from vle_analog.errors import EquationError, nearest

#: a condition, and values by states' names
Said: TypeAlias = tuple["str | sp.Basic", Mapping[str, Expression]]

_WHEN = "write a comparison, for example 'x > 1'"


def margin_of(condition: str | sp.Basic, symbols: Mapping[str, Signal], constants: Set[str], where: str) -> sp.Expr:
    """What rises through 0 when a condition begins to hold.

    Args:
        condition: a comparison, or several with and, or, not; text or sympy's.
        symbols: what each name means.
        constants: names that do not vary in time.
        where: the condition's place.

    Raises:
        EquationError: it is no such condition.
    """
    if isinstance(condition, str):
        return parse_condition(condition, symbols, where=where, constants=constants)
    if isinstance(condition, sp.Gt | sp.Ge):
        return condition.lhs - condition.rhs
    if isinstance(condition, sp.Lt | sp.Le):
        return condition.rhs - condition.lhs
    if isinstance(condition, sp.And | sp.Or):
        choose = smaller if isinstance(condition, sp.And) else larger
        first, *others = (margin_of(each, symbols, constants, where) for each in sp.ordered(condition.args))
        for each in others:
            first = choose(first, each)
        return first
    raise EquationError(f"'{condition}' is not a condition", where=where, hint=_WHEN)


def check_events(system: EquationSystem, taken: Set[str]) -> Iterator[tuple[str, Signal, sp.Expr]]:
    """Refuses events that cannot be; yields place, what it is for and expression of all that has to be checked besides.

    Args:
        system: whose.
        taken: names of signals and parameters, in lower case.

    Raises:
        EquationError: an unknown state, one that is none, a name that is taken, or events that contradict each other.
    """
    states = {name_of(state.symbol) for state in system.states}
    names: set[str] = set()
    for event in system.events:
        where = f"events.{event.name}"
        if event.name.lower() in taken | names:
            raise EquationError(f"the name '{event.name}' is taken", where=where, hint="rename the event")
        names.add(event.name.lower())
        if not event.settings:
            raise EquationError("it sets no state", where=where, hint="say which: set = { x = '0' }, or leave it out")
        for symbol, value in event.settings:
            name = name_of(symbol)
            if name not in states:
                raise _no_state(system, states, name, where)
            if indices_of(symbol):
                raise EquationError(
                    f"'{symbol}' is a family of states", where=where, hint="an event sets single states: scalars"
                )
            yield f"{where}.set.{name}", symbol, value
        if names_in(event.margin) <= system.constants.keys():
            raise EquationError(
                f"its condition '{event.condition or event.margin}' does not vary in time",
                where=f"{where}.when",
                hint="compare a state, an input or the time t with something",
            )
        yield f"{where}.when", event.settings[0][0], event.margin
    _refuse_contradictions(system)


def _no_state(system: EquationSystem, states: Set[str], name: str, where: str) -> EquationError:
    if name in system.symbols:
        what = "a parameter" if name in system.constants else "no state"
        hint = "only states can be set: set the states that it is made of, or make it a state with derivative 0"
        return EquationError(f"it sets '{name}', which is {what}", where=f"{where}.set", hint=hint)
    return EquationError(f"it sets '{name}', which there is not", where=f"{where}.set", hint=nearest(name, states))


def _refuse_contradictions(system: EquationSystem) -> None:
    """Refuses events of one condition that set a state to different values."""
    seen: dict[tuple[sp.Expr, str], tuple[str, sp.Expr]] = {}
    for event in system.events:
        for symbol, value in event.settings:
            other, before = seen.setdefault((event.margin, name_of(symbol)), (event.name, value))
            if other != event.name and before != value:
                raise EquationError(
                    f"'{other}' and '{event.name}' happen at the same moments and set '{symbol}' to '{before}' and "
                    f"'{value}'",
                    where=f"events.{event.name}",
                    hint=f"let one of them alone set '{symbol}'",
                )


def refuse_moments(system: EquationSystem) -> None:
    """Refuses delays and events in a learning network, which is integrated window by window.

    Raises:
        EquationError: it has one.
    """
    if system.delays:
        raise EquationError(
            "a learning network has no delays",
            where=system.name,
            hint="let a chain of low-passes delay: retrospective(retrospective(x, T/2), T/2)",
        )
    if system.events:
        raise EquationError(
            "a learning network has no events",
            where=f"events.{system.events[0].name}",
            hint="let an input gate what changes at known times, or make it a system of equations without learning",
        )
