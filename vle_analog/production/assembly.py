"""A circuit as parts on a board: devices put into packages, designators given.

What a bill lists and what a schematic draws is this one list, so that R17 is the same resistor in both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, Capacitor, CurrentSource, Drive, Element, NoiseDrive, Resistor
from vle_analog.circuit.parts import SUPPLY, chosen, devices, refuse_on
from vle_analog.circuit.technology import FIDELITIES, LAW
from vle_analog.owner import Owner
from vle_analog.production.flat import FlatPart, TestPoint, flat_parts
from vle_analog.production.purchase import STANDARD, Purchase, Tolerances, purchased

#: kinds of components that are no devices
RESISTOR, CAPACITOR, SUPPLYING, REFERENCE, INPUT = "resistor", "capacitor", "supply", "reference", "input"
#: kinds that connect a board with what is outside of it, or that hold a voltage
CONNECTIONS = (SUPPLYING, REFERENCE, INPUT)
#: what only boards have: places for probes, and what blocks a package's supply, and its value
TEST_POINT, DECOUPLING, BLOCKING = "test point", "decoupling", 100e-9
_BLOCKING = Purchase("capacitor", BLOCKING, 0.1, "X7R", "0603")
#: the fidelity whose parts stand for laws
REAL = "macromodel"
#: of designators: functional units without a package are assemblies
_LETTERS = {RESISTOR: "R", CAPACITOR: "C", SUPPLYING: "J", REFERENCE: "VR", INPUT: "J"}
_PACKAGE, _ASSEMBLY = "U", "A"


@dataclass(frozen=True)
class Device:
    """What stands for a role on the board.

    Attributes:
        part: its cell's name; empty for a law that no part realises yet.
        units: in a package.
        package: its body; empty for a functional unit.
        supply: amperes at rest per unit; None where nobody says.
        note: what is left to do.
        pins: numbers of a package's pins, one for each unit, by the port's name; empty where nobody says.
        grounded: pins that lie on ground whatever the unit does.
    """

    part: str
    units: int
    package: str
    supply: float | None
    note: str = ""
    pins: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    grounded: tuple[str, ...] = field(default=(), compare=False)

    @staticmethod
    def of(cell: Cell) -> Device:
        """What a part's data sheet says."""
        sheet = cell.sheet
        if sheet.package is None and sheet.measured:  # by a maker's model, which says nothing of packages
            return Device(cell.name, 1, "as its maker sells it", sheet.supply)
        if sheet.package is None:
            return Device(cell.name, 1, "", sheet.supply, f"built as circuits/*/{cell.name}.cir has it")
        units, body = sheet.package.units, sheet.package.body
        return Device(cell.name, units, body, sheet.supply, pins=sheet.pins, grounded=sheet.grounded)


@dataclass(frozen=True)
class Component:
    """A part of the netlist with its place on the board.

    Attributes:
        kind: resistor or capacitor; of devices their role (``opamp``); ``supply``, ``reference`` or ``input``.
        body: designator of what is bought, ``U3``.
        unit: number of the functional unit of the body.
        designator: ``R17``; ``U3B`` for the second amplifier of the third integrated circuit.
        flat: what it is in the netlist.
        device: of a device, what stands for it.
        purchase: of a resistor or capacitor, what to buy.
    """

    kind: str
    body: str
    unit: int
    designator: str
    flat: FlatPart
    device: Device | None = None
    purchase: Purchase | None = None

    @property
    def name(self) -> str:
        """Its full name in the netlist."""
        return self.flat.name

    @property
    def element(self) -> Element | TestPoint:
        """What it is in the flat circuit."""
        return self.flat.element

    @property
    def owner(self) -> Owner:
        """Whose it is."""
        return self.flat.section.owner

    @property
    def is_connection(self) -> bool:
        """Whether it connects the board with what is outside of it, or holds a voltage."""
        return self.kind in CONNECTIONS

    @property
    def pins(self) -> tuple[tuple[str, str], ...]:
        """Names of its ports, and the nodes there."""
        return tuple(zip(self.flat.ports, self.element.nodes, strict=True))


def assembled(
    circuit: Circuit, tolerances: Tolerances = STANDARD, parts: Mapping[str, str] | None = None
) -> tuple[Component, ...]:
    """The components of a circuit in the netlist's order; a teacher's designators begin with T.

    Args:
        circuit: with the values that are bought, of any fidelity.
        tolerances: of resistors and capacitors.
        parts: by role, what stands for a law of the circuit; the macromodels' parts by default, ``ideal`` for none.

    Raises:
        UsageError: an unknown role or part, a part that does not work on the supply, or a value that is not on sale.
        CircuitError: a part that cannot be reached.
    """
    given = dict(parts or {})
    chosen("ideal", given)  # refuses unknown ones
    stand_ins = {**FIDELITIES[REAL], **given}
    bought = purchased(circuit, tolerances)
    makers = {"": _Designators(""), "T": _Designators("T")}
    found = []
    for part in flat_parts(circuit):
        if isinstance(part.element, NoiseDrive):
            continue
        device = None if part.cell is None else _device(part.cell, stand_ins)
        if device is not None and device.part:
            refuse_on(circuit.supply, devices()[device.part])
        maker = makers["T" if part.section.owner is Owner.TEACHER else ""]
        component = maker.component(_kind(part), part, device)
        found.append(replace(component, purchase=bought.get(part.value_name)))
    return tuple(found)


def letter(number: int) -> str:
    """Letter of a package's unit: A for 0."""
    return chr(ord("A") + number)


def bodies(components: Iterable[Component]) -> dict[str, list[Component]]:
    """Components by the designator of their body, in order."""
    found: dict[str, list[Component]] = defaultdict(list)
    for component in components:
        found[component.body].append(component)
    return dict(found)


def supporting(circuit: Circuit, components: Iterable[Component], probes: Iterable[str] = ()) -> tuple[Component, ...]:
    """What a board has and no netlist: capacitors that block the supply, and test points.

    There are two capacitors for each package, counted on from a board's capacitors, each called after the body that it
    stands beside; and a test point at each probed node that a stage drives.
    """
    listed = list(components)
    driven = {node for each in listed if each.device is not None for node in each.element.nodes}
    section = Section("test points", ())
    points = [
        FlatPart("", "", TestPoint(node, (node,)), ("1",), section, None, circuit.signal_at(node))
        for node in probes
        if node in driven
    ]
    found = [Component(TEST_POINT, f"TP{number}", 0, f"TP{number}", part) for number, part in enumerate(points, 1)]
    if any(each.kind == SUPPLYING for each in listed):
        found += _blocking(listed)
    return tuple(found)


def _blocking(components: Sequence[Component]) -> Iterator[Component]:
    """Capacitors at the supply pins of all packages."""
    numbers = {prefix: sum(_is_capacitor(each, prefix) for each in components) for prefix in ("", "T")}
    section = Section("blocking capacitors of the supply", ())
    for body, members in bodies(components).items():
        first = members[0]
        if first.device is None or not first.device.package:
            continue
        prefix = "T" if first.owner is Owner.TEACHER else ""
        for node in SUPPLY:
            numbers[prefix] += 1
            name = f"{prefix}C{numbers[prefix]}"
            nodes = (node, GROUND) if node == SUPPLY[0] else (GROUND, node)
            part = FlatPart(
                "", "", Capacitor(name, nodes, BLOCKING), ("1", "2"), replace(section, owner=first.owner), None, body
            )
            yield Component(DECOUPLING, name, 0, name, part, purchase=_BLOCKING)


def _is_capacitor(component: Component, prefix: str) -> bool:
    return component.kind == CAPACITOR and (component.owner is Owner.TEACHER) == bool(prefix)


class _Designators:
    """Gives designators in the netlist's order, counted by letter."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.count: dict[str, int] = defaultdict(int)
        self.open: dict[tuple[str, Device], tuple[str, int]] = {}  # a body with units left, and how many are used

    def component(self, kind: str, part: FlatPart, device: Device | None) -> Component:
        if device is None:
            name = self._next(_LETTERS[kind])
            return Component(kind, name, 0, name, part)
        body, unit = self.open.get((kind, device), ("", device.units))
        if unit == device.units:  # the package before is full
            body, unit = self._next(_PACKAGE if device.package else _ASSEMBLY), 0
        self.open[kind, device] = body, unit + 1
        designator = body + (letter(unit) if device.units > 1 else "")
        return Component(kind, body, unit, designator, part, device)

    def _next(self, letters: str) -> str:
        self.count[letters] += 1
        return f"{self.prefix}{letters}{self.count[letters]}"


def _kind(part: FlatPart) -> str:
    match part.element:
        case Resistor():
            return RESISTOR
        case Capacitor():
            return CAPACITOR
        case Battery(name):
            return SUPPLYING if name in SUPPLY else REFERENCE
        case CurrentSource():
            return REFERENCE
        case Drive():
            return INPUT
    assert part.cell is not None
    return part.cell.role or part.cell.name


def _device(cell: Cell, stand_ins: Mapping[str, str]) -> Device:
    """The part that a role's cell wraps, or the one that stands for its law."""
    role = str(cell.role)
    if cell.name in devices() or cell.role is None:
        return Device.of(cell)
    name = cell.part or stand_ins.get(role, LAW)
    if name in devices():
        return Device.of(devices()[name])
    return Device("", 1, "", None, f"to be designed: {cell.sheet.law or role}")


def nodes_of(components: Iterable[Component]) -> Iterator[str]:
    """All nodes that components connect, with repetitions."""
    for component in components:
        yield from component.element.nodes
