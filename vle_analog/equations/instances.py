"""Templates written out: an equation for every instance, with scalar signals and numbers for parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

import numpy as np
import sympy as sp

from vle_analog.equations.system import Definition, EquationSystem, State, indices_of, instance_names, name_of, size


def instances(equations: Iterable[State | Definition], system: EquationSystem) -> Iterator[State | Definition]:
    """Equations of single instances.

    Args:
        equations: templates.
        system: that has the parameters' values.
    """
    for each in equations:
        indices = indices_of(each.symbol)
        initial = np.zeros(())
        if isinstance(each, State):
            initial = np.broadcast_to(np.asarray(each.initial, float), tuple(map(size, indices)))
        places = product(*(range(size(index)) for index in indices))
        for name, place in zip(instance_names(each.symbol), places, strict=True):
            at = dict(zip(indices, place, strict=True))
            if isinstance(each, State):
                yield State(sp.Symbol(name), scalar(each.derivative, at, system), float(initial[place]), each.owner)
            else:
                yield Definition(sp.Symbol(name), scalar(each.expression, at, system), each.owner)


def scalar(expression: sp.Expr, at: Mapping[sp.Idx, int], system: EquationSystem) -> sp.Expr:
    """An expression for one value of each index: sums written out, numbers for parameters."""
    if isinstance(expression, sp.Sum):
        over = [limit[0] for limit in expression.limits]
        places = product(*(range(size(index)) for index in over))
        inner = (scalar(expression.function, {**at, **dict(zip(over, place, strict=True))}, system) for place in places)
        return sp.Add(*inner)
    if isinstance(expression, sp.Indexed | sp.Symbol):
        place = tuple(at[index] for index in indices_of(expression))
        name = name_of(expression)
        if name in system.constants:
            return sp.Float(float(system.constants[name][place]))
        return sp.Symbol("_".join([name, *map(str, place)]))
    if not expression.args:
        return expression
    return expression.func(*(scalar(each, at, system) for each in expression.args))
