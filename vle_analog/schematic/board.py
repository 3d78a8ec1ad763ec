"""Schematic -> KiCad's netlist for board layout, its nets found in the drawing.

Source: the files that KiCad 6 exports, ``(export (version "E") ...)``: components with value and footprint, nets with
the pins that they join.
"""

from __future__ import annotations

from collections.abc import Iterator

from vle_analog.schematic.drawing import Placed, Schematic
from vle_analog.schematic.kicad import lines_of, quoted
from vle_analog.schematic.nets import nets
from vle_analog.schematic.properties import properties

#: what KiCad has for no value
UNNAMED = "~"


def netlist(schematic: Schematic) -> str:
    """The netlist of a board."""
    return lines_of(_lines(schematic))


def _lines(schematic: Schematic) -> Iterator[str]:
    bodies: dict[str, Placed] = {}
    for page in schematic.pages:
        for placed in page.placed:
            if placed.designator:
                bodies.setdefault(placed.designator, placed)
    said = properties(schematic)
    yield '(export (version "E")'
    yield f"  (design (source {quoted(schematic.top.name + '.kicad_sch')}) (tool {quoted('vle-analog')}))"
    yield "  (components"
    for body, placed in bodies.items():
        yield f"    (comp (ref {quoted(body)})"
        yield f"      (value {quoted(placed.value or UNNAMED)})"
        if placed.footprint:
            yield f"      (footprint {quoted(placed.footprint)})"
        for key, value in said.get(body, {}).items():
            yield f"      (property (name {quoted(key)}) (value {quoted(value)}))"
        yield "    )"
    yield "  )"
    yield "  (nets"
    number = 0
    for net in nets(schematic):
        nodes = dict.fromkeys((placed.designator, pin.number) for placed, pin in net.pins if placed.designator)
        if not nodes:
            continue
        number += 1
        yield f"    (net (code {quoted(str(number))}) (name {quoted(net.name)})"
        yield from (f"      (node (ref {quoted(body)}) (pin {quoted(pin)}))" for body, pin in nodes)
        yield "    )"
    yield "  )"
    yield ")"
