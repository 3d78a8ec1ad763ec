"""Functions made by integrators: states that obey the differential equation of a function.

A machine without function generators computes ``f(u)`` as the solution of ``df/dt = f'(u) du/dt`` wherever ``f'`` is a
polynomial of f itself (exp, tanh, logistic) or of a companion (sine and cosine), an old way of analog computers (e.g.
Ulmann, "Analog and Hybrid Computer Programming", de Gruyter 2020, ch. 3). Such a state starts at ``f(u(0))``; nothing
pulls it back should it drift.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import sympy as sp

from vle_analog.equations.resolve import NotAlgebraic, resolve, start_values, time_derivative
from vle_analog.equations.system import EquationSystem, Internal, State, evaluate, signal
from vle_analog.laws.logistic import logistic
from vle_analog.owner import Owner

#: by function, what its derivative is of its own value
_OWN: Mapping[type[sp.Function], sp.Lambda] = {
    sp.exp: sp.Lambda(sp.Symbol("f"), sp.Symbol("f")),
    sp.tanh: sp.Lambda(sp.Symbol("f"), 1 - sp.Symbol("f") ** 2),
    logistic: sp.Lambda(sp.Symbol("f"), sp.Symbol("f") - sp.Symbol("f") ** 2),
}
#: functions made together
_PAIR = (sp.sin, sp.cos)


def with_generated(system: EquationSystem) -> EquationSystem:
    """The system with states in the place of functions whose arguments' derivatives are at hand; all others stay.

    A system with events stays as it is: a state would not jump with its argument. So does one of families.
    """
    if system.events or system.delays or any(each.has(sp.Indexed) for each in system.expressions):
        return system
    written, number = resolve(system), 0
    refused: set[sp.Expr] = set()
    while (atom := _next(written, refused)) is not None:
        number += 1
        try:
            written = _replaced(written, atom, number)
        except NotAlgebraic:
            refused.add(atom)
    return written.updated(outputs=system.probes) if number > len(refused) else system


def _next(system: EquationSystem, refused: set[sp.Expr]) -> sp.Function | None:
    """A function of signals alone, or of such as are refused; None where there is none left."""
    kinds = (*_OWN, *_PAIR)
    atoms = {atom for each in system.expressions for atom in each.atoms(*kinds)} - refused
    plain = [atom for atom in atoms if not any(other != atom and atom.has(other) for other in atoms)]
    return min(plain, key=sp.default_sort_key, default=None)


def _replaced(system: EquationSystem, atom: sp.Function, number: int) -> EquationSystem:
    """The system with a function's value as a state."""
    argument = atom.args[0]
    speed, start = time_derivative(system, argument), start_values(system)
    at = float(evaluate(argument, (), start))
    if isinstance(atom, _PAIR):
        sine, cosine = (signal(f"{kind.__name__}{number}__generated") for kind in _PAIR)
        values = {sp.sin(argument): sine, sp.cos(argument): cosine}
        states = [State(sine, speed * cosine, float(np.sin(at))), State(cosine, -speed * sine, float(np.cos(at)))]
    else:
        value = signal(f"{type(atom).__name__}{number}__generated")
        values = {atom: value}
        slope = next(slope for kind, slope in _OWN.items() if isinstance(atom, kind))
        states = [State(value, speed * slope(value), float(evaluate(atom, (), start)))]
    return _with(system, states, values)


def _with(system: EquationSystem, states: list[State], values: Mapping[sp.Expr, sp.Symbol]) -> EquationSystem:
    new = [replace(each, derivative=each.derivative.xreplace(dict(values))) for each in (*system.states, *states)]
    made = {str(each.symbol): Internal(Owner.BOARD, str(each.symbol)) for each in states}
    return system.updated(
        states=tuple(new),
        definitions=tuple(
            replace(each, expression=each.expression.xreplace(dict(values))) for each in system.definitions
        ),
        internal={**system.internal, **made},
    )
