"""A circuit's bill of materials: its components by kind and value."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Battery
from vle_analog.owner import Owner
from vle_analog.production.assembly import (
    CONNECTIONS,
    RESISTOR,
    Component,
    Device,
    assembled,
)
from vle_analog.production.purchase import STANDARD, Purchase, Tolerances
from vle_analog.production.ratios import stages
from vle_analog.production.values import parts as parts_of
from vle_analog.studies.bom.result import CONNECTION, UNIT, Bill, BillLine, Placed


def bill(
    circuit: Circuit,
    tolerances: Tolerances = STANDARD,
    parts: Mapping[str, str] | None = None,
    exact: Circuit | None = None,
) -> Bill:
    """The bill of a circuit's board, and of the teacher beside it if there is one.

    Args:
        circuit: with the values that are bought, of any fidelity.
        tolerances: of resistors and capacitors.
        parts: by role, what stands for a law of the circuit; the macromodels' parts by default, ``ideal`` for none.
        exact: the same circuit with the values that its equations ask for; it is what the circuit has when None.

    Raises:
        UsageError: as `assembled`.
        CircuitError: a part that cannot be reached.
    """
    everything = assembled(circuit, tolerances, parts)
    connections = [each for each in everything if each.is_connection]
    others = [each for each in everything if not each.is_connection]
    return Bill(
        name=circuit.name,
        rail=circuit.supply.rail,
        middle=circuit.supply.middle,
        lines=(*_lines(each for each in others if each.owner is Owner.BOARD), *_connections(connections)),
        teacher=tuple(_lines(each for each in others if each.owner is Owner.TEACHER)),
        rounding={} if exact is None else _rounding(exact, circuit),
        tolerances={"resistor": tolerances.resistor, "capacitor": tolerances.capacitor},
    )


def _rounding(circuit: Circuit, real: Circuit) -> dict[str, float]:
    old, new = _values(circuit), _values(real)
    return {stage.name: math.expm1(stage.error(old, new)) for stage in stages(circuit)}


def _values(circuit: Circuit) -> dict[str, float]:
    """Every resistance and capacitance, by full name."""
    return {part.name: part.value for part in parts_of(circuit)}


def _lines(components: Iterable[Component]) -> list[BillLine]:
    """Lines by kind and value: resistors, capacitors, then devices, functional units last."""
    passive: dict[tuple[str, Purchase], list[Component]] = defaultdict(list)
    active: dict[tuple[str, Device], list[Component]] = defaultdict(list)
    for each in components:
        if each.device is not None:
            active[each.kind, each.device].append(each)
        elif each.purchase is not None:
            passive[each.kind, each.purchase].append(each)
    lines = [
        BillLine(
            kind=kind,
            group=kind,
            designators=tuple(each.designator for each in members),
            placed=tuple(map(_placed, members)),
            part=what.technology,
            package=what.package,
            value=what.value,
            tolerance=what.tolerance,
        )
        for (kind, what), members in sorted(
            passive.items(), key=lambda item: (item[0][0] != RESISTOR, item[0][1].value)
        )
    ]
    return lines + [
        BillLine(
            kind=role,
            group=UNIT,
            designators=tuple(dict.fromkeys(each.body for each in active[role, its])),
            placed=tuple(map(_placed, active[role, its])),
            part=its.part,
            package=its.package,
            units=its.units,
            supply=its.supply,
            note=its.note,
        )
        for role, its in sorted(active, key=lambda key: (not key[1].package, key[0], key[1].part, key[1].note))
    ]


def _placed(component: Component) -> Placed:
    section = component.flat.section
    return Placed(component.designator, component.name, component.element.nodes, section.heading)


def _connections(components: Iterable[Component]) -> list[BillLine]:
    """Supply, references and inputs: a connector or source each."""
    lines: list[BillLine] = []
    order = {kind: place for place, kind in enumerate(CONNECTIONS)}
    for each in sorted(components, key=lambda component: order[component.kind]):
        volts = each.element.volts if isinstance(each.element, Battery) else None
        line = BillLine(each.kind, CONNECTION, (each.designator,), (_placed(each),), value=volts)
        if lines and (lines[-1].kind, lines[-1].value) == (each.kind, volts):
            before = lines.pop()
            line = replace(
                before,
                designators=(*before.designators, *line.designators),
                placed=(*before.placed, *line.placed),
            )
        lines.append(line)
    return lines
