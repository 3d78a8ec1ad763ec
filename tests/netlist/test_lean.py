"""Multipliers with grounded pins take a cheaper cell, and give the same."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from vle_analog.circuit.cells import library
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Battery, Element, Instance, Resistor
from vle_analog.netlist.lean import lean
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench as Bench
from vle_analog.simulate import Ngspice

X, Y, SCALE = 3.0, -4.0, 10.0


def multipliers() -> Circuit:
    """All ways to connect two signals, one pin of each input on ground, and one truly differential."""
    elements: list[Element] = [Battery("x", ("x", "0"), X), Battery("y", ("y", "0"), Y)]
    pins = [(first, second) for first, second in product([("x", "0"), ("0", "x")], [("y", "0"), ("0", "y")])]
    for number, (first, second) in enumerate([*pins, (("x", "y"), ("y", "0"))]):
        node = f"w{number}"
        elements.append(Instance(node, (*first, *second, node), "multiplier", (("scale", SCALE),)))
        elements.append(Resistor(f"load{number}", (node, "0"), 1e4))
    names = {f"w{number}": 1.0 for number in range(5)}
    return Circuit("multipliers", (Section("all", tuple(elements)),), library(), 1e-3, names, "ideal")


def test_signs_and_the_differential_one(tmp_path: Path) -> None:
    circuit = multipliers()
    cells = [each.cell for each in lean(circuit).elements() if isinstance(each, Instance)]
    assert cells == ["multiplier_grounded"] * 4 + ["multiplier"]
    deck = render(circuit, Bench(1e-3, 1e-4, "given", tuple(circuit.volts_per_unit)))
    found = Ngspice().run(deck.text, span=1e-3, folder=tmp_path, files=deck.files, timeout=30)
    one = X * Y / SCALE
    wanted = [one, -one, -one, one, (X - Y) * Y / SCALE]
    assert [found.values[f"w{number}"][-1] for number in range(5)] == pytest.approx(wanted, rel=1e-9)


def test_without_the_cell_nothing_changes() -> None:
    circuit = multipliers()
    cells = {name: cell for name, cell in circuit.cells.items() if name != "multiplier_grounded"}
    other = Circuit("multipliers", circuit.sections, cells, 1e-3, circuit.volts_per_unit, "other")
    assert lean(other) is other
