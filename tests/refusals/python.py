"""Refusals of systems written in Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy as sp

import vle_analog as va
from tests.refusals.case import Refusal
from vle_analog.equations.checks import check
from vle_analog.equations.operators import adjoint_prospective, prospective
from vle_analog.equations.system import Definition, EquationSystem
from vle_analog.stimulus import Constant, Gate, Piecewise, Sines

X, U, A = sp.symbols("x u a")
START = {"x": 0.5}


def written(bad: dict[str, Any], mended: dict[str, Any], where: str, says: str, remedy: str) -> Refusal:
    """Arguments of `va.system`."""
    return Refusal(lambda folder: va.system(**bad), where, says, remedy, lambda folder: va.design(va.system(**mended)))


def derivative(bad: Any, mended: Any, says: str, remedy: str, where: str = "states.x") -> Refusal:
    return written({"x": bad}, {"x": mended}, where, says, remedy)


def driven(bad: sp.Expr, mended: sp.Expr, says: str, remedy: str) -> Refusal:
    """What drives a decay, of an input u."""
    where = {"u": Sines((0.5,), (0.2,), (0.0,))}
    return written({"x": bad - X, "where": where}, {"x": mended - X, "where": where}, "states.x", says, remedy)


def traced(bad: Callable[..., Any], mended: Callable[..., Any], says: str, remedy: str) -> Refusal:
    """A function of time and state."""
    return Refusal(
        lambda folder: va.from_rhs(bad, START, name="rhs"),
        "rhs",
        says,
        remedy,
        lambda folder: va.design(va.from_rhs(mended, START, name="rhs")),
    )


EXPRESSIONS = [
    derivative(math.nan, 0.5, "nan is not a finite number", "give a finite number"),
    derivative([X], -X, "no expression: list", "give a sympy expression, or text"),
    derivative(-X + U, -X, "unknown signal 'u'", "known: "),
    derivative(sp.gamma(X), sp.tanh(X), "unsupported function 'gamma'", "supported: "),
    derivative(sp.Derivative(X, U, evaluate=False) * X, -X, "unknown signal 'u'", ""),
    derivative(
        sp.Piecewise((-X, X > 0)),
        sp.Piecewise((-X, X > 0), (0, True)),
        "leaves open what else",
        "end it with (0, True)",
    ),
    derivative(
        sp.Piecewise((-X, sp.Eq(X, 1)), (0, True)),
        sp.Piecewise((-X, X > 1), (0, True)),
        "not a comparison by < or >",
        "compare with < and >",
    ),
    driven(
        adjoint_prospective(U, 1),
        2 * U - prospective(U, 1),
        "unsupported function 'adjoint_prospective'",
        "write it as 2*x - prospective(x, tau)",
    ),
    derivative(-X + sp.I, -X + 1, "'I' is not a finite real number", "use real numbers"),
    derivative(
        sp.Derivative(sp.Function("f")(X), X), sp.tanh(X), "makes the system not explicit", "solve for the derivatives"
    ),
    driven(
        prospective(U, X),
        prospective(U, 1),
        "'x' in prospective(x, tau) varies in time",
        "use numbers and parameters there",
    ),
    derivative(-sp.tanh(X**30), -sp.tanh(X**20), "powers combine to 'x**30', above 20", "powers are -20 to 20"),
    written(
        {"x": -X, "initial": {"z": 1.0}}, {"x": -X, "initial": {"x": 1.0}}, "", "there is no such state", "known: x"
    ),
    written(
        {"x": "-x(t - 1)", "initial": {"x": sp.cos(sp.Symbol("q"))}},
        {"x": "-x(t - 1)", "initial": {"x": sp.cos(sp.Symbol("t"))}},
        "history.x",
        "unknown name 'q'",
        "known: t",
    ),
    written(
        {"x": -X, "initial": {"x": math.inf}},
        {"x": -X, "initial": {"x": 1.0}},
        "states.x.initial",
        "is not finite",
        "give a finite number",
    ),
    written(
        {"x": A * X, "where": {"a": math.nan}},
        {"x": A * X, "where": {"a": -1.0}},
        "parameters.a",
        "is not finite",
        "give a finite number",
    ),
    written(
        {"x": -X / A, "where": {"a": 0.0}},
        {"x": -X / A, "where": {"a": 1.0}},
        "states.x.derivative",
        "the constant '1/a' is inf",
        "change the parameters so that it is finite",
    ),
]

FUNCTIONS = [
    traced(
        lambda t, y: -y if y[0] > 0 else y,
        lambda t, y: [-np.maximum(y[0], 0)],
        "branches on the value of a signal",
        "numpy.maximum",
    ),
    traced(
        lambda t, y: [y[0] if bool(y[0]) else 0],
        lambda t, y: [-np.sign(y[0])],
        "branches on the value of a signal",
        "numpy.sign",
    ),
    traced(
        lambda t, y: [np.arctan2(y[0], 1.0)],
        lambda t, y: [np.arctan(y[0])],
        "numpy.arctan2 is not known of signals",
        "arctan",
    ),
    traced(
        lambda t, y: [math.sin(y[0])],
        lambda t, y: [np.sin(y[0])],
        "cannot be called with symbols",
        "numpy.sin, not math.sin",
    ),
    traced(lambda t, y: ["-y"], lambda t, y: [-y[0]], "no value of a derivative: str", "return numbers"),
    traced(
        lambda t, y: [-y[0], y[0]],
        lambda t, y: [-y[0]],
        "it returns 2 derivatives for 1 states",
        "one derivative per value of the state",
    ),
    Refusal(
        lambda folder: va.from_rhs(lambda t, y: -y, {"t": 1.0}, name="rhs"),
        "rhs",
        "a state cannot be called 't'",
        "rename it",
        lambda folder: va.from_rhs(lambda t, y: -y, {"t_1": 1.0}, name="rhs"),
    ),
    Refusal(
        lambda folder: va.system(x=-X + U, where={"u": Gate(2.0, 1.0)}),
        "off",
        "the gate closes at 1.0 but opens at 2.0",
        "exchange them",
        lambda folder: va.system(x=-X + U, where={"u": Gate(1.0, 2.0)}),
    ),
    Refusal(
        lambda folder: Piecewise([], []),
        "times",
        "at least one point is needed",
        "give a list of numbers",
        lambda folder: Piecewise([0.0], [1.0]),
    ),
    Refusal(
        lambda folder: Piecewise([0.0, 1.0], [0.0, math.nan]),
        "values",
        "point 1 (counted from 0) is nan",
        "give finite numbers",
        lambda folder: Piecewise([0.0, 1.0], [0.0, 1.0]),
    ),
    Refusal(
        lambda folder: Constant(math.inf),
        "value",
        "the value inf is not finite",
        "give a finite number",
        lambda folder: Constant(1.0),
    ),
    Refusal(
        lambda folder: check(EquationSystem("idle", (), (Definition(X, sp.Float(1)),))),
        "outputs.signals",
        "there is nothing to compare",
        "name at least one signal",
        lambda folder: check(EquationSystem("idle", (), (Definition(X, sp.Float(1)),), outputs=("x",))),
    ),
]

CASES = [*EXPRESSIONS, *FUNCTIONS]
