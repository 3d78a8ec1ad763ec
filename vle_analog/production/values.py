"""Every resistance and capacitance of a circuit, by the part's full name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from vle_analog.circuit.cell.cell import Cell, Kind, needed
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Capacitor, Element, Instance, Resistor
from vle_analog.errors import CircuitError

#: from a part's kind, its full name and its value (ohms or farads) to its new value
Change = Callable[[Kind, str, float], float]


def with_values(circuit: Circuit, change: Change) -> Circuit:
    """The circuit with every resistance and capacitance changed; what keeps its value stays as it is.

    A part's full name is as SPICE has it: ``Ru__1`` and ``Cu`` between nodes, ``Xu.R2`` for parameter R2 of
    instance u. An instance that leaves a parameter at its cell's default is given the changed value. Two parts of
    a cell with one parameter are one part here: a matched pair. All else (initial voltages, gains, scales) stays,
    and so do the insides of devices, which are cells with a role.

    Args:
        circuit: any.
        change: called once per part.

    Raises:
        CircuitError: a value is not positive, or a stage's file keeps one out of reach.
    """
    for name in sorted({each.cell for each in circuit.elements() if isinstance(each, Instance)}):
        _reach(circuit.cells[name], circuit.cells)

    def changed(kind: Kind, name: str, value: float) -> float:
        new = change(kind, name, value) if 0 < value < math.inf else value
        if not 0 < new < math.inf:
            raise CircuitError(f"{kind} '{name}' cannot have the value {new:g}", where=circuit.name)
        return new

    def moved(element: Element) -> Element:
        match element:
            case Resistor():
                return replace(element, ohms=changed("resistor", f"R{element.name}", element.ohms))
            case Capacitor():
                return replace(element, farads=changed("capacitor", f"C{element.name}", element.farads))
            case Instance():
                return _instance(element, circuit.cells[element.cell], changed)
        return element

    return circuit.mapped(moved)


def _instance(instance: Instance, cell: Cell, change: Change) -> Instance:
    """The instance with its cell's own parts changed."""
    values = dict(instance.parameters)
    for parameter, kind in {each.parameter: each.kind for each in cell.passives if each.parameter}.items():
        value = values[parameter] if parameter in values else cell.default(parameter)
        new = change(kind, f"X{instance.name}.{parameter}", value)
        if new != value:  # else a default stays unsaid
            values[parameter] = new
    return replace(instance, parameters=tuple(values.items()))


def _reach(cell: Cell, cells: Mapping[str, Cell]) -> None:
    """Refuse a stage with a part that its instances' parameters do not set.

    Raises:
        CircuitError: as said.
    """
    if cell.role:  # a device, whose insides are its own
        return
    fixed = [each.name for each in cell.passives if each.parameter is None]
    if cell.uses and fixed:
        raise CircuitError(
            f"the value of {fixed[0]} is not a parameter, so that no instance can have its own",
            where=f"cell '{cell.name}'",
            hint="write it as {NAME} and NAME=value behind params:",
        )
    for inner in needed(cell.uses, cells):
        if not inner.role and inner.uses and inner.passives:
            raise CircuitError(
                f"the parts of cell '{inner.name}' inside of it have the same values in all instances",
                where=f"cell '{cell.name}'",
                hint=f"write out what '{inner.name}' holds",
            )
