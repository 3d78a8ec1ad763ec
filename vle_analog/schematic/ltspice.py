"""Schematic -> LTspice: one drawing, ``.asc``, with symbols of its own, ``.asy``.

All pages lie on one sheet, below each other, joined by the names of nets. Cells, stimuli and the analysis are in a file
that the drawing includes. Clocks are among the stimuli, whatever a board makes them of: their parts are not drawn, and
the sheet says so. Source of the format: files that LTspice writes; ``SymAttr`` and ``PinAttr`` as its help,
topic "Creating New Symbols", has them. Grid steps are 16 units there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import GROUND, Battery, Capacitor, CurrentSource, Instance, Resistor
from vle_analog.netlist import ltspice
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.production.clock import CLOCK
from vle_analog.schematic.drawing import Line, Page, Placed, Schematic
from vle_analog.schematic.nets import told_of_clocks
from vle_analog.schematic.symbols import rails
from vle_analog.units import spice_number

#: LTspice's units of a grid step, and steps between pages
_UNIT, _BETWEEN = 16, 12


@dataclass(frozen=True)
class _Kind:
    """What LTspice takes a drawn part for.

    Attributes:
        prefix: SPICE's letter.
        value: behind the nodes.
        more: behind the value.
    """

    prefix: str
    value: str
    more: str = ""


def files(schematic: Schematic, circuit: Circuit, bench: Testbench) -> dict[str, str]:
    """The drawing, its symbols, what it includes, by file name.

    Raises:
        CircuitError: what LTspice cannot express, by name.
    """
    beside: Deck = ltspice.surroundings(circuit, bench)
    included = f"{schematic.name}.inc"
    symbols = {
        f"{_called(placed)}.asy": _symbol(placed)
        for page in schematic.pages
        for placed in page.placed
        if _simulated(placed)
    }
    drawing = "\n".join([*_drawing(schematic, circuit, included), ""])
    return {f"{schematic.name}.asc": drawing, included: beside.text, **symbols, **beside.files}


def _simulated(placed: Placed) -> bool:
    """Whether LTspice has a drawn part: one of the netlist, and none of a clock."""
    component = placed.component
    if component is None or not component.name or component.flat.section.kind == CLOCK:
        return False
    return _kind(placed) is not None


def _kind(placed: Placed) -> _Kind | None:
    """What LTspice takes a part for; None for one that it has from elsewhere: a stimulus."""
    assert placed.component is not None
    match placed.component.element:
        case Resistor(ohms=ohms):
            return _Kind("R", spice_number(ohms))
        case Capacitor(farads=farads, volts=volts):
            return _Kind("C", spice_number(farads), f"ic={spice_number(volts)}")
        case Battery(volts=volts):
            return _Kind("V", spice_number(volts))
        case CurrentSource(amperes=amperes):
            return _Kind("I", spice_number(amperes))
        case Instance(cell=cell, parameters=parameters):
            return _Kind("X", cell, " ".join(f"{name}={spice_number(value)}" for name, value in parameters))
    return None


def _called(placed: Placed) -> str:
    """Name of a part's symbol: units of a package that are drawn alike have one."""
    component = placed.component
    assert component is not None
    lying = len(component.flat.ports) == 2  # one way or the other
    return f"vle_{placed.symbol.name if component.device is None or lying else component.kind}"


def _symbol(placed: Placed) -> str:
    """A symbol's file."""
    kind, drawing = _kind(placed), placed.drawing
    assert kind is not None
    lines = ["Version 4", "SymbolType CELL"]
    for line in (*drawing.lines, *(pin.line for pin in drawing.pins)):
        lines += _lines(line)
    for text in drawing.texts:
        lines.append(f"TEXT {_units(text.at[0])} {_units(text.at[1])} {_JUSTIFIED[text.anchor]} 1 {text.text}")
    for window, text in ((0, drawing.reference), (3, drawing.value)):
        lines.append(f"WINDOW {window} {_units(text.at[0])} {_units(text.at[1])} {_JUSTIFIED[text.anchor]} 2")
    lines.append(f"SYMATTR Prefix {kind.prefix}")
    lines.append(f"SYMATTR Value {kind.value if kind.prefix == 'X' else kind.prefix}")
    assert placed.component is not None
    ports = placed.component.flat.ports
    for pin in drawing.pins:
        lines.append(f"PIN {_units(pin.at[0])} {_units(pin.at[1])} NONE 8")
        lines.append(f"PINATTR PinName {pin.name}")
        lines.append(f"PINATTR SpiceOrder {ports.index(pin.name) + 1}")
    return "\n".join([*lines, ""])


_JUSTIFIED: Mapping[str, str] = {"start": "Left", "middle": "Center", "end": "Right"}


def _units(steps: float) -> int:
    return round(steps * _UNIT)


def _lines(line: Line) -> Iterator[str]:
    for (x, y), (u, v) in zip(line.points, line.points[1:], strict=False):
        yield f"LINE Normal {_units(x)} {_units(y)} {_units(u)} {_units(v)}"


def _drawing(schematic: Schematic, circuit: Circuit, included: str) -> Iterator[str]:
    pages = list(_pages(schematic))
    sections = (node for page in pages for each in page.placed if each.component for _, node in each.component.pins)
    nodes = {node.upper(): node for node in sections} | {name: node for node, name in rails(circuit).items()}
    width = max(page.size[0] for page in pages)
    height = sum(page.size[1] for page in pages)
    yield "Version 4"
    yield f"SHEET 1 {_units(width)} {_units(height)}"
    placed = [each for page in pages for each in page.placed]
    drawn = [each for each in placed if _simulated(each)]
    for page in pages:
        for wire in page.wires:
            ends = (*wire.start, *wire.end)
            yield "WIRE " + " ".join(str(_units(each)) for each in ends)
    for page in pages:
        for label in page.labels:
            yield f"FLAG {_units(label.at[0])} {_units(label.at[1])} {label.net}"
    for each in placed:
        if each.symbol.rail:
            node = nodes.get(each.symbol.rail, GROUND)
            yield f"FLAG {_units(each.at[0])} {_units(each.at[1])} {node}"
    for each in drawn:
        yield from _part(each)
    yield f"TEXT 0 -96 Left 2 !.include {included}"
    for number, told in enumerate(told_of_clocks(circuit)):
        yield f"TEXT 0 {-224 - 64 * number} Left 2 ;{told}"
    yield f"TEXT 0 -160 Left 3 ;{circuit.name}"


def _part(placed: Placed) -> Iterator[str]:
    kind, component = _kind(placed), placed.component
    assert kind is not None and component is not None
    name = component.designator if component.designator.startswith(kind.prefix) else kind.prefix + component.designator
    yield f"SYMBOL {_called(placed)} {_units(placed.at[0])} {_units(placed.at[1])} R0"
    yield f"SYMATTR InstName {name}"
    yield f"SYMATTR Value {kind.value}"
    if kind.more:
        yield f"SYMATTR SpiceLine {kind.more}"


def _pages(schematic: Schematic) -> Iterator[Page]:
    """Pages of parts below each other, without what LTspice does not need: supplies and their capacitors."""
    low = 0
    for page in schematic.pages:
        if page.sheets:
            continue
        kept = tuple(each for each in page.placed if each.symbol.rail or _simulated(each))
        if not any(_simulated(each) for each in kept):
            continue
        touched = _connected(page, kept)
        moved = Page(
            page.name,
            page.title,
            tuple(each for each in kept if not each.symbol.rail or each.at in touched),
            tuple(wire for wire in page.wires if wire.start in touched),
            tuple(label for label in page.labels if label.at in touched),
            paper=page.paper,
        ).moved(0, low)
        low += page.size[1] + _BETWEEN
        yield moved


def _connected(page: Page, placed: tuple[Placed, ...]) -> set[tuple[int, int]]:
    """Places that wires join with a part that is kept."""
    found = {place for each in placed if not each.symbol.rail for _, place in each.pins()}
    while True:
        more = {
            end
            for wire in page.wires
            if wire.start in found or wire.end in found
            for end in (wire.start, wire.end)
            if end not in found
        }
        if not more:
            return found
        found |= more
