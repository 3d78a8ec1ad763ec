"""What feeds a board with signals: inputs and a teacher, whose voltages arrive with an offset of the source's own.

A generator's zero is off by a few millivolts, and so is that of whatever gives the target. A battery stands between a
source's node and all of the board that hears it; the source itself, and a teacher that hears an input, stay exact, so
that a board is judged by what it should have heard. Clocks and gates are logic, which an offset does not matter to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from vle_analog.circuit.cell.datasheet import Spread
from vle_analog.circuit.cell.stage import SAMPLE_HOLD, SWITCH
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import Battery, Drive, Element, Instance
from vle_analog.owner import Owner
from vle_analog.production.draws import Numbers, draw
from vle_analog.production.variation import Scatter

#: kind of error, as `Production.kinds` and non-idealities have it
SOURCE_OFFSET = "source.OFFSET"
#: what its section is a kind of
SOURCES = "sources"
#: a source's standard deviation over the most that it is off
_SIGMA = 1 / 3
#: ports at which logic arrives, by the role of what has them
_GATES = {SWITCH: 2, SAMPLE_HOLD: 1}


def deviation(volts: float) -> float:
    """Standard deviation of sources that are off by so much at most."""
    return _SIGMA * volts


def sourced(
    circuit: Circuit,
    board: Numbers,
    volts: float,
    devices: Scatter,
    kinds: Mapping[str, float] | None = None,
) -> Circuit:
    """The circuit whose board hears each of its sources with an offset, upright and inverted by the same.

    Args:
        circuit: any.
        board: its number, or those of boards that are made together.
        volts: the most that a source is off, three standard deviations; 0 leaves the circuit as it is.
        devices: how what data sheets say scatters.
        kinds: factors by kind of error; without `SOURCE_OFFSET` in it sources are exact. All ones when None. With a
            factor of 0 batteries are there, with the value 0: boards of any factors have one structure.
    """
    factor = 1.0 if kinds is None else kinds.get(SOURCE_OFFSET)
    if not volts or factor is None:
        return circuit
    behind = {node: _behind(node) for node in source_nodes(circuit)}
    heard = set[str]()

    def moved(owner: Owner, element: Element) -> tuple[Element, ...]:
        if owner is not Owner.BOARD or isinstance(element, Drive | Battery) or behind.keys().isdisjoint(element.nodes):
            return (element,)
        heard.update(behind.keys() & set(element.nodes))
        return (replace(element, nodes=tuple(behind.get(node, node) for node in element.nodes)),)  # type: ignore[arg-type]

    found = circuit.rewritten(moved)

    def off(node: str) -> Any:
        signal = circuit.signal_at(node)
        own = factor * devices.error(Spread(deviation(volts), volts), draw(board, f"V{signal}.source"))
        return own if signal == node else -own

    batteries = tuple(Battery(behind[node], (behind[node], node), off(node)) for node in behind if node in heard)
    section = Section("sources: what inputs and a teacher are off by", batteries, Owner.TEACHER, SOURCES)
    return replace(found, sections=(*found.sections, section)) if batteries else circuit


def _behind(node: str) -> str:
    """The node behind a source's offset, and its battery."""
    return f"{node}__source"


def offset_name(node: str) -> str:
    """Full name of the battery that a source's node is off by."""
    return f"V{_behind(node)}"


def source_nodes(circuit: Circuit) -> list[str]:
    """Nodes of a board's inputs and of a teacher's signals, in order; those of clocks and gates are no sources."""
    gates = {
        element.nodes[_GATES[role]]
        for element in circuit.elements()
        if isinstance(element, Instance) and (role := circuit.cells[element.cell].role) in _GATES
    }
    return [node for node in dict.fromkeys(_driven(circuit)) if node not in gates]


def _driven(circuit: Circuit) -> Iterator[str]:
    for owner, element in circuit.owned_elements():
        if isinstance(element, Drive) and not element.clock:
            yield element.nodes[0]
        elif isinstance(element, Instance) and owner is Owner.TEACHER:
            yield element.nodes[circuit.cells[element.cell].output]


def source_offsets(circuit: Circuit) -> dict[str, float]:
    """Volts by which a board's sources are off, by the battery's full name."""
    return {
        f"V{element.name}": element.volts
        for section in circuit.sections
        if section.kind == SOURCES
        for element in section.elements
        if isinstance(element, Battery)
    }
