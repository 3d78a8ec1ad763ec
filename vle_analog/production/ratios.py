"""What the parts of a stage decide together: gains and time constants, which are ratios and products of values."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.stage import SWITCH, roles, stage
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Instance, Resistor
from vle_analog.production.design_law import DesignLaw, Powers, design_law


@dataclass(frozen=True)
class Stage:
    """The parts of one stage by full name (see `with_values`), and what they decide.

    Attributes:
        name: of the cell's instance.
        parts: in the order in which one chooses them: the cell's own, then the input resistors.
        quantities: gains and time constants.
    """

    name: str
    parts: tuple[str, ...]
    quantities: tuple[Powers, ...] = field(repr=False)

    def error(self, old: Mapping[str, float], new: Mapping[str, float]) -> float:
        """The largest change of a quantity, as the absolute logarithm of the ratio; 0 for a stage without any."""
        return max(
            (
                abs(sum(power * math.log(new[part] / old[part]) for part, power in quantity))
                for quantity in self.quantities
            ),
            default=0.0,
        )


def stages(circuit: Circuit) -> list[Stage]:
    """The stages whose design law is known (see `design_law`), in the circuit's order; no part is in two of them."""
    found, taken = [], set[str]()
    wiring = _Wiring(circuit)
    for instance, law in wiring.instances:
        cell = circuit.cells[instance.cell]
        within = stage(cell, roles(cell, circuit.cells))
        own = {parameter: f"X{instance.name}.{parameter}" for parameter in law.order}
        inputs: list[str] = []
        if within.summing in cell.ports:
            there = wiring.resistors_at(instance.nodes[within.port(within.summing)])
            inputs = [part for part in there if part not in taken]
            taken.update(inputs)
        quantities = [tuple((own[each], power) for each, power in powers) for powers in law.quantities]
        common = tuple((own[each], power) for each, power in law.inputs)
        quantities += [((part, 1), *common) for part in inputs]
        found.append(Stage(instance.name, (*own.values(), *inputs), tuple(quantities)))
    return found


class _Wiring:
    """What joins at the nodes of a circuit.

    Attributes:
        instances: of cells with a known law, and the law.
    """

    def __init__(self, circuit: Circuit) -> None:
        self.instances: list[tuple[Instance, DesignLaw]] = []
        self._resistors: dict[str, list[str]] = defaultdict(list)  # full names by node
        self._buses: dict[str, list[str]] = defaultdict(list)  # nodes that switches hand on, by summing node
        for element in circuit.elements():
            if isinstance(element, Resistor):
                for node in dict.fromkeys(element.nodes):
                    self._resistors[node].append(f"R{element.name}")
            elif isinstance(element, Instance):
                self._add(element, circuit.cells)

    def resistors_at(self, summing: str) -> list[str]:
        """Full names of the resistors at a summing node and at the buses that switches connect to it."""
        return [part for node in (summing, *self._buses[summing]) for part in self._resistors[node]]

    def _add(self, instance: Instance, cells: Mapping[str, Cell]) -> None:
        cell = cells[instance.cell]
        if cell.role == SWITCH:
            bus, summing, _ = instance.nodes
            self._buses[summing].append(bus)
        elif cell.role is None and (law := design_law(cell, roles(cell, cells))) is not None:
            self.instances.append((instance, law))
