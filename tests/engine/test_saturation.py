"""Op-amps at the ends of their swing and of their slew rate: the engine against ngspice."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tests.engine.plant import X, apart, plant, resistors, stage
from vle_analog.circuit.elements import Element, Instance, Resistor
from vle_analog.circuit.parts import chosen
from vle_analog.engine.anatomy import gathered
from vle_analog.engine.compiler import compile_circuit
from vle_analog.engine.draft import Draft
from vle_analog.engine.engine import Engine
from vle_analog.production.imperfections import SLEW, SPEED, SWING, imperfect
from vle_analog.production.noise import noisy
from vle_analog.stimulus import Constant, Piecewise, Stimulus

MACRO = chosen("macromodel")
#: of the OPA2134, volts
LOW, HIGH = -14.6, 13.9


def summer() -> list[Element]:
    return [*resistors("u", x=20e3, y=50e3), stage("u", "summer", ("0", "u__s", "u"), R=100e3)]


def integrator() -> list[Element]:
    return [*resistors("u", x=10e3, y=20e3), stage("u", "integrator", ("0", "u__s", "u"), C=10e-9, IC=1.5)]


def leaky_integrator() -> list[Element]:
    inputs = resistors("u", x=10e3, y=20e3)
    return [*inputs, stage("u", "leaky_integrator", ("0", "u__s", "u"), R=100e3, C=10e-9, IC=0.0)]


def gated_integrator() -> list[Element]:
    """Its switch's current flows whatever the summing node does."""
    held = [
        Resistor("u__1", ("x", "u__bus1"), 10e3),
        Instance("u__bus1", ("u__bus1", "u__s", "gate"), "hold_switch", (("high", 8.0),)),
    ]
    return [*held, *resistors("u", y=40e3), stage("u", "integrator", ("0", "u__s", "u"), C=10e-9, IC=1.5)]


def lead() -> list[Element]:
    values = {"R1": 30e3, "C1": 3e-9, "R2": 150e3, "C2": 500e-12, "IC1": 1.0, "IC2": -0.5}
    return [stage("u", "lead", ("0", "x", "u__s", "u"), **values)]


def differentiator() -> list[Element]:
    values = {"RS": 10e3, "C": 15e-9, "RF": 200e3, "IC": 0.8}
    return [stage("u", "differentiator", ("0", "x", "u__s", "u"), **values)]


def inverter() -> list[Element]:
    return [stage("u", "inverter", ("0", "x", "u__s", "u"), R1=22e3, R2=100e3)]


_EACH = (summer, inverter, integrator, leaky_integrator, gated_integrator, lead, differentiator)
STAGES = {each.__name__: each for each in _EACH}
DRIVES: dict[str, Stimulus] = {"x": X, "y": X, "gate": Constant(8.0)}


@pytest.mark.parametrize("name", STAGES)
def test_an_output_at_the_end_of_its_swing_and_back(name: str, tmp_path: Path) -> None:
    circuit = plant(STAGES[name](), MACRO, ["u"], DRIVES)
    volts = Engine(circuit, 0.004, ["u"]).advance(6.0, every=0.004).signals["u"][0]
    assert np.mean((volts == LOW) | (volts == HIGH)) > 0.2 and volts.min() >= LOW and volts.max() <= HIGH

    found = apart(circuit, tmp_path, 6.0, 0.004, ["u"], settle=0.5)

    assert found["u"] < 1e-3


@pytest.mark.parametrize("name", STAGES)
def test_an_output_slower_than_its_signal(name: str, tmp_path: Path) -> None:
    slow = imperfect(plant(STAGES[name](), MACRO, ["u"], DRIVES), {SLEW: 2000.0, SWING: 1.5})  # 10 V per unit of time
    volts = Engine(slow, 0.004, ["u"]).advance(6.0, every=0.004).signals["u"][0]
    rates = np.abs(np.diff(volts[25:])) / 0.004  # the first usual step after the fine ones may hold both their shares
    assert rates.max() <= 10.001 and np.mean(rates > 9.99) > 0.2

    found = apart(slow, tmp_path, 6.0, 0.004, ["u"], settle=0.5)

    assert found["u"] < 0.03  # the macromodel's current also drives what hangs on its output: 5 % slower at 10 V


@pytest.mark.parametrize("name", STAGES)
def test_the_parts_noise_changes_little_of_it(name: str) -> None:
    """With noise at its pin an output is no state of its own: the same law by other operations."""
    quiet = plant(STAGES[name](), MACRO, ["u"], DRIVES)
    one, other = (
        Engine(each, 0.004, ["u"]).advance(6.0, every=0.004).signals["u"][0] for each in (quiet, noisy(quiet, 1))
    )
    assert np.sqrt(np.mean((one - other) ** 2)) < 2e-3 * np.ptp(one)
    assert not np.array_equal(one, other)


def test_a_capacitor_keeps_what_the_output_cannot_show() -> None:
    """The law of an integrator at its rail: the summing node follows its input, and both come back together."""
    step, tau = 0.002, 0.1  # R C in model units
    drive = Piecewise(np.array([0.0, 2.0, 2.001]), np.array([30.0, 30.0, -30.0]))
    elements = [*resistors("u", x=10e3), stage("u", "integrator", ("0", "u__s", "u"), C=10e-9, IC=0.0)]
    engine = Engine(plant(elements, MACRO, ["u"], {"x": drive}), step, ["u"])
    found = engine.advance(4.0, every=step)
    left = found.time[np.argmax((found.time > 2.0) & (found.signals["u"][0] > LOW))]
    # the summing node has risen to 30 V; 14.6 V of rail and 30 V of input pull it down: 30 = 60 (1 - exp(-t/tau))
    assert left - 2.0 == pytest.approx(tau * math.log(2), rel=0.05)


def test_an_ideal_op_amp_has_neither() -> None:
    circuit = plant(integrator(), chosen("ideal"), ["u"], DRIVES)
    anatomy, values, _ = gathered([circuit])
    (rate,) = compile_circuit(Draft(anatomy, values, 1, 4e-6)).rates
    assert rate.excess == "" and rate.slew == math.inf and rate.limits == (-math.inf, math.inf)


def test_a_slew_rate_beyond_all_steps_is_not_there() -> None:
    other = [*resistors("v", x=20e3), stage("v", "summer", ("0", "v__s", "v"), R=100e3)]
    circuit = plant([*integrator(), *other], MACRO, ["u", "v"], DRIVES)
    anatomy, values, _ = gathered([circuit])
    for step, bound in ((1e-6, 20e6), (2e-6, math.inf)):  # 20 V and 40 V in a step
        program = compile_circuit(Draft(anatomy, values, 1, step))
        assert {rate.slew for rate in program.rates} == {bound}
        assert {each.slew for each in program.operations} == {bound}
    exact = imperfect(circuit, {SPEED: 0.0, SLEW: 0.0, SWING: 0.0})
    anatomy, values, _ = gathered([exact])
    assert {rate.slew for rate in compile_circuit(Draft(anatomy, values, 1, 1e-6)).rates} == {math.inf}
