"""What is drawn is the circuit: nets found in the files' geometry, part by part and pin by pin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

from tests.schematic.kicad_reader import Sheets, read
from tests.spiking import neuron
from vle_analog.circuit.cell.reader import spice_value
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Capacitor, Drive, Element, Instance, Resistor
from vle_analog.design.build import Build
from vle_analog.design.design import Design, design
from vle_analog.design.prototype import Prototype
from vle_analog.design.subject import Subject
from vle_analog.equations.system import EquationSystem
from vle_analog.library import system_files
from vle_analog.netlist.ngspice import render
from vle_analog.production.assembly import DECOUPLING, Component, assembled, supporting
from vle_analog.production.clock import clock_parts
from vle_analog.production.flat import flat
from vle_analog.production.rounding import Preferred
from vle_analog.production.trimmers import with_trimmers
from vle_analog.production.trimming import Trim
from vle_analog.schematic import board, kicad
from vle_analog.schematic.drawing import Schematic
from vle_analog.schematic.hierarchy import schematic
from vle_analog.schematic.nets import redrawn
from vle_analog.schematic.symbols import standing_capacitor, symbol_of
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.simulator import Vectors
from vle_analog.tasks import Task

#: a system with trimmers at all pins of its multipliers, and one at their outputs and its op-amps
TRIMMED, PARTLY = "trimmed", "partly trimmed"
TRIMS = {TRIMMED: "1e-4", PARTLY: "z=1e-3,opamp=1e-5"}
SYSTEMS = [*sorted(system_files()), "neuron", *TRIMS]
#: with events
OWN = {"neuron": neuron(60.0)}
SHORT = {"chain": 100.0}
BUILD = Build(fidelity="macromodel", series=Preferred())


@cache
def designed(name: str) -> Design:
    if name in TRIMS:
        nulled = partial(with_trimmers, trim=Trim.parse(TRIMS[name]))
        return design(Prototype(Subject("van_der_pol"), BUILD).loaded, BUILD, [nulled])
    return design(loaded(name), BUILD)


@cache
def loaded(name: str) -> EquationSystem | Task:
    return OWN[name] if name in OWN else Prototype(Subject(name, span=SHORT.get(name)), BUILD).loaded


@cache
def drawing(name: str) -> Schematic:
    ready = designed(name)
    return schematic(ready.circuit, probes=ready.bench.probes, outputs=ready.outputs)


def sheets(name: str, folder: Path) -> Sheets:
    for file, text in kicad.files(drawing(name)).items():
        (folder / file).write_text(text, encoding="utf-8")
    return read(folder / f"{drawing(name).name}.kicad_sch")


def numbers(component: Component) -> dict[str, str]:
    """Pin numbers of a component by its ports."""
    symbol = standing_capacitor() if component.kind == DECOUPLING else symbol_of(component)
    return {pin.name: pin.number for pin in symbol.units[component.unit].pins}


def compared(found: Sheets, name: str) -> None:
    """The nets are the circuit's: no two nodes joined, none in two parts, every pin there, and named as the node is."""
    ready = designed(name)
    components = assembled(ready.circuit)
    components += supporting(ready.circuit, components, ready.bench.probes, ready.outputs)
    net_of = {pin: place for place, pins in enumerate(found.nets) for pin in pins}
    nodes: dict[str, int] = {}
    for component in components:
        pins = numbers(component)
        for port, node in component.pins:
            place = net_of[component.body, pins[port]]
            assert nodes.setdefault(node, place) == place, f"{node} is in two nets"
    assert len(set(nodes.values())) == len(nodes), "two nodes are one net"
    assert all(len(names) <= 1 for names in found.names), "two names touch"
    for node, place in nodes.items():
        called = "GND" if node == "0" else node.upper() if node.startswith(("vcc", "vee")) else node
        assert found.names[place] <= {called}
    assert found.properties.keys() == {component.body for component in components}
    everything = {(body, pin) for body, pins in found.pins.items() for pin in pins}
    alone = {pin for pins in found.nets if len(pins) == 1 for pin in pins}
    outputs = {
        (each.body, numbers(each)[port])
        for each in components
        for port, _ in each.pins
        if port in ("out", "w", "1", "q", "qb")
    }
    assert everything == net_of.keys() and alone <= {*found.open, *outputs}
    # KiCad's rules: a name that one pin alone has is an error; such a pin is marked as open
    assert not [names for pins, names in zip(found.nets, found.names, strict=True) if len(pins) == 1 and names]
    for body, units in found.units.items():
        assert len(units) == len(set(units)), f"a unit of {body} is drawn twice"


@pytest.mark.parametrize("name", [*SYSTEMS, "chain", pytest.param("xor_small", marks=pytest.mark.slow)])
def test_sheets_join_what_the_circuit_joins(name: str, tmp_path: Path) -> None:
    found = sheets(name, tmp_path)
    compared(found, name)
    for component in assembled(designed(name).circuit):
        said = found.properties[component.body]
        assert component.name in said["Netlist"].split("; ")
        assert said["Footprint"] or component.device is not None


def test_a_board_s_netlist_has_the_same_nets(tmp_path: Path) -> None:
    found = sheets("two_neurons", tmp_path)
    text = board.netlist(drawing("two_neurons"))
    nets = [set(re.findall(r'\(node \(ref "(\w+)"\) \(pin "(\w+)"\)\)', net)) for net in text.split("(net (code")[1:]]
    assert sorted(map(sorted, nets)) == sorted(map(sorted, found.nets))
    assert set(re.findall(r'\(comp \(ref "(\w+)"\)', text)) == found.properties.keys()


def deck_of(found: Sheets, name: str) -> str:
    """A deck for ngspice: its parts from sheets, all that sheets do not have from the circuit's own deck."""
    ready = designed(name)
    names: dict[int, str] = {}
    net_of = {pin: place for place, pins in enumerate(found.nets) for pin in pins}
    for place, known in enumerate(found.names):
        names[place] = {"GND": "0", "VCC": "vcc", "VEE": "vee"}.get(
            next(iter(known), f"n{place}"), next(iter(known), f"n{place}")
        )
    clocks = {part.name for part in clock_parts(ready.circuit)}  # a netlist has their sources
    units = {each.name: each for each in assembled(ready.circuit) if each.name not in clocks}
    drawn: dict[str, str] = {}
    for body, said in found.properties.items():
        parts = said.get("Netlist", "").split("; ")
        for number, part in enumerate(parts):
            if part not in units or units[part].is_connection:
                continue
            pins = numbers(units[part])
            at = " ".join(names[net_of[body, pins[port]]] for port in units[part].flat.ports)
            match units[part].element:
                case Resistor():
                    drawn[part] = f"R{body} {at} {said.get('Exact') or said['Value'].replace('M', 'Meg')}"
                case Capacitor():
                    drawn[part] = f"C{body} {at} {said.get('Exact') or said['Value']} ic={said.get('IC', '0')}"
                case Instance():
                    settings = said.get("Parameters", "").split("; ")[number]
                    drawn[part] = f"X{body}{number} {at} {said['Cell'].split('; ')[number]} {settings}"
    lines = ready.deck.text.splitlines()
    body_of_deck = [line for line in lines if not re.match(r"[RCX]\w", line) or _inside(lines, line)]
    place = body_of_deck.index(".control")
    cells = [cell.subckt for name, cell in ready.circuit.cells.items() if f".subckt {name} " not in ready.deck.text]
    return "\n".join([*body_of_deck[:place], *cells, *drawn.values(), *body_of_deck[place:], ""])


def _inside(lines: list[str], line: str) -> bool:
    """Whether a line is of a cell."""
    place = lines.index(line)
    before = [each for each in lines[:place] if each.startswith((".subckt", ".ends"))]
    return bool(before) and before[-1].startswith(".subckt")


@pytest.mark.parametrize("name", ["van_der_pol", TRIMMED, "two_neurons", "wilson_cowan", "harmonic_oscillator"])
def test_the_drawn_circuit_does_what_ours_does(name: str, tmp_path: Path) -> None:
    """The deck that is read from the sheets, in ngspice, beside the circuit's own."""
    ready, found = designed(name), sheets(name, tmp_path)
    span = ready.bench.span
    own = Ngspice().run(ready.deck.text, span=span, folder=tmp_path, files=ready.deck.files)
    read_back = Ngspice().run(deck_of(found, name), span=span, folder=tmp_path, files=ready.deck.files)
    for probe in ready.bench.probes:
        ours = own.values[probe]
        theirs = np.interp(own.time, read_back.time, read_back.values[probe])
        assert np.max(np.abs(ours - theirs)) < 1e-6 * np.ptp(ours), probe


def circuit_of(found: Sheets, name: str) -> Circuit:
    """The circuit of a netlist's parts, with nets and values as sheets have them; sources are the circuit's own."""
    ready = designed(name)
    net_of = {pin: place for place, pins in enumerate(found.nets) for pin in pins}
    rails = {"GND": "0", "VCC": "vcc", "VEE": "vee"}
    known = [next(iter(each), f"n{place}") for place, each in enumerate(found.names)]
    clocks = {part.name for part in clock_parts(ready.circuit)}  # a netlist has their sources
    units = {each.name: each for each in assembled(ready.circuit) if each.name not in clocks}
    read: dict[tuple[type, str], Element] = {}
    for body, said in found.properties.items():
        for number, part in enumerate(said.get("Netlist", "").split("; ")):
            if part not in units or units[part].is_connection:
                continue
            pins, element = numbers(units[part]), units[part].element
            at = tuple(known[net_of[body, pins[port]]] for port in units[part].flat.ports)
            nodes = tuple(rails.get(node, node) for node in at)
            exact = said.get("Exact") or said["Value"].replace("M", "Meg")
            match element:
                case Resistor():
                    read[type(element), element.name] = replace(element, nodes=nodes, ohms=spice_value(exact))
                case Capacitor():
                    charged = spice_value(said.get("IC", "0"))
                    read[type(element), element.name] = replace(
                        element, nodes=nodes, farads=spice_value(exact), volts=charged
                    )
                case Instance():
                    cell, given = (said.get(key, "").split("; ") for key in ("Cell", "Parameters"))
                    pairs = (word.split("=") for word in (given[number].split() if given != [""] else ()))
                    values = tuple((key, spice_value(text)) for key, text in pairs)
                    read[type(element), element.name] = replace(
                        element, nodes=nodes, cell=cell[number], parameters=values
                    )
    whole = flat(ready.circuit)
    assert len(read) == sum(isinstance(each, Resistor | Capacitor | Instance) for each in whole.elements())
    return whole.mapped(lambda each: read.get((type(each), each.name), each))


def of_two_units(text: str, ready: Design, folder: Path) -> Vectors:
    """A deck's run over two model units at the usual step bound."""
    span, step = 2 * ready.circuit.unit, ready.bench.step
    text = re.sub(r"(?m)^tran .*$", f"tran {step:.6g} {span:.6g} 0 {step:.6g} uic", text)
    return Ngspice().run(text, span=span, folder=folder, files=ready.deck.files)


def apart(one: Vectors, other: Vectors, probes: Sequence[str]) -> float:
    """The largest distance of two runs, over each signal's range or a volt."""
    courses = [(one.values[probe], np.interp(one.time, other.time, other.values[probe])) for probe in probes]
    return max(float(np.max(np.abs(ours - theirs)) / max(np.ptp(ours), 1.0)) for ours, theirs in courses)


def test_a_chain_read_from_its_sheets_is_ours_bit_for_bit(tmp_path: Path) -> None:
    """As ngspice runs it by itself, its parts in our order and all values with the digits that are drawn."""
    ready, found = designed("chain"), sheets("chain", tmp_path)
    own, read_back = (
        of_two_units(render(circuit, ready.bench).text, ready, tmp_path)
        for circuit in (flat(ready.circuit), circuit_of(found, "chain"))
    )
    assert np.array_equal(own.time, read_back.time) and len(own.time) > 300
    assert all(np.array_equal(own.values[probe], read_back.values[probe]) for probe in ready.bench.probes)


@pytest.mark.slow
def test_the_chain_s_drawing_does_what_the_chain_does(tmp_path: Path) -> None:
    """In the order of the sheets, and beside the deck whose stages reckon values inside of their cells, to digits that
    no drawing has: ngspice then accepts other steps, and both runs err by some 1e-5. Where its estimate of that error
    (``trtol``) rejects none, both take the same steps; with closer tolerances they come closer to each other."""
    ready, found = designed("chain"), sheets("chain", tmp_path)
    decks = (ready.deck.text, deck_of(found, "chain"))
    probes = ready.bench.probes
    own, read_back = (
        of_two_units(deck.replace(".options ", ".options trtol=1000 ", 1), ready, tmp_path) for deck in decks
    )
    assert len(own.time) == len(read_back.time) and apart(own, read_back, probes) < 1e-8
    usual, close = (
        apart(*(of_two_units(tightened(deck, *told), ready, tmp_path) for deck in decks), probes)
        for told in (("7", "1e-5"), ("0.01", "1e-8"))
    )
    assert close < usual / 10


def tightened(deck: str, overestimate: str, relative: str) -> str:
    """A deck with other tolerances."""
    for usual, told in (
        ("xtrtol=7", f"xtrtol={overestimate}"),
        ("reltol=1e-5", f"reltol={relative}"),
        ("vntol=1e-8", "vntol=1e-10"),
        ("abstol=1e-10", "abstol=1e-12"),
    ):
        assert usual in deck
        deck = deck.replace(usual, told)
    return deck


def test_a_drawn_chain_has_its_clock() -> None:
    """Its sources, in the netlist of the drawing; nothing else drives these nodes."""
    ready = designed("chain")
    drawn = redrawn(drawing("chain"), ready.circuit)
    drives = [each for each in drawn.elements() if isinstance(each, Drive)]
    assert drives == [each for each in ready.circuit.elements() if isinstance(each, Drive)]
    assert any("come from sources here" in each for each in drawn.remarks)
    assert drawn.parts == flat(ready.circuit).parts
