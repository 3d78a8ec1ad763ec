"""A circuit that an expert would refuse is refused, with the element or node named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.blocks.bench import SINE, built, system
from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Battery, Capacitor, Drive, Element, Instance, Resistor
from vle_analog.circuit.parts import library
from vle_analog.errors import CircuitError
from vle_analog.stimulus import Constant

DRIVE = Drive("x", ("x", "0"), Constant(1.0), 1.0, 1.0)
R, C = Resistor("r", ("x", "v"), 1e3), Capacitor("c", ("v", "0"), 1e-9)


def circuit(*elements: Element, cells: dict[str, Cell] | None = None) -> Circuit:
    return Circuit("bench", (Section("all", elements),), cells or library(), 1.0, {}, "ideal")


def test_good_circuits_pass() -> None:
    circuit(DRIVE, R, C).check()
    circuit(DRIVE, Instance("a", ("0", "x", "a__s", "y"), "inverter")).check()  # its output may stand alone
    circuit(DRIVE, Battery("b", ("ref", "0"), 10.0)).check()  # so may a source
    circuit(DRIVE, Resistor("a", ("x", "0"), 1.0), Capacitor("a", ("x", "0"), 1.0)).check()  # Ra and Ca differ
    held = Instance("u", ("0", "u__s", "u"), "integrator")
    circuit(held, Resistor("l", ("u", "0"), 1.0)).check()  # no input: it holds


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ((DRIVE, R, C, R), "two elements are named 'r'"),
        ((DRIVE, R, C, replace(R, name="R", nodes=("x", "v"))), "two elements are named 'R'"),  # SPICE folds case
        ((DRIVE, R), "node 'v' hangs on a single terminal"),
        ((DRIVE, R, C, Instance("a", ("0", "v9", "a__s", "y"), "inverter")), "node 'v9' hangs on a single terminal"),
        ((DRIVE, R, C, Instance("a", ("x", "y", "z"), "inverter")), "'a' does not fit cell 'inverter'"),
        ((DRIVE, R, C, Instance("a", ("x",), "inverter")), "'a' does not fit cell 'inverter'"),
        ((DRIVE, R, C, Instance("a", ("x", "y"), "invertor")), "'a' does not fit cell 'invertor'"),
        ((Battery("b", ("a", "a"), 1.0), DRIVE), "source 'b' is shorted"),
        ((replace(DRIVE, nodes=("x", "x")), R, C), "source 'x' is shorted"),
        ((Battery("b", ("x", "y"), 1.0), Resistor("r", ("x", "y"), 1.0)), "no element is connected to ground"),
    ],
)
def test_bad_circuits_are_refused(elements: tuple[Element, ...], message: str) -> None:
    with pytest.raises(CircuitError, match=f"^bench: {message}"):
        circuit(*elements).check()


def test_a_cell_that_contains_itself_or_what_does_not_exist_is_refused() -> None:
    loop = replace(library()["inverter"], uses=("inverter",))
    for name, uses, message in (
        ("inverter", ("inverter",), "cell 'inverter' contains itself"),
        ("inverter", ("summer", "opamp"), "cell 'inverter' contains itself"),
        ("inverter", ("opanp",), "no cell 'opanp'\n.*did you mean 'opamp'"),
    ):
        cells = {**library(), name: replace(loop, uses=uses)}
        if "summer" in uses:
            cells["summer"] = replace(cells["summer"], uses=("inverter",))
        with pytest.raises(CircuitError, match=message):
            circuit(DRIVE, Instance("a", ("0", "x", "a__s", "y"), "inverter"), cells=cells).check()


def test_parts_are_counted_through_cells() -> None:
    parts = circuit(DRIVE, R, C, *(Instance(n, ("0", "x", f"{n}__s", n), "lead") for n in "abc")).parts
    assert parts | {"resistors": 7, "capacitors": 7, "opamps": 3, "multipliers": 0} == parts


def test_what_synthesis_builds_passes() -> None:
    built(system({"u": ("-u + tanh(u*x)", 0.0)}, {"y": "0"}, {"x": SINE})).check()
