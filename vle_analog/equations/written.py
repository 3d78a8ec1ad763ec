"""Systems written in Python: from sympy expressions, or traced from a function that computes derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from vle_analog.equations.checks import check, check_names
from vle_analog.equations.clock import clocked, with_time
from vle_analog.equations.events import Said, margin_of
from vle_analog.equations.expression import TIME, Expression, parse_expression
from vle_analog.equations.functions import CALLED
from vle_analog.equations.past import begun, read_history
from vle_analog.equations.system import (
    Definition,
    EquationSystem,
    Event,
    Input,
    Parameter,
    State,
    signal,
    signals_in,
)
from vle_analog.equations.traced import Traced, plain
from vle_analog.errors import EquationError, nearest
from vle_analog.stimulus import Stimulus


def system(
    name: str = "system",
    *,
    initial: Mapping[str, Expression] | None = None,
    where: Mapping[str, Stimulus | Expression] | None = None,
    events: Mapping[str, Said] | None = None,
    outputs: Sequence[str] = (),
    unit: float = 1e-3,
    span: float = 10.0,
    **derivatives: Expression,
) -> EquationSystem:
    """A system from its equations: ``system(x=y, y=(1 - x**2)*y - x, initial={"x": 1})``.

    Args:
        name: of the system, in files and figures.
        initial: values of states at the start; 0 for those that are not named. Of a delayed state, which has a past, an
            expression of the time ``t``: what it was up to then.
        where: what else the equations speak of, by name: a number is a parameter, a stimulus an input, and an
            expression or text the definition of an algebraic signal.
        events: by name, a condition and what states are set to when it begins to hold:
            ``{"bounce": ("h < 0", {"v": "-e*v"})}``.
        outputs: names of the signals to compare; all states when empty.
        unit: seconds of circuit time per model unit.
        span: how long to run, model units.
        derivatives: of each state, by its name; sympy expressions, or text as in a system's file.

    Raises:
        EquationError: names, expressions or a system that cannot be used: what is wrong, where, and what to do.
    """
    (starts, pasts), others = _begins(initial or {}, derivatives), where or {}
    heard = {each: value for each, value in others.items() if isinstance(value, Stimulus)}
    given = {each: float(value) for each, value in others.items() if isinstance(value, int | float)}
    defined = {each: value for each, value in others.items() if each not in heard and each not in given}
    # names first: the expressions are read with them
    blank = EquationSystem(
        name,
        tuple(State(signal(each), sp.S.Zero) for each in derivatives),
        tuple(Definition(signal(each), sp.S.Zero) for each in defined),
        tuple(Input(signal(each), stimulus) for each, stimulus in heard.items()),
        tuple(Parameter(signal(each), value) for each, value in given.items()),
        tuple(outputs) or (() if derivatives else tuple(defined)),
        float(unit),
        float(span),
    )
    check_names(blank)
    read = partial(_read, symbols=(symbols := with_time(blank.symbols)), constants=frozenset(given))
    found = blank.updated(
        states=tuple(
            State(signal(each), read(derivative, where=f"states.{each}"), starts.get(each, 0.0))
            for each, derivative in derivatives.items()
        ),
        definitions=tuple(
            Definition(signal(each), read(v, where=f"definitions.{each}")) for each, v in defined.items()
        ),
        events=tuple(_event(each, said, symbols, frozenset(given)) for each, said in (events or {}).items()),
    )
    check(found := begun(read_history(pasts, clocked(found))))
    return found


def _begins(
    initial: Mapping[str, Expression], states: Mapping[str, Expression]
) -> tuple[dict[str, float], dict[str, Expression]]:
    """Numbers at which states begin, and pasts at whose ends others do.

    Raises:
        EquationError: there is no such state.
    """
    starts: dict[str, float] = {}
    pasts: dict[str, Expression] = {}
    for each, value in initial.items():
        if each not in states:
            raise EquationError(f"initial['{each}']: there is no such state", hint=nearest(each, states))
        try:
            starts[each] = float(value)
        except (TypeError, ValueError):
            pasts[each] = value
    return starts, pasts


def _event(name: str, said: Said, symbols: Mapping[str, sp.Symbol], constants: frozenset[str]) -> Event:
    """An event in the system's own symbols.

    Raises:
        EquationError: no condition, or a value that cannot be read.
    """
    condition, settings = said
    where = f"events.{name}"
    margin = _own(margin_of(condition, symbols, constants, f"{where}.when"), symbols, f"{where}.when")
    values = tuple(
        (signal(state), _read(value, symbols, constants, f"{where}.set.{state}")) for state, value in settings.items()
    )
    return Event(name, margin, values, str(condition))


def from_rhs(
    function: Callable[..., Any],
    initial: Mapping[str, float] | Sequence[float],
    *,
    arguments: Sequence[float] = (),
    events: Mapping[str, Said] | None = None,
    name: str | None = None,
    unit: float = 1e-3,
    span: float = 10.0,
) -> EquationSystem:
    """A system from a function of time and state that returns derivatives, as `scipy.integrate.solve_ivp` takes it.

    The function is called once, with symbols for the state's values; it may use arithmetic and numpy's functions.

    Args:
        function: ``function(t, y, *arguments)``, which returns as many derivatives as there are states.
        initial: the state at the start: values by name, or values alone, whose states are called ``x0``, ``x1``, ...
        arguments: numbers that the function takes after time and state.
        events: as `system` has them.
        name: of the system; the function's when None.
        unit: seconds of circuit time per model unit.
        span: how long to run, model units.

    Raises:
        EquationError: a function that branches on a state, uses functions of single numbers (``math.sin``), or returns
            something else than derivatives; or a system that cannot be used.
    """
    starts = dict(initial) if isinstance(initial, Mapping) else {f"x{k}": value for k, value in enumerate(initial)}
    title = name or str(getattr(function, "__name__", "system"))
    title = title if name or title.isidentifier() else "system"
    where = f"{title}()"
    state = np.array([Traced(sp.Symbol(each)) for each in starts], object)
    time = sp.Symbol(TIME)
    if TIME in starts:
        raise EquationError(f"a state cannot be called '{TIME}', as the time is", where=where, hint="rename it")
    try:
        returned = function(Traced(time), state, *arguments)
        derivatives = [plain(each) for each in np.ravel(np.asarray(returned, object))]
    except EquationError as error:
        raise error.located(where) from None
    except (TypeError, AttributeError) as error:
        raise EquationError(
            f"it cannot be called with symbols: {error}",
            where=where,
            hint="use arithmetic and numpy's functions (numpy.sin, not math.sin), which take any kind of value",
        ) from None
    if len(derivatives) != len(starts):
        raise EquationError(
            f"it returns {len(derivatives)} derivatives for {len(starts)} states",
            where=where,
            hint="return one derivative per value of the state, in its order",
        )
    equations = dict(zip(starts, derivatives, strict=True))
    return system(title, initial=starts, events=events, unit=unit, span=span, **equations)


def _read(expression: Expression, symbols: Mapping[str, sp.Expr], constants: frozenset[str], where: str) -> sp.Expr:
    """An expression in the system's own symbols.

    Raises:
        EquationError: it cannot be read, is no number, or speaks of what there is not.
    """
    if isinstance(expression, str):
        return parse_expression(expression, symbols, where=where, functions=CALLED, constants=constants)
    if isinstance(expression, int | float) and not math.isfinite(expression):
        raise EquationError(f"{expression} is not a finite number", where=where, hint="give a finite number")
    try:
        read = sp.sympify(expression, strict=True)
    except sp.SympifyError:
        raise EquationError(
            f"no expression: {type(expression).__name__}", where=where, hint="give a sympy expression, or text"
        ) from None
    return _own(read, symbols, where)


def _own(read: sp.Expr, symbols: Mapping[str, sp.Symbol], where: str) -> sp.Expr:
    """An expression in the system's own symbols.

    Raises:
        EquationError: it speaks of what there is not.
    """
    own = {}
    for each in signals_in(read):
        if str(each) not in symbols:
            raise EquationError(f"unknown signal '{each}'", where=where, hint=nearest(str(each), symbols))
        own[each] = symbols[str(each)]  # a user's symbol may have assumptions, and so be another one of that name
    return read.xreplace(own)
