"""Working with template expressions: renaming indices, substituting, comparing, ordering."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.equations.system import (
    Definition,
    EquationSystem,
    Signal,
    evaluate,
    indices_of,
    name_of,
    names_in,
    signal,
    signals_in,
    size,
)
from vle_analog.errors import EquationError


def free_indices(expression: sp.Expr) -> tuple[sp.Idx, ...]:
    """The indices that the expression depends on (not those it sums over), sorted by name."""
    if isinstance(expression, sp.Sum):
        bound = {limit[0] for limit in expression.limits}
        return tuple(each for each in free_indices(expression.function) if each not in bound)
    if isinstance(expression, sp.Indexed):
        return tuple(sorted(set(expression.indices), key=str))
    found: set[sp.Idx] = set()
    for argument in expression.args:
        found.update(free_indices(argument))
    return tuple(sorted(found, key=str))


def numbers_of(expression: sp.Expr, system: EquationSystem) -> NDArray[np.float64]:
    """The values of an expression of numbers and parameters, over its own indices."""
    return evaluate(expression, free_indices(expression), system.constants)


def bound_indices(expression: sp.Expr) -> set[sp.Idx]:
    """The indices that the expression sums over."""
    return {limit[0] for node in expression.atoms(sp.Sum) for limit in node.limits}


def reindexed(expression: sp.Expr, template: Signal, occurrence: Signal) -> sp.Expr:
    """The template's expression for one occurrence: ``u[i]``'s expression, asked for ``u[k]``.

    A sum inside that happens to run over one of the occurrence's indices gets a fresh index first.
    """
    mapping = dict(zip(indices_of(template), indices_of(occurrence), strict=True))
    clash = bound_indices(expression) & set(mapping.values())
    fresh = {each: sp.Idx(f"{each}_", size(each)) for each in clash}
    return expression.xreplace(fresh).xreplace(mapping)


def prefixed(expression: sp.Expr, prefix: str) -> sp.Expr:
    """The expression with the prefix before every signal's and parameter's name."""
    return expression.xreplace(
        {each: signal(f"{prefix}{name_of(each)}", *indices_of(each)) for each in signals_in(expression)}
    )


def substituted(expression: sp.Expr, definitions: Mapping[str, Definition]) -> sp.Expr:
    """The expression with the named definitions written out, again and again until none is left."""
    while names_in(expression) & definitions.keys():
        expression = expression.xreplace(
            {
                symbol: reindexed(definitions[name_of(symbol)].expression, definitions[name_of(symbol)].symbol, symbol)
                for symbol in signals_in(expression)
                if name_of(symbol) in definitions
            }
        )
    return expression


def normal_form(expression: sp.Expr) -> sp.Expr:
    """A form in which equal template expressions look equal: expanded, sums split and freed of
    constant factors, summation indices numbered in order."""
    return sp.expand(_split_sums(expression))


def _split_sums(expression: sp.Expr) -> sp.Expr:
    if not expression.args or isinstance(expression, sp.Indexed):
        return expression
    if not isinstance(expression, sp.Sum):
        return expression.func(*[_split_sums(argument) for argument in expression.args])
    parts = []
    for term in sp.Add.make_args(sp.expand(_split_sums(expression.function))):
        bound = {limit[0] for limit in expression.limits}
        outside, inside = sp.S.One, sp.S.One
        for factor in sp.Mul.make_args(term):
            if bound & set(free_indices(factor)):
                inside *= factor
            else:
                outside *= factor
        rename = {limit[0]: sp.Idx(f"k{position}", size(limit[0])) for position, limit in enumerate(expression.limits)}
        limits = [(rename[limit[0]], *limit[1:]) for limit in expression.limits]
        parts.append(outside * sp.Sum(inside.xreplace(rename), *limits))
    return sp.Add(*parts)


def equal(first: sp.Expr, second: sp.Expr) -> bool:
    """Whether two template expressions are the same function, by expansion."""
    return bool(sp.expand(normal_form(first) - normal_form(second)) == 0)


def in_order(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """The definitions sorted so that each one uses earlier ones only; the order is deterministic.

    Raises:
        EquationError: a loop of definitions without a state in it, named in order.
    """
    by_name = {name_of(definition.symbol): definition for definition in definitions}
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for name, each in by_name.items():
        sorter.add(name, *sorted(names_in(each.expression) & by_name.keys()))
    try:
        return tuple(by_name[name] for name in sorter.static_order())
    except CycleError as error:
        raise loop_error(error.args[1]) from None


def loop_error(cycle: Sequence[str]) -> EquationError:
    """The error for signals that depend on each other at the same moment."""
    path = " -> ".join(cycle)
    return EquationError(
        f"loop without a state: {path}",
        where=f"definitions.{cycle[0]}",
        hint="each needs the other at the same moment; put a state, such as retrospective(x, tau), into the loop",
    )
