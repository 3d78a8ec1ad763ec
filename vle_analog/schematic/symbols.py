"""How parts are drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache, partial
from typing import Literal

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import GROUND, Battery
from vle_analog.circuit.parts import SUPPLY
from vle_analog.production.assembly import CAPACITOR, FEED, RESISTOR, SERIES, TEST_POINT, ZENER, Component, Device
from vle_analog.schematic.drawing import Line, Pin, Side, Symbol, Text, Unit

#: what ground is called
GND = "GND"
#: of a box: half of its width, and the distance of its pins
_HALF, _PITCH = 6, 4
_OPAMP, _SWITCH = "opamp", "hold_switch"
#: letters of designators by class (IEEE 315): transistor, thermistor, voltage regulator, potentiometer
TRANSISTOR, THERMISTOR, REGULATOR, POTENTIOMETER = "Q", "RT", "VR", "RV"

Points = Sequence[tuple[float, float]]


def _line(*points: tuple[float, float]) -> Line:
    return Line(points)


def _frame(left: float, top: float, right: float, bottom: float) -> Line:
    return _line((left, top), (right, top), (right, bottom), (left, bottom), (left, top))


def rails(circuit: Circuit) -> dict[str, str]:
    """What nodes that every page has are called there: ground, supply, references."""
    found = {GROUND: GND}
    for element in circuit.elements():
        if isinstance(element, Battery) and element.nodes[1] == GROUND:
            node = element.nodes[0]
            found[node] = node.upper() if node in SUPPLY else node
    return found


@cache
def rail(net: str, side: Side) -> Symbol:
    """A rail's mark at the end of a wire: to the given side of its place."""
    name = f"{net}_{side}"
    x, y = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}[side]

    def at(along: float, across: float) -> tuple[float, float]:
        return along * x - across * y, along * y + across * x

    if net == GND:
        bars = [_line(at(1 + 0.5 * k, -1 + 0.33 * k), at(1 + 0.5 * k, 1 - 0.33 * k)) for k in range(3)]
    else:
        bars = [_line(at(1, -1), at(1, 1))]
    lines = (_line((0, 0), at(1, 0)), *bars)
    anchor = {"left": "end", "right": "start"}.get(side, "middle")
    distance = 2.6 if side in ("left", "right") else (2.9 if net == GND else 1.9)
    value = Text("", at(distance if net == GND else distance - (0.9 if anchor != "middle" else 0), 0), anchor)  # type: ignore[arg-type]
    opposite: dict[Side, Side] = {"left": "right", "right": "left", "up": "down", "down": "up"}
    pin = Pin(net, "1", (0, 0), opposite[side], 0.0, "power_in")
    return Symbol(name, "#PWR", (Unit((pin,), lines, Text("", (0, 0)), value),), net)


@cache
def two_pins(kind: str, turned: bool = False) -> Symbol:
    """A resistor or capacitor, lying; its second end at the left where it is turned."""
    left, right = ("2", "1") if turned else ("1", "2")
    length = 2.6 if kind == CAPACITOR else 1.0
    pins = (Pin(left, left, (-3, 0), "left", length), Pin(right, right, (3, 0), "right", length))
    lines: tuple[Line, ...] = (_frame(-2, -0.8, 2, 0.8),)
    if kind == CAPACITOR:
        lines = (_line((-0.4, -1.2), (-0.4, 1.2)), _line((0.4, -1.2), (0.4, 1.2)))
    away = 0.4 if kind == CAPACITOR else 0.0  # its plates are higher than a resistor's body
    reference, value = Text("", (0, -1.8 - away), "middle"), Text("", (0, 1.9 + away), "middle")
    name = f"{kind}_turned" if turned else kind
    return Symbol(name, "R" if kind == RESISTOR else "C", (Unit(pins, lines, reference, value),))


@cache
def zener(turned: bool = False) -> Symbol:
    """A Zener diode, lying, its anode first; at the right where it is turned."""
    sign = -1 if turned else 1
    left, right = ("2", "1") if turned else ("1", "2")
    number = {"1": "2", "2": "1"}  # land patterns begin with the cathode
    pins = (Pin(left, number[left], (-3, 0), "left", 2.2), Pin(right, number[right], (3, 0), "right", 2.2))
    triangle = _line(*((sign * x, y) for x, y in ((-0.8, -0.9), (-0.8, 0.9), (0.8, 0), (-0.8, -0.9))))
    bar = _line(*((sign * x, y) for x, y in ((0.4, -1.1), (0.8, -0.9), (0.8, 0.9), (1.2, 1.1))))
    reference, value = Text("", (0, -1.8), "middle"), Text("", (0, 1.9), "middle")
    return Symbol("zener_turned" if turned else "zener", "D", (Unit(pins, (triangle, bar), reference, value),))


@cache
def diode(name: str, letters: str, pins: tuple[tuple[str, str], ...], turned: bool) -> Symbol:
    """A diode, a reference of two pins (a Zener diode's bar) or a thermistor, lying.

    Args:
        name: of the part.
        letters: of its designator, by which IEEE 315 tells the class.
        pins: name and number of each, in its cell's order.
        turned: whether the first one is at the right.
    """
    places: tuple[tuple[tuple[int, int], Side], ...] = (((-3, 0), "left"), ((3, 0), "right"))
    resistive = letters == THERMISTOR
    ends = tuple(
        Pin(port, number, *place, 1.0 if resistive else 2.2)
        for (port, number), place in zip(pins[::-1] if turned else pins, places, strict=True)
    )
    lines = (_frame(-2, -0.8, 2, 0.8), _line((-2.4, 1.6), (-1.4, 1.6), (1.6, -1.4)))
    if not resistive:
        sign = 1 if ends[0].name == "a" else -1  # to which side current flows
        triangle = _line(*((sign * x, y) for x, y in ((-0.8, -0.9), (-0.8, 0.9), (0.8, 0), (-0.8, -0.9))))
        bent = 0.4 if letters == REGULATOR else 0.0
        bar = ((0.8 - bent, -1.1), (0.8, -0.9), (0.8, 0.9), (0.8 + bent, 1.1))
        lines = (triangle, _line(*((sign * x, y) for x, y in bar)))
    reference, value = Text("", (0, -2.2), "middle"), Text("", (0, 2.4), "middle")
    return Symbol(f"{name}_turned" if turned else name, letters, (Unit(ends, lines, reference, value),), numbered=False)


def _transistors(ports: tuple[str, ...], numbers: tuple[str, ...]) -> Unit:
    """Two NPN transistors, the second one mirrored."""
    places: Mapping[str, tuple[tuple[int, int], Side, float]] = {
        "c1": ((-3, -5), "up", 2.5),
        "b1": ((-8, 0), "left", 3.4),
        "e1": ((-3, 5), "down", 2.5),
        "e2": ((3, 5), "down", 2.5),
        "b2": ((8, 0), "right", 3.4),
        "c2": ((3, -5), "up", 2.5),
    }
    pins = tuple(Pin(port, number, *places[port]) for port, number in zip(ports, numbers, strict=True))
    lines = [_frame(-7, -4, 7, 4)]
    for sign in (-1, 1):
        lines.append(_line((sign * 4.6, -1.5), (sign * 4.6, 1.5)))
        lines.append(_line((sign * 4.6, -0.8), (sign * 3, -2.5)))
        lines.append(_line((sign * 4.6, 0.8), (sign * 3, 2.5)))
        lines.append(_line((sign * 3.2, 1.5), (sign * 3, 2.5), (sign * 4.0, 2.2)))
    return Unit(pins, tuple(lines), Text("", (0, -1.4), "middle"), Text("", (0, 1.2), "middle"))


def _potentiometer(ports: tuple[str, ...], numbers: tuple[str, ...]) -> Unit:
    """A potentiometer, its ends above and below, its wiper at the right."""
    places: tuple[tuple[tuple[int, int], Side, float], ...] = (
        ((0, -4), "up", 1.6),
        ((4, 0), "right", 1.6),
        ((0, 4), "down", 1.6),
    )
    pins = tuple(Pin(port, number, *place) for port, number, place in zip(ports, numbers, places, strict=True))
    lines = (_frame(-0.8, -2.4, 0.8, 2.4), _line((2.4, 0), (0.9, 0)), _line((1.7, -0.6), (0.9, 0), (1.7, 0.6)))
    return Unit(pins, lines, Text("", (-1.4, -1.2), "end"), Text("", (-1.4, 1.2), "end"))


@cache
def test_point() -> Symbol:
    """A place for a probe, a wire at its right."""
    circle = [(-1.6 + 0.6 * math.cos(k * math.pi / 8), 0.6 * math.sin(k * math.pi / 8)) for k in range(17)]
    circle[-1] = circle[0]
    pin = Pin("1", "1", (0, 0), "right", 1.0)
    texts = Text("", (-2.6, 0), "end"), Text("", (0, 0))
    return Symbol("test_point", "TP", (Unit((pin,), (Line(tuple(circle)),), *texts),))


@cache
def flag() -> Symbol:
    """What tells an editor's rules that a rail is driven from outside: at the end of a wire that goes up."""
    lines = (_line((0, 0), (0, -1)), _line((0, -1), (-0.7, -1.7), (0, -2.4), (0.7, -1.7), (0, -1)))
    pin = Pin("pwr", "1", (0, 0), "down", 0.0, "power_out")
    return Symbol("PWR_FLAG", "#FLG", (Unit((pin,), lines, Text("", (0, 0)), Text("", (0, -3.2), "middle")),))


@cache
def standing_capacitor() -> Symbol:
    """A capacitor between a rail above and one below."""
    pins = (Pin("1", "1", (0, -3), "up", 2.6), Pin("2", "2", (0, 3), "down", 2.6))
    lines = (_line((-1.2, -0.4), (1.2, -0.4)), _line((-1.2, 0.4), (1.2, 0.4)))
    reference, value = Text("", (0.6, -1.6)), Text("", (0.6, 1.7))
    return Symbol("capacitor_standing", "C", (Unit(pins, lines, reference, value),))


@cache
def connector(kind: str, negative: bool = False) -> Symbol:
    """What brings a voltage onto the board, takes one from there, or holds one: its voltage at the right, of what
    leaves the board at the left, ground below.

    A shunt reference has its cathode at the more positive end.
    """
    hot = "passive" if kind in ("input", "output") else "power_out"
    turned = kind == "reference" and negative
    numbers = ("2", "1") if turned else ("1", "2")
    sign: Literal[1, -1] = -1 if kind == "output" else 1
    first = Pin("1", numbers[0], (3 * sign, 0), "right" if sign > 0 else "left", 1.0, hot)
    pins = (first, Pin("2", numbers[1], (0, 3), "down"))
    circle = [(2 * math.cos(k * math.pi / 12), 2 * math.sin(k * math.pi / 12)) for k in range(25)]
    circle[-1] = circle[0]
    lines = (Line(tuple(circle)),)
    inside = Text({"input": "~", "output": "V"}.get(kind, "+"), (0, 0), "middle", 1.4)
    anchor: Literal["start", "end"] = "end" if sign > 0 else "start"
    reference, value = (Text("", (-2.5 * sign, y), anchor) for y in (-1, 1))
    prefix = "VR" if kind == "reference" else "J"
    name = f"source_{kind}_negative" if turned else f"source_{kind}"
    return Symbol(name, prefix, (Unit(pins, lines, reference, value, (inside,)),))


def symbol_of(component: Component, left: str | None = None) -> Symbol:
    """The symbol of a component; of a two-ended one the node at its left may be said."""
    if component.kind in (RESISTOR, CAPACITOR, FEED, SERIES):
        kind = CAPACITOR if component.kind == CAPACITOR else RESISTOR
        return two_pins(kind, left is not None and component.element.nodes[0] != left)
    if component.kind == TEST_POINT:
        return test_point()
    if component.kind == ZENER:
        return zener(left is not None and component.element.nodes[0] != left)
    if component.device is None:
        return connector(component.kind, isinstance(component.element, Battery) and component.element.volts < 0)
    ports = component.flat.ports
    if len(ports) == 2 and component.device.letters:
        ends = tuple((port, component.device.pins[port][0]) for port in ports)
        turned = left is not None and component.element.nodes[0] != left
        return diode(component.device.part, component.device.letters, ends, turned)
    device, cell = component.device, component.flat.cell
    outputs = (cell.outputs if cell is not None else ()) or (len(ports) - 1,)
    shape = (component.kind, tuple(ports), outputs)
    packaged = device.package != ""
    letters = device.letters or ("U" if packaged else "A")
    return _device(shape, device.part or component.kind, _numbers(device, ports), letters, packaged, device.powered)


def _numbers(
    device: Device, ports: tuple[str, ...]
) -> tuple[tuple[tuple[str, ...], ...], tuple[str, str], tuple[str, ...]]:
    """Numbers of a device's pins: of the ports unit by unit, of both ends of the supply, of pins on ground.

    Where nobody says, they are counted.
    """
    count = len(ports)
    units = [tuple(str(unit * count + place + 1) for place in range(count)) for unit in range(device.units)]
    ends = (str(device.units * count + 1), str(device.units * count + 2))
    supply = SUPPLY if device.powered else ()
    if device.pins and all(port in device.pins for port in (*ports, *supply)):
        units = [tuple(_of(device.pins[port], unit) for port in ports) for unit in range(device.units)]
    if supply and all(port in device.pins for port in (*ports, *supply)):
        ends = (device.pins[SUPPLY[0]][0], device.pins[SUPPLY[1]][0])
    return tuple(units), ends, device.grounded


def _of(numbers: Sequence[str], unit: int) -> str:
    return numbers[unit] if unit < len(numbers) else numbers[0]


@cache
def _device(
    shape: tuple[str, tuple[str, ...], tuple[int, ...]],
    name: str,
    numbers: tuple[tuple[tuple[str, ...], ...], tuple[str, str], tuple[str, ...]],
    letters: str,
    packaged: bool,
    powered: bool,
) -> Symbol:
    """A device's symbol: its functional units, then its supply; its shape goes by its role, ports and outputs."""
    (role, ports, outputs), (units, ends, grounded) = shape, numbers
    draw = {_OPAMP: _amplifier, _SWITCH: _switch}.get(role, partial(_box, outputs))
    draw = {TRANSISTOR: _transistors, POTENTIOMETER: _potentiometer}.get(letters, draw)
    drawings = [draw(ports, each) for each in units]
    supply = [_supply(ends, grounded)] if powered else []
    return Symbol(name, letters, (*drawings, *supply), numbered=packaged)


def _amplifier(ports: tuple[str, ...], numbers: tuple[str, ...]) -> Unit:
    """An op-amp, the inverting input on top."""
    places: Mapping[int, tuple[tuple[int, int], Side, float, str]] = {
        0: ((-6, 2), "left", 2.0, "input"),
        1: ((-6, -2), "left", 2.0, "input"),
        2: ((6, 0), "right", 2.0, "output"),
    }
    pins = tuple(Pin(ports[k], numbers[k], *places[k]) for k in range(3))
    lines = (_line((-4, -4), (-4, 4), (4, 0), (-4, -4)),)
    signs = (Text("-", (-3.4, -2), "start", 1.3), Text("+", (-3.4, 2), "start", 1.3))
    return Unit(pins, lines, Text("", (0.6, -3.6)), Text("", (0.6, 3.8)), signs)


def _switch(ports: tuple[str, ...], numbers: tuple[str, ...]) -> Unit:
    """A switch between a bus at the left and a summing node at the right, its gate below."""
    places: Mapping[int, tuple[tuple[int, int], Side, float, str]] = {
        0: ((-3, 0), "left", 1.0, "passive"),
        1: ((3, 0), "right", 1.0, "passive"),
        2: ((0, 3), "down", 1.2, "input"),
    }
    pins = tuple(Pin(ports[k], numbers[k], *places[k]) for k in range(3))
    lines = (
        _frame(-2, -1.8, 2, 1.8),
        _line((-2, 0), (-1, 0)),
        _line((-1, 0), (0.9, -0.9)),
        _line((1, 0), (2, 0)),
    )
    return Unit(pins, lines, Text("", (0, -4.2), "middle"), Text("", (0, -2.8), "middle"))


def _box(outputs: tuple[int, ...], ports: tuple[str, ...], numbers: tuple[str, ...]) -> Unit:
    """A box with inputs at the left and outputs, by their places among the ports, at the right."""
    inputs = [place for place in range(len(ports)) if place not in outputs]
    half = max(1, len(inputs)) * _PITCH // 2
    heights = {place: -half + _PITCH // 2 + _PITCH * k for k, place in enumerate(inputs)}
    heights |= {place: _PITCH * k - _PITCH * (len(outputs) - 1) // 2 for k, place in enumerate(outputs)}
    pins, texts = [], []
    for place, (port, number) in enumerate(zip(ports, numbers, strict=True)):
        y = heights[place]
        if place in outputs:
            pins.append(Pin(port, number, (_HALF + 2, y), "right", 2.0, "output"))
            texts.append(Text(port, (_HALF - 0.5, y), "end"))
        else:
            pins.append(Pin(port, number, (-_HALF - 2, y), "left", 2.0, "input"))
            texts.append(Text(port, (-_HALF + 0.5, y)))
    lines = [_frame(-_HALF, -half, _HALF, half)]
    reference, value = Text("", (-_HALF, -half - 0.9)), Text("", (-_HALF, half + 1.0))
    return Unit(tuple(pins), tuple(lines), reference, value, tuple(texts))


def _supply(ends: tuple[str, str], grounded: Sequence[str]) -> Unit:
    """A package's supply pins, and those that lie on ground."""
    low = max(2, 2 * len(grounded) - 1)
    pins = [
        Pin(SUPPLY[0], ends[0], (0, -3), "up", 1.0, "power_in"),
        Pin(SUPPLY[1], ends[1], (0, low + 1), "down", 1.0, "power_in"),
    ]
    lines = [_frame(-2, -2, 2, low)]
    texts = [Text("+", (0, -1.2), "middle"), Text("-", (0, low - 0.8), "middle")]
    for place, number in enumerate(grounded):
        pins.append(Pin(f"z{number}", number, (3, 2 * place), "right", 1.0, "power_in"))
    return Unit(tuple(pins), tuple(lines), Text("", (-2.6, -1), "end"), Text("", (-2.6, 1), "end"), tuple(texts))
