"""Every resistance and capacitance of a circuit, by the part's full name."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vle_analog.circuit.cell.cell import Cell, Kind, needed
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Capacitor, Element, Instance, Resistor
from vle_analog.errors import CircuitError
from vle_analog.owner import Owner
from vle_analog.production.draws import some


class Part(NamedTuple):
    """A resistor or capacitor of a circuit.

    Attributes:
        kind: which of the two.
        name: its full name as SPICE has it: ``Ru__1`` and ``Cu`` between nodes, ``Xu.R2`` for parameter R2 of
            instance u. Two parts of a cell with one parameter are one part here: a matched pair.
        value: ohms or farads.
        block: the signal whose stage it is part of; of an internal signal its family.
        owner: whose it is.
        parameter: of the instance, which sets its value; empty between nodes.
    """

    kind: Kind
    name: str
    value: float
    block: str
    owner: Owner
    parameter: str = ""


#: from a part to the value that it shall have
Change = Callable[[Part], float]


def parts(circuit: Circuit) -> Iterator[Part]:
    """Every resistor and capacitor of a circuit, in its order; those inside of devices are no parts of their own.

    Raises:
        CircuitError: as `with_values`.
    """
    _reach_all(circuit)
    for owner, element in circuit.owned_elements():
        for part in _of(element, owner, circuit.cells):
            _possible(part, part.value, circuit)
            yield part


def with_values(circuit: Circuit, change: Change) -> Circuit:
    """The circuit with every resistance and capacitance changed; what keeps its value stays as it is.

    An instance that leaves a parameter at its cell's default is given the changed value. All else (initial voltages,
    gains, scales) stays, and so do the insides of devices, which are cells with a role.

    Args:
        circuit: any.
        change: called once per part.

    Raises:
        CircuitError: a value is not positive, or a stage's file keeps one out of reach.
    """
    _reach_all(circuit)

    def moved(owner: Owner, element: Element) -> tuple[Element]:
        new = {}
        for part in _of(element, owner, circuit.cells):
            _possible(part, part.value, circuit)
            value = change(part)
            _possible(part, value, circuit)
            if some(value != part.value):  # else a default stays unsaid
                new[part.parameter] = value
        if not new:
            return (element,)
        match element:
            case Resistor():
                return (replace(element, ohms=new[""]),)
            case Capacitor():
                return (replace(element, farads=new[""]),)
            case Instance():
                return (replace(element, parameters=tuple({**dict(element.parameters), **new}.items())),)
        return (element,)

    return circuit.rewritten(moved)


def _of(element: Element, owner: Owner, cells: Mapping[str, Cell]) -> Iterator[Part]:
    """The parts that an element is, or that it has of its own."""
    match element:
        case Resistor():
            yield Part("resistor", f"R{element.name}", element.ohms, element.block or element.name, owner)
        case Capacitor():
            yield Part("capacitor", f"C{element.name}", element.farads, element.block or element.name, owner)
        case Instance():
            cell, given = cells[element.cell], dict(element.parameters)
            for parameter, kind in {
                passive.parameter: passive.kind for passive in cell.passives if passive.parameter
            }.items():
                value = given[parameter] if parameter in given else cell.default(parameter)
                name, block = f"X{element.name}.{parameter}", element.block or element.name
                yield Part(kind, name, value, block, owner, parameter)


def _possible(part: Part, value: float, circuit: Circuit) -> None:
    """Refuse a value that no part has.

    Raises:
        CircuitError: as said.
    """
    if isinstance(value, np.ndarray):
        impossible = value[~((value > 0) & (value < math.inf))]
        value = impossible[0] if len(impossible) else 1.0
    if not 0 < value < math.inf:
        raise CircuitError(f"{part.kind} '{part.name}' cannot have the value {value:g}", where=circuit.name)


def _reach_all(circuit: Circuit) -> None:
    """Refuse a circuit with a stage whose parts cannot be reached.

    Raises:
        CircuitError: as said.
    """
    for name in sorted({element.cell for element in circuit.elements() if isinstance(element, Instance)}):
        _reach(circuit.cells[name], circuit.cells)


def _reach(cell: Cell, cells: Mapping[str, Cell]) -> None:
    """Refuse a stage with a part that its instances' parameters do not set.

    Raises:
        CircuitError: as said.
    """
    if cell.role:  # a device, whose insides are its own
        return
    fixed = [passive.name for passive in cell.passives if passive.parameter is None]
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
