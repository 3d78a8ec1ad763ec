"""Static transfer of the nonlinear cells, for every combination of polarities."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from tests.blocks.bench import stage, transient
from vle_analog.blocks.divider import Divider
from vle_analog.blocks.multiplier import Multiplier
from vle_analog.blocks.nonlinearity import NonlinearStage
from vle_analog.laws import LAWS
from vle_analog.laws.deadzone import deadzone
from vle_analog.laws.heaviside import heaviside
from vle_analog.laws.hyperbolic import cosh, sinh, tanh
from vle_analog.laws.linoid import linoid
from vle_analog.laws.logistic import logistic
from vle_analog.laws.pow import pow
from vle_analog.laws.rectifier import rectifier
from vle_analog.laws.softplus import softplus
from vle_analog.laws.sqrt import sqrt
from vle_analog.stimulus import Piecewise

X, Y, Z = sp.symbols("x y z")
BOTH = (1, -1)
NUMERIC = {law.name: law.numeric for law in LAWS.values()}


def ramp(low: float, high: float) -> Piecewise:
    return Piecewise(np.array([0.0, 1.0]), np.array([low, high]))


@pytest.mark.parametrize(("first", "second", "output"), list(product(BOTH, BOTH, BOTH)))
@pytest.mark.parametrize("coefficient", [2, -sp.Rational(1, 3)])
def test_multiplier_in_four_quadrants(
    first: int, second: int, output: int, coefficient: sp.Expr, tmp_path: Path
) -> None:
    scales = {"x": 2.0, "y": 4.0}
    scales["z"] = scales["x"] * scales["y"] / (10 * abs(float(coefficient)))
    triangles = Piecewise(np.linspace(0, 1, 9), np.array([0, 2, -2, 2, -2, 2, -2, 2, -2.0]))
    circuit = stage(
        Multiplier(Z, X, Y, sp.sympify(coefficient)),
        {"x": ramp(-4, 4), "y": triangles},
        scales,
        {"x": first, "y": second, "z": output},
    )
    run = transient(circuit, tmp_path, 1.0, 0.005, ["x", "y", "z"], reltol="1e-9")
    quadrants = {(a > 0, b > 0) for a, b in zip(run["x"], run["y"], strict=True)}
    assert len(quadrants) == 4
    np.testing.assert_allclose(run["z"], float(coefficient) * run["x"] * run["y"], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("argument", "output"), list(product(BOTH, BOTH)))
@pytest.mark.parametrize(
    ("function", "reach"),
    [
        (tanh(X), 8.0),
        (deadzone(X, -1, 1), 4.0),
        (softplus(X), 40.0),
        (logistic(X), 40.0),
        (deadzone(X, sp.Rational(-1, 2), sp.Rational(3, 2)), 4.0),
        (sp.sin(X), 12.0),
        (sp.cos(X), 12.0),
        (sp.atan(X), 12.0),
        (sp.tan(X), 1.5),
        (sp.exp(X), 3.0),
        (sinh(X), 3.0),
        (cosh(X), 3.0),
        (sp.Abs(X), 4.0),
        (rectifier(X), 4.0),
        (linoid(X), 40.0),
    ],
    ids=str,
)
def test_function_of_one_signal(function: sp.Expr, reach: float, argument: int, output: int, tmp_path: Path) -> None:
    block = NonlinearStage(Z, X, function)
    law = sp.lambdify(X, function, [NUMERIC, "numpy"])
    odd = bool(np.isclose(law(1.3), -law(-1.3)))
    assert block.fixed_polarity == (0 if odd else 1)
    if not odd:
        output = 1  # the cell gives no other
    most = float(np.max(np.abs(law(np.linspace(-reach, reach, 101)))))
    scales = {"x": 8 / reach, "z": min(1.6, 8 / most)}
    circuit = stage(block, {"x": ramp(-reach, reach)}, scales, {"x": argument, "z": output})
    run = transient(circuit, tmp_path, 1.0, 0.002, ["x", "z"], reltol="1e-9")
    assert run["x"].min() < -0.99 * reach and run["x"].max() > 0.99 * reach
    np.testing.assert_allclose(run["z"], law(run["x"]), rtol=1e-6, atol=2e-8 / scales["z"])  # vntol


@pytest.mark.parametrize("argument", BOTH)
@pytest.mark.parametrize("function", [sp.log(X), sqrt(X), pow(X, 1.7), pow(X, -1.5)], ids=str)
def test_function_of_a_positive_signal(function: sp.Expr, argument: int, tmp_path: Path) -> None:
    circuit = stage(
        NonlinearStage(Z, X, function), {"x": ramp(0.25, 4.0)}, {"x": 2.0, "z": 0.7}, {"x": argument, "z": 1}
    )
    run = transient(circuit, tmp_path, 1.0, 0.002, ["x", "z"], reltol="1e-9")
    np.testing.assert_allclose(run["z"], sp.lambdify(X, function, [NUMERIC, "numpy"])(run["x"]), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("output", BOTH)
@pytest.mark.parametrize("function", [sp.sign(X), heaviside(X)], ids=str)
def test_a_comparator_is_steep(function: sp.Expr, output: int, tmp_path: Path) -> None:
    if function == heaviside(X):
        output = 1  # the cell gives no other
    circuit = stage(NonlinearStage(Z, X, function), {"x": ramp(-4, 4)}, {"x": 2.0, "z": 5.0}, {"x": 1, "z": output})
    run = transient(circuit, tmp_path, 1.0, 0.002, ["x", "z"], reltol="1e-9")
    away = np.abs(run["x"]) > 1e-3
    law = sp.lambdify(X, function, [NUMERIC, "numpy"])
    np.testing.assert_allclose(run["z"][away], law(run["x"][away]), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("divisor", "dividend", "output"), list(product(BOTH, BOTH, BOTH)))
@pytest.mark.parametrize("coefficient", [2, -sp.Rational(1, 3)])
def test_quotient_in_two_quadrants(
    divisor: int, dividend: int, output: int, coefficient: sp.Expr, tmp_path: Path
) -> None:
    """A dividend of either sign, a divisor of the sign that it starts with; polarities as links ask."""
    for sign in BOTH:
        block = Divider(Z, X, Y, sp.sympify(coefficient), sign, False)
        link = {each.source: each.relation for each in block.links(lambda expression: np.asarray(float(expression)))}
        signs = {"x": divisor, "y": output * link[Y], "z": output}
        circuit = stage(
            block,
            {"x": ramp(sign * 0.5, sign * 4.0), "y": Piecewise(np.linspace(0, 1, 5), np.array([2, -2, 2, -2, 2.0]))},
            {"x": 2.0, "y": 4.0, "z": 0.5},
            signs,
            {"z": np.array(float(coefficient) * 4.0 * sign), "y": np.array(2.0)},
        )
        run = transient(circuit, tmp_path, 1.0, 0.002, ["x", "y", "z"], reltol="1e-9")
        np.testing.assert_allclose(run["z"], float(coefficient) * run["y"] / run["x"], rtol=1e-3, atol=2e-4)


def test_softplus_and_logistic_survive_what_no_signal_reaches(tmp_path: Path) -> None:
    """A Newton iteration may try thousands of volts: e^(10,000) must not be evaluated."""
    for function in (softplus(X), logistic(X)):
        circuit = stage(NonlinearStage(Z, X, function), {"x": ramp(-1e4, 1e4)}, {"x": 1, "z": 1}, {"x": 1, "z": 1})
        run = transient(circuit, tmp_path, 1.0, 0.01, ["x", "z"], reltol="1e-9")
        expected = sp.lambdify(X, function, [NUMERIC, "numpy"])(run["x"])
        np.testing.assert_allclose(run["z"], expected, rtol=1e-6, atol=1e-8)  # vntol


@pytest.mark.parametrize(("argument", "output"), list(product(BOTH, BOTH)))
def test_divider(argument: int, output: int, tmp_path: Path) -> None:
    """So slowly that the capacitor over the op-amp, whose pole lies at microseconds, has no part in it."""
    span = 1e5
    slow = Piecewise(np.array([0.0, span]), np.array([0.25, 4.0]))
    signs = {"x": argument, "z": output}
    circuit = stage(Divider(Z, X), {"x": slow}, {"x": 2.0, "z": 2.0}, signs, {"z": np.array(4.0)}, span)
    run = transient(circuit, tmp_path, span, 0.005 * span, ["x", "z"], reltol="1e-9")
    assert run["x"].max() / run["x"].min() > 15
    np.testing.assert_allclose(run["z"], 1 / run["x"], rtol=1e-6)
