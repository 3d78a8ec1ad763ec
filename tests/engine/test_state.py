"""An engine that stands where another one stood goes on as it did."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.plant import plant, resistors, stage
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Element, Instance
from vle_analog.circuit.parts import chosen
from vle_analog.engine.engine import Engine
from vle_analog.production.noise import noisy
from vle_analog.production.variation import mismatched

MACRO = chosen("macromodel")


def boards(ohms: float) -> list[Circuit]:
    elements: list[Element] = [
        *resistors("u", x=ohms),
        stage("u", "leaky_integrator", ("0", "u__s", "u"), R=100e3, C=10e-9, IC=0.0),
        Instance("w", ("u", "0", "y", "0", "w"), "multiplier", (("scale", 10.0),)),
        *resistors("z", w=100e3),
        stage("z", "leaky_integrator", ("0", "z__s", "z"), R=100e3, C=10e-9, IC=0.1),
    ]
    circuit = plant(elements, MACRO, ["u", "w", "z"])
    return [noisy(mismatched(circuit, 0.05, 0.05, seed), seed) for seed in range(35)]


# the second step is shortened to fit a stretch; the third boards' op-amps are at the ends of their swing
@pytest.mark.parametrize(("step", "ohms"), [(0.02, 50e3), (0.0203, 50e3), (0.02, 5e3)])
def test_it_goes_on_bit_for_bit(step: float, ohms: float) -> None:
    one, other = (Engine(boards(ohms), step, ["u", "z"], ("u", "z")) for _ in range(2))
    for end in (7.0, 14.0, 21.0):
        one.advance(end)
    state = one.state()
    first = one.advance(28.0, every=0.1)
    assert not np.array_equal(state["rows"], one.state()["rows"])  # it is a copy
    other.restore({name: np.array(values) for name, values in state.items()})
    assert other.time == 21.0
    second = other.advance(28.0, every=0.1)
    assert np.array_equal(first.time, second.time) and np.array_equal(first.squares, second.squares)
    assert all(np.array_equal(first.signals[name], second.signals[name]) for name in ("u", "z"))
    assert np.array_equal(one.examine({}, 3.0).signals["z"], other.examine({}, 3.0).signals["z"])
    assert np.ptp(first.signals["z"][:, -1]) > 0
