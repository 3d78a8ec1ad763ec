"""Circuit -> ngspice deck, by way of PySpice.

PySpice writes every element's line; the order, the comments and the control lines are ours, because
PySpice's own depend on the hash seed. The same circuit always gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySpice.Spice.Netlist import Circuit as PySpiceCircuit

from vle_analog.circuit.cell.cell import needed
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import (
    Battery,
    Capacitor,
    CurrentSource,
    Drive,
    Element,
    Instance,
    NoiseDrive,
    Resistor,
)
from vle_analog.netlist.heading import WIDTH, comment, header, supply, title
from vle_analog.netlist.lean import lean, ordered
from vle_analog.netlist.noise import eased, noise_files
from vle_analog.netlist.stimuli import drive
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.units import spice_number

#: where a deck leaves the node voltages at its end
FINAL = "final.txt"


def render(circuit: Circuit, bench: Testbench) -> Deck:
    """The deck that runs a circuit alone under ``ngspice -b`` and leaves ``waveforms.raw``.

    Raises:
        CircuitError: an unknown probe or cell.
    """
    bench.check(circuit)
    bench = eased(circuit, bench).at(circuit.celsius)
    circuit = ordered(lean(circuit))
    used = {element.cell for element in circuit.elements() if isinstance(element, Instance)}
    lines = [f".title {title(circuit)}", *header(circuit, bench), "", *supply(circuit)]
    for cell in needed(used, circuit.cells):
        lines += [cell.subckt.rstrip(), ""]
    files: dict[str, str] = {}
    deck = PySpiceCircuit(circuit.name)
    for section in circuit.sections:
        lines += comment(section.heading)
        for element in section.elements:
            lines += _element(deck, element, bench, files)
        lines += noise_files(section, bench, files)
        lines.append("")
    lines += [*_control(bench), ".end", ""]
    return Deck("\n".join(lines), files)


def _element(deck: PySpiceCircuit, element: Element, bench: Testbench, files: dict[str, str]) -> list[str]:
    """The element's lines."""
    match element:
        case Resistor(name, nodes, ohms):
            return [str(deck.R(name, *nodes, spice_number(ohms)))]
        case Capacitor(name, nodes, farads, volts):
            return [str(deck.C(name, *nodes, spice_number(farads), ic=spice_number(volts)))]
        case Battery(name, nodes, volts):
            return [str(deck.V(name, *nodes, spice_number(volts)))]
        case CurrentSource(name, nodes, amperes):
            return [str(deck.I(name, *nodes, spice_number(amperes)))]
        case Instance(name, nodes, cell, parameters):
            values = {key: spice_number(value) for key, value in parameters}
            return [str(deck.X(name, cell, *nodes, **values))]
        case Drive():
            return drive(deck, element, bench, files)
        case NoiseDrive():  # many play the columns of one file: `noise_files`
            return []


def _control(bench: Testbench) -> Iterator[str]:
    for node, volts in bench.guess.items():
        yield f".ic v({node})={spice_number(volts)}"
    yield ".options " + " ".join(f"{key}={value}" for key, value in sorted(bench.options.items()))
    yield ".control"
    yield "set filetype=binary"
    line = "save"
    for probe in sorted(bench.probes):
        if len(line) + len(probe) > WIDTH:
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
