"""The multiplier by pulse width: its averaged law against its parts, switched, and the figures of its header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vle_analog.circuit.cell.cell import needed
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, Capacitor, Element, Instance, Resistor
from vle_analog.circuit.parts import chosen, device, library, part
from vle_analog.production.assembly import assembled, bodies, supporting
from vle_analog.production.flat import flat_parts
from vle_analog.production.prices import price_list
from vle_analog.simulate import Ngspice
from vle_analog.waveforms import Array

NAME, OPAMP = "multiplier_pwm", "opa4170"
LAW = device(NAME)
BUILT = part(LAW.sheet.built)
#: hertz of the carrier as it is, comparators' delays included; of a product, ohms by name
CARRIER = 96e3
OHMS = {"y1": 360e3, "y2": 360e3, "r": 59e3, "h": 118e3, "h2": 118e3, "x1": 59e3, "x2": 59e3, "c": 118e3, "f": 147e3}
INVERTER = {"n1": 120e3, "n2": 120e3, "nf": 120e3}
#: nodes of both factors of a product
Pins = tuple[str, str, str, str]


def products(pins: Sequence[Pins]) -> Circuit:
    """A circuit of products w0, w1, ... between its rails, with no other stage."""
    cells = library(chosen("macromodel", {"multiplier": NAME, "opamp": OPAMP}))
    rails = tuple(Battery(node, (node, GROUND), volts) for node, volts in (("vcc", 15.0), ("vee", -15.0)))
    stages = tuple(
        Instance(f"w{number}", (*nodes, f"w{number}"), "multiplier", (("scale", 10.0),))
        for number, nodes in enumerate(pins)
    )
    sections = Section("supply", rails), Section("products", stages)
    return Circuit("products", sections, cells, 1e-3, {each.name: 1.0 for each in stages}, "macromodel")


def balance(x: tuple[Any, Any], y: tuple[Any, Any], **other: Any) -> Any:
    """Mean output, by the balance of the charges of all currents.

    Args:
        x, y: volts at both pins of both factors.
        other: ohms by name, and errors: op-amps' offsets o1 to o3, volts of the reference, ohms of switches on1 to on3,
            part of a period by which the product's pulses are longer, amperes into its sum.
    """
    at = {**OHMS, **INVERTER, "reference": 4.096, "o1": 0.0, "o2": 0.0, "o3": 0.0, "longer": 0.0, "amperes": 0.0}
    at |= {"on1": 60.0, "on2": 60.0, "on3": 60.0} | other
    g = {name: 1 / at[name] for name in (*OHMS, *INVERTER)}
    g["r"], g["x1"], g["x2"] = (1 / (at[name] + at[on]) for name, on in (("r", "on3"), ("x1", "on1"), ("x2", "on2")))
    held = (y[1] * g["y2"] + at["reference"] * g["h"]) / (g["y2"] + g["h"] + g["h2"]) + at["o1"]
    width = ((held - y[0]) * g["y1"] + held * g["r"]) / (at["reference"] * g["r"]) + at["longer"]
    inverted = at["o3"] - ((x[0] - at["o3"]) * g["n1"] + (x[1] - at["o3"]) * g["n2"]) / g["nf"]
    into = width * (x[0] - at["o2"]) * g["x1"] + (1 - width) * (x[1] - at["o2"]) * g["x2"]
    return at["o2"] - (into + (inverted - at["o2"]) * g["c"] + at["amperes"]) / g["f"]


def test_a_balanced_circuit_multiplies() -> None:
    """Whichever pins are driven; what is left are the switches' 60 ohm beside 59 kohm, and values on sale."""
    for pins in ((0, 0), (0, 1), (1, 0), (1, 1)):
        for x, y in ((8.0, 8.0), (-8.0, 5.0), (3.0, -8.0)):
            w = balance(*((volts, 0.0) if not pin else (0.0, volts) for pin, volts in zip(pins, (x, y), strict=True)))
            assert w == pytest.approx((-1) ** sum(pins) * x * y / 10, abs=0.035)


def test_a_header_scatters_as_its_parts_do() -> None:
    """Standard deviations that resistors, reference, offsets and switches make together, by the balance."""
    draws, count = np.random.default_rng(1), 40_000
    close = LAW.sheet.assembly or 0.0
    switch, amplifier = part("hc4053").spread, device(OPAMP).spread["VOS"].sigma
    errors: dict[str, Any] = {
        name: ohms * (1 + draws.uniform(-close, close, count)) for name, ohms in (OHMS | INVERTER).items()
    }
    errors |= {name: amplifier * draws.standard_normal(count) for name in ("o1", "o2", "o3")}
    errors |= {f"on{n}": 60 + switch["DRON"].sigma * draws.standard_normal(count) for n in (1, 2, 3)}
    errors["reference"] = 4.096 * (1 + part("lm4040_4").spread["ER"].sigma * draws.standard_normal(count))
    errors["longer"] = switch["DT"].sigma * CARRIER * np.sqrt(3) * draws.standard_normal(count)  # of three switches
    errors["amperes"] = 0.5e-12 * CARRIER * np.sqrt(2) * draws.standard_normal(count)  # of two switches

    def odd(x: float, y: float) -> Any:
        return (balance((x, 0.0), (y, 0.0), **errors) - balance((-x, 0.0), (-y, 0.0), **errors)) / 2

    def even(x: float, y: float) -> Any:
        return (balance((x, 0.0), (y, 0.0), **errors) - balance((x, 0.0), (-y, 0.0), **errors)) / 2

    found = {
        "YOS": 10 * odd(8.0, 0.0) / 8,
        "ZOS": balance((0.0, 0.0), (0.0, 0.0), **errors),
        "GE": (even(8.0, 8.0) - even(-8.0, 8.0)) / 2 / 6.4,
    }
    for name, values in found.items():
        assert LAW.spread[name].sigma == pytest.approx(np.std(values), rel=0.05), name
        assert LAW.spread[name].most >= 0.98 * np.max(np.abs(values - np.mean(values))), name


def test_modulators_and_inverters_are_shared() -> None:
    """One modulator for a signal, one inverter for what it is multiplied with, one triangle and reference for all."""
    pins: list[Pins] = [("a", "0", "c", "0"), ("b", "0", "c", "0"), ("b", "0", "0", "d"), ("b", "0", "c", "0")]
    parts = assembled(products(pins))
    count = {kind: sum(each.kind == kind for each in parts) for kind in ("tlv3202", "hc4053", "lm4040_4", "opamp")}
    assert count == {"tlv3202": 2 + 1, "hc4053": 2 + 2 * 4, "lm4040_4": 1, "opamp": 4 + 2 + 2 + 1}
    gates = [each.element.nodes[3] for each in parts if each.kind == "hc4053"]
    assert sorted(gates.count(gate) for gate in set(gates)) == [1 + 2, 1 + 2 * 3]
    for each in parts:
        assert each.is_connection or price_list().offer(each.wanted) is not None, each


def test_a_supply_of_fewer_volts_feeds_what_hangs_on_it() -> None:
    """5 mA for the Zener diode, and what packages and resistors draw; no resistor burns half of what it stands."""
    circuit = products([(f"x{n}", "0", f"y{n}", "0") for n in range(120)])
    parts = assembled(circuit)
    beside = supporting(circuit, parts)
    draw = {kind: part(kind).sheet.supply or 0.0 for kind in ("hc4053", "tlv3202")}
    units = {kind: sum(each.kind == kind for each in parts) for kind in draw}
    ohms = {"vcc": 0.0, "vee": 0.0}
    for each in beside:
        if each.kind == "feed":
            assert isinstance(each.element, Resistor)
            assert (15 - 4.7) ** 2 / each.element.ohms < 0.15
            ohms["vcc" if "vcc" in each.element.nodes else "vee"] += 1 / each.element.ohms
    wanted = 5e-3 + units["hc4053"] * draw["hc4053"]
    assert ohms["vee"] * 10.3 == pytest.approx(wanted, rel=0.06)
    assert ohms["vcc"] * 10.3 == pytest.approx(wanted + units["tlv3202"] * draw["tlv3202"] + 4.7 / 10e3, rel=0.06)
    assert len([body for body in bodies(parts) if body.startswith("VR")]) == 1


def switched(
    pins: Sequence[Pins], sources: Mapping[str, str], span: float, folder: Path, ohms: Mapping[str, float] | None = None
) -> tuple[Array, dict[str, Array]]:
    """A run of products' parts, as they are shared on a board.

    Args:
        pins: of the products.
        sources: by node, as SPICE has them.
        span: seconds.
        folder: to run in.
        ohms: other resistances, by the end of a name.
    """
    circuit, lines, used = products(pins), list[str](), set[str]()
    for each in flat_parts(circuit):
        element: Any = each.element
        for ending, value in (ohms or {}).items():
            if each.name.endswith(ending):
                element = replace(element, ohms=value)
        if not isinstance(element, Battery):
            lines.append(_card(element))
        if isinstance(element, Instance):
            used.add(element.cell)
    supplies = {"vcc": 15, "vee": -15, "vcc_4V7": 4.7, "vee_4V7": -4.7}
    deck = [
        "* products, switched",
        *(cell.subckt.rstrip("\n") for cell in needed(sorted(used), circuit.cells)),
        ".global " + " ".join(supplies),
        *(f"V{node} {node} 0 {volts}" for node, volts in {**supplies, **sources}.items()),
        *lines,
        ".options method=gear reltol=1e-3 vntol=1e-5 abstol=1e-9 itl4=100",
        ".control",
        "set filetype=binary",
        "save " + " ".join(f"w{number}" for number in range(len(pins))),
        f"tran 100n {span!r} 0 100n uic",
        "write waveforms.raw",
        "quit",
        ".endc",
        ".end",
    ]
    found = Ngspice().run("\n".join(deck) + "\n", span=span, folder=folder, timeout=900)
    return found.time, found.values


def _card(element: Element) -> str:
    nodes = " ".join(element.nodes)
    match element:
        case Resistor(name, _, ohms):
            return f"R{name} {nodes} {ohms!r}"
        case Capacitor(name, _, farads, volts):
            return f"C{name} {nodes} {farads!r} ic={volts!r}"
        case Instance(name, _, cell, given):
            return f"X{name} {nodes} {cell} " + " ".join(f"{key}={value!r}" for key, value in given)
    raise AssertionError(element)


def mean(time: Array, values: Array, begin: float, end: float) -> float:
    """Of what is between two times."""
    among = (time >= begin) & (time <= end)
    return float(np.trapezoid(values[among], time[among]) / np.ptp(time[among]))


VOLTS = {"0": 0.0, "a": -8.0, "b": 0.0, "c": 8.0}
#: over both factors, in one run; products of either sign by the pins driven, and of products, whose ripples are of one
#: carrier: w0 of the run is 6.4 V of ripple 1.2 V, w1 0 V of ripple 2 V
GRID: list[Pins] = [(one, "0", two, "0") for one in "abc" for two in "abc"]
CHAINS: list[Pins] = [("c", "0", "c", "0"), ("c", "0", "b", "0"), ("0", "a", "c", "0"), ("c", "0", "0", "a")]
CHAINS += [("w0", "0", "c", "0"), ("c", "0", "w0", "0"), ("w0", "0", "w3", "0"), ("w1", "0", "w1", "0")]


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("pins", [GRID, CHAINS], ids=["grid", "chains"])
def test_the_law_is_the_mean_of_the_parts(pins: list[Pins], tmp_path: Path) -> None:
    """Within what is stated."""
    sources = {node: str(volts) for node, volts in VOLTS.items() if node != GROUND}
    time, found = switched(pins, sources, 1.2e-3, tmp_path)
    at, stated = dict(VOLTS), BUILT.sheet.figures["total_error"].value * 10
    off = {}
    for number, (x1, x2, y1, y2) in enumerate(pins):
        w = at[f"w{number}"] = mean(time, found[f"w{number}"], 0.6e-3, 1.2e-3)
        off[pins[number]] = w - (at[x1] - at[x2]) * (at[y1] - at[y2]) / 10
    assert max(map(abs, off.values())) < stated, off


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_product_is_late_as_stated(tmp_path: Path) -> None:
    """What a step of either factor misses is that of the stated pole."""
    begin, end = 0.4e-3, 1.2e-3
    pins: list[Pins] = [("up", "0", "c", "0"), ("c", "0", "up", "0")]
    time, found = switched(pins, {"up": f"PWL(0 0 {begin} 0 {begin + 1e-7} 8)", "c": "8"}, end, tmp_path)
    late = []
    for number in range(2):
        values, last = found[f"w{number}"], mean(time, found[f"w{number}"], 0.9e-3, end)
        late.append(float(np.trapezoid(1 - values[time >= begin] / last, time[time >= begin])))
    stated = 1 / (2 * np.pi * LAW.sheet.figures["bandwidth"].value)
    assert np.mean(late) == pytest.approx(stated, rel=0.15), late
    assert late == pytest.approx([stated, stated], rel=0.3)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("ending", ["X1.Rc", "X1.X1.Rd", "X1.X1.Rb"])
def test_what_is_out_of_balance_is_so_switched(ending: str, tmp_path: Path) -> None:
    """A resistor of the product, of the modulator's half and of its reference that is 2 % off."""
    name = {"X1.Rc": "c", "X1.X1.Rd": "h", "X1.X1.Rb": "r"}[ending]
    off = {name: 1.02 * OHMS[name]}
    pins: list[Pins] = [("x", "0", "y", "0"), ("x", "0", "z", "0")]
    time, found = switched(
        pins, {"x": "8", "y": "6", "z": "0"}, 1.2e-3, tmp_path, {f"w0.{ending}": off[name], f"w1.{ending}": off[name]}
    )
    for number, y in enumerate((6.0, 0.0)):
        wanted = balance((8.0, 0.0), (y, 0.0), **off)
        assert mean(time, found[f"w{number}"], 0.6e-3, 1.2e-3) == pytest.approx(wanted, abs=0.01)
