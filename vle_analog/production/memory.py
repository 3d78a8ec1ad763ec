"""What a circuit remembers: the voltages of its capacitors, and the stimuli that it is driven with.

A run that stopped goes on as another circuit of the same parts whose capacitors start where the first
one's ended. Nothing else of a circuit has a memory: all other voltages follow from these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vle_analog.circuit.cell.cell import START
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import GROUND, Capacitor, Drive, Element, Instance
from vle_analog.errors import CircuitError, nearest
from vle_analog.stimulus import Stimulus


def charged(circuit: Circuit, nodes: Mapping[str, float]) -> Circuit:
    """The circuit whose capacitors start with the voltages between given nodes.

    Args:
        circuit: any.
        nodes: volts by node, lower case, nodes inside instance ``X`` as ``x<instance>.<node>``, as a simulator
            leaves them (`Vectors.final`).

    Raises:
        CircuitError: a capacitor's node is missing.
    """

    def volts(node: str) -> float:
        if node == GROUND:
            return 0.0
        try:
            return nodes[node.lower()]
        except KeyError:
            raise CircuitError(
                f"the voltage of node '{node}' is not known",
                where=circuit.name,
                hint="take the node voltages of a run of this same circuit",
            ) from None

    def start(element: Element) -> Element:
        if isinstance(element, Capacitor):
            first, second = element.nodes
            return replace(element, volts=volts(first) - volts(second))
        if isinstance(element, Instance):
            cell = circuit.cells[element.cell]
            outside = dict(zip(cell.ports, element.nodes, strict=True))
            given = dict(element.parameters)
            if START in given:
                given[START] = volts(element.nodes[cell.output])
            for each in cell.passives:
                if each.start is not None:
                    ends = (outside.get(node, f"x{element.name}.{node}") for node in each.nodes)
                    high, low = map(volts, ends)
                    given[each.start] = high - low
            return replace(element, parameters=tuple(given.items()))
        return element

    return circuit.mapped(start)


def driven(circuit: Circuit, stimuli: Mapping[str, Stimulus]) -> Circuit:
    """The circuit with other stimuli, by the name of the source.

    Raises:
        CircuitError: no such source.
    """
    drives = {element.name for element in circuit.elements() if isinstance(element, Drive)}
    for name in stimuli:
        if name not in drives:
            raise CircuitError(f"no input '{name}'", where=circuit.name, hint=nearest(name, drives))

    def swap(element: Element) -> Element:
        if isinstance(element, Drive) and element.name in stimuli:
            return replace(element, stimulus=stimuli[element.name])
        return element

    return circuit.mapped(swap)
