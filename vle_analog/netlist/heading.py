"""What every dialect's deck says to its reader, and the nodes that all subcircuits share."""

from __future__ import annotations

from collections.abc import Iterator

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.parts import SUPPLY
from vle_analog.circuit.technology import USUAL
from vle_analog.netlist.testbench import Testbench
from vle_analog.units import engineering, spice_number

#: characters in a line that people read
WIDTH = 100


def title(circuit: Circuit) -> str:
    """What the deck is of."""
    return f"{circuit.name}: {circuit.fidelity} fidelity"


def header(circuit: Circuit, bench: Testbench) -> Iterator[str]:
    """Comment lines: time, step, parts, and what a volt means at each probe."""
    yield f"* 1 model unit of time = {engineering(circuit.unit, 's')}; span {engineering(bench.span, 's')}"
    yield f"* step bound {engineering(bench.step, 's')}{': ' if bench.reason else ''}{bench.reason}"
    for remark in circuit.remarks:
        yield from comment(remark)
    if circuit.supply != USUAL:
        ground = f", {circuit.supply.middle:g} V of it is this deck's ground" if circuit.supply.middle else ""
        yield f"* supply {circuit.supply}{ground}"
    yield f"* parts: {circuit.counted}"
    yield "* a node has its signal's name; volts per model unit (negative: the node carries it inverted):"
    probes = set(bench.probes)
    for name, volts in circuit.volts_per_unit.items():
        if name in probes:
            yield f"*   {name:<24} {spice_number(volts, 6)}"


def comment(text: str) -> list[str]:
    """Comment lines of bounded width."""
    words, lines = text.split(" "), ["*"]
    for word in words:
        if len(lines[-1]) + len(word) + 1 > WIDTH and lines[-1] != "*":
            lines.append("*  ")
        lines[-1] += " " + word
    return lines


def supply(circuit: Circuit) -> list[str]:
    """The line that makes the supply's nodes known inside of all cells, for a circuit that has them."""
    nodes = {node for element in circuit.elements() for node in element.nodes}
    shared = [node for node in SUPPLY if node in nodes]
    return [f".global {' '.join(shared)}", ""] if shared else []
