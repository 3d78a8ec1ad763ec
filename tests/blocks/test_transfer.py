"""Each block's circuit follows its transfer function, magnitude and phase, over six decades (`.ac`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from tests.blocks.bench import SINE, built, response, system
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Drive, Instance
from vle_analog.equations.system import EquationSystem
from vle_analog.synthesis.lower import lower

Law = Callable[[complex], complex]

#: name: (equations of u from x, realisation, transfer function from x to u at s in radians per unit)
BLOCKS: dict[str, tuple[EquationSystem, str, Law]] = {
    "leaky integrator": (
        system({"u": ("(-u + 3*x)/0.5", 0.0)}, inputs={"x": SINE}), "algebraic", lambda s: 3 / (1 + 0.5 * s),
    ),
    "slow leaky integrator, negative gain": (
        system({"u": ("(-u - x/5)/20", 0.0)}, inputs={"x": SINE}), "algebraic", lambda s: -0.2 / (1 + 20 * s),
    ),
    "integrator": (system({"u": ("0.7*x", 0.0)}, inputs={"x": SINE}), "algebraic", lambda s: 0.7 / s),
    "integrator, negative gain": (system({"u": ("-4*x", 0.0)}, inputs={"x": SINE}), "algebraic", lambda s: -4 / s),
    "growing state": (system({"u": ("u/2 + x", 0.0)}, inputs={"x": SINE}), "algebraic", lambda s: 1 / (s - 0.5)),
    "weighted sum": (
        system(definitions={"u": "2.5*x + 4*y"}, inputs={"x": SINE, "y": SINE}), "algebraic", lambda s: 2.5,
    ),
    "weighted sum, negative gain": (
        system(definitions={"u": "4*y - x/8"}, inputs={"x": SINE, "y": SINE}), "algebraic", lambda s: -0.125,
    ),
    "lead stage": (
        system(definitions={"u": "prospective(x, 2)"}, inputs={"x": SINE}), "lead",
        lambda s: (1 + 2 * s) / (1 + 2 * s / 50),
    ),
    "differentiator beside the direct path": (
        system(definitions={"u": "prospective(x, 2)"}, inputs={"x": SINE}), "differentiator",
        lambda s: 1 + 2 * s / (1 + 2 * s / 50),
    ),
    "lead stage of a lagged input": (
        system(definitions={"v": "retrospective(x, 2)", "u": "prospective(v, 2)"}, inputs={"x": SINE}), "lead",
        lambda s: 1 / (1 + 2 * s / 50),
    ),
    "prospective after retrospective": (
        system(definitions={"v": "retrospective(x, 2)", "u": "prospective(v, 2)"}, inputs={"x": SINE}), "algebraic",
        lambda s: 1.0,
    ),
    "two leaky integrators in a ring": (
        system({"u": ("-u - 3*v + x", 0.0), "v": ("(-v + 2*u)/0.1", 0.0)}, inputs={"x": SINE}), "algebraic",
        lambda s: (1 + 0.1 * s) / ((1 + s) * (1 + 0.1 * s) + 6),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_circuit_follows_its_law(name: str, tmp_path: Path) -> None:
    given, realisation, law = BLOCKS[name]
    # unequal peaks, so that volts per unit differ from signal to signal
    circuit = built(given, {"x": 2.0, "u": 0.6, "v": 30.0}, realisation=realisation, bandwidth=50.0)
    s, found = response(circuit, tmp_path, "x", "u", 1e-3, 1e3)
    expected = np.array([law(each) for each in s], complex)
    # what an op-amp gain of 1e9 leaves at a noise gain of up to 2,500
    np.testing.assert_allclose(np.abs(found), np.abs(expected), rtol=4e-6)
    np.testing.assert_allclose(np.angle(found / expected), 0, atol=4e-6)


@pytest.mark.parametrize("name", BLOCKS)
def test_read_back_has_that_transfer_function(name: str) -> None:
    given, realisation, law = BLOCKS[name]
    s = sp.Symbol("s")
    back = lower(given, realisation, 50.0).read_back
    equations = [s * each.symbol - each.derivative for each in back.states]
    equations += [each.symbol - each.expression for each in back.definitions]
    unknowns = [each.symbol for each in (*back.states, *back.definitions)]
    solved = sp.solve(equations, unknowns, dict=True)[0][sp.Symbol("u")]
    found = solved.subs({each.symbol: int(each.symbol.name == "x") for each in back.inputs})
    for point in (0.01j, 1.0 + 3j, 70j):
        assert complex(found.subs(s, point)) == pytest.approx(complex(law(point)), rel=1e-9)


@pytest.mark.parametrize("unit", [1e-6, 1e-3, 1.0])
def test_time_unit_only_moves_the_frequency_axis(unit: float, tmp_path: Path) -> None:
    circuit = built(system({"u": ("(-u + 3*x)/0.5", 0.0)}, inputs={"x": SINE}, unit=unit))
    s, found = response(circuit, tmp_path, "x", "u", 1e-2, 1e2)
    np.testing.assert_allclose(found, 3 / (1 + 0.5 * s), rtol=1e-6)


def test_inverter(tmp_path: Path) -> None:
    elements = (Drive("x", ("x", "0"), SINE, 1.0, 1.0), Instance("u", ("0", "x", "u__s", "u"), "inverter"))
    circuit = Circuit(
        "bench", (Section("inverter", elements),), built(BLOCKS["integrator"][0]).cells, 1.0, {"x": 1, "u": 1}, "ideal"
    )
    _, found = response(circuit, tmp_path, "x", "u", 1e-1, 1e5)
    np.testing.assert_allclose(found, -1, rtol=1e-7)
