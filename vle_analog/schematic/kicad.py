"""Schematic -> KiCad's ``.kicad_sch``, one file for each page, symbols embedded.

The format is that of KiCad 6 (version 20211123), which later ones read; source: dev-docs.kicad.org, "Schematic File
Format" and "S-Expression Format". Lengths are millimetres; in a symbol y points upwards, on a sheet downwards. The same
schematic always gives the same bytes: identifiers are made of names.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping

from vle_analog.schematic.drawing import (
    STEP,
    Label,
    Line,
    Page,
    Pin,
    Placed,
    Schematic,
    Sheet,
    Side,
    Symbol,
    Text,
    Unit,
)
from vle_analog.schematic.properties import properties

_VERSION, _LIBRARY_VERSION, _GENERATOR, _LIBRARY = "20211123", "20211014", "vle_analog", "vle"
#: millimetres of text
_FONT = 1.27
#: of a pin's line, by where its free end points: the direction from there to the body, degrees
_ANGLES: Mapping[Side, int] = {"left": 0, "right": 180, "up": 270, "down": 90}
_NAMESPACE = uuid.UUID("6f0d7e0a-5b0c-5f0e-9d53-9a5b1d0d5c11")


def files(schematic: Schematic) -> dict[str, str]:
    """The project and all sheets, by file name."""
    paths = _paths(schematic)
    said = properties(schematic)
    found = {f"{page.name}.kicad_sch": _file(page, schematic, paths, said) for page in schematic.pages}
    project = {"meta": {"filename": f"{schematic.name}.kicad_pro", "version": 1}}
    return {f"{schematic.name}.kicad_pro": json.dumps(project, indent=2) + "\n", **_symbol_files(schematic), **found}


def _symbol_files(schematic: Schematic) -> dict[str, str]:
    """The project's library of symbols, and the table that names it: without it rules are warned of each symbol."""
    symbols = {placed.symbol.name: placed.symbol for page in schematic.pages for placed in page.placed}
    lines = [f"(kicad_symbol_lib (version {_LIBRARY_VERSION}) (generator {_GENERATOR})"]
    lines += [line for name in sorted(symbols) for line in _library(symbols[name], name)]
    uri = quoted(f"${{KIPRJMOD}}/{_LIBRARY}.kicad_sym")
    entry = f'(lib (name {quoted(_LIBRARY)})(type "KiCad")(uri {uri})(options "")(descr "symbols of this project"))'
    return {
        f"{_LIBRARY}.kicad_sym": lines_of([*lines, ")"]),
        "sym-lib-table": lines_of(["(sym_lib_table", f"  {entry}", ")"]),
    }


def quoted(text: str) -> str:
    """Text as the format has it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def identifier(*words: object) -> str:
    """A UUID that its words decide."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(map(str, words))))


def _paths(schematic: Schematic) -> dict[str, str]:
    """Where each page is: the sheets' identifiers from the top down, by the page's name."""
    found = {schematic.top.name: ""}
    for page in schematic.pages:  # outer ones first
        for sheet in page.sheets:
            found[sheet.page] = f"{found[page.name]}/{_sheet_id(schematic, sheet)}"
    return found


def _sheet_id(schematic: Schematic, sheet: Sheet) -> str:
    return identifier(schematic.name, "sheet", sheet.page)


def _symbol_id(page: Page, number: int) -> str:
    return identifier(page.name, "symbol", number)


def _mm(steps: float) -> str:
    return f"{steps * STEP:.4f}".rstrip("0").rstrip(".") or "0"


def _at(x: float, y: float, angle: int | None = None) -> str:
    return f"(at {_mm(x)} {_mm(y)}" + (")" if angle is None else f" {angle})")


def _effects(size: float = 1.0, justify: str = "", hide: bool = False) -> str:
    height = f"{_FONT * size:g}"
    words = f" (justify {justify})" if justify else ""
    return f"(effects (font (size {height} {height})){words}{' hide' if hide else ''})"


_ANCHORS = {"start": "left", "middle": "", "end": "right"}


def _file(page: Page, schematic: Schematic, paths: Mapping[str, str], said: Mapping[str, Mapping[str, str]]) -> str:
    """A sheet."""
    symbols = {placed.symbol.name: placed.symbol for placed in page.placed}
    lines = [
        f"(kicad_sch (version {_VERSION}) (generator {_GENERATOR})",
        f"  (uuid {identifier(page.name)})",
        f"  (paper {quoted(page.paper)})",
        f"  (title_block (title {quoted(page.title)}) (company {quoted(schematic.name)}))",
        "  (lib_symbols",
        *(line for name in sorted(symbols) for line in _library(symbols[name], f"{_LIBRARY}:{name}")),
        "  )",
        *_wiring(page),
        *(line for number, placed in enumerate(page.placed) for line in _placed(placed, page, number, said)),
        *(line for sheet in page.sheets for line in _sheet(sheet, schematic)),
    ]
    if page is schematic.top:
        lines += _instances(schematic, paths)
    return "\n".join([*lines, ")", ""])


def _wiring(page: Page) -> Iterator[str]:
    for x, y in page.junctions():
        yield f"  (junction {_at(x, y)} (diameter 0) (color 0 0 0 0) (uuid {identifier(page.name, 'dot', x, y)}))"
    for x, y in page.gaps:
        yield f"  (no_connect {_at(x, y)} (uuid {identifier(page.name, 'gap', x, y)}))"
    for number, wire in enumerate(page.wires):
        ends = " ".join(f"(xy {_mm(x)} {_mm(y)})" for x, y in (wire.start, wire.end))
        stroke = "(stroke (width 0) (type default) (color 0 0 0 0))"
        yield f"  (wire (pts {ends}) {stroke} (uuid {identifier(page.name, 'wire', number)}))"
    for number, text in enumerate(page.texts):
        effects = _effects(text.size, f"{_ANCHORS[text.anchor]} bottom".strip())
        where = _at(text.at[0], text.at[1] + text.size / 2, 0)
        yield f"  (text {quoted(text.text)} {where} {effects} (uuid {identifier(page.name, 'text', number)}))"
    for number, label in enumerate(page.labels):
        yield _label(label, identifier(page.name, "label", number))


def _label(label: Label, name: str) -> str:
    angle = {"right": 0, "up": 90, "left": 180, "down": 270}[label.side]
    justify = "right" if label.side in ("left", "down") else "left"
    where = _at(*label.at, angle)
    if label.outside:
        shape = f"(shape bidirectional) {where} {_effects(1, justify)} (uuid {name})"
        return f"  (hierarchical_label {quoted(label.net)} {shape})"
    return f"  (label {quoted(label.net)} {where} {_effects(1, justify + ' bottom')} (uuid {name}))"


def _library(symbol: Symbol, name: str) -> Iterator[str]:
    """A symbol in a library, or in a sheet's own one, where its name begins with the library's."""
    power = " (power)" if symbol.prefix.startswith("#") else ""
    numbers = "" if symbol.numbered else " (pin_numbers hide)"
    yield f"    (symbol {quoted(name)}{power}{numbers} (pin_names (offset 0) hide)"
    yield f"      (in_bom {'no' if power else 'yes'}) (on_board {'no' if power else 'yes'})"
    first = symbol.units[0]
    hidden = bool(power)
    for number, (key, value, text) in enumerate(
        (
            ("Reference", symbol.prefix, first.reference),
            ("Value", symbol.rail or symbol.name, first.value),
            ("Footprint", "", Text("", (0, 0))),
            ("Datasheet", "~", Text("", (0, 0))),
        )
    ):
        hide = number > 1 or (hidden and number == 0)
        where = _at(text.at[0], -text.at[1], 0)
        effects = _effects(1, _ANCHORS[text.anchor], hide)
        yield f"      (property {quoted(key)} {quoted(value)} (id {number}) {where} {effects})"
    for number, unit in enumerate(symbol.units, 1):
        yield f"      (symbol {quoted(f'{symbol.name}_{number}_1')}"
        yield from _unit(unit)
        yield "      )"
    yield "    )"


def _unit(unit: Unit) -> Iterator[str]:
    for line in unit.lines:
        yield f"        {_polyline(line)}"
    for text in unit.texts:
        where = _at(text.at[0], -text.at[1], 0)
        yield f"        (text {quoted(text.text)} {where} {_effects(text.size, _ANCHORS[text.anchor])})"
    for pin in unit.pins:
        yield f"        {_pin(pin)}"


def _polyline(line: Line) -> str:
    points = " ".join(f"(xy {_mm(x)} {_mm(-y)})" for x, y in line.points)
    fill = "background" if line.closed else "none"
    return f"(polyline (pts {points}) (stroke (width 0.2) (type default) (color 0 0 0 0)) (fill (type {fill})))"


def _pin(pin: Pin) -> str:
    where = _at(pin.at[0], -pin.at[1], _ANGLES[pin.side])
    name, number = (
        f"({key} {quoted(text)} {_effects()})" for key, text in (("name", pin.name), ("number", pin.number))
    )
    return f"(pin {pin.kind} line {where} (length {_mm(pin.length)}) {name} {number})"


def _placed(placed: Placed, page: Page, number: int, said: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """A symbol on a sheet."""
    x, y = placed.at
    name = _symbol_id(page, number)
    listed = "no" if placed.symbol.prefix.startswith("#") else "yes"
    yield f"  (symbol (lib_id {quoted(f'{_LIBRARY}:{placed.symbol.name}')}) {_at(x, y, 0)} (unit {placed.unit + 1})"
    yield f"    (in_bom {listed}) (on_board {listed})"
    yield f"    (uuid {name})"
    drawing = placed.drawing
    reference = _reference(placed, page, number)
    shown = [("Reference", reference, drawing.reference), ("Value", placed.value, drawing.value)]
    hidden = {"Footprint": placed.footprint, "Datasheet": "~", **said.get(placed.designator, {})}
    for place, (key, value, text) in enumerate(shown):
        where = _at(x + text.at[0], y + text.at[1], 0)
        effects = _effects(1, _ANCHORS[text.anchor], not placed.designator and place == 0)
        yield f"    (property {quoted(key)} {quoted(value)} (id {place}) {where} {effects})"
    for place, (key, value) in enumerate(hidden.items(), 2):
        yield f"    (property {quoted(key)} {quoted(value)} (id {place}) {_at(x, y, 0)} {_effects(1, '', True)})"
    for pin in drawing.pins:
        yield f"    (pin {quoted(pin.number)} (uuid {identifier(name, pin.number)}))"
    yield "  )"


def _reference(placed: Placed, page: Page, number: int) -> str:
    """A designator; a rail's mark has one, too, which nobody sees."""
    if placed.designator:
        return placed.designator
    return f"{placed.symbol.prefix}{int(_symbol_id(page, number)[:7], 16)}"


def _sheet(sheet: Sheet, schematic: Schematic) -> Iterator[str]:
    """A sheet's box."""
    (x, y), (width, height) = sheet.at, sheet.size
    yield f"  (sheet {_at(x, y)} (size {_mm(width)} {_mm(height)})"
    yield "    (stroke (width 0.15) (type solid) (color 0 0 0 0)) (fill (color 238 244 251 1.0))"
    yield f"    (uuid {_sheet_id(schematic, sheet)})"
    title = _effects(1, "left bottom")
    yield f'    (property "Sheet name" {quoted(sheet.title)} (id 0) {_at(x, y - 0.5, 0)} {title})'
    file = f"{sheet.page}.kicad_sch"
    below = _at(x, y + height + 0.5, 0)
    yield f'    (property "Sheet file" {quoted(file)} (id 1) {below} {_effects(0.7, "left top")})'
    for pin in sheet.pins:
        kind = "output" if pin.drives else "input"
        angle, justify = (180, "left") if pin.side == "left" else (0, "right")
        name = identifier(schematic.name, sheet.page, "pin", pin.net)
        where = _at(*pin.at, angle)
        yield f"    (pin {quoted(pin.net)} {kind} {where} {_effects(1, justify)} (uuid {name}))"
    yield "  )"
    if sheet.note:
        note = f"(text {quoted(sheet.note)} {_at(x + 1, y + 2.2, 0)} {_effects(0.9, 'left bottom')}"
        yield f"  {note} (uuid {identifier(schematic.name, sheet.page, 'note')}))"


def _instances(schematic: Schematic, paths: Mapping[str, str]) -> Iterator[str]:
    """Where sheets and symbols are in the hierarchy, which the top sheet's file lists."""
    yield "  (sheet_instances"
    for number, page in enumerate(schematic.pages, 1):
        path = paths[page.name] or "/"
        yield f"    (path {quoted(path)} (page {quoted(str(number))}))"
    yield "  )"
    yield "  (symbol_instances"
    for page in schematic.pages:
        for number, placed in enumerate(page.placed):
            path = f"{paths[page.name]}/{_symbol_id(page, number)}"
            reference = quoted(_reference(placed, page, number))
            worth = f"(value {quoted(placed.value)}) (footprint {quoted(placed.footprint)})"
            yield f"    (path {quoted(path)} (reference {reference}) (unit {placed.unit + 1}) {worth})"
    yield "  )"


def lines_of(texts: Iterable[str]) -> str:
    """Lines as a file's text."""
    return "\n".join([*texts, ""])
