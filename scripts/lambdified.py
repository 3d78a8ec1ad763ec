"""What the reference integrator is measured against: a system written out for `scipy.integrate.solve_ivp`.

Every instance and every sum is expanded symbolically, definitions are substituted, common parts are shared
(``cse``), and inputs that are sines are part of the expressions. With modules ``numpy`` that is what sympy's
manual shows; with ``math``, on Python floats, the same function is several times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.equations.system import EquationSystem, indices_of, instance_names, name_of, shape_of
from vle_analog.stimulus import Sines

Array = NDArray[np.float64]


def scalars(expression: sp.Expr, at: Mapping[sp.Idx, int]) -> sp.Expr:
    """A template expression for one value of its indices."""
    if isinstance(expression, sp.Indexed):
        return sp.Symbol("_".join([name_of(expression), *(str(at[each]) for each in expression.indices)]))
    if isinstance(expression, sp.Sum):
        over = [limit[0] for limit in expression.limits]
        places = product(*[range(int(low), int(high) + 1) for _, low, high in expression.limits])
        return sp.Add(*[scalars(expression.function, {**at, **dict(zip(over, k, strict=True))}) for k in places])
    if not expression.args:
        return expression
    return expression.func(*[scalars(each, at) for each in expression.args])


def lambdified(system: EquationSystem, modules: str) -> tuple[list[str], Callable[[float, Array], Array], Array]:
    """State names, ``rates(t, y)`` and initial values of an explicit system driven by sines alone."""
    t = sp.Symbol("t")
    known: dict[sp.Expr, sp.Expr] = {}
    for parameter in system.parameters:
        values = np.broadcast_to(np.asarray(parameter.value, float), shape_of(parameter.symbol)).ravel()
        known |= dict(zip(map(sp.Symbol, instance_names(parameter.symbol)), map(sp.Float, values), strict=True))
    for each in system.inputs:
        assert isinstance(each.stimulus, Sines)
        sines = zip(each.stimulus.amplitudes, each.stimulus.frequencies, each.stimulus.phases, strict=True)
        known[each.symbol] = sp.Add(*[a * sp.sin(2 * np.pi * f * t + p) for a, f, p in sines])
    shared, names, rates = [], [], []
    for group, is_state in ((system.definitions, False), (system.states, True)):
        for equation in group:
            expression = equation.derivative if is_state else equation.expression
            for k in np.ndindex(*shape_of(equation.symbol)):
                at = dict(zip(indices_of(equation.symbol), k, strict=True))
                symbol, written = scalars(equation.symbol, at), scalars(expression, at).xreplace(known)
                if is_state:
                    names.append(symbol)
                    rates.append(written)
                else:
                    shared.append((symbol, written))
    # definitions stay named intermediate results, computed once: what `cse` would find, and then `cse` on top
    function = sp.lambdify([t, *names], rates, [modules], cse=lambda exprs: _shared(shared, exprs))
    initial = [np.broadcast_to(np.asarray(s.initial, float), shape_of(s.symbol)).ravel() for s in system.states]
    plain = modules == "math"
    return (
        [str(name) for name in names],
        lambda t, y: np.array(function(t, *(y.tolist() if plain else y))),
        np.concatenate(initial),
    )


def _shared(known: list[tuple[sp.Expr, sp.Expr]], expressions: list[sp.Expr]) -> tuple[list, list]:  # type: ignore[type-arg]
    """Common subexpressions of definitions and rates, in an order in which they can be computed."""
    symbols = [symbol for symbol, _ in known]
    parts, reduced = sp.cse([*[value for _, value in known], *expressions], symbols=sp.numbered_symbols("cse_"))
    pending = dict([*parts, *zip(symbols, reduced[: len(known)], strict=True)])
    ordered: dict[sp.Expr, sp.Expr] = {}

    def add(symbol: sp.Expr) -> None:
        if symbol not in ordered and symbol in pending:
            for other in sorted(pending[symbol].free_symbols, key=str):
                add(other)
            ordered[symbol] = pending[symbol]

    for symbol in pending:
        add(symbol)
    return list(ordered.items()), reduced[len(known) :]
