"""LUCIDAC's own library: configurations are what it would make, and its emulator computes the equations from them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.patch.machines import ideal, placed, worst
from tests.patch.test_lucidac import FITTING
from vle_analog.errors import SimulationError
from vle_analog.patch.emulator import emulated
from vle_analog.patch.lucidac import MACHINE, emulate, routes

lucipy = pytest.importorskip("lucipy")


@pytest.mark.parametrize("name", sorted(FITTING))
def test_the_emulator_computes_the_equations(name: str) -> None:
    patch = placed(name, "lucidac")
    seconds = np.linspace(0, ideal(name).time[-1] * patch.unit, 301)
    assert worst(name, patch, emulate(patch, seconds).signals, seconds) < 0.02


@pytest.mark.parametrize("name", ["lorenz", "wilson_cowan"])
def test_a_configuration_is_what_the_library_makes_of_the_same_routes(name: str) -> None:
    patch = placed(name, "lucidac")
    clocking = MACHINE.clocking(patch.program)
    circuit = lucipy.Circuit()
    for integral in patch.program.integrals:
        circuit.int(ic=0.0 - integral.start, slow=clocking.speeds[integral.name] == 100)
    circuit.use_constant(any(route.source == 14 for route in routes(patch.program, clocking)))
    for route in routes(patch.program, clocking):
        circuit.route(route.source, route.lane, route.coefficient, route.sink)
    assert patch.configuration is not None
    assert circuit.generate(sanity_check=False)["/0"] == patch.configuration["/0"]


def test_a_configuration_that_is_none_is_refused() -> None:
    with pytest.raises(SimulationError, match="refuses"):
        emulated({"/0": {"/U": {"outputs": [99] * 32}, "/I": {"outputs": [[0]] * 16}}}, {}, np.linspace(0, 1e-3, 3))
