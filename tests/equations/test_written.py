"""Systems written in Python: the same as those of files, and functions traced into equations."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import vle_analog as va
from vle_analog.equations.expression import SUPPORTED
from vle_analog.equations.systemfile import load_system
from vle_analog.equations.traced import Traced, plain
from vle_analog.errors import EquationError, VleAnalogError
from vle_analog.laws.hyperbolic import tanh
from vle_analog.library import system_files
from vle_analog.stimulus import Sines

X, Y, MU = sp.symbols("x y mu", real=True)  # with assumptions: other symbols than the system's own


def test_van_der_pol_as_in_its_file() -> None:
    file = load_system(system_files()["van_der_pol"])
    own = va.system(
        "van_der_pol",
        x=Y,
        y=sp.Symbol("mu") * (1 - X**2) * Y - X,
        where={"mu": 1.0},
        initial={"x": float(np.ravel(file.states[0].initial)[0]), "y": float(np.ravel(file.states[1].initial)[0])},
        span=file.span,
    )
    assert [str(each.symbol) for each in own.states] == [str(each.symbol) for each in file.states]
    theirs = {each.symbol: each.derivative.subs(file.parameters[0].symbol, MU) for each in file.states}
    for each in own.states:
        assert sp.expand(each.derivative.subs(sp.Symbol("mu"), MU) - theirs[each.symbol]) == 0


def test_all_that_equations_speak_of() -> None:
    found = va.system(
        "filter", v="(u - v)/tau", where={"tau": 2.0, "u": Sines((1.0,), (0.1,), (0.0,)), "power": sp.Symbol("v") ** 2},
        outputs=("v", "power"), unit=1e-4, span=5,
    )  # fmt: skip
    assert [str(each.symbol) for each in found.inputs] == ["u"]
    assert found.constants["tau"] == 2.0 and found.outputs == ("v", "power") and found.unit == 1e-4
    assert found.definitions[0].expression == sp.Symbol("v") ** 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"x": "-z"}, "states.x: unknown name 'z'"),
        ({"x": sp.Symbol("z")}, "unknown signal 'z'"),
        ({"x": object()}, "no expression"),
        ({"x": math.inf}, "not a finite number"),
        ({"x": "-x", "initial": {"y": 1.0}}, "no such state"),
        ({"x": "-X", "X": "-x"}, "case"),
        ({"name": "a b", "x": "-x"}, "not a name for a system"),
        ({"x": "-x", "span": -1.0}, "span"),
    ],
)
def test_what_cannot_be_used_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(VleAnalogError) as refused:
        va.system(**fields)
    assert words in str(refused.value)


def oscillator(t: float, state: Any, stiffness: float) -> list[Any]:
    place, speed = state
    return [speed, -stiffness * place - 0.1 * np.tanh(speed)]


def test_a_function_becomes_the_equations_that_it_computes() -> None:
    found = va.from_rhs(oscillator, {"place": 1.0, "speed": 0.0}, arguments=(3.0,), span=4.0)
    place, speed = sp.symbols("place speed")
    assert found.name == "oscillator"
    assert [each.derivative for each in found.states] == [speed, -3.0 * place - 0.1 * tanh(speed)]
    run = va.run(found)
    assert run.comparison.trace_nrmse_max < 1e-3


@pytest.mark.parametrize(
    "function",
    [
        lambda t, y: -y,
        lambda t, y: [-y[0]],
        lambda t, y: np.array([-y[0]]),
        lambda t, y: np.dot(np.array([[-1.0]]), y),
        lambda t, y: np.negative(y) * np.float64(1) + 0 * np.sum(y),
        lambda t, y: (-(y[0] ** 3) / y[0] ** 2,),
    ],
)
def test_all_ways_to_return_a_decay(function: Callable[..., Any]) -> None:
    (state,) = va.from_rhs(function, [1.0]).states
    assert sp.simplify(state.derivative + sp.Symbol("x0")) == 0


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda t, y: [math.sin(y[0])], "numpy.sin, not math.sin"),
        (lambda t, y: [y[0] if y[0] > 0 else 1.0], "branches"),
        (lambda t, y: np.where(y > 0, y, -y), "branches"),
        (lambda t, y: [1.0, 2.0], "2 derivatives for 1 states"),
        (lambda t, y: [np.arctan2(y[0], 1.0)], "arctan2"),
        (lambda t, y: ["a"], "no value of a derivative"),
        (lambda t, y: None, "no value of a derivative"),
        (lambda t, y: [np.floor(y[0])], "floor"),
    ],
)
def test_what_cannot_be_traced_says_why(function: Callable[..., Any], words: str) -> None:
    with pytest.raises(EquationError) as refused:
        va.from_rhs(function, [1.0])
    assert words in f"{refused.value} {refused.value.hint}"


def test_a_system_by_its_name() -> None:
    assert va.run("rc_low_pass").comparison.trace_nrmse_max < 1e-3


@pytest.mark.parametrize("function", ["sin", "arctan", "log10", "expm1", "cbrt", "absolute", "square"])
def test_traced_functions_are_numpys(function: str) -> None:
    symbol = sp.Symbol("x", positive=True)
    for value in (Traced(symbol), np.array([Traced(symbol)], object)):
        traced = plain(np.ravel(np.asarray(getattr(np, function)(value), object))[0])
        assert float(traced.subs(symbol, 0.7)) == pytest.approx(float(getattr(np, function)(0.7)))
    assert SUPPORTED
