"""Circuit -> ngspice deck, by way of PySpice.

PySpice writes every element's line; the order, the comments and the control lines are ours, because
PySpice's own depend on the hash seed. The same circuit always gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from PySpice.Spice.Netlist import Circuit as PySpiceCircuit

from vle_analog.analyses import Analysis, Tran
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
from vle_analog.netlist.control import control
from vle_analog.netlist.heading import comment, header, supply, title
from vle_analog.netlist.lean import lean, ordered
from vle_analog.netlist.noise import eased, noise_files
from vle_analog.netlist.stimuli import drive
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.units import spice_number


def render(circuit: Circuit, bench: Testbench) -> Deck:
    """The deck that runs a circuit alone under ``ngspice -b`` and leaves ``waveforms.raw``.

    Raises:
        CircuitError: an unknown probe or cell.
    """
    lines, files = _circuit(circuit, bench)
    run = Tran(bench.span, bench.step, uic=True)
    return Deck("\n".join([*lines, *control(run, bench.saved, bench.leave), ".end", ""]), files)


def render_analysis(
    circuit: Circuit,
    bench: Testbench,
    analysis: Analysis,
    *,
    near: Mapping[str, float],
    added: Sequence[str] = (),
) -> Deck:
    """The deck that analyses a circuit around its operating point instead of running it from its start.

    Args:
        circuit: any.
        bench: options of the solver; of a run in time the probes, too.
        analysis: which.
        near: volts by node from which the operating point is looked for.
        added: further lines of the circuit.

    Raises:
        CircuitError: as `render`.
    """
    lines, files = _circuit(circuit, bench)
    sets = [f".nodeset v({node})={volts!r}" for node, volts in near.items()]
    probes = bench.probes if isinstance(analysis, Tran) else ()
    return Deck("\n".join([*lines, *sets, *added, *control(analysis, probes), ".end", ""]), files)


def _circuit(circuit: Circuit, bench: Testbench) -> tuple[list[str], dict[str, str]]:
    """A deck's lines up to the solver's options, and the side files that they name."""
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
    return [*lines, *_settings(bench)], files


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


def _settings(bench: Testbench) -> Iterator[str]:
    for node, volts in bench.guess.items():
        yield f".ic v({node})={spice_number(volts)}"
    yield ".options " + " ".join(f"{key}={value}" for key, value in sorted(bench.options.items()))
