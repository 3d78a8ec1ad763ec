"""Templates: how the parts of a stage are laid out.

An amplifier stands in the middle: its inputs' resistors in a column at the left, joined by a wire at its inverting
input; its feedback above it; names of nets at the ends. Any other device is a box with a name at each pin. What joins
nowhere stands by itself, a name at either end: whatever a stage is made of, it is drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from vle_analog.circuit.cell.stage import OPAMP, SWITCH
from vle_analog.circuit.elements import Capacitor, Resistor
from vle_analog.production.assembly import CAPACITOR, FEED, OUTPUT, RESISTOR, SERIES, TEST_POINT, ZENER, Component
from vle_analog.production.flat import BoardPart
from vle_analog.schematic.drawing import TOWARDS, Label, Page, Place, Placed, Side, Wire
from vle_analog.schematic.footprints import footprint_of
from vle_analog.schematic.properties import DRAWN
from vle_analog.schematic.symbols import POTENTIOMETER, TRANSISTOR, rail, symbol_of
from vle_analog.units import spice_number

#: grid steps between rows of inputs, and of feedback
_ROW = 6
#: of an amplifier's drawing: x of the wire that joins inputs, of the output's, and of inputs' resistors
_BUS, _OUT, _INPUT = -10, 10, -14
#: from one part of a chain to the next
_CHAIN = 7
#: from the lowest of a column's parts, whose value stands below it, to a name: KiCad writes it above its wire
_BELOW = 6
#: grid steps that a switch needs above it beside those of a row
_ABOVE = 3
#: of a pair of transistors: x of the wires that join what hangs at their bases
_BASE = 10
#: y of the inverting input, and of the lowest feedback
_INVERTING, _FEEDBACK = -2, -8
#: of a row behind a switch: x of the wire that joins its resistors
_BEHIND = -19


@dataclass
class Sheet:
    """A drawing under way.

    Attributes:
        rails: what nodes that every page has are called, by node.
    """

    rails: Mapping[str, str]
    placed: list[Placed] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    gaps: list[Place] = field(default_factory=list)

    def part(self, component: Component, at: Place, left: str | None = None) -> None:
        """Draw a component; of a two-ended one the node at its left may be said."""
        symbol = symbol_of(component, left)
        unit = min(component.unit, len(symbol.units) - 1)
        self.placed.append(
            Placed(symbol, unit, at, component.body, value_of(component), component, footprint_of(component))
        )

    def wire(self, *places: Place) -> None:
        """Draw a wire through places."""
        for start, end in pairwise(places):
            if start != end:
                self.wires.append(Wire(start, end))

    def name(self, node: str, at: Place, side: Side) -> None:
        """Draw a node's name at the end of a wire, or its mark if it is a rail."""
        if node in self.rails:
            self.placed.append(Placed(rail(self.rails[node], side), 0, at, "", self.rails[node]))
        else:
            self.labels.append(Label(node, at, side))

    def page(self) -> Page:
        """What has been drawn."""
        return Page("", "", tuple(self.placed), tuple(self.wires), tuple(self.labels), gaps=tuple(self.gaps))


def value_of(component: Component) -> str:
    """What is written beside a component."""
    match component.element:
        case Resistor(ohms=value) | Capacitor(farads=value):
            return spice_number(value, DRAWN).replace("Meg", "M")
    if component.device is not None:
        name = component.device.part.upper() or component.kind
        return name if component.device.value is None else f"{name} {spice_number(component.device.value, 6)}"
    if isinstance(component.element, BoardPart):
        return component.element.value
    return component.element.name


def drawn(components: Sequence[Component], ends: Mapping[str, int], rails: Mapping[str, str]) -> list[Page]:
    """The drawings of the parts of one stage, its middle at the origin.

    Args:
        components: of the stage.
        ends: how many parts' ends each node of the circuit has.
        rails: what nodes that every page has are called.
    """
    left = list(components)
    found = []
    for component in components:
        if component.kind == OPAMP and component in left:
            found.append(_amplifier(component, left, ends, rails))
    found += [_pair(each, left, ends, rails) for each in components if each in left and is_pair(each)]
    found += [_trimmer(each, left, rails) for each in components if each in left and _is_trimmer(each)]
    # switches with what is behind them; what is low last, which finds room below each other
    left.sort(key=lambda component: 0 if component.kind == SWITCH else 2 if _two_ended([component]) else 1)
    while left:
        component = left.pop(0)
        sheet = Sheet(rails)
        if component.kind == TEST_POINT:
            sheet.part(component, (0, 0))
            sheet.wire((0, 0), (1, 0))
            sheet.name(component.element.nodes[0], (1, 0), "right")
        elif component.kind in (OUTPUT, SERIES):
            _leaving(sheet, component, left)
        elif component.kind in (FEED, ZENER) or _two_ended([component]):
            _alone(sheet, component)
        elif component.kind == SWITCH:
            _switched(sheet, component, left, ends, 0, "right")
            sheet.wire((_BUS, 0), (_BUS + 1, 0))
            sheet.name(component.element.nodes[1], (_BUS + 1, 0), "right")
        else:
            _device(sheet, component, ends)
        found.append(sheet.page())
    return found


def _two_ended(components: Iterable[Component]) -> list[Component]:
    return [
        each
        for each in components
        if each.kind in (RESISTOR, CAPACITOR) or (each.device is not None and len(each.element.nodes) == 2)
    ]


def _leaving(sheet: Sheet, component: Component, left: list[Component]) -> None:
    """A connector of what leaves a board, and the resistor before it; what is drawn is left no more."""
    both = {component.kind: component}
    for each in left:
        if each.kind in (OUTPUT, SERIES) and each.flat.signal == component.flat.signal and each.kind not in both:
            both[each.kind] = each
    for each in both.values():
        if each is not component:
            left.remove(each)
    connector, resistor = both[OUTPUT], both[SERIES]
    node = resistor.element.nodes[0]
    sheet.part(connector, (0, 0))
    sheet.wire((-3, 0), (-5, 0))
    sheet.part(resistor, (-8, 0), node)
    sheet.wire((-11, 0), (-12, 0))
    sheet.name(node, (-12, 0), "left")
    sheet.name(connector.element.nodes[1], (0, 3), "down")


def is_pair(component: Component) -> bool:
    """Whether a component is two transistors in one package."""
    return component.device is not None and component.device.letters == TRANSISTOR and len(component.flat.ports) == 6


def _pair(pair: Component, left: list[Component], ends: Mapping[str, int], rails: Mapping[str, str]) -> Page:
    """Two transistors with all that hangs at their bases; what is drawn is left no more."""
    sheet = Sheet(rails)
    left.remove(pair)
    sheet.part(pair, (0, 0))
    at = dict(zip(pair.flat.ports, pair.element.nodes, strict=True))
    inside = Counter(at.values())
    for base, sign in (("b1", -1), ("b2", 1)):
        node, bus = at[base], sign * _BASE
        side: Side = "left" if sign < 0 else "right"
        hanging = [] if node in rails else [each for each in _two_ended(left) if node in each.element.nodes]
        sheet.wire((sign * 8, 0), (bus, 0))
        for row, each in enumerate(hanging):
            left.remove(each)
            y = _ROW * row
            other = _beyond(each, node)
            sheet.part(each, (bus + 4 * sign, y), node if sign > 0 else other)
            sheet.wire((bus + 7 * sign, y), (bus + 8 * sign, y))
            sheet.name(other, (bus + 8 * sign, y), side)
            sheet.wire((bus, y), (bus + sign, y))
        low = _ROW * max(0, len(hanging) - 1)
        if not hanging:
            sheet.name(node, (bus, 0), side)
        elif len(hanging) + 1 < ends[node] or inside[node] > 1:
            low += _BELOW
            sheet.wire((bus, low), (bus + sign, low))
            sheet.name(node, (bus + sign, low), side)
        sheet.wire(*((bus, y) for y in sorted({*(_ROW * row for row in range(len(hanging))), low})))
    for pin, sign, y, side in (("c1", -1, -5, "up"), ("c2", 1, -5, "up"), ("e1", -1, 5, "down"), ("e2", 1, 5, "down")):
        if pin == "e2" and at["e1"] == at["e2"]:
            continue
        x = 3 * sign
        if pin == "e1" and at["e1"] == at["e2"]:
            sheet.wire((-3, 5), (-3, 6), (0, 6), (3, 6), (3, 5))
            sheet.wire((0, 6), (0, 7))
            sheet.name(at[pin], (0, 7), "down")
            continue
        away = sign if at[pin] not in rails else 0
        end = (x + away * 2, y + (2 if y > 0 else -2))
        sheet.wire((x, y), (x, end[1]), end)
        sheet.name(at[pin], end, side if not away else ("left" if sign < 0 else "right"))
    return sheet.page()


def _is_trimmer(component: Component) -> bool:
    """Whether a component is a potentiometer."""
    return component.device is not None and component.device.letters == POTENTIOMETER


def _trimmer(trimmer: Component, left: list[Component], rails: Mapping[str, str]) -> Page:
    """A potentiometer, the resistors from its wiper to a pin and from there to ground; what is drawn is not left."""
    sheet = Sheet(rails)
    left.remove(trimmer)
    sheet.part(trimmer, (0, 0))
    upper, wiper, lower = trimmer.element.nodes
    for node, y, side in ((upper, -4, "up"), (lower, 4, "down")):
        end = y + (2 if y > 0 else -2)
        sheet.wire((0, y), (0, end))
        sheet.name(node, (0, end), side)  # type: ignore[arg-type]
    series = next((each for each in _two_ended(left) if wiper in each.element.nodes), None)
    if series is None:
        sheet.wire((4, 0), (5, 0))
        sheet.name(wiper, (5, 0), "right")
        return sheet.page()
    left.remove(series)
    pin = _beyond(series, wiper)
    sheet.wire((4, 0), (5, 0))
    sheet.part(series, (8, 0), wiper)
    shunts = [each for each in _two_ended(left) if pin in each.element.nodes]
    for row, each in enumerate(shunts, 1):
        left.remove(each)
        y = _ROW * row
        sheet.wire((12, y - _ROW), (12, y), (13, y))
        sheet.part(each, (16, y), pin)
        sheet.wire((19, y), (20, y))
        sheet.name(_beyond(each, pin), (20, y), "right")
    sheet.wire((11, 0), (12, 0), (13, 0))
    sheet.name(pin, (13, 0), "right")
    return sheet.page()


def _beyond(component: Component, node: str) -> str:
    """The node at a two-ended part's other end."""
    one, other = component.element.nodes[:2]
    return other if one == node else one


def _amplifier(amplifier: Component, left: list[Component], ends: Mapping[str, int], rails: Mapping[str, str]) -> Page:
    """An amplifier with all that hangs at its inverting input; what is drawn is left no more."""
    sheet = Sheet(rails)
    plus, minus, out = amplifier.element.nodes[:3]
    left.remove(amplifier)
    sheet.part(amplifier, (0, 0))
    touched: Counter[str] = Counter({minus: 1})

    feedback = [each for each in _two_ended(left) if set(each.element.nodes) == {minus, out}]
    for row, each in enumerate(feedback):
        left.remove(each)
        touched[minus] += 1
        y = _FEEDBACK - _ROW * row
        sheet.part(each, (0, y), minus)
        sheet.wire((_BUS, y), (-3, y))
        sheet.wire((3, y), (_OUT, y))
    top = _FEEDBACK - _ROW * (len(feedback) - 1) if feedback else _INVERTING
    rows = _rows(sheet, minus, left, ends, touched)
    low = max(_INVERTING, *rows) if rows else _INVERTING
    places = sorted({top, *([_FEEDBACK - _ROW * row for row in range(len(feedback))]), _INVERTING, *rows, low})
    sheet.wire(*((_BUS, y) for y in places))
    sheet.wire((_BUS, _INVERTING), (-6, _INVERTING))
    if touched[minus] < ends[minus]:
        low += _BELOW
        sheet.wire((_BUS, low - _BELOW), (_BUS, low), (_BUS - 1, low))
        sheet.name(minus, (_BUS - 1, low), "left")
    sheet.wire((-6, 2), (-7, 2), (-7, 3))
    if plus in rails:
        sheet.name(plus, (-7, 3), "down")
    else:
        sheet.wire((-7, 3), (-7, 6))
        sheet.name(plus, (-7, 6), "right")
    sheet.wire((6, 0), (_OUT, 0), (_OUT + 2, 0))
    if feedback:
        sheet.wire((_OUT, 0), *((_OUT, _FEEDBACK - _ROW * row) for row in range(len(feedback))))
    sheet.name(out, (_OUT + 2, 0), "right")
    return sheet.page()


def _rows(sheet: Sheet, minus: str, left: list[Component], ends: Mapping[str, int], touched: Counter[str]) -> list[int]:
    """Draw what hangs at an inverting input, row by row; the rows' heights."""
    y, found = _INVERTING, []
    for each in [each for each in _two_ended(left) if minus in each.element.nodes and each.device is None]:
        left.remove(each)
        touched[minus] += 1
        found.append(y)
        _chain(sheet, each, minus, left, ends, (_INPUT, y))
        sheet.wire((_INPUT + 3, y), (_BUS, y))
        y += _ROW
    for switch in [each for each in left if each.kind == SWITCH and each.element.nodes[1] == minus]:
        left.remove(switch)
        touched[minus] += 1
        y += _ABOVE if found else 0
        found.append(y)
        y = _switched(sheet, switch, left, ends, y)
    return found


def _chain(
    sheet: Sheet, first: Component, node: str, left: list[Component], ends: Mapping[str, int], at: Place
) -> None:
    """Draw a part, and those in series behind it, to the left; a name at the end."""
    x, y = at
    component = first
    while True:
        node = _beyond(component, node)
        sheet.part(component, (x, y), node)
        following = [each for each in _two_ended(left) if node in each.element.nodes]
        if len(following) != 1 or ends[node] != 2:
            break
        component = following[0]
        left.remove(component)
        sheet.wire((x - 3, y), (x - _CHAIN + 3, y))
        x -= _CHAIN
    sheet.wire((x - 3, y), (x - 4, y))
    sheet.name(node, (x - 4, y), "left")


def _switched(
    sheet: Sheet, switch: Component, left: list[Component], ends: Mapping[str, int], y: int, side: Side = "left"
) -> int:
    """Draw a switch, with its gate's name at one side, and the resistors behind it; the height of what comes next."""
    bus, _, gate = switch.element.nodes[:3]
    sheet.part(switch, (_INPUT, y))
    sheet.wire((_INPUT + 3, y), (_BUS, y))
    end = (_INPUT + TOWARDS[side][0], y + 4)
    sheet.wire((_INPUT, y + 3), (_INPUT, y + 4), end)
    sheet.name(gate, end, side)
    behind = [each for each in _two_ended(left) if bus in each.element.nodes]
    sheet.wire((_INPUT - 3, y), (_BEHIND, y))
    heights = []
    for row, each in enumerate(behind):
        left.remove(each)
        heights.append(y + _ROW * row)
        _chain(sheet, each, bus, left, ends, (_BEHIND - 4, heights[-1]))
        sheet.wire((_BEHIND - 1, heights[-1]), (_BEHIND, heights[-1]))
    sheet.wire(*((_BEHIND, height) for height in heights))
    if len(behind) + 1 < ends[bus]:
        low = heights[-1] + 3 if heights else y + 3
        sheet.wire((_BEHIND, low - 3), (_BEHIND, low), (_BEHIND - 1, low))
        sheet.name(bus, (_BEHIND - 1, low), "left")
    return y + max(_ROW * len(behind), 2 * _ROW - 2)


def _alone(sheet: Sheet, component: Component) -> None:
    """A two-ended part by itself."""
    sheet.part(component, (0, 0))
    first, second = component.element.nodes[:2]
    sheet.wire((-3, 0), (-4, 0))
    sheet.name(first, (-4, 0), "left")
    sheet.wire((3, 0), (4, 0))
    sheet.name(second, (4, 0), "right")


def _device(sheet: Sheet, component: Component, ends: Mapping[str, int]) -> None:
    """A device by itself, a name at each pin; a pin that leads nowhere is marked as open."""
    sheet.part(component, (0, 0))
    placed = sheet.placed[-1]
    for (pin, (x, y)), node in zip(placed.pins(), component.element.nodes, strict=False):
        if ends.get(node) == 1:
            sheet.gaps.append((x, y))
            continue
        dx, dy = TOWARDS[pin.side]
        sheet.wire((x, y), (x + dx, y + dy))
        sheet.name(node, (x + dx, y + dy), pin.side)
