"""Every stage and every device, with a real part's offsets, gain and bandwidth, against ngspice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.engine.plant import X, Y, apart, offset, plant, resistors, stage
from vle_analog.circuit.elements import Element, Instance, Resistor
from vle_analog.circuit.parts import chosen, device
from vle_analog.engine.engine import Engine
from vle_analog.laws import LAWS
from vle_analog.stimulus import Constant, Gate, Phase, Sines

#: a slow and an ordinary op-amp
PARTS = {"ordinary": chosen("macromodel"), "slow": chosen("macromodel", {"opamp": "opa2277"})}


def summer() -> list[Element]:
    p, off = offset("u")
    return [*off, *resistors("u", x=47e3, y=150e3, ref__n=1e6), stage("u", "summer", (p, "u__s", "u"), R=100e3)]


def integrator() -> list[Element]:
    p, off = offset("u", 0.002, 1e-7)
    return [*off, *resistors("u", x=50e3, y=82e3), stage("u", "integrator", (p, "u__s", "u"), C=10e-9, IC=1.5)]


def leaky_integrator() -> list[Element]:
    p, off = offset("u")
    inputs = resistors("u", x=50e3, y=82e3)
    return [*off, *inputs, stage("u", "leaky_integrator", (p, "u__s", "u"), R=100e3, C=4.7e-9, IC=-2.0)]


def inverter() -> list[Element]:
    p, off = offset("u")
    return [*off, stage("u", "inverter", (p, "x", "u__s", "u"), R1=22e3, R2=47e3)]


def lead() -> list[Element]:
    p, off = offset("u", 0.005)
    values = {"R1": 100e3, "C1": 3e-9, "R2": 60e3, "C2": 500e-12, "IC1": 1.0, "IC2": -0.5}
    return [*off, stage("u", "lead", (p, "x", "u__s", "u"), **values)]


def differentiator() -> list[Element]:
    p, off = offset("u", 0.005)
    values = {"RS": 10e3, "C": 5e-9, "RF": 100e3, "IC": 0.8}
    return [*off, stage("u", "differentiator", (p, "x", "u__s", "u"), **values)]


def divider() -> list[Element]:
    p, off = offset("u", 0.01)
    positive = stage("d", "summer", ("0", "d__s", "d"), R=100e3)
    ratio = stage("u", "divider", (p, "ref__n", "d", "0", "u__s", "u"), R1=100e3, R2=40e3)
    return [*off, *resistors("d", x=100e3, ref__n=110e3), positive, ratio]


def gated_integrator() -> list[Element]:
    p, off = offset("u", 0.002, 1e-7)
    held = [
        Resistor("u__1", ("x", "u__bus1"), 50e3),
        Instance("u__bus1", ("u__bus1", "u__s", "gate"), "hold_switch", (("high", 8.0),)),
    ]
    return [*off, *held, stage("u", "integrator", (p, "u__s", "u"), C=10e-9, IC=1.5)]


STAGES = {
    each.__name__: each for each in (summer, integrator, leaky_integrator, inverter, lead, differentiator, divider)
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", STAGES)
def test_a_stage_with_offset_bias_current_gain_and_bandwidth(name: str, part: str, tmp_path: Path) -> None:
    circuit = plant(STAGES[name](), PARTS[part], ["u"])

    found = apart(circuit, tmp_path, 6.0, 0.004, ["u"], settle=0.5)  # a lead's and a differentiator's first charge

    assert found["u"] < 3e-4


def test_a_divider_s_own_speed_is_of_order_two_in_the_step_at_least() -> None:
    p, off = offset("u", 0.01)
    ratio = stage("u", "divider", (p, "ref__n", "x", "ref__n", "u__s", "u"), R1=400e3, R2=400e3)  # by 10 V + v(x)
    circuit = plant([*off, ratio], PARTS["slow"], ["u"], {"x": Sines((5.0,), (0.4,), (0.3,))})

    def volts(step: float) -> np.ndarray:
        return Engine(circuit, step, ["u"]).advance(4.0, every=0.08).signals["u"][0][10:]

    exact = volts(0.0005)
    coarse, fine = (float(np.sqrt(np.mean((volts(step) - exact) ** 2))) for step in (0.02, 0.01))

    assert coarse < 5e-4 * np.ptp(exact)
    assert coarse > 3.5 * fine


def test_a_gate_opens_and_closes(tmp_path: Path) -> None:
    drives = {"x": Constant(2.0), "gate": Gate(1.0, 2.0, 0.1)}
    circuit = plant(gated_integrator(), PARTS["ordinary"], ["u"], drives)
    louder = circuit.mapped(lambda each: replace(each, volts_per_unit=8.0) if each.name == "gate" else each)  # type: ignore[call-arg]

    assert apart(louder, tmp_path, 3.0, 0.004, ["u"], finer=4)["u"] < 1e-3


def turned_back(errors: dict[str, float]) -> list[Element]:
    """A trace that takes x while the clock is upright and y while it is inverted, through switches that err."""
    p, off = offset("u", 0.02, 1e-9)
    elements = [*off]
    for number, (node, phase) in enumerate((("x", "upright"), ("y", "inverted")), 1):
        bus = f"u__bus{number}"
        given = (("high", 1.0), *errors.items())
        elements += [Resistor(f"u__{number}", (node, bus), 20e3)]
        elements += [Instance(bus, (bus, "u__s", phase), "hold_switch", given)]
    return [*elements, stage("u", "leaky_integrator", (p, "u__s", "u"), R=50e3, C=20e-9, IC=0.5)]


PHASES = {"upright": Phase(2.0, 0.3, 1.3), "inverted": Phase(2.0, 1.3, 2.3)}


@pytest.mark.parametrize("errors", [{}, {"DRON": 3e3}, {"IL": 2e-6}, {"DRON": 1e3, "IL": -1e-6}], ids=str)
def test_a_trace_that_turns_back_what_is_chopped(errors: dict[str, float], tmp_path: Path) -> None:
    """Through switches of real parts the sum is where the op-amp's offset has it, and they resist and leak."""
    circuit = plant(turned_back(errors), PARTS["ordinary"], ["u"], {"x": X, "y": Y, **PHASES})

    assert apart(circuit, tmp_path, 6.0, 0.004, ["u"], finer=4)["u"] < 1e-3


def test_what_switches_err_by_is_what_their_law_says() -> None:
    """Inputs at rest: the trace comes to R (VOS (1/R + 1/Rin) - IL - IB) with both switches' leakage."""
    still = {"x": Constant(0.0), "y": Constant(0.0), **PHASES}

    def last(errors: dict[str, float], parts: str = "ordinary") -> float:
        circuit = plant(turned_back(errors), PARTS[parts], ["u"], still)
        return float(Engine(circuit, 0.004, ["u"]).advance(20.0, every=0.004).signals["u"][0, -1])

    through = 20e3 + 80.0  # the input's resistor and the switch's
    assert last({}) == pytest.approx(0.02 * (1 + 50e3 / through) + 1e-9 * 50e3, rel=2e-3)
    assert last({"IL": 1e-7}) - last({}) == pytest.approx(2 * 1e-7 * 50e3, rel=1e-2)
    assert last({"DRON": 4e3}) == pytest.approx(0.02 * (1 + 50e3 / (through + 4e3)) + 1e-9 * 50e3, rel=2e-3)


PINS = [("x", "0", "y", "0"), ("0", "x", "y", "0"), ("x", "0", "0", "y"), ("0", "x", "0", "y"), ("x", "y", "y", "0")]
ERRORS = {"XOS": 0.2, "YOS": -0.3, "ZOS": 0.1, "GE": 0.05, "DX": 0.02, "FY": -0.03}
COMMON = {"CX": 0.01}


@pytest.mark.parametrize("pins", PINS)
def test_a_multiplier_with_all_its_errors(pins: tuple[str, ...], tmp_path: Path) -> None:
    errors = ERRORS if "0" in pins[:2] else ERRORS | COMMON
    product = Instance("w", (*pins, "w"), "multiplier", (("scale", 10.0), *errors.items()))
    circuit = plant([product], PARTS["ordinary"], ["w"])

    assert apart(circuit, tmp_path, 5.0, 0.004, ["w"])["w"] < 2e-4


def test_what_a_multiplier_makes_of_the_common_mode_of_its_pins() -> None:
    """``CX x2 y/scale`` more."""
    given = {"x": Constant(3.0), "y": Constant(2.0)}

    def last(**errors: float) -> float:
        product = Instance("w", ("x", "y", "x", "0", "w"), "multiplier", (("scale", 10.0), *errors.items()))
        circuit = plant([product], PARTS["ordinary"], ["w"], given)
        return float(Engine(circuit, 0.004, ["w"]).advance(1.0, every=1.0).signals["w"][0, -1])

    assert last(CX=0.01) - last() == pytest.approx(0.01 * 2.0 * 3.0 / 10, rel=0.02)


@pytest.mark.parametrize("error", ERRORS)
def test_a_divider_whose_multiplier_errs(error: str, tmp_path: Path) -> None:
    *before, ratio = divider()
    assert isinstance(ratio, Instance)
    errs = replace(ratio, parameters=(*ratio.parameters, (error, ERRORS[error])))
    circuit, exact = (plant([*before, each], PARTS["ordinary"], ["u"]) for each in (errs, ratio))

    assert apart(circuit, tmp_path, 6.0, 0.004, ["u"], settle=0.5)["u"] < 3e-4
    moved = [Engine(each, 0.004, ["u"]).advance(1.0, every=1.0).signals["u"][0, -1] for each in (circuit, exact)]
    assert abs(moved[0] - moved[1]) > 0.01


def test_an_ideal_multiplier_s_pins(tmp_path: Path) -> None:
    products = [Instance(f"w{k}", (*pins, f"w{k}"), "multiplier", (("scale", 10.0),)) for k, pins in enumerate(PINS)]
    names = [each.name for each in products]

    assert max(apart(plant(products, chosen(), names), tmp_path, 5.0, 0.01, names).values()) < 1e-4


@pytest.mark.parametrize("fidelity", ["ideal", "macromodel"])
@pytest.mark.parametrize("law", ["tanh", "logistic", "softplus", "deadzone"])
def test_a_nonlinear_cell(law: str, fidelity: str, tmp_path: Path) -> None:
    """Parts are no further from their law than twice what their headers state, where no rail is reached; a dead zone's
    diodes pass charge, too, as its op-amps cross their swing, of which the engine knows nothing."""
    given = {"kin": 2.0, "kout": 5.0 if law in ("tanh", "logistic") else 2.0}
    if law == "deadzone":
        given |= {"low": -0.5, "high": 0.7}
    elif fidelity == "macromodel":
        given["VOS"] = 0.004
    cell = Instance("f", ("x", "y", "f"), law, tuple(given.items()))
    reader = [*resistors("u", f=100e3), stage("u", "summer", ("0", "u__s", "u"), R=100e3)]
    technology = chosen(fidelity)
    circuit = plant([cell, *reader], technology, ["u"])

    deviation = 0.0 if technology.is_ideal else device(technology.part(law)).sheet.figures["deviation"].value
    charge = 3e-3 if law == "deadzone" and not technology.is_ideal else 0.0
    assert apart(circuit, tmp_path, 5.0, 0.004, ["u"])["u"] < max(3e-4, 2 * deviation, charge)


#: of laws with parts that are no pairs: volts per unit of the argument, and the node that it counts from
ARGUMENTS = {
    **{name: (2.0, "y") for name in ("sin", "cos", "atan", "abs", "rectifier", "sign", "heaviside", "linoid")},
    **{name: (6.0, "y") for name in ("exp", "sinh", "cosh", "tan")},
    **{name: (2.0, "ref__n") for name in ("log", "sqrt", "pow")},
}


@pytest.mark.parametrize("fidelity", ["ideal", "macromodel"])
@pytest.mark.parametrize("law", ARGUMENTS)
def test_a_function_generator_with_its_offset_and_gain_error(law: str, fidelity: str, tmp_path: Path) -> None:
    kin, against = ARGUMENTS[law]
    given = {"kin": kin, "kout": 1.0}
    if law == "pow":
        given["a"] = -0.7
    if fidelity == "macromodel":
        given |= {"VOS": 0.02, "GE": -0.01}
    cell = Instance("f", ("x", against, "f"), law, tuple(given.items()))
    reader = [*resistors("u", f=100e3), stage("u", "summer", ("0", "u__s", "u"), R=100e3)]
    technology = chosen(fidelity)
    circuit = plant([cell, *reader], technology, ["u"])

    # a jump lies between two of the engine's points; what is made of parts is no further off than twice what it states
    sheet = None if technology.is_ideal else device(technology.part(law)).sheet
    deviation = sheet.figures["deviation"].value if sheet is not None and sheet.assembly is not None else 0.0
    bound = 0.02 if LAWS[law].jumps else max(3e-4, 2 * deviation)
    assert apart(circuit, tmp_path, 5.0, 0.004, ["u"], finer=4)["u"] < bound


def test_all_laws_with_cells_are_tried() -> None:
    assert {*ARGUMENTS, "tanh", "logistic", "softplus", "deadzone"} == {law.name for law in LAWS.values() if law.cell}


def test_a_dead_zone_does_not_leak_into_an_offset_sum(tmp_path: Path) -> None:
    p, off = offset("u", 0.05, 0.0)
    cell = Instance("f", ("x", "0", "f"), "deadzone", (("kin", 2.0), ("kout", 5.0), ("low", -9.0), ("high", 9.0)))
    integrating = stage("u", "integrator", (p, "u__s", "u"), C=10e-9, IC=1.0)
    circuit = plant([*off, cell, *resistors("u", f=10e3), integrating], PARTS["ordinary"], ["u"])

    volts = Engine(circuit, 0.01, ["u"]).advance(5.0, every=0.1).signals["u"][0]

    assert np.ptp(volts) < 1e-3  # a resistor to 0 V would move it by 0.05 V * 5 ms / (10 kohm * 10 nF) = 2.5 V


def test_an_output_stays_within_the_part_s_swing(tmp_path: Path) -> None:
    circuit = plant(
        [*resistors("u", x=20e3), stage("u", "summer", ("0", "u__s", "u"), R=100e3)], PARTS["ordinary"], ["u"]
    )

    assert apart(circuit, tmp_path, 5.0, 0.004, ["u"])["u"] < 2e-2
    volts = Engine(circuit, 0.004, ["u"]).advance(5.0, every=0.004).signals["u"][0]
    assert volts.max() == 13.9
    assert volts.min() == -14.6
