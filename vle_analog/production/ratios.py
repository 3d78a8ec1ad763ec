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

#: powers by part: a quantity is the product of these powers of the parts' values
Powers = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class DesignLaw:
    """What a stage's cell does with its parts.

    Attributes:
        order: the cell's parameters, in the order in which one chooses them.
        quantities: gains and time constants that these alone decide.
        inputs: powers that each input resistor is multiplied by; None for a cell without input resistors.
    """

    order: tuple[str, ...]
    quantities: tuple[Powers, ...] = ()
    inputs: Powers | None = None


#: by cell; the laws stand in the headers of ``circuits/stages``
LAWS: Mapping[str, DesignLaw] = {
    "summer": DesignLaw(("R",), inputs=(("R", -1),)),
    "leaky_integrator": DesignLaw(("C", "R"), ((("R", 1), ("C", 1)),), inputs=(("R", -1),)),
    "integrator": DesignLaw(("C",), inputs=(("C", 1),)),
    "inverter": DesignLaw(("R1", "R2"), ((("R2", 1), ("R1", -1)),)),
    "divider": DesignLaw(("R1", "R2", "C"), ((("R2", 1), ("R1", -1)),)),
    "lead": DesignLaw(
        ("C1", "R1", "R2", "C2"),
        ((("R1", 1), ("C1", 1)), (("R2", 1), ("R1", -1)), (("R2", 1), ("C2", 1))),
    ),
    "differentiator": DesignLaw(("C", "RF", "RS"), ((("RF", 1), ("C", 1)), (("RS", 1), ("C", 1)))),
}


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
            (abs(sum(power * math.log(new[part] / old[part]) for part, power in each)) for each in self.quantities),
            default=0.0,
        )


def stages(circuit: Circuit) -> list[Stage]:
    """The stages whose design law is known, in the circuit's order; no part is in two of them.

    Left out: cells that are none of `LAWS` or that have other parameters for their parts than these say.
    """
    found, taken = [], set[str]()
    wiring = _Wiring(circuit)
    for instance, law in wiring.instances:
        cell = circuit.cells[instance.cell]
        within = stage(cell, roles(cell, circuit.cells))
        own = {parameter: f"X{instance.name}.{parameter}" for parameter in law.order}
        joined = len(within.opamps) == 1 and within.summing in cell.ports
        if {each.parameter for each in cell.passives} != set(own) or (law.inputs is not None and not joined):
            continue
        inputs: list[str] = []
        if law.inputs is not None:
            there = wiring.resistors_at(instance.nodes[within.port(within.summing)])
            inputs = [part for part in there if part not in taken]
            taken.update(inputs)
        quantities = [tuple((own[each], power) for each, power in powers) for powers in law.quantities]
        common = tuple((own[each], power) for each, power in law.inputs or ())
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
                self._add(element, circuit.cells[element.cell])

    def resistors_at(self, summing: str) -> list[str]:
        """Full names of the resistors at a summing node and at the buses that switches connect to it."""
        return [part for node in (summing, *self._buses[summing]) for part in self._resistors[node]]

    def _add(self, instance: Instance, cell: Cell) -> None:
        if cell.role == SWITCH:
            bus, summing, _ = instance.nodes
            self._buses[summing].append(bus)
        elif cell.role is None and (law := LAWS.get(cell.origin)) is not None:
            self.instances.append((instance, law))
