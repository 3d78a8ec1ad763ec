"""Start values by a circuit: what a board does instead of capacitors that are charged when a simulation begins.

For each integrator a switch connects two resistors to the summing node while the signal ``reset`` is high: one from the
output, one from a reference. The stage is an inverting amplifier then, whose output the capacitor follows with a time
constant R C: the initial-condition mode of analog computers (Korn & Korn, "Electronic Analog and Hybrid Computers",
ch. 2). What flows into the summing node otherwise goes on; its current at the start is known, and the resistor from the
reference makes up for it. Just behind time zero ``reset`` falls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from vle_analog.circuit.cell.cell import START
from vle_analog.circuit.cell.stage import SWITCH, roles, stage
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, Drive, Element, Instance, Resistor
from vle_analog.circuit.technology import IDEAL
from vle_analog.stimulus import Piecewise

#: name and node of the signal, and its volts while it is high
RESET, HIGH = "reset", 10.0
#: how the states of a circuit get their start values: see `Build.start`
STARTS: Mapping[str, str] = {
    "capacitors": "are charged as a simulation begins",
    RESET: "are set by a switch and resistors each, while a signal `reset` is high",
}
#: ohms from the output to the bus at most, and of any other resistor there over it at least
_OHMS, _LESS = 10e3, 20.0
#: time constants that it is high for; of the shortest of these, how long it falls
_CONSTANTS, _EDGE = 25.0, 0.002
#: of the reference's current over what a resistor of the largest value passes: less is no current
_LEAST = 1.0


@dataclass(frozen=True)
class Started:
    """A circuit that sets its start values by itself.

    Attributes:
        circuit: with all capacitors empty.
        seconds: for how long ``reset`` is high before time zero.
    """

    circuit: Circuit
    seconds: float


def with_reset(circuit: Circuit, references: Collection[str]) -> Started:
    """The circuit with its start values set by parts.

    Args:
        circuit: as it is designed, its capacitors charged.
        references: nodes of constant sources that start values may come from.
    """
    found = _Resets(circuit, references)
    sections: list[Section] = []
    for section in circuit.sections:
        elements = [more for element in section.elements for more in (_emptied(element, circuit), *found.of(element))]
        sections.append(replace(section, elements=tuple(elements)))
    seconds = float(f"{_CONSTANTS * max(found.constants, default=0.0):.3g}")
    if found.constants:
        width = _EDGE * min(found.constants) / circuit.unit
        falling = Piecewise(np.array([width, 2 * width]), np.array([1.0, 0.0]))
        gate = Drive(RESET, (RESET, GROUND), falling, HIGH, circuit.unit)
        sections.insert(_behind_sources(circuit), Section(f"input: {RESET}", (gate,)))
    return Started(replace(circuit, sections=tuple(sections)), seconds)


def _behind_sources(circuit: Circuit) -> int:
    """The place of a further source among the sections."""
    places = [
        k for k, each in enumerate(circuit.sections) if any(isinstance(one, Drive | Battery) for one in each.elements)
    ]
    return max(places, default=-1) + 1


def _emptied(element: Element, circuit: Circuit) -> Element:
    """A stage whose capacitors and outputs start at 0 V."""
    if not isinstance(element, Instance):
        return element
    cell = circuit.cells[element.cell]
    starts = {START, *(each.start for each in cell.passives if each.start is not None)}
    return replace(
        element, parameters=tuple((key, 0.0 if key in starts else value) for key, value in element.parameters)
    )


class _Resets:
    """Makes what resets each integrator.

    Attributes:
        constants: time constants of the resets so far, seconds.
    """

    def __init__(self, circuit: Circuit, references: Collection[str]) -> None:
        self.circuit = circuit
        self.constants: list[float] = []
        self.volts = dict(circuit.start) | {GROUND: 0.0}
        self.arriving: dict[str, list[Resistor]] = {}
        self.buses: dict[str, list[tuple[str, str]]] = {}
        self.references: dict[bool, tuple[str, float]] = {}
        for element in circuit.elements():
            match element:
                case Battery(nodes=(node, other), volts=volts) if other == GROUND:
                    self.volts[node] = volts
                    if node in references:
                        self.references[volts > 0] = node, volts
                case Resistor(nodes=nodes):
                    for node in nodes:
                        self.arriving.setdefault(node, []).append(element)
                case Instance(nodes=nodes, cell=cell) if circuit.cells[cell].role == SWITCH:
                    self.buses.setdefault(nodes[1], []).append((nodes[0], nodes[2]))

    def of(self, element: Element) -> Iterator[Element]:
        """The parts that set an element's start value; none of what does not integrate."""
        if not isinstance(element, Instance) or self.circuit.cells[element.cell].role is not None:
            return
        cell = self.circuit.cells[element.cell]
        within = stage(cell, roles(cell, self.circuit.cells))
        network = within.network()
        if network is None or not network.capacitors or network.ahead is not None or network.denominator is not None:
            return
        given = dict(element.parameters)
        output, summing = element.nodes[cell.output], element.nodes[within.port(within.summing)]
        start = self.volts.get(output, 0.0)
        current, siemens = self._arriving(summing)
        for resistor in network.resistors:
            ohms = given.get(str(resistor.parameter), cell.default(str(resistor.parameter)))
            current, siemens = current + start / ohms, max(siemens, 1 / ohms)
        low, most = IDEAL.resistors
        feedback = max(low, min(_OHMS, 1 / (_LESS * siemens) if siemens else _OHMS))
        farads = sum(given.get(str(each.parameter), cell.default(str(each.parameter))) for each in network.capacitors)
        self.constants.append(feedback * farads)
        bus, tag = f"{element.name}__{RESET}", {"block": element.block or element.name, "signal": element.signal}
        yield Resistor(f"{bus}__f", (output, bus), feedback, **tag)
        wanted = -(start / feedback + current)
        node, volts = self.references[wanted > 0] if self.references else ("", 1.0)
        if node and abs(wanted) * most > _LEAST * abs(volts):
            yield Resistor(f"{bus}__v", (node, bus), volts / wanted, **tag)
        yield Instance(bus, (bus, summing, RESET), SWITCH, (("high", HIGH),), **tag)

    def _arriving(self, summing: str) -> tuple[float, float]:
        """Amperes into a summing node at the start, and the largest conductance there."""
        current = siemens = 0.0
        gates = [(summing, 1.0), *((bus, self._open(gate)) for bus, gate in self.buses.get(summing, ()))]
        for node, share in gates:
            for resistor in self.arriving.get(node, ()):
                other = next(each for each in resistor.nodes if each != node)
                current += share * self.volts.get(other, 0.0) / resistor.ohms
                siemens = max(siemens, 1 / resistor.ohms)
        return current, siemens

    def _open(self, gate: str) -> float:
        """How far a gate is open at the start."""
        return min(max(self.volts.get(gate, 0.0) / HIGH, 0.0), 1.0)
