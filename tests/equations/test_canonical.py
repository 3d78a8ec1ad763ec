"""Expressions in the laws' own words mean what they meant, and have a law for everything."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from vle_analog.equations.canonical import canonical
from vle_analog.equations.system import evaluate
from vle_analog.errors import EquationError
from vle_analog.laws.heaviside import heaviside
from vle_analog.laws.linoid import linoid
from vle_analog.laws.logistic import logistic
from vle_analog.laws.pow import pow
from vle_analog.laws.sqrt import sqrt

X, Y, A, N = sp.symbols("x y a n")
CONSTANTS = {"a": np.array(0.7), "n": np.array(2.0)}
VALUES = {**CONSTANTS, "x": np.linspace(0.1, 3.0, 40), "y": np.linspace(1.7, -1.3, 40)}

FORMS = [
    (X**N, X**2),
    (1 / (1 + X**N), 1 / (1 + X**2)),
    (X ** sp.Rational(1, 2), sqrt(X)),
    (X**0.5 * Y, sqrt(X) * Y),
    (X**A, pow(X, sp.Float(0.7))),
    (X**-1.5, pow(X, -1.5)),
    (X**Y, sp.exp(Y * sp.log(X))),
    (2**Y, sp.exp(Y * sp.log(2))),
    (1 / (1 + sp.exp(-Y)), logistic(Y)),
    (sp.exp(Y) / (1 + sp.exp(Y)), logistic(Y)),
    (Y / (1 - sp.exp(-Y)), linoid(Y)),
    (sp.Heaviside(Y), heaviside(Y)),
    (sp.cot(X), sp.cos(X) / sp.sin(X)),
]


@pytest.mark.parametrize(("given", "expected"), FORMS, ids=str)
def test_what_people_write_becomes_a_law(given: sp.Expr, expected: sp.Expr) -> None:
    assert canonical(given, CONSTANTS) == expected


@pytest.mark.parametrize(
    "given",
    [
        *(each for each, _ in FORMS),
        sp.Max(X, Y, 1),
        sp.Min(X, 2 * Y),
        sp.Piecewise((X, X < Y), (Y**2, sp.And(X > 1, Y > -1)), (A, sp.Not(Y > 0)), (1, True)),
        5 / (1 + sp.exp(0.56 * (6 - Y))),
        A * X / (2 * A + 3 * sp.exp(A * Y - X)),
        4 * sp.exp(X - Y) * Y / (3 + A * sp.exp(X - Y)),
        0.1 * (Y + X) / (1 - sp.exp(-(X + Y) / 10)),
        3 * (2 - Y) * X / (sp.exp(2 - Y) - 1),
        X / (1 + X**3) ** 2 / (Y**2 + 1),
        sp.exp(-((Y / X) ** 2)) * sp.Abs(Y) ** 1.3,
    ],
    ids=str,
)
def test_it_means_the_same_and_is_written_once_and_for_all(given: sp.Expr) -> None:
    found = canonical(given, CONSTANTS)
    assert canonical(found, CONSTANTS) == found
    assert not found.has(sp.Max, sp.Piecewise, sp.Heaviside)
    assert all(each.exp.is_Integer for each in found.atoms(sp.Pow) if each.base.free_symbols - {A, N})
    numeric = {symbol: sp.Symbol(symbol.name, real=True) for symbol in (X, Y)}
    for k in range(0, 40, 3):
        point = {numeric[X]: float(VALUES["x"][k]), numeric[Y]: float(VALUES["y"][k]), A: 0.7, N: 2}
        wanted = float(given.xreplace(numeric).subs(point))
        assert float(evaluate(found, (), VALUES)[k]) == pytest.approx(wanted, rel=1e-9)


def test_the_linoid_takes_its_pole_that_is_none() -> None:
    """The rate of a sodium channel at the voltage at which its quotient is 0/0."""
    rate = canonical(0.1 * (X + 40) / (1 - sp.exp(-(X + 40) / 10)), {})
    assert float(evaluate(rate, (), {"x": np.array(-40.0)})) == 1.0


def test_a_condition_must_be_a_comparison() -> None:
    with pytest.raises(EquationError, match="not a comparison"):
        canonical(sp.Piecewise((X, sp.Eq(X, Y)), (0, True)), CONSTANTS)
