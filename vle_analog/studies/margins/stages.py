"""The stages of a circuit as networks around one op-amp: what decides noise gain, offset and drift."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Instance, Resistor
from vle_analog.errors import CircuitError
from vle_analog.laws import LAWS
from vle_analog.production.ratios import VARIANT

#: roles whose output conducts only where it is not zero, and ports of the switch of a bus of inputs
_OPEN, _SWITCH = {law.name for law in LAWS.values() if law.open_at_zero}, ("bus", "sum", "gate")


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
        name: of the cell's instance, which is its output's node.
        cell: of the stage, without the variant's name.
        amplifier: name of the op-amp's cell.
        inputs: resistors into the summing node.
        ohms: of the feedback; infinite where there is none.
        farads: of the feedback.
        ahead: (ohms in series, farads) between the first input's node and the summing node, besides the inputs.
        denominator: nodes of the signal that a multiplier in the feedback multiplies with, and that multiplier's cell.
    """

    name: str
    cell: str
    amplifier: str
    inputs: tuple[Input, ...]
    ohms: float = math.inf
    farads: float = 0.0
    ahead: tuple[float, float] | None = None
    denominator: tuple[str, str, str] | None = None

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
    """All stages with one op-amp, by their output's node.

    What comes from a limiter is no input: it carries nothing while all is well.

    Raises:
        CircuitError: a stage's cell that is not known here.
    """
    joining: dict[str, list[Resistor]] = defaultdict(list)
    buses: dict[str, list[tuple[str, str]]] = defaultdict(list)
    instances: list[tuple[Instance, dict[str, str]]] = []
    quiet = set[str]()
    for element in circuit.elements():
        if isinstance(element, Resistor):
            joining[element.nodes[1]].append(element)
        elif isinstance(element, Instance):
            cell = circuit.cells[element.cell]
            at = dict(zip(cell.ports, element.nodes, strict=True))
            if all(port in at for port in _SWITCH):
                buses[at["sum"]].append((at["bus"], at["gate"]))
            elif cell.role in _OPEN:
                quiet.add(at["out"])
            elif not cell.role:
                instances.append((element, at))
    found = {}
    for instance, at in instances:
        given = dict(instance.parameters)
        cell = circuit.cells[instance.cell]
        own_parts = [each.parameter for each in cell.passives if each.parameter]
        values = {each: given[each] if each in given else cell.default(each) for each in own_parts}
        summing = [(at["s"], None), *buses[at["s"]]]
        inputs = tuple(
            Input(each.nodes[0], each.ohms, gate)
            for bus, gate in summing
            for each in joining[bus]
            if each.nodes[0] not in quiet
        )
        name, opamp = at["out"], next(each for each in cell.uses if circuit.cells[each].role == "opamp")
        kind = instance.cell.partition(VARIANT)[0]
        match kind:
            case "summer":
                stage = Stage(name, kind, opamp, inputs, values["R"])
            case "leaky_integrator":
                stage = Stage(name, kind, opamp, inputs, values["R"], values["C"])
            case "integrator":
                stage = Stage(name, kind, opamp, inputs, farads=values["C"])
            case "inverter":
                stage = Stage(name, kind, opamp, (Input(at["in"], values["R1"]),), values["R2"])
            case "lead":
                own, ahead = Input(at["in"], values["R1"]), (0.0, values["C1"])
                stage = Stage(name, kind, opamp, (own,), values["R2"], values["C2"], ahead)
            case "differentiator":
                stage = Stage(name, kind, opamp, (), values["RF"], ahead=(values["RS"], values["C"]))
            case "divider":
                other = next(each for each in cell.uses if each != opamp)
                below = (at["d1"], at["d2"], other)
                stage = Stage(name, kind, opamp, (Input(at["ref"], values["R1"]),), values["R2"], denominator=below)
            case _:
                raise CircuitError(f"the margins of cell '{instance.cell}' are not known", where=circuit.name)
        found[name] = stage
    return found
