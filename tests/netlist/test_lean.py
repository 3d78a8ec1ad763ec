"""Multipliers with grounded pins take a cheaper cell, and give the same; the order of parts in a deck."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Battery, Element, Instance, Resistor
from vle_analog.circuit.parts import chosen, library
from vle_analog.netlist.lean import lean, ordered
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


@pytest.mark.parametrize("part", ["ad633", "ad734"])
def test_offsets_follow_the_pins_that_are_swapped(part: str, tmp_path: Path) -> None:
    """A part with each offset by itself gives the same in its cheaper form, in all four ways to connect it."""
    cells = library(chosen("ideal", {"multiplier": part}))
    rails = tuple(Battery(node, (node, "0"), volts) for node, volts in (("vcc", 15.0), ("vee", -15.0)))
    for offsets in ({"XOS": 0.01}, {"YOS": 0.01}, {"ZOS": 0.01}, {"XOS": 0.01, "YOS": -0.02, "ZOS": 0.005, "GE": 0.01}):
        plain = multipliers()
        sections = tuple(
            Section(
                each.heading,
                tuple(
                    replace(e, parameters=(*e.parameters, *offsets.items())) if isinstance(e, Instance) else e
                    for e in each.elements
                ),
            )
            for each in (*plain.sections, Section("rails", rails))
        )
        found = []
        for known in (cells, {name: cell for name, cell in cells.items() if name != "multiplier_grounded"}):
            circuit = replace(plain, sections=sections, cells=known)
            deck = render(circuit, Bench(1e-3, 1e-4, "given", tuple(circuit.volts_per_unit)))
            run = Ngspice().run(deck.text, span=1e-3, folder=tmp_path, files=deck.files, timeout=30)
            found.append([run.values[f"w{number}"][-1] for number in range(4)])
        assert found[0] == pytest.approx(found[1], abs=2e-5)  # an offset is 4 mV here, what the cells differ by 0.01


def test_without_the_cell_nothing_changes() -> None:
    circuit = multipliers()
    cells = {name: cell for name, cell in circuit.cells.items() if name != "multiplier_grounded"}
    other = Circuit("multipliers", circuit.sections, cells, 1e-3, circuit.volts_per_unit, "other")
    assert lean(other) == other


def test_sources_come_first_then_stages_from_the_last_one_back_resistors_before_cells(monkeypatch) -> None:
    def stage(name: str) -> Section:
        parts = [
            (
                Resistor(f"{name}{n}", ("x", f"{name}{n}s"), 1e4),
                Instance(f"{name}{n}", ("0", f"{name}{n}s", "y"), "summer"),
            )
            for n in range(2)
        ]
        return Section(name, tuple(part for pair in parts for part in pair))

    sources = Section("input", (Battery("x", ("x", "0"), X),))
    circuit = Circuit("order", (stage("a"), sources, stage("b")), library(), 1e-3, {"x": 1.0}, "ideal")
    assert ordered(circuit) is circuit  # a small one stays readable
    monkeypatch.setattr("vle_analog.netlist.lean._READ", 3)
    found = ordered(circuit)
    assert [each.heading for each in found.sections] == ["input", "b", "a"]
    assert [(type(each), each.name) for each in found.sections[1].elements] == [
        *((Resistor, f"b{n}") for n in range(2)),
        *((Instance, f"b{n}") for n in range(2)),
    ]
    assert sorted(map(repr, found.elements())) == sorted(map(repr, circuit.elements()))
