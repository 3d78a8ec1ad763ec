"""A circuit as parts on a board: devices put into packages, designators given.

What a bill lists and what a schematic draws is this one list, so that R17 is the same resistor in both.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import (
    GROUND,
    Battery,
    Capacitor,
    CurrentSource,
    Drive,
    Element,
    Instance,
    NoiseDrive,
    Resistor,
)
from vle_analog.circuit.parts import SUPPLY, chosen, devices, refuse_on, section_nodes
from vle_analog.circuit.technology import FIDELITIES, LAW
from vle_analog.owner import Owner
from vle_analog.production.clock import clock_parts, oscillators
from vle_analog.production.flat import BoardPart, FlatPart, flat_parts
from vle_analog.production.prices import Wanted
from vle_analog.production.purchase import STANDARD, Purchase, Tolerances, bought_as, purchased
from vle_analog.production.rounding import rounder

#: kinds of components that are no devices
RESISTOR, CAPACITOR, SUPPLYING, REFERENCE, INPUT = "resistor", "capacitor", "supply", "reference", "input"
#: kinds that connect a board with what is outside of it, or that hold a voltage
CONNECTIONS = (SUPPLYING, REFERENCE, INPUT)
#: what only boards have: places for probes, connectors of what leaves it, what blocks a package's supply, and its value
TEST_POINT, OUTPUT, DECOUPLING, FEED, ZENER, BLOCKING = "test point", "output", "decoupling", "feed", "zener", 100e-9
#: a resistor between an amplifier and the connector of what leaves it: a cable's 100 pF per metre would let the
#: amplifier ring (Bendaoud and Marino, "Practical techniques to avoid instability due to capacitive loading", Analog
#: Dialogue 38, 2004, remembered); 100 ohm and 1 m have their corner at 16 MHz, and before a scope's 1 Mohm take 0.01 %
SERIES, _SERIES_OHMS = "series", 100.0
#: amperes of a shunt reference itself
_SHUNT_CURRENT = 1e-3
#: amperes through a Zener diode, and watts of a resistor that feeds it, half of what a 1206 stands
_ZENER_CURRENT, _FEED_WATTS = 5e-3, 0.125
_SERIES = Purchase("resistor", _SERIES_OHMS, 0.01, "thick film", "0603")
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
        section: volts of either supply that its packages have of their own; None where they have the board's.
        powered: whether its packages have pins for the supply.
        letters: that its designators begin with; empty for the usual ones.
        value: by which it is sold; None for what has none.
    """

    part: str
    units: int
    package: str
    supply: float | None
    note: str = ""
    value: float | None = None
    pins: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    grounded: tuple[str, ...] = field(default=(), compare=False)

    section: float | None = field(default=None, compare=False)
    powered: bool = field(default=True, compare=False)
    letters: str = field(default="", compare=False)

    @staticmethod
    def of(cell: Cell) -> Device:
        """What a part's data sheet says."""
        sheet = cell.sheet
        if sheet.package is None and sheet.measured:  # by a maker's model, which says nothing of packages
            return Device(cell.name, 1, "as its maker sells it", sheet.supply)
        if sheet.package is None:
            return Device(cell.name, 1, "", sheet.supply, f"built as circuits/*/{cell.name}.cir has it")
        units, body = sheet.package.units, sheet.package.body
        return Device(
            cell.name,
            units,
            body,
            sheet.supply,
            pins=sheet.pins,
            grounded=sheet.grounded,
            section=sheet.section,
            powered=set(SUPPLY) <= set(cell.ports),
            letters=sheet.designator,
        )

    def supply_nodes(self, rail: float) -> tuple[str, str]:
        """The nodes that its packages' supply pins lie on.

        Args:
            rail: volts of either end of the board's supply.
        """
        if self.section is None or self.section >= rail:
            return SUPPLY
        return section_nodes(self.section)


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
    def wanted(self) -> Wanted:
        """What one looks for to buy it."""
        if self.purchase is not None:
            bought = self.purchase
            return Wanted(self.kind, bought.technology, bought.package, bought.tolerance, bought.value)
        if self.device is not None:
            return Wanted(self.kind, self.device.part, self.device.package, value=self.device.value)
        if isinstance(self.element, BoardPart) and self.kind not in (TEST_POINT, OUTPUT):
            return Wanted(self.kind, self.element.value, "")
        if self.kind == REFERENCE and isinstance(self.element, Battery):
            return Wanted(self.kind, f"{abs(self.element.volts):g}V", "")
        return Wanted(self.kind, "", "")

    @property
    def name(self) -> str:
        """Its full name in the netlist."""
        return self.flat.name

    @property
    def element(self) -> Element | BoardPart:
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
    clocks = {each.name for each in oscillators(circuit)}
    flattened = [
        each for each in flat_parts(circuit) if not (isinstance(each.element, Drive) and each.element.clock in clocks)
    ]
    flattened += clock_parts(circuit)
    ends = Counter(node for part in flattened for node in part.element.nodes)
    for part in flattened:
        if isinstance(part.element, NoiseDrive) or _idle(part, ends):
            continue
        device = None if part.cell is None else _device(part, part.cell, stand_ins)
        if device is not None and device.part in devices():
            refuse_on(circuit.supply, devices()[device.part])
        maker = makers["T" if part.section.owner is Owner.TEACHER else ""]
        component = maker.component(_kind(part), part, device)
        if part.tolerance is None:
            purchase = bought.get(part.value_name) or bought_as(part.element, tolerances.resistor)
        else:
            purchase = bought_as(part.element, min(part.tolerance, tolerances.of("resistor")))
        found.append(replace(component, purchase=purchase))
    return tuple(found)


def _idle(part: FlatPart, ends: Mapping[str, int]) -> bool:
    """Whether a part is a reference that nothing hears."""
    return isinstance(part.element, Battery) and _kind(part) == REFERENCE and ends[part.element.nodes[0]] == 1


def letter(number: int) -> str:
    """Letter of a package's unit: A for 0."""
    return chr(ord("A") + number)


def bodies(components: Iterable[Component]) -> dict[str, list[Component]]:
    """Components by the designator of their body, in order."""
    found: dict[str, list[Component]] = defaultdict(list)
    for component in components:
        found[component.body].append(component)
    return dict(found)


def supporting(
    circuit: Circuit, components: Iterable[Component], probes: Iterable[str] = (), outputs: Iterable[str] = ()
) -> tuple[Component, ...]:
    """What a board has and no netlist: capacitors that block the supply, test points, connectors of what leaves it.

    There are two capacitors for each package, counted on from a board's capacitors, each called after the body that it
    stands beside; a test point at each probed node that a stage drives, and at each that leaves the board a resistor
    and behind it a connector.
    """
    listed = list(components)
    owners = {node: each.owner for each in listed if each.device is not None for node in each.element.nodes}

    def at(node: str, heading: str, element: BoardPart | Resistor) -> FlatPart:
        section = Section(heading, (), owners[node])
        return FlatPart("", "", element, ("1", "2")[: len(element.nodes)], section, None, circuit.signal_at(node))

    points = [at(node, "test points", BoardPart(node, (node,), "")) for node in probes if node in owners]
    found = [Component(TEST_POINT, f"TP{number}", 0, f"TP{number}", part) for number, part in enumerate(points, 1)]
    leaving = [node for node in outputs if node in owners]
    connectors = Counter(each.owner for each in listed if each.kind in (SUPPLYING, INPUT))
    for node in leaving:
        part = at(node, "outputs", BoardPart(node, (beyond(node), GROUND), node))
        connectors[part.section.owner] += 1
        name = f"{'T' if part.section.owner is Owner.TEACHER else ''}J{connectors[part.section.owner]}"
        found.append(Component(OUTPUT, name, 0, name, part))
    if any(each.kind == SUPPLYING for each in listed):
        found += _blocking(listed, circuit.supply.rail)
        found += _sections(listed, circuit.supply.rail)
        count = sum(each.kind in (RESISTOR, FEED) and each.owner is Owner.BOARD for each in (*listed, *found))
        found += _fed(listed, circuit.supply.rail, count)
    resistors = Counter(each.owner for each in (*listed, *found) if each.kind in (RESISTOR, FEED))
    for node in leaving:
        owner = owners[node]
        resistors[owner] += 1
        name = f"{'T' if owner is Owner.TEACHER else ''}R{resistors[owner]}"
        part = at(node, "outputs", Resistor(name, (node, beyond(node)), _SERIES_OHMS))
        found.append(Component(SERIES, name, 0, name, part, purchase=_SERIES))
    return tuple(found)


def beyond(node: str) -> str:
    """The node behind the resistor of what leaves the board."""
    return f"{node}__out"


def _fed(components: Sequence[Component], rail: float, count: int) -> Iterator[Component]:
    """A resistor from the supply to each reference, which is a shunt: for what hangs on it and what it needs itself.

    Inputs' resistors end at virtual grounds, so that each draws the reference's voltage over its ohms.
    """
    for reference in components:
        battery = reference.element
        if reference.kind != REFERENCE or not isinstance(battery, Battery) or not 0 < abs(battery.volts) < rail:
            continue
        node = battery.nodes[0]
        loads = [
            abs(battery.volts) / each.element.ohms
            for each in components
            if isinstance(each.element, Resistor) and node in each.element.nodes
        ]
        ohms = rounder("E24")((rail - abs(battery.volts)) / (_SHUNT_CURRENT + 1.2 * sum(loads)))
        count += 1
        name = f"R{count}"
        nodes = (SUPPLY[0], node) if battery.volts > 0 else (node, SUPPLY[1])
        purchase = Purchase("resistor", ohms, 0.05, "thick film", "1206")
        yield Component(FEED, name, 0, name, _beside(Resistor(name, nodes, ohms), name, Owner.BOARD), purchase=purchase)


def _blocking(components: Sequence[Component], rail: float) -> Iterator[Component]:
    """Capacitors at the supply pins of all packages."""
    numbers = {prefix: sum(_is_capacitor(each, prefix) for each in components) for prefix in ("", "T")}
    for body, members in bodies(components).items():
        device, owner = members[0].device, members[0].owner
        if device is None or not device.package or not device.powered:
            continue
        prefix = "T" if owner is Owner.TEACHER else ""
        upper, lower = device.supply_nodes(rail)
        for nodes in ((upper, GROUND), (GROUND, lower)):
            numbers[prefix] += 1
            name = f"{prefix}C{numbers[prefix]}"
            part = _beside(Capacitor(name, nodes, BLOCKING), body, owner)
            yield Component(DECOUPLING, name, 0, name, part, purchase=_BLOCKING)


def _sections(components: Sequence[Component], rail: float) -> Iterator[Component]:
    """Supplies of fewer volts for packages that stand no more: to either side a Zener diode, and resistors that let
    through what it and all that hangs on it need."""
    volts = sorted({each.device.section for each in components if each.device is not None and each.device.section})
    numbers = {"R": sum(each.kind == RESISTOR and each.owner is Owner.BOARD for each in components)}
    numbers["D"] = len({each.body for each in components if each.device is not None and each.device.letters == "D"})

    def numbered(what: str) -> str:
        numbers[what] += 1
        return f"{what}{numbers[what]}"

    for each in volts:
        if each >= rail:
            continue
        upper, lower = section_nodes(each)
        for node, feed, shunt in (
            (upper, (SUPPLY[0], upper), (GROUND, upper)),
            (lower, (lower, SUPPLY[1]), (lower, GROUND)),
        ):
            amperes = _ZENER_CURRENT + _drawn(components, each, node)
            count = math.ceil((rail - each) * amperes / _FEED_WATTS)
            ohms = rounder("E24")((rail - each) / amperes * count)
            purchase = Purchase("resistor", ohms, 0.05, "thick film", "1206")
            for _ in range(count):
                name = numbered("R")
                own = _beside(Resistor(name, feed, ohms), name, Owner.BOARD)
                yield Component(FEED, name, 0, name, own, purchase=purchase)
            diode = numbered("D")
            shunted = _beside(BoardPart(diode, shunt, f"{each:g}V"), diode, Owner.BOARD)
            yield Component(ZENER, diode, 0, diode, shunted)


def _drawn(components: Sequence[Component], volts: float, node: str) -> float:
    """Amperes that parts draw from a supply of fewer volts at most: packages that hang on it, and resistors."""
    found = 0.0
    for each in components:
        at = node in each.element.nodes
        if each.device is not None and (at or each.device.section == volts):
            found += each.device.supply or 0.0
        elif at and isinstance(each.element, Resistor):
            found += volts / each.element.ohms
    return found


def _beside(element: Capacitor | Resistor | BoardPart, body: str, owner: Owner) -> FlatPart:
    """A part of the supply, which the netlist does not have."""
    return FlatPart("", "", element, ("1", "2"), Section("supply of the parts", (), owner), None, body)


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
            body, unit = self._next(device.letters or (_PACKAGE if device.package else _ASSEMBLY)), 0
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


def _device(part: FlatPart, cell: Cell, stand_ins: Mapping[str, str]) -> Device:
    """The part that a role's cell wraps, or the one that stands for its law."""
    role = str(cell.role)
    if cell.name in devices() or cell.role is None:
        if not cell.sheet.valued or not isinstance(part.element, Instance):
            return Device.of(cell)
        given = cell.values(dict(part.element.parameters))
        return replace(Device.of(cell), value=given[cell.sheet.valued.lower()])
    name = cell.part or stand_ins.get(role, LAW)
    if name in devices():
        found = Device.of(devices()[name])
        return found if cell.part is None else replace(found, pins=cell.sheet.pins, grounded=cell.sheet.grounded)
    return Device("", 1, "", None, f"to be designed: {cell.sheet.law or role}")


def nodes_of(components: Iterable[Component]) -> Iterator[str]:
    """All nodes that components connect, with repetitions."""
    for component in components:
        yield from component.element.nodes
