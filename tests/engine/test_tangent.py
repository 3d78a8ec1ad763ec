"""A program's slopes, lags and poles against differences, closed forms and the equations' own Jacobian."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.blocks.bench import system
from vle_analog.design.build import Build
from vle_analog.design.design import Design, design
from vle_analog.engine.anatomy import dissected
from vle_analog.engine.compiler import compile_circuit
from vle_analog.engine.draft import Draft
from vle_analog.engine.program import Program
from vle_analog.engine.tangent import response, settled, slopes
from vle_analog.engine.walk import completed
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.library import system_files
from vle_analog.reference.integrator import Array, Integrator
from vle_analog.stimulus import Sines
from vle_analog.tasks import chain

MACROMODEL = Build(fidelity="macromodel")
STEP = 1e-5


def shipped(name: str) -> EquationSystem:
    return load_system(system_files()[name])


def program(ready: Design, perfect: bool = False) -> Program:
    anatomy, specimen = dissected(ready.nominal)
    values = {key: np.full(1, value) for key, value in specimen.values.items()}
    return compile_circuit(Draft(anatomy, values, 1, STEP, perfect))


def somewhere(of: Program) -> dict[str, Array]:
    """Volts of all nodes at three points, to both sides of a divisor's bound."""
    random = np.random.default_rng(1)
    nodes = {node for operation in of.operations for node in (*operation.inputs, operation.output)}
    nodes |= {node for rate in of.rates for node in (*rate.inputs, rate.state)}
    nodes |= {node for rate in of.rates for gate, other, _ in rate.gated for node in (gate, other)}
    return {node: random.choice((-1.0, 1.0), 3) * random.uniform(1.0, 4.0, 3) for node in sorted(nodes)} | {
        "0": np.zeros(3)
    }


@pytest.mark.parametrize("subject", ["chain", "wilson_cowan", "lotka_volterra", "a quotient"])
def test_slopes_are_those_of_what_an_operation_settles_at(subject: str) -> None:
    a = Sines((1.0,), (0.1,), (0.0,))
    quotient = system({}, {"y": "reciprocal(a + 1.5)"}, {"a": a}, outputs=("y",))
    given = {"chain": lambda: chain("vle", span=80.0), "a quotient": lambda: quotient}
    made = program(design(given.get(subject, lambda: shipped(subject))(), MACROMODEL))
    volts, tried = somewhere(made), set()
    for operation in made.operations:
        tried.add(operation.code)
        found = slopes(operation, volts.__getitem__)
        for node in set(operation.inputs) - {"0", operation.output, operation.kept}:
            ends = []
            for change in (1e-4, -1e-4):
                moved = {**volts, node: volts[node] + change}
                column = {name: own[:, None] for name, own in moved.items()}
                ends.append(settled(operation, column.__getitem__, slice(0, 1)).value[:, 0])
            slope = np.broadcast_to(found.get(node, np.zeros(1)), (3,))
            assert slope == pytest.approx((ends[0] - ends[1]) / 2e-4, rel=1e-5, abs=1e-7), operation.name
    assert len(tried) > 1


@pytest.mark.parametrize("name", ["van_der_pol", "lorenz", "wilson_cowan", "two_neurons"])
def test_poles_of_exact_parts_are_those_of_the_equations(name: str) -> None:
    """The equations' Jacobian by differences, another way than through the circuit."""
    ready = design(shipped(name), MACROMODEL)
    integrator = Integrator(ready.diagram.read_back)
    y, time = integrator.initial() + 0.3, 1.7
    steps = 1e-5 * np.eye(len(y))
    jacobian = [(integrator.rates(y + step, time) - integrator.rates(y - step, time)) / 2e-5 for step in steps]
    wanted = np.sort_complex(np.linalg.eigvals(np.array(jacobian).T))
    d = integrator.derived(y, time)
    columns = {}
    for symbol_name, (array, _) in integrator.layout.place.items():
        if array in "yd":
            columns[symbol_name] = float((y if array == "y" else d)[integrator.layout.span(symbol_name)][0])
    columns |= {
        str(each.symbol): float(each.stimuli[0](np.array([time]))[0]) for each in ready.diagram.read_back.inputs
    }
    per_unit = ready.nominal.volts_per_unit
    volts = {node: np.full(1, columns[node] * scale) for node, scale in per_unit.items() if node in columns}
    volts |= {node: -volts[of] for node, of in ready.nominal.inverted.items()}
    exact = program(ready, perfect=True)
    found = response(exact, completed(exact, volts), ready.system.unit).poles()[0]
    assert np.sort_complex(found) == pytest.approx(wanted, rel=1e-4, abs=1e-5)


def test_a_lag_is_noise_gain_over_gain_bandwidth() -> None:
    a = Sines((1.0,), (0.1,), (0.0,))
    made = program(design(system({}, {"y": "-a"}, {"a": a}, outputs=("y",)), MACROMODEL))
    (operation,) = made.operations
    at = {node: np.ones((1, 1)) for node in (*operation.inputs, operation.output)}
    lag = settled(operation, at.__getitem__, slice(0, 1)).lag[0] * STEP
    noise_gain = 1 - float(settled(operation, at.__getitem__, slice(0, 1)).value[0, 0])
    assert lag == pytest.approx(noise_gain / (2 * math.pi * 8e6), rel=1e-3)
