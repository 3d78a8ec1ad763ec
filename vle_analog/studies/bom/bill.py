"""A circuit's bill of materials: values rounded to what is on sale, op-amps put into packages, designators given."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from vle_analog.circuit.cell.cell import Cell, Kind
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, Capacitor, CurrentSource, Drive, Element, Instance, Resistor
from vle_analog.circuit.parts import SUPPLY, chosen, devices, refuse_on
from vle_analog.circuit.technology import FIDELITIES, LAW
from vle_analog.owner import Owner
from vle_analog.production.purchase import STANDARD, Order, Purchase, purchased
from vle_analog.production.ratios import stages
from vle_analog.production.rounding import rounded
from vle_analog.production.values import parts as parts_of
from vle_analog.studies.bom.result import (
    CAPACITOR,
    CONNECTION,
    RESISTOR,
    UNIT,
    Bill,
    BillLine,
    Placed,
    letter,
)

#: the fidelity whose parts stand for laws
REAL = "macromodel"
#: of designators: functional units without a package are assemblies
_LETTERS = {RESISTOR: "R", CAPACITOR: "C", "assembly": "A", "package": "U", "supply": "J", "input": "J"}
_REFERENCE = "VR"


@dataclass(frozen=True)
class Device:
    """What stands for a role on the board.

    Attributes:
        part: its cell's name; empty for a law that no part realises yet.
        units: in a package.
        package: its body; empty for a functional unit.
        supply: amperes at rest per unit; None where nobody says.
        note: what is left to do.
    """

    part: str
    units: int
    package: str
    supply: float | None
    note: str = ""

    @staticmethod
    def of(cell: Cell) -> Device:
        """What a part's data sheet says."""
        package = cell.sheet.package
        if package is None and cell.sheet.measured:  # by a maker's model, which says nothing of packages
            return Device(cell.name, 1, "as its maker sells it", cell.sheet.supply)
        if package is None:
            return Device(cell.name, 1, "", cell.sheet.supply, f"built as circuits/*/{cell.name}.cir has it")
        return Device(cell.name, package.units, package.body, cell.sheet.supply)


@dataclass(frozen=True)
class Piece:
    """A part of the netlist, or a device's place, before it has a designator."""

    kind: str
    name: str
    value_name: str
    nodes: tuple[str, ...]
    section: Section
    cell: Cell | None = None


def bill(
    circuit: Circuit,
    orders: Mapping[Kind, Order] = STANDARD,
    parts: Mapping[str, str] | None = None,
) -> Bill:
    """The bill of a circuit's board, and of the teacher beside it if there is one.

    Args:
        circuit: as designed, with exact values, of any fidelity.
        orders: which resistors and capacitors to buy.
        parts: by role, what stands for a law of the circuit; the macromodels' parts by default, ``ideal`` for none.

    Raises:
        UsageError: an unknown series, role or part, or a value that is not on sale.
        CircuitError: a part that cannot be reached.
    """
    given = dict(parts or {})
    chosen("ideal", given)  # refuses unknown ones
    # a teacher that is built has parts that are on sale, too
    real = rounded(circuit.owned_by(Owner.BOARD), orders["resistor"].series, orders["capacitor"].series)
    bought = purchased(real, orders)
    everything = list(_pieces(circuit))
    stand_ins = {**FIDELITIES[REAL], **given}

    def device(cell: Cell) -> Device:
        found = _device(cell, stand_ins)
        if found.part:
            refuse_on(circuit.supply, devices()[found.part])
        return found

    connections = [each for each in everything if each.kind in ("supply", "reference", "input")]
    others = [each for each in everything if each.kind not in ("supply", "reference", "input")]
    return Bill(
        name=circuit.name,
        rail=circuit.supply.rail,
        middle=circuit.supply.middle,
        lines=(
            *_lines([each for each in others if each.section.owner is Owner.BOARD], bought, device, ""),
            *_connections(connections, real),
        ),
        teacher=tuple(_lines([other for other in others if other.section.owner is Owner.TEACHER], bought, device, "T")),
        rounding=_rounding(circuit, real),
        orders={kind: str(order) for kind, order in orders.items()},
    )


def _rounding(circuit: Circuit, real: Circuit) -> dict[str, float]:
    old, new = _values(circuit), _values(real)
    return {stage.name: math.expm1(stage.error(old, new)) for stage in stages(circuit)}


def _values(circuit: Circuit) -> dict[str, float]:
    """Every resistance and capacitance, by full name."""
    return {part.name: part.value for part in parts_of(circuit)}


def _pieces(circuit: Circuit) -> Iterator[Piece]:
    """All parts, devices and connections in the netlist's order, cells looked into down to devices."""
    for section in circuit.sections:
        for element in section.elements:
            yield from _of(element, circuit.cells, section)


def _of(element: Element, cells: Mapping[str, Cell], section: Section) -> Iterator[Piece]:
    match element:
        case Resistor(name, nodes, _):
            yield Piece(RESISTOR, f"R{name}", f"R{name}", nodes, section)
        case Capacitor(name, nodes, _, _):
            yield Piece(CAPACITOR, f"C{name}", f"C{name}", nodes, section)
        case Battery(name, nodes, _):
            yield Piece("supply" if name in SUPPLY else "reference", f"V{name}", "", nodes, section)
        case CurrentSource(name, nodes, _):
            yield Piece("reference", f"I{name}", "", nodes, section)
        case Drive():
            yield Piece("input", f"V{element.name}", "", element.nodes, section)
        case Instance(name, nodes, cell, _):
            yield from _inside(f"X{name}", nodes, cells[cell], cells, section)


def _inside(
    name: str, nodes: tuple[str, ...], cell: Cell, cells: Mapping[str, Cell], section: Section
) -> Iterator[Piece]:
    """A cell's parts in its file's order; a device is one part."""
    if cell.role:
        yield Piece(cell.role, name, "", nodes, section, cell)
        return
    outside = {**dict(zip(cell.ports, nodes, strict=True)), GROUND: GROUND}
    passives = {passive.name: passive for passive in cell.passives}
    for part in cell.parts:
        at = tuple(outside.get(node, f"{name}.{node}".lower()) for node in part.nodes)
        if part.kind == "instance":
            yield from _inside(f"{name}.{part.name}", at, cells[part.cell], cells, section)
        elif (own := passives.get(part.name)) is not None:
            yield Piece(own.kind, f"{name}.{own.name}", f"{name}.{own.parameter}", at, section)


def _device(cell: Cell, stand_ins: Mapping[str, str]) -> Device:
    """The part that a role's cell wraps, or the one that stands for its law."""
    role = str(cell.role)
    if cell.name in devices():
        return Device.of(cell)
    name = cell.part or stand_ins.get(role, LAW)
    if name in devices():
        return Device.of(devices()[name])
    return Device("", 1, "", None, f"to be designed: {cell.sheet.law or role}")


def _lines(
    found: Iterable[Piece], bought: Mapping[str, Purchase], device: Callable[[Cell], Device], prefix: str
) -> list[BillLine]:
    """Lines by kind and value, designators counted in the netlist's order."""
    passive: dict[tuple[str, Purchase], list[Placed]] = defaultdict(list)
    active: dict[tuple[str, Device], list[Piece]] = defaultdict(list)
    bodies: dict[tuple[str, Device], list[str]] = defaultdict(list)
    placed: dict[tuple[str, Device], list[Placed]] = defaultdict(list)
    count: dict[str, int] = defaultdict(int)

    def next_designator(what: str) -> str:
        letters = _LETTERS[what]
        count[letters] += 1
        return f"{prefix}{letters}{count[letters]}"

    for each in found:
        if each.cell is None:
            key = each.kind, bought[each.value_name]
            passive[key].append(Placed(next_designator(each.kind), each.name, each.nodes, each.section.heading))
            continue
        which = each.kind, (its := device(each.cell))
        place = len(active[which]) % its.units
        active[which].append(each)
        if place == 0:  # the package before is full
            bodies[which].append(next_designator("package" if its.package else "assembly"))
        designator = bodies[which][-1] + (letter(place) if its.units > 1 else "")
        placed[which].append(Placed(designator, each.name, each.nodes, each.section.heading))

    lines = [
        BillLine(
            kind=kind,
            group=kind,
            designators=tuple(each.designator for each in places),
            placed=tuple(places),
            part=what.technology,
            package=what.package,
            value=what.value,
            tolerance=what.tolerance,
        )
        for (kind, what), places in sorted(passive.items(), key=lambda item: (item[0][0] != RESISTOR, item[0][1].value))
    ]
    return lines + [
        BillLine(
            kind=role,
            group=UNIT,
            designators=tuple(bodies[role, its]),
            placed=tuple(placed[role, its]),
            part=its.part,
            package=its.package,
            units=its.units,
            supply=its.supply,
            note=its.note,
        )
        for role, its in sorted(active, key=lambda key: (not key[1].package, key[0], key[1].part, key[1].note))
    ]


def _connections(found: Iterable[Piece], circuit: Circuit) -> list[BillLine]:
    """Supply, references and inputs: a connector or source each."""
    volts = {f"V{element.name}": element.volts for element in circuit.elements() if isinstance(element, Battery)}
    lines: list[BillLine] = []
    count: dict[str, int] = defaultdict(int)
    for kind in ("supply", "reference", "input"):
        for each in found:
            if each.kind != kind:
                continue
            letters = _LETTERS.get(kind, _REFERENCE)
            count[letters] += 1
            designator = f"{letters}{count[letters]}"
            placed = Placed(designator, each.name, each.nodes, each.section.heading)
            line = BillLine(kind, CONNECTION, (designator,), (placed,), value=volts.get(each.name))
            if lines and (lines[-1].kind, lines[-1].value) == (kind, line.value):
                before = lines.pop()
                line = replace(before, designators=(*before.designators, designator), placed=(*before.placed, placed))
            lines.append(line)
    return lines
