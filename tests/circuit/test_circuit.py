"""A circuit that an expert would refuse is refused, with the element or node named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.blocks.bench import SINE, built, system
from vle_analog.circuit.cell.cell import Cell, parse_cell
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Battery, Capacitor, Drive, Element, Instance, Resistor
from vle_analog.circuit.parts import library
from vle_analog.errors import CircuitError
from vle_analog.stimulus import Constant

DRIVE = Drive("x", ("x", "0"), Constant(1.0), 1.0, 1.0)
R, C = Resistor("r", ("x", "v"), 1e3), Capacitor("c", ("v", "0"), 1e-9)


def circuit(*elements: Element, cells: dict[str, Cell] | None = None) -> Circuit:
    return Circuit("bench", (Section("all", elements),), cells or library(), 1.0, {}, "ideal")


def using(name: str, ports: str, *used: str) -> Cell:
    """A cell that is made of others, each at the same nodes."""
    lines = "".join(f"X{number} {ports} {each}\n" for number, each in enumerate(used, 1))
    return parse_cell(f".subckt {name} {ports}\n{lines}.ends {name}\n", name, "here")


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
    for used, message in (
        (["inverter"], "cell 'inverter' contains itself"),
        (["summer", "opamp"], "cell 'inverter' contains itself"),
        (["opanp"], "no cell 'opanp'\n.*did you mean 'opamp'"),
    ):
        cells = {**library(), "inverter": using("inverter", "p in s out", *used)}
        if "summer" in used:
            cells["summer"] = using("summer", "p s out", "inverter")
        with pytest.raises(CircuitError, match=message):
            circuit(DRIVE, Instance("a", ("0", "x", "a__s", "y"), "inverter"), cells=cells).check()


def test_an_instance_inside_of_a_cell_fits_its_cell() -> None:
    cells = {**library(), "inverter": using("inverter", "p in s out", "summer")}
    with pytest.raises(CircuitError, match=r"^cell 'inverter': 'X1' does not fit cell 'summer'"):
        circuit(DRIVE, Instance("a", ("0", "x", "a__s", "y"), "inverter"), cells=cells).check()


def test_a_parameter_that_a_cell_has_not_is_refused() -> None:
    """ngspice would leave it out and take the default of the one that was meant."""
    stage = Instance("a", ("0", "x", "a__s", "y"), "inverter", (("R1", 1e3), ("RF", 2e3)))
    with pytest.raises(CircuitError, match=r"^bench: cell 'inverter' has no parameter 'RF', which 'a' sets"):
        circuit(DRIVE, stage).check()


def test_a_summing_node_may_stand_alone_whatever_its_name() -> None:
    """What a port is follows from the op-amp that it leads to."""
    text = library()["inverter"].subckt.replace(" s ", " minus ")
    assert ".subckt inverter p in minus out" in text
    cells = {**library(), "inverter": parse_cell(text, "inverter", "here")}
    circuit(DRIVE, Instance("a", ("0", "x", "a__s", "y"), "inverter"), cells=cells).check()


def test_parts_are_counted_through_cells() -> None:
    parts = circuit(DRIVE, R, C, *(Instance(n, ("0", "x", f"{n}__s", n), "lead") for n in "abc")).parts
    assert parts | {"resistors": 7, "capacitors": 7, "opamps": 3, "multipliers": 0} == parts


def test_what_synthesis_builds_passes() -> None:
    built(system({"u": ("-u + tanh(u*x)", 0.0)}, {"y": "0"}, {"x": SINE})).check()
