"""Programs: sums written out, constants, families, switches, functions made by integrators."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

import vle_analog as va
from tests.patch.machines import system_of
from vle_analog.design.domains import defined_reference
from vle_analog.design.subject import Subject
from vle_analog.design.subject import system_of as equations_of
from vle_analog.equations.generated import with_generated
from vle_analog.equations.oscillators import with_oscillators
from vle_analog.patch.program import programmed
from vle_analog.synthesis.lower import lower

x, y = sp.symbols("x y")


def test_sums_are_written_out() -> None:
    system = va.system("t", x=y - 2 * x + 3, y=(x + y - 1) * (x - y), initial={"x": 0.5}, span=1.0)
    program = programmed(lower(system))
    first, second = program.integrals
    assert first.weights == {"y": 1.0, "x": -2.0, "1": 3.0} and first.start == 0.5
    (product,) = program.products
    assert second.weights == {product.name: 1.0}
    sides = [product.first.weights, product.second.weights]
    assert {"x": 1.0, "y": 1.0, "1": -1.0} in sides and {"x": 1.0, "y": -1.0} in sides


def test_scaled_programs_are_the_same_equations() -> None:
    program = programmed(lower(va.system("t", x=y, y=-4 * x + 0.5 * x * y, initial={"x": 1.0}, span=1.0)))
    scaled = program.scaled({"x": 2.0, "y": 8.0})
    (product,), (one, two) = scaled.products, scaled.integrals
    k = scaled.scales
    assert k["x"] == 0.4 and k["y"] == 0.1 and k[product.name] == pytest.approx(k["x"] * k["y"])
    assert one.weights == {"y": pytest.approx(k["x"] / k["y"])} and one.start == k["x"]
    assert two.weights[product.name] == pytest.approx(0.5 * k["y"] / k[product.name])


def test_a_network_s_families_are_counted() -> None:
    program = programmed(lower(equations_of(Subject("chain").load())))
    assert len(program.integrals) >= 2 and program.foreign["input from outside"]


@pytest.mark.parametrize("name", ["two_neurons", "wilson_cowan", "pendulum"])
def test_generated_functions_are_the_functions(name: str) -> None:
    system = system_of(name)
    written = with_generated(with_oscillators(system))
    assert not {atom.func for each in written.expressions for atom in each.atoms(sp.Function)}
    runs = [defined_reference(lower(each), solver_error=2e-4).solution.waveforms for each in (system, written)]
    own, made = runs[0], runs[1].at(runs[0].time)
    for probe in own.signals:
        assert np.max(np.abs(own[probe] - made[probe])) < 1e-4 * np.ptp(own[probe])


def test_functions_of_inputs_and_of_systems_with_events_stay() -> None:
    assert with_generated(system_of("lorenz")) is system_of("lorenz")
    driven = system_of("prospective_identity")
    assert with_oscillators(driven) is driven
