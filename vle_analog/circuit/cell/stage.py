"""A stage's cell as a network around its op-amp: which node is the summing node, and which parts hang where.

Ports may have any names: what a node is follows from the op-amp that it leads to. The ports of parts that play roles
stand in the order that the role prescribes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from vle_analog.circuit.cell.cell import Cell, Passive
from vle_analog.circuit.cell.reader import Line, Part, Unread
from vle_analog.circuit.elements import GROUND
from vle_analog.circuit.technology import ROLES
from vle_analog.errors import CircuitError

OPAMP, MULTIPLIER = "opamp", "multiplier"
#: the change-over switch between a bus of input resistors and a summing node, and its ports in order
SWITCH, SWITCH_PORTS = "hold_switch", ("bus", "sum", "gate")
#: of an event: what tells its moment, and what holds a signal meanwhile
TRIGGER, SAMPLE_HOLD = "trigger", "sample_hold"

#: names of the cells that a cell uses, and their roles; empty for cells without one
Roles = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Network:
    """How the parts of an inverting stage hang around its op-amp, whatever their values.

    Attributes:
        inputs: resistors between a port and the summing node, with the port (or ground).
        resistors: of the feedback. Where a multiplier lies in the feedback they are between its output and the summing
            node.
        capacitors: between output and summing node.
        ahead: a capacitor that leads from a port to the summing node, and the resistor in series with it, if any.
        denominator: the multiplier in the feedback, and the nodes between which its other factor lies.
    """

    inputs: tuple[tuple[str, Passive], ...]
    resistors: tuple[Passive, ...]
    capacitors: tuple[Passive, ...]
    ahead: tuple[Passive, Passive | None] | None
    denominator: tuple[str, tuple[str, str]] | None


@dataclass(frozen=True)
class Stage:
    """A stage's cell and what it is made of.

    Attributes:
        cell: of the stage.
        opamps: instances of op-amps; `opamp` is the one of a stage that has one.
        devices: instances of all other roles, with the role.
        others: what is neither these nor resistors or capacitors.
    """

    cell: Cell
    opamps: tuple[Part, ...]
    devices: tuple[tuple[Part, str], ...]
    others: tuple[Line, ...]

    @property
    def opamp(self) -> Part:
        """The instance of its op-amp.

        Raises:
            CircuitError: it has none, or several.
        """
        if len(self.opamps) != 1:
            raise CircuitError(
                f"it has {len(self.opamps) or 'no'} op-amps",
                where=f"cell '{self.cell.name}'",
                hint="a stage is a cell with one op-amp; write one cell for each",
            )
        return self.opamps[0]

    @property
    def noninverting(self) -> str:
        """The node at the op-amp's non-inverting input."""
        return self.opamp.nodes[0]

    @property
    def summing(self) -> str:
        """The node at the op-amp's inverting input."""
        return self.opamp.nodes[1]

    @property
    def output(self) -> str:
        """The node at the op-amp's output."""
        return self.opamp.nodes[2]

    @property
    def multipliers(self) -> tuple[Part, ...]:
        """Instances of multipliers."""
        return tuple(part for part, role in self.devices if role == MULTIPLIER)

    def port(self, node: str) -> int:
        """The position among the ports of a node at one of the op-amp's inputs.

        Raises:
            CircuitError: it lies inside.
        """
        if node not in self.cell.ports:
            raise CircuitError(
                f"the op-amp's input '{node}' is no port",
                where=f"cell '{self.cell.name}'",
                hint="make it a port, as in circuits/stages: sources of offset and noise are put there",
            )
        return self.cell.ports.index(node)

    def hanging(self, node: str) -> int:
        """How many of the cell's parts a node connects."""
        return sum(node in part.nodes for part in self.cell.parts)

    def between(self, one: str, other: str) -> tuple[Passive, ...]:
        """Resistors and capacitors between two nodes."""
        return tuple(passive for passive in self.cell.passives if passive.joins(one, other))

    def network(self) -> Network | None:
        """How its parts hang; None where they hang otherwise than a `Network` says."""
        if len(self.opamps) != 1 or self.others or len(self.devices) != len(self.multipliers):
            return None
        factors = self._factors()
        if factors is None:
            return None
        driven, denominator = factors
        feedback = self.between(self.summing, driven)
        capacitors = tuple(each for each in self.between(self.summing, self.output) if each.kind == "capacitor")
        inputs = tuple(
            passive for passive in self.cell.passives if passive.kind == "resistor" and self._from_outside(passive)
        )
        taken = (*feedback, *capacitors, *inputs)
        ahead = tuple(each for each in self.cell.passives if each not in taken)
        unknown = not feedback or (denominator is not None and any(each.kind == "capacitor" for each in feedback))
        if unknown or (ahead and not self._leads(ahead)):
            return None
        series = next((each for each in ahead if each.kind == "resistor"), None)
        return Network(
            inputs=tuple((each.beyond(self.summing), each) for each in inputs),
            resistors=tuple(each for each in feedback if each.kind == "resistor"),
            capacitors=capacitors,
            ahead=next(((each, series) for each in ahead if each.kind == "capacitor"), None),
            denominator=denominator,
        )

    def _factors(self) -> tuple[str, tuple[str, tuple[str, str]] | None] | None:
        """The node that the feedback comes from, and a multiplier between it and the output with its other factor."""
        if not self.multipliers:
            return self.output, None
        part = self.multipliers[0]
        first, second, driven = part.nodes[:2], part.nodes[2:4], part.nodes[-1]
        others = [pair for pair in (first, second) if self.output not in pair]
        if len(self.multipliers) > 1 or len(others) != 1 or len(part.nodes) != 5:
            return None
        return driven, (part.cell, (others[0][0], others[0][1]))

    @property
    def _sources(self) -> set[str]:
        """Nodes that signals come from."""
        return {*self.cell.ports, GROUND} - {self.summing, self.noninverting, self.output}

    def _from_outside(self, passive: Passive) -> bool:
        return self.summing in passive.nodes and passive.beyond(self.summing) in self._sources

    def _leads(self, parts: tuple[Passive, ...]) -> bool:
        """Whether these are a capacitor, or a resistor and a capacitor in series, from outside to the summing node."""
        capacitors = [part for part in parts if part.kind == "capacitor" and self.summing in part.nodes]
        if len(capacitors) != 1 or len(parts) > 2:
            return False
        if len(parts) == 1:
            return self._from_outside(capacitors[0])
        inner = capacitors[0].beyond(self.summing)
        (series,) = (each for each in parts if each is not capacitors[0])
        if series.kind != "resistor" or inner not in series.nodes or self.hanging(inner) != 2:
            return False
        return series.beyond(inner) in self._sources


def roles(cell: Cell, cells: Mapping[str, Cell]) -> Roles:
    """The roles of the cells that a cell uses.

    Args:
        cell: any.
        cells: all, by name.
    """
    return tuple(sorted((name, cells[name].role or "" if name in cells else "") for name in set(cell.uses)))


@cache
def stage(cell: Cell, roles: Roles) -> Stage:
    """A cell as a stage; of a cell that is none, only what it is made of can be asked.

    Args:
        cell: any without a role.
        roles: of the cells that it uses.
    """
    role = dict(roles)
    played = [(part, role.get(part.cell, "")) for part in cell.instances]
    opamps = tuple(part for part, name in played if name == OPAMP)
    devices = tuple((part, name) for part, name in played if name in ROLES and name != OPAMP)
    known = {*opamps, *(part for part, _ in devices), *(passive.part for passive in cell.passives)}
    others = tuple(
        line
        for line in cell.lines
        if (isinstance(line, Part) and line not in known) or (isinstance(line, Unread) and not line.is_command)
    )
    return Stage(cell, opamps, devices, others)
