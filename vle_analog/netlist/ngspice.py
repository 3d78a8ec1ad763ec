"""Circuit -> ngspice deck, by way of PySpice.

PySpice writes every element's line; the order, the comments and the control lines are ours, because
PySpice's own depend on the hash seed. The same circuit always gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySpice.Spice.Netlist import Circuit as PySpiceCircuit

from vle_analog.circuit.cells import needed
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Battery, Capacitor, Drive, Element, Instance, Resistor
from vle_analog.netlist.lean import lean, ordered
from vle_analog.netlist.stimuli import drive
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.units import engineering, spice_number

#: where a deck leaves the node voltages at its end
FINAL = "final.txt"
_WIDTH = 100


def render(circuit: Circuit, bench: Testbench) -> Deck:
    """The deck that runs a circuit alone under ``ngspice -b`` and leaves ``waveforms.raw``.

    Raises:
        CircuitError: an unknown probe or cell.
    """
    bench.check(circuit)
    circuit = ordered(lean(circuit))
    used = {element.cell for element in circuit.elements() if isinstance(element, Instance)}
    lines = [f".title {circuit.name}: {circuit.fidelity} fidelity", *_header(circuit, bench), ""]
    for cell in needed(used, circuit.cells):
        lines += [cell.text.rstrip(), ""]
    files: dict[str, str] = {}
    deck = PySpiceCircuit(circuit.name)
    for section in circuit.sections:
        lines += _comment(section.heading)
        for element in section.elements:
            lines += _element(deck, element, bench, files)
        lines.append("")
    lines += [*_control(bench), ".end", ""]
    return Deck("\n".join(lines), files)


def _header(circuit: Circuit, bench: Testbench) -> Iterator[str]:
    yield f"* 1 model unit of time = {engineering(circuit.unit, 's')}; span {engineering(bench.span, 's')}"
    yield f"* step bound {engineering(bench.step, 's')}{': ' if bench.reason else ''}{bench.reason}"
    yield "* parts: " + ", ".join(f"{number} {kind}" for kind, number in circuit.parts.items() if number)
    yield "* a node has its signal's name; volts per model unit (negative: the node carries it inverted):"
    probes = set(bench.probes)
    for name, volts in circuit.volts_per_unit.items():
        if name in probes:
            yield f"*   {name:<24} {spice_number(volts, 6)}"


def _comment(text: str) -> list[str]:
    """Comment lines of bounded width."""
    words, lines = text.split(" "), ["*"]
    for word in words:
        if len(lines[-1]) + len(word) + 1 > _WIDTH and lines[-1] != "*":
            lines.append("*  ")
        lines[-1] += " " + word
    return lines


def _element(deck: PySpiceCircuit, element: Element, bench: Testbench, files: dict[str, str]) -> list[str]:
    """The element's lines."""
    match element:
        case Resistor(name, nodes, ohms):
            return [str(deck.R(name, *nodes, spice_number(ohms)))]
        case Capacitor(name, nodes, farads, volts):
            return [str(deck.C(name, *nodes, spice_number(farads), ic=spice_number(volts)))]
        case Battery(name, nodes, volts):
            return [str(deck.V(name, *nodes, spice_number(volts)))]
        case Instance(name, nodes, cell, parameters):
            values = {key: spice_number(value) for key, value in parameters}
            return [str(deck.X(name, cell, *nodes, **values))]
        case Drive():
            return drive(deck, element, bench, files)


def _control(bench: Testbench) -> Iterator[str]:
    for node, volts in bench.guess.items():
        yield f".ic v({node})={spice_number(volts)}"
    yield ".options " + " ".join(f"{key}={value}" for key, value in sorted(bench.options.items()))
    yield ".control"
    yield "set filetype=binary"
    line = "save"
    for probe in sorted(bench.probes):
        if len(line) + len(probe) > _WIDTH:
            yield line
            line = "save"
        line += f" v({probe})"
    yield line
    step, span = spice_number(bench.step), spice_number(bench.span)
    yield f"tran {step} {span} 0 {step} uic"
    yield "write waveforms.raw"
    if bench.leave:
        yield f"wrnodev {FINAL}"
    yield "quit"
    yield ".endc"
