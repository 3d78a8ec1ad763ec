"""A circuit's bill of materials: its components by kind and value."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Battery
from vle_analog.circuit.parts import devices, works_on
from vle_analog.circuit.technology import Supply
from vle_analog.owner import Owner
from vle_analog.production.assembly import (
    CONNECTIONS,
    RESISTOR,
    Component,
    Device,
    assembled,
    supporting,
)
from vle_analog.production.prices import PriceList, price_list
from vle_analog.production.purchase import STANDARD, Purchase, Tolerances
from vle_analog.production.ratios import stages
from vle_analog.production.values import parts as parts_of
from vle_analog.schematic.footprints import footprint_of
from vle_analog.studies.bom.result import CONNECTION, SUPPORT, UNIT, Bill, BillLine, Placed


def bill(
    circuit: Circuit,
    tolerances: Tolerances = STANDARD,
    parts: Mapping[str, str] | None = None,
    exact: Circuit | None = None,
    probes: Sequence[str] = (),
    outputs: Sequence[str] = (),
    prices: PriceList | None = None,
) -> Bill:
    """The bill of a circuit's board, and of the teacher beside it if there is one.

    Args:
        circuit: with the values that are bought, of any fidelity.
        tolerances: of resistors and capacitors.
        parts: by role, what stands for a law of the circuit; the macromodels' parts by default, ``ideal`` for none.
        exact: the same circuit with the values that its equations ask for; it is what the circuit has when None.
        probes: nodes that get test points.
        outputs: nodes that get connectors.
        prices: numbers and prices; the table in force when None.

    Raises:
        UsageError: as `assembled`.
        CircuitError: a part that cannot be reached.
    """
    everything = assembled(circuit, tolerances, parts)
    beside = supporting(circuit, everything, probes, outputs)
    listed = _Lines(circuit, prices or price_list())
    board, teacher = (
        (
            *listed.parts(each for each in everything if each.owner is owner and not each.is_connection),
            *listed.support(each for each in beside if each.owner is owner),
        )
        for owner in (Owner.BOARD, Owner.TEACHER)
    )
    return Bill(
        name=circuit.name,
        rail=circuit.supply.rail,
        middle=circuit.supply.middle,
        lines=(*board, *listed.connections(each for each in everything if each.is_connection)),
        teacher=teacher,
        rounding={} if exact is None else _rounding(exact, circuit),
        tolerances={"resistor": tolerances.resistor, "capacitor": tolerances.capacitor},
    )


def _rounding(circuit: Circuit, real: Circuit) -> dict[str, float]:
    old, new = _values(circuit), _values(real)
    return {stage.name: math.expm1(stage.error(old, new)) for stage in stages(circuit)}


def alternates(device: Device, role: str, supply: Supply) -> tuple[str, ...]:
    """Other parts of a device's role, in the same package with the same pins, that work on a supply."""
    if not device.pins:
        return ()
    others = (Device.of(cell) for cell in devices().values() if cell.role == role and works_on(supply, cell))
    same = ("package", "units", "pins", "grounded", "section", "powered")
    return tuple(
        other.part
        for other in others
        if other.part != device.part and all(getattr(other, name) == getattr(device, name) for name in same)
    )


def _values(circuit: Circuit) -> dict[str, float]:
    """Every resistance and capacitance, by full name."""
    return {part.name: part.value for part in parts_of(circuit)}


class _Lines:
    """Makes a circuit's lines."""

    def __init__(self, circuit: Circuit, prices: PriceList) -> None:
        self.circuit = circuit
        self.prices = prices

    def parts(self, components: Iterable[Component]) -> Iterator[BillLine]:
        """Lines by kind and value: resistors, capacitors, then devices, functional units last."""
        passive: dict[tuple[str, Purchase], list[Component]] = defaultdict(list)
        active: dict[tuple[str, Device], list[Component]] = defaultdict(list)
        for each in components:
            if each.device is not None:
                active[each.kind, each.device].append(each)
            elif each.purchase is not None:
                passive[each.kind, each.purchase].append(each)
        for (kind, what), members in sorted(
            passive.items(), key=lambda item: (item[0][0] != RESISTOR, item[0][1].value)
        ):
            yield self._bought(kind, kind, what, members)
        for role, its in sorted(active, key=lambda key: (not key[1].package, key[0], key[1].part, key[1].note)):
            yield self._line(
                active[role, its],
                kind=role,
                group=UNIT,
                part=its.part,
                package=its.package,
                value=its.value,
                units=its.units,
                supply=its.supply,
                note=its.note,
                alternates=alternates(its, role, self.circuit.supply),
            )

    def support(self, components: Iterable[Component]) -> Iterator[BillLine]:
        """Lines of what the netlist does not have."""
        alike: dict[tuple[str, str], list[Component]] = defaultdict(list)
        for each in components:
            alike[each.kind, repr(each.purchase or each.wanted)].append(each)
        for (kind, _), members in alike.items():
            first = members[0]
            if first.purchase is not None:
                yield self._bought(kind, SUPPORT, first.purchase, members)
            else:
                yield self._line(members, kind=kind, group=SUPPORT, part=first.wanted.part)

    def connections(self, components: Iterable[Component]) -> list[BillLine]:
        """Supply, references and inputs: a connector or source each."""
        lines: list[BillLine] = []
        order = {kind: place for place, kind in enumerate(CONNECTIONS)}
        for each in sorted(components, key=lambda component: order[component.kind]):
            volts = each.element.volts if isinstance(each.element, Battery) else None
            line = self._line([each], kind=each.kind, group=CONNECTION, value=volts)
            if lines and (lines[-1].kind, lines[-1].value) == (each.kind, volts):
                before = lines.pop()
                line = replace(
                    before,
                    designators=(*before.designators, *line.designators),
                    placed=(*before.placed, *line.placed),
                )
            lines.append(line)
        return lines

    def _bought(self, kind: str, group: str, what: Purchase, members: Sequence[Component]) -> BillLine:
        return self._line(
            members,
            kind=kind,
            group=group,
            part=what.technology,
            package=what.package,
            value=what.value,
            tolerance=what.tolerance,
        )

    def _line(self, members: Sequence[Component], **said: Any) -> BillLine:
        """A line of components that are alike."""
        return BillLine(
            designators=tuple(dict.fromkeys(each.body for each in members)),
            placed=tuple(map(self._placed, members)),
            footprint=footprint_of(members[0]),
            offer=self.prices.offer(members[0].wanted),
            grades=self.prices.grades(members[0].wanted),
            **said,
        )

    def _placed(self, component: Component) -> Placed:
        flat = component.flat
        signal = self.circuit.signal_at(flat.signal)
        place = self.circuit.places.get(signal)
        group = "" if component.is_connection or not component.name else signal if place is None else place.group
        return Placed(component.designator, component.name, component.element.nodes, flat.section.heading, group)
