"""Functions, and a product, of parts that one can buy: their laws over temperature, what they are made of and cost."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from vle_analog.circuit.cell.arithmetic import evaluated
from vle_analog.circuit.cell.cell import needed
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, Instance
from vle_analog.circuit.parts import chosen, device, devices, library
from vle_analog.errors import CircuitError
from vle_analog.laws import LAWS
from vle_analog.production.assembly import assembled, bodies, supporting
from vle_analog.production.flat import flat_parts
from vle_analog.production.prices import price_list
from vle_analog.production.rounding import Series, rounded
from vle_analog.simulate import Ngspice

ASSEMBLIES = sorted(name for name, cell in devices().items() if cell.sheet.assembly is not None and cell.role in LAWS)
#: multipliers whose file has the parts that they are made of
PRODUCTS = sorted(
    name
    for name, cell in devices().items()
    if cell.sheet.assembly is not None and cell.role not in LAWS and not cell.sheet.built
)
REAL = chosen("macromodel")
#: degrees C, and how a header's note says what a cell does there
TEMPERATURES = {0.0: r"([\d.]+) % at 0 C", 27.0: "", 70.0: r"([\d.]+) % at 70 C"}
BOUNDS = {"low": -1.0, "high": 1.0}


def constants(role: str) -> dict[str, float]:
    return {name: BOUNDS[name] for name in LAWS[role].constants}


@cache
def curves(celsius: float, extra: str = "") -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """x, units of the output and the law's, of all assemblies at once, driven at either input: of the part's name and
    a sign."""
    lines = ["Vx x 0 0"]
    for name in ASSEMBLIES:
        role = device(name).role or ""
        given = " ".join(f"{key}={value}" for key, value in constants(role).items())
        for sign, pins in ((1, "i 0"), (-1, "0 i")):
            node = f"{name}{'p' if sign > 0 else 'n'}"
            lines.append(f"X{node} {pins} {node} vcc vee {name} kin=4 kout=2 VOS=0 {given} {extra}")
            lines.append(f"R{node} {node} 0 100k")
    cells = library(REAL)
    deck = [
        "* assemblies",
        *(cell.subckt.rstrip("\n") for cell in needed(ASSEMBLIES, cells)),
        ".global vcc vee",
        "Vcc vcc 0 15",
        "Vee vee 0 -15",
        "Ei i 0 x 0 4",
        *lines,
        f".options reltol=1e-5 temp={celsius}",
        ".control",
        "set filetype=binary",
        "dc Vx -4 4 0.05",
        "write waveforms.raw",
        "quit",
        ".endc",
        ".end",
    ]
    with tempfile.TemporaryDirectory() as folder:
        data = Ngspice("ngspice").run_sweep("\n".join(deck) + "\n", "v-sweep", folder=Path(folder), timeout=60).data
    found = {}
    x = np.linspace(-4, 4, 161)
    for name in ASSEMBLIES:
        role = device(name).role or ""
        for sign in (1, -1):
            node = f"{name}{'p' if sign > 0 else 'n'}"
            law = LAWS[role].numeric(sign * x, *constants(role).values())
            found[f"{name}{sign:+d}"] = x, data[node] / 2, np.asarray(law)
    return found


@pytest.mark.parametrize("celsius", TEMPERATURES)
@pytest.mark.parametrize("name", ASSEMBLIES)
def test_a_header_says_how_far_it_is_from_its_law(name: str, celsius: float) -> None:
    """Within twice of what is stated, whichever input is driven."""
    figure = device(name).sheet.figures["deviation"]
    pattern = TEMPERATURES[celsius]
    said = re.search(pattern, figure.condition) if pattern else None
    stated = 100 * figure.value if said is None else float(said[1])
    for sign in (1, -1):
        _, units, law = curves(celsius)[f"{name}{sign:+d}"]
        assert 100 * np.max(np.abs(units - law)) / np.ptp(law) < 2 * stated, sign


@pytest.mark.parametrize(("extra", "gain", "steeper"), [("GE=0.01", 1.01, 1.0), ("KE=0.01", 1.0, 1.01)])
def test_what_scatters_does_what_the_law_says(extra: str, gain: float, steeper: float) -> None:
    for name in ASSEMBLIES:
        role = device(name).role or ""
        if extra[:2] not in device(name).parameters:
            continue
        for sign in (1, -1):
            x, units, _ = curves(27.0, extra)[f"{name}{sign:+d}"]
            law = gain * LAWS[role].numeric(steeper * sign * x, *constants(role).values())
            allowed = max(0.002, 2 * device(name).sheet.figures["deviation"].value)
            assert np.max(np.abs(units - law)) < allowed * np.ptp(law), (name, sign)


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_product_is_within_its_header(name: str, tmp_path: Path) -> None:
    """Over both ranges its law holds within what the header states; errors add to it as the law says, within 0.5 %."""
    errors = {"XOS": 0.1, "YOS": -0.2, "ZOS": 0.15, "GE": 0.01}
    given = " ".join(f"{key}={value}" for key, value in errors.items())
    deck = [
        f"* {name}",
        *(cell.subckt.rstrip("\n") for cell in needed([name], library(REAL))),
        ".global vcc vee",
        "Vcc vcc 0 15",
        "Vee vee 0 -15",
        "Vx x 0 0",
        "Vy y 0 0",
        f"X1 x 0 y 0 w vcc vee {name}",
        f"X2 x 0 y 0 v vcc vee {name} {given}",
        ".control",
        "set filetype=binary",
        "dc Vx -10 10 1 Vy -10 10 2",
        "write waveforms.raw",
        "quit",
        ".endc",
        ".end",
    ]
    found = Ngspice("ngspice").run_sweep("\n".join(deck) + "\n", "v-sweep", folder=tmp_path, timeout=60).data
    x, y, full = found["x"], found["y"], 10.0
    assert np.max(np.abs(found["w"] - x * y / 10)) < 1.5 * device(name).sheet.figures["total_error"].value * full
    law = (1 + errors["GE"]) * (x + errors["XOS"]) * (y + errors["YOS"]) / 10 + errors["ZOS"]
    assert np.max(np.abs(found["v"] - found["w"] - (law - x * y / 10))) < 0.005 * full


def circuit(name: str, **scales: float) -> Circuit:
    """A circuit of one assembly between its rails."""
    role = device(name).role or ""
    given = {"kin": 3.3, "kout": 7.0, **constants(role), **scales}
    rails = tuple(Battery(node, (node, GROUND), volts) for node, volts in (("vcc", 15.0), ("vee", -15.0)))
    stage = Instance("f", ("x", GROUND, "y"), role, tuple(given.items()))
    sections = Section("supply", rails), Section("function", (stage,))
    return Circuit("one", sections, library(REAL), 1e-3, {"y": 1.0}, "macromodel")


@pytest.mark.parametrize("name", ASSEMBLIES)
def test_all_that_it_is_made_of_is_sold(name: str) -> None:
    """Each resistor by a series, everything by the table of prices; what has no supply is blocked by no capacitor."""
    bought = rounded(circuit(name))
    parts = assembled(bought)
    assert {part.kind for part in parts} >= {"resistor", "opamp"}
    series = Series.named("E96+E24")
    for part in parts:
        if part.kind in ("resistor", "capacitor"):
            assert part.purchase is not None
            value = part.purchase.value
            assert part.kind == "capacitor" or value == pytest.approx(series.value(series.nearest(value)), rel=1e-9)
        assert part.is_connection or price_list().offer(part.wanted) is not None, part
    powered = [body for body, members in bodies(parts).items() if members[0].device and members[0].device.powered]
    blocking = [part for part in supporting(bought, parts) if part.kind == "decoupling"]
    assert len(blocking) == 2 * len(powered)


@pytest.mark.parametrize("name", ASSEMBLIES)
def test_the_law_is_that_of_the_bought_resistors(name: str) -> None:
    """Scales move by less than half a step of the series' ratio, and the netlist's formulas then give what is sold."""
    exact, bought = circuit(name), rounded(circuit(name))
    old, new = (
        dict(next(e for e in each.elements() if isinstance(e, Instance)).parameters) for each in (exact, bought)
    )
    assert new != old
    for key in old:
        assert new[key] == pytest.approx(old[key], rel=0.03)
    values = [part.element.ohms for part in flat_parts(bought) if hasattr(part.element, "ohms")]
    series = Series.named("E96+E24")
    assert all(value == pytest.approx(series.value(series.nearest(value)), rel=1e-9) for value in values)


@pytest.mark.parametrize(
    ("text", "value"), [("{1k*(kin-1)}", 1500.0), ("2.5meg/(10u+1e-5)", 1.25e11), ("max(-KIN, ln(exp(2)))", 2.0)]
)
def test_arithmetic(text: str, value: float) -> None:
    assert evaluated(text, {"kin": 2.5}) == pytest.approx(value)


@pytest.mark.parametrize("text", ["{kout}", "{1/0}", "{__import__('os')}", "{kin.real}", "{'a'}", "{1 if kin else 2}"])
def test_what_is_no_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(CircuitError):
        evaluated(text, {"kin": 0.0})
