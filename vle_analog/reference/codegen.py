"""Equations -> Python source of an explicit Runge-Kutta integrator over flat arrays, for numba.

Every template becomes one loop nest over its indices; a sum becomes an inner loop; what parameters
alone determine is computed before the first step. The source's size does not depend on the network's.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from sympy.printing.pycode import PythonCodePrinter

from vle_analog.equations.system import (
    Definition,
    EquationSystem,
    Signal,
    indices_of,
    name_of,
    names_in,
    shape_of,
    signal,
    signals_in,
    size,
)
from vle_analog.laws import LAWS
from vle_analog.reference.driver import module


@dataclass(frozen=True)
class Tableau:
    """An explicit Runge-Kutta method whose stages lie at the step's start, middle and end.

    Attributes:
        name: of the method.
        order: its order of convergence.
        nodes: stage times in half steps (0, 1 or 2).
        previous: coefficient of the previous stage in each stage's state (others are zero).
        weights: of the stages in the step.
    """

    name: str
    order: int
    nodes: tuple[int, ...]
    previous: tuple[float, ...]
    weights: tuple[float, ...]


#: the classical method of order 4 (Kutta 1901), Heun's of order 2 and Euler's, the fastest for long learning runs
RK4 = Tableau("rk4", 4, (0, 1, 1, 2), (0.0, 0.5, 0.5, 1.0), (1 / 6, 1 / 3, 1 / 3, 1 / 6))
EULER = Tableau("euler", 1, (0,), (0.0,), (1.0,))
HEUN = Tableau("heun", 2, (0, 2), (0.0, 1.0), (0.5, 0.5))


@dataclass(frozen=True)
class Layout:
    """Where each template's instances lie in the flat arrays.

    Attributes:
        place: by name: which array (``y`` states, ``d`` definitions, ``x`` inputs, ``p``
            parameters) and the offset in it.
        lengths: of the four arrays.
    """

    place: Mapping[str, tuple[str, int]]
    symbols: Mapping[str, Signal]
    lengths: Mapping[str, int]

    def span(self, name: str) -> slice:
        """The template's part of its array."""
        offset = self.place[name][1]
        return slice(offset, offset + math.prod(shape_of(self.symbols[name])))


def layout(system: EquationSystem) -> Layout:
    """Assign places in order of declaration."""
    groups: dict[str, Sequence[Any]] = {
        "y": system.states,
        "d": system.definitions,
        "x": system.inputs,
        "p": system.parameters,
    }
    place: dict[str, tuple[str, int]] = {}
    lengths = {}
    for array, group in groups.items():
        places, lengths[array] = _places(array, group)
        place |= places
    return Layout(place, system.symbols, lengths)


def _places(array: str, group: Iterable[Any]) -> tuple[dict[str, tuple[str, int]], int]:
    """Where a group's templates lie in their array, and its length."""
    place, offset = {}, 0
    for each in group:
        place[name_of(each.symbol)] = (array, offset)
        offset += math.prod(shape_of(each.symbol))
    return place, offset


def parameters(system: EquationSystem) -> NDArray[np.float64]:
    """All parameter values in their flat array."""
    values = [system.constants[name_of(each.symbol)].ravel() for each in system.parameters]
    return np.concatenate(values) if values else np.zeros(0)


def _loop(index: sp.Idx) -> str:
    """The loop variable of an index: apart from the names of arrays."""
    return f"at_{index}"


class _Printer(PythonCodePrinter):
    """Prints template expressions; signals become array elements."""

    def __init__(self, where: Layout) -> None:
        super().__init__({"fully_qualified_modules": False, "allow_unknown_functions": True})
        self.where = where

    def element(self, symbol: Signal) -> str:
        array, offset = self.where.place[name_of(symbol)]
        terms = [str(offset)] if offset else []
        stride = 1
        for each, template in zip(
            reversed(indices_of(symbol)), reversed(indices_of(self.where.symbols[name_of(symbol)])), strict=True
        ):
            terms.append(_loop(each) if stride == 1 else f"{stride}*{_loop(each)}")
            stride *= size(template)
        return f"{array}[{' + '.join(terms) or '0'}]"

    def _print_Symbol(self, expr: sp.Symbol) -> str:
        return self.element(expr) if expr.name in self.where.place else str(expr.name)

    def _print_Indexed(self, expr: sp.Indexed) -> str:
        return self.element(expr)

    def _print_Float(self, expr: sp.Float) -> str:
        return repr(float(expr))

    def _print_Rational(self, expr: sp.Rational) -> str:
        return repr(float(expr))

    def _print_NumberSymbol(self, expr: sp.Expr) -> str:
        return repr(float(expr))

    _print_Pi = _print_Exp1 = _print_NumberSymbol

    def _print_Integer(self, expr: sp.Integer) -> str:
        return f"{int(expr)}.0"

    def _print_Pow(self, expr: sp.Pow, rational: bool = False) -> str:
        base, exponent = expr.args
        if exponent == -1:
            return f"(1.0/({self._print(base)}))"
        if exponent.is_Integer and 2 <= int(exponent) <= 9:
            return "(" + "*".join([f"({self._print(base)})"] * int(exponent)) + ")"
        return f"({self._print(base)})**({self._print(exponent)})"


def _hoisted(system: EquationSystem, where: Layout) -> tuple[EquationSystem, list[Definition], Layout]:
    """The system with what is made of parameters alone computed once, before any step.

    Returns:
        The system in terms of the constants, the constants, and a layout with them in array ``c``.
    """
    known: dict[sp.Expr, Definition] = {}

    def constant(expression: sp.Expr) -> sp.Expr:
        if not expression.args or isinstance(expression, sp.Indexed):
            return expression
        if expression not in known:
            # no declared name has a blank
            symbol = signal(f"constant {len(known)}", *_free(expression))
            known[expression] = Definition(symbol, expression)
        return known[expression].symbol

    def replaced(node: sp.Expr) -> sp.Expr:
        if not node.args or isinstance(node, sp.Indexed):
            return node
        if system.is_constant(node):
            return constant(node) if names_in(node) else node
        if isinstance(node, sp.Sum):
            return node.func(replaced(node.function), *node.limits)
        fixed = [each for each in node.args if names_in(each) and system.is_constant(each)]
        if isinstance(node, sp.Mul | sp.Add) and fixed:
            varying = [replaced(each) for each in node.args if each not in fixed]
            return node.func(constant(node.func(*fixed)), *varying)
        return node.func(*map(replaced, node.args))

    changed = system.updated(
        definitions=tuple(Definition(each.symbol, replaced(each.expression)) for each in system.definitions),
        states=tuple(replace(each, derivative=replaced(each.derivative)) for each in system.states),
    )
    constants = list(known.values())
    places, length = _places("c", constants)
    symbols = {**where.symbols, **{name_of(each.symbol): each.symbol for each in constants}}
    return changed, constants, Layout({**where.place, **places}, symbols, {**where.lengths, "c": length})


def _free(expression: sp.Expr) -> list[sp.Idx]:
    """The indices that no sum in the expression runs over, in order of their names."""
    bound = {limit[0] for each in expression.atoms(sp.Sum) for limit in each.limits}
    return sorted({each for symbol in signals_in(expression) for each in indices_of(symbol)} - bound, key=str)


def _body(where: Layout, equations: Iterable[tuple[Signal, str, sp.Expr]]) -> str:
    """The lines of a function that computes each signal's expression into the array given, in order."""
    printer = _Printer(where)
    lines: list[str] = []
    sums = 0

    def accumulate(node: sp.Expr, indent: str) -> sp.Expr:
        nonlocal sums
        if isinstance(node, sp.Sum):
            name = f"sum{sums}"
            sums += 1
            lines.append(f"{indent}{name} = 0.0")
            inner = indent
            for limit in node.limits:
                lines.append(f"{inner}for {_loop(limit[0])} in range({size(limit[0])}):")
                inner += "    "
            lines.append(f"{inner}{name} += {printer.doprint(accumulate(node.function, inner))}")
            return sp.Symbol(name)
        if not node.args or isinstance(node, sp.Indexed):
            return node
        return node.func(*[accumulate(argument, indent) for argument in node.args])

    for target, array, expression in equations:
        indent = ""
        for each in indices_of(target):
            lines.append(f"{indent}for {_loop(each)} in range({size(each)}):")
            indent += "    "
        text = printer.doprint(accumulate(expression, indent))
        element = printer.element(target).replace(where.place[name_of(target)][0], array, 1)
        lines.append(f"{indent}{element} = {text}")
    return "".join(f"    {line}\n" for line in lines)


def source(system: EquationSystem, where: Layout, method: Tableau) -> str:
    """The Python source of a module with ``rates``, ``integrate`` and ``march``."""
    system, constants, where = _hoisted(system, where)
    flow = [(each.symbol, "d", each.expression) for each in system.definitions]
    flow += [(each.symbol, "k", each.derivative) for each in system.states]
    called = {type(each) for _, _, right in flow for each in right.atoms(sp.Function)}
    called |= {type(each) for one in constants for each in one.expression.atoms(sp.Function)}
    return module(
        [law for law in LAWS.values() if law.function in called],
        _body(where, [(each.symbol, "c", each.expression) for each in constants]),
        _body(where, flow),
        where.lengths,
        tuple(zip(method.nodes, method.previous, method.weights, strict=True)),
    )
