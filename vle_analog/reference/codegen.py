"""Equations -> Python source of an explicit Runge-Kutta integrator over flat arrays, for numba.

Every template becomes one loop nest over its indices; a sum becomes an inner loop. The source's size
does not depend on the network's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from sympy.printing.pycode import PythonCodePrinter

from vle_analog.equations.system import (
    EquationSystem,
    Signal,
    indices_of,
    name_of,
    shape_of,
    size,
)


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
    place, lengths = {}, {}
    for array, group in groups.items():
        offset = 0
        for each in group:
            place[name_of(each.symbol)] = (array, offset)
            offset += math.prod(shape_of(each.symbol))
        lengths[array] = offset
    return Layout(place, system.symbols, lengths)


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


def _body(system: EquationSystem, where: Layout) -> list[str]:
    """The lines that compute all definitions, then all derivatives, from y, x and p."""
    printer = _Printer(where)
    lines: list[str] = []
    sums = 0

    def assign(target: Signal, array: str, expression: sp.Expr) -> None:
        nonlocal sums
        indent = ""
        for each in indices_of(target):
            lines.append(f"{indent}for {_loop(each)} in range({size(each)}):")
            indent += "    "

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

        text = printer.doprint(accumulate(expression, indent))
        element = printer.element(target).replace(where.place[name_of(target)][0], array, 1)
        lines.append(f"{indent}{element} = {text}")

    for definition in system.definitions:
        assign(definition.symbol, "d", definition.expression)
    for state in system.states:
        assign(state.symbol, "k", state.derivative)
    return lines


_HEADER = '''\
"""Generated by vle_analog.reference from equations; content-addressed, do not edit."""

import math

import numba
import numpy as np

jit = numba.njit(cache=True, error_model="numpy", fastmath={"contract", "nsz", "arcp"})


@jit
def tanh(x):
    # one exponential: three times faster than libm's, absolute error 1e-16
    e = math.exp(-2.0 * abs(x))
    return math.copysign((1.0 - e) / (1.0 + e), x)


@jit
def softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


@jit
def logistic(x):
    return 1.0 / (1.0 + math.exp(-x))


@jit
def reciprocal(x):
    return 1.0 / x


@jit
def deadzone(x, low, high):
    return max(x - high, 0.0) + min(x - low, 0.0)


@jit
def rates(y, x, p, d, k):
'''

_DRIVER = '''

@jit
def integrate(y, p, inputs, steps, stride, phase, chosen_y, chosen_d, records, peak_y, peak_d, low_y, low_d, limit):
    """Advance y over all steps; returns (records written, steps done)."""
    n = y.shape[0]
    d = np.zeros({definitions})
    k = np.zeros(n)
    stage = np.zeros(n)
    change = np.zeros(n)
    first_d = np.zeros(chosen_d.shape[0])
    written = 0
    for step in range(steps.shape[0]):
        h = steps[step]
{stages}
        if (step + phase) % stride == 0:
            for c in range(chosen_y.shape[0]):
                records[written, c] = y[chosen_y[c]]
            for c in range(chosen_d.shape[0]):
                records[written, chosen_y.shape[0] + c] = first_d[c]
            written += 1
        for i in range(n):
            y[i] += h * change[i]
            a = abs(y[i])
            if a > peak_y[i]:
                peak_y[i] = a
            if y[i] < low_y[i]:
                low_y[i] = y[i]
            if not a < limit:
                return written, step
    return written, steps.shape[0]
'''


def source(system: EquationSystem, where: Layout, method: Tableau) -> str:
    """The Python source of a module with ``rates`` and ``integrate``."""
    body = _body(system, where) or ["pass"]
    text = _HEADER + "".join(f"    {line}\n" for line in body)
    stages = []
    for number, (node, previous, weight) in enumerate(zip(method.nodes, method.previous, method.weights, strict=True)):
        if number == 0:
            stages += [
                "rates(y, inputs[2 * step], p, d, k)",
                "for i in range(d.shape[0]):",
                "    a = abs(d[i])",
                "    if a > peak_d[i]:",
                "        peak_d[i] = a",
                "    if d[i] < low_d[i]:",
                "        low_d[i] = d[i]",
                "for c in range(chosen_d.shape[0]):",
                "    first_d[c] = d[chosen_d[c]]",
                "for i in range(n):",
                f"    change[i] = {weight!r} * k[i]",
            ]
        else:
            stages += [
                "for i in range(n):",
                f"    stage[i] = y[i] + {previous!r} * h * k[i]",
                f"rates(stage, inputs[2 * step + {node}], p, d, k)",
                "for i in range(n):",
                f"    change[i] += {weight!r} * k[i]",
            ]
    driver = _DRIVER.format(definitions=where.lengths["d"], stages="\n".join(" " * 8 + line for line in stages))
    return text + driver
