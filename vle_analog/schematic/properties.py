"""What a drawn part says of itself besides its value: what it is in the netlist, and where to buy it.

A package's drawings share their properties, as editors demand: what differs from unit to unit stands there unit by
unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vle_analog.circuit.elements import Capacitor, Instance, Resistor
from vle_analog.production.assembly import Component
from vle_analog.production.purchase import percent
from vle_analog.schematic.drawing import Schematic
from vle_analog.units import spice_number

#: between units' settings
BETWEEN = "; "
#: names of properties: of the part in the netlist, its cell, the cell's parameters, a capacitor's volts at time zero,
#: and a value of more digits than are drawn, which a teacher's parts have
NAME, CELL, PARAMETERS, START, EXACT = "Netlist", "Cell", "Parameters", "IC", "Exact"
#: digits that are drawn
DRAWN = 6


def properties(schematic: Schematic) -> dict[str, dict[str, str]]:
    """Properties of all bodies, by designator."""
    members: dict[str, list[Component]] = {}
    for page in schematic.pages:
        for placed in page.placed:
            if placed.component is not None:
                members.setdefault(placed.designator, []).append(placed.component)
    return {body: dict(_of(sorted(parts, key=lambda each: each.unit))) for body, parts in members.items()}


def _of(units: Iterable[Component]) -> Iterable[tuple[str, str]]:
    """Properties of a body by the components of its units."""
    listed = list(units)
    first = listed[0]
    if first.name:
        yield NAME, BETWEEN.join(each.name for each in listed)
    if first.purchase is not None:
        yield "Tolerance", percent(first.purchase.tolerance)
        yield "Technology", first.purchase.technology
    match first.element:
        case Resistor(ohms=value) | Capacitor(farads=value) if spice_number(value) != spice_number(value, DRAWN):
            yield EXACT, spice_number(value)
    match first.element:
        case Capacitor(volts=volts) if volts:
            yield START, spice_number(volts)
        case Instance():
            yield CELL, BETWEEN.join(_cell(each) for each in listed)
            settings = BETWEEN.join(_settings(each) for each in listed)
            if settings.replace(BETWEEN, ""):
                yield PARAMETERS, settings


def _cell(component: Component) -> str:
    return component.element.cell if isinstance(component.element, Instance) else ""


def _settings(component: Component) -> str:
    given: Mapping[str, float] = dict(component.element.parameters) if isinstance(component.element, Instance) else {}
    return " ".join(f"{name}={spice_number(value)}" for name, value in given.items())
