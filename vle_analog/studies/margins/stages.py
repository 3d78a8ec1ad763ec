"""The stages of a circuit as networks around one op-amp: what decides noise gain, offset and drift."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from vle_analog.circuit.cell.cell import Passive
from vle_analog.circuit.cell.stage import SWITCH, TRIGGER, roles, stage
from vle_analog.circuit.cell.stage import Stage as Topology
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import GROUND, Instance, Resistor
from vle_analog.laws import LAWS

#: roles whose output conducts only where it is not zero
_OPEN = {law.name for law in LAWS.values() if law.open_at_zero}


@dataclass(frozen=True)
class Input:
    """A resistor into the summing node.

    Attributes:
        node: that it comes from.
        ohms: its value.
        gate: node of the switch between it and the op-amp, if any: its bus is at ground, whatever the op-amp's offset.
    """

    node: str
    ohms: float
    gate: str | None = None


@dataclass(frozen=True)
class Stage:
    """An inverting stage.

    Attributes:
        name: of the cell's instance.
        cell: of the stage.
        amplifier: name of the op-amp's cell; empty for a cell that has none or several.
        inputs: resistors into the summing node.
        ohms: of the feedback; infinite where there is none.
        farads: of the feedback; 0 where a multiplier lies in it, which a small one only bridges.
        ahead: (ohms in series, farads) between the first input's node and the summing node, besides the inputs.
        denominator: nodes of the signal that a multiplier in the feedback multiplies with, and that multiplier's cell.
        known: whether its parts hang as these say; else nothing is known but its amplifier.
    """

    name: str
    cell: str
    amplifier: str
    inputs: tuple[Input, ...]
    ohms: float = math.inf
    farads: float = 0.0
    ahead: tuple[float, float] | None = None
    denominator: tuple[str, str, str] | None = None
    known: bool = True

    @property
    def integrates(self) -> bool:
        """Whether the feedback is a capacitor alone."""
        return math.isinf(self.ohms) and self.farads > 0

    @property
    def conductance(self) -> float:
        """Siemens at the summing node that the op-amp's offset drives: of inputs without a switch."""
        return sum(1 / each.ohms for each in self.inputs if each.gate is None)

    def noise_gain(self, omega: float) -> complex:
        """1 + Zf/Zin; infinite for an integrator with inputs at omega = 0."""
        s = 1j * omega
        admittance: complex = self.conductance
        if self.ahead is not None and omega:
            ohms, farads = self.ahead
            admittance += s * farads / (1 + s * farads * ohms)
        if not admittance:
            return 1.0
        feedback = 1 / self.ohms + s * self.farads
        return 1 + admittance / feedback if feedback else complex(math.inf)


def stages(circuit: Circuit) -> dict[str, Stage]:
    """All stages by their output's node.

    What comes from a limiter is no input: it carries nothing while all is well. Nor is what an event sets a state
    by: it is not connected in between.
    """
    joining: dict[str, list[Resistor]] = defaultdict(list)
    buses: dict[str, list[tuple[str, str]]] = defaultdict(list)
    instances: list[Instance] = []
    quiet = set[str]()
    pulses = {  # gates that events open
        each.nodes[3]
        for each in circuit.elements()
        if isinstance(each, Instance) and circuit.cells[each.cell].role == TRIGGER
    }
    for element in circuit.elements():
        if isinstance(element, Resistor):
            joining[element.nodes[1]].append(element)
        elif isinstance(element, Instance):
            cell = circuit.cells[element.cell]
            if cell.role == SWITCH:
                bus, summing, gate = element.nodes
                if gate not in pulses:
                    buses[summing].append((bus, gate))
            elif cell.role in _OPEN:
                quiet.add(element.nodes[cell.output])
            elif not cell.role:
                instances.append(element)
    found = {}
    for instance in instances:
        cell = circuit.cells[instance.cell]
        within = stage(cell, roles(cell, circuit.cells))
        if len(within.opamps) != 1 or within.output not in cell.ports:
            name = instance.nodes[cell.output]
            found[name] = Stage(name, cell.name, "", (), known=False)
            continue
        at = {**dict(zip(cell.ports, instance.nodes, strict=True)), GROUND: GROUND}
        joint = at.get(within.summing)
        joined: list[tuple[str, str | None]] = [] if joint is None else [(joint, None), *buses[joint]]
        outside = tuple(
            Input(each.nodes[0], each.ohms, gate)
            for node, gate in joined
            for each in joining[node]
            if each.nodes[0] not in quiet
        )
        name = at[within.output]
        found[name] = _stage(name, within, dict(instance.parameters), at, outside)
    return found


def _stage(
    name: str, within: Topology, given: Mapping[str, float], at: Mapping[str, str], outside: tuple[Input, ...]
) -> Stage:
    """One stage: its topology with values and with what joins at its summing node."""
    cell, amplifier = within.cell, within.opamp.cell
    network = within.network()
    if network is None:
        return Stage(name, cell.name, amplifier, outside, known=False)

    def value(part: Passive) -> float:
        if part.parameter is None:
            return cell.number(part.value)
        return given[part.parameter] if part.parameter in given else cell.default(part.parameter)

    own = tuple(Input(at[node], value(part)) for node, part in network.inputs)
    resistors = [value(part) for part in network.resistors]
    ohms = (
        resistors[0]
        if len(resistors) == 1
        else 1 / sum(1 / resistor for resistor in resistors)
        if resistors
        else math.inf
    )
    ahead = None
    if network.ahead is not None:
        capacitor, series = network.ahead
        ahead = (0.0 if series is None else value(series), value(capacitor))
    denominator = None
    if network.denominator is not None:
        multiplier, (first, second) = network.denominator
        denominator = (at[first], at[second], multiplier)
    farads = 0.0 if denominator else sum(value(part) for part in network.capacitors)
    return Stage(name, cell.name, amplifier, (*own, *outside), ohms, farads, ahead, denominator)
