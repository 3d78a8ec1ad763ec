"""What a cell's notes say of it, in SI units: its data sheet.

A note is a comment line ``* key: text`` of the cell's file. Known keys:

- the cell's name: what it is; ``law``: its transfer function, in one line or several, which may name ``a pole at 1
  MHz``
- ``source``: where figures are from, ``[1] Maker, part, sheet, revision, table``; there may be several
- ``package``: functional units and body, ``2 SOIC-8``; ``supply``: amperes at rest
- ``pins``: a package's pins by port, one for each unit, ``inp 3 5, inn 2 6, out 1 7, vcc 8, vee 4``;
  ``grounded``: those that lie on ground whatever it does; ``section``: volts of either supply that its packages have of
  their own on a board that has more
- ``summing``: number of the pin whose voltage is added to a multiplier's output, one of the grounded ones
- ``designator``: letters that a part's designators begin with, ``Q``
- ``lag``: seconds by which a function's part is late, where its scales decide them: ``90u*kout``
- ``value``: of a part that is sold by value, its parameter: ``R``
- ``assembly``: of a part that is a circuit of parts which one buys one by one: how close its resistors are, ``0.1 %``
- ``built``: of a part whose file is a law, the cell with the parts that it is built of
- ``shared``: of a cell within assemblies, the ports that it drives: where its other ports lie at the same nodes, one of
  it drives all
- ``rails``: the least and the most volts of either supply that it works on, ``8 18``; ``at``: those that its figures
  hold at, +-15 where nobody says
- ``noise``: what makes it in an analysis of noise, the part's own ``devices`` or its ``figures`` (`cell.noise`)
- ``stated``: a figure of the data sheet: a name and a unit of `FIGURES`, a number, a condition: ``swing_low -14.5 V at
  10k``
- ``measured``: the same of a part whose maker gives a model and no sheet: what the bench measured of it
- ``spread``: a parameter's standard deviation from part to part and the most that it reaches; ``drift``: what a kelvin
  adds; ``doubles``: kelvin that double it; ``rejection``: what a volt of either supply adds, each part's own (an
  op-amp's ``VOS`` has it by its stated ``psrr``); ``follows``: what a volt more of one supply adds to all parts alike,
  ``GE vee 75m``; ``common``: the ports whose common mode it weighs, so that it counts where neither lies on ground,
  ``CX x1 x2``
- ``range``: of a function's part, the largest argument that it takes, in units of the argument
- ``parameter``: of a parameter that no other note is about, where its value is from: ``EN [1] of 18 nV/rtHz at 1 kHz``
- ``ideal``: a parameter of a stage and its default where all devices of the stage are mathematical laws

Where a figure was seen stands behind it in square brackets: the label of a source, or one of `ORIGINS`.

All other comments are for readers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from vle_analog.circuit.cell import reader
from vle_analog.circuit.cell.datasheet import (
    FED,
    FIGURES,
    ORIGINS,
    THERMAL,
    UNITS,
    USUAL_RAIL,
    DataSheet,
    Figure,
    Package,
    Spread,
    decimal_shift,
)
from vle_analog.circuit.cell.reader import Remark
from vle_analog.errors import CircuitError, nearest

#: powers of ten by prefix; unlike in SPICE ``M`` is mega
PREFIXES = {"": 0, "f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9}
#: of op-amps: the figure that says what the supply does, and to which parameter; the supplies that a part follows
_PSRR, _OFFSET, _RAILS = "psrr", "VOS", ("vcc", "vee")
#: what may make a part's noise in an analysis of noise
NOISE = ("devices", "figures")
#: notes that give figures, and those that give a parameter's second or third one
_GIVING = ("stated", "measured", "spread", "drift", "doubles", "rejection", "follows", "supply", "rails", "parameter")
_ALONE = ("supply", "rails")


def read_sheet(name: str, role: str | None, parameters: Sequence[str], remarks: Iterable[Remark]) -> DataSheet:
    """The data sheet of a cell.

    Args:
        name: the cell's.
        role: that it plays; decides which figures it may state: any where `FIGURES` has no list for it.
        parameters: of the cell.
        remarks: its comment lines.

    Raises:
        CircuitError: a note with a known key that cannot be read, by its line.
    """
    notes: dict[str, list[Remark]] = {}
    marks: dict[Remark, str] = {}
    for each in remarks:
        if each.key in _GIVING:
            text, mark = reader.marked(each.text)
            each = replace(each, text=text)
            marks[each] = mark
        notes.setdefault(each.key, []).append(each)
    texts = {key: found[0].text for key, found in notes.items()}
    law, source = (" ".join(note.text for note in notes.get(key, ())) for key in ("law", "source"))
    named = reader.pole(law)
    stated, measured = (_figures(role, notes.get(key, ())) for key in ("stated", "measured"))
    return DataSheet(
        summary=texts.get(name, ""),
        law=law,
        source=source,
        package=_package(notes["package"][0]) if "package" in notes else None,
        supply=_supply(notes["supply"][0]) if "supply" in notes else None,
        pins=dict(_pin(text, note) for note in notes.get("pins", ()) for text in note.text.split(",")),
        grounded=tuple(number for note in notes.get("grounded", ()) for number in note.text.split()),
        summing=texts.get("summing", ""),
        section=_volts(notes["section"][0]) if "section" in notes else None,
        designator=texts.get("designator", ""),
        lag=texts.get("lag", ""),
        valued=_valued(parameters, notes["value"][0]) if "value" in notes else "",
        assembly=_closeness(notes["assembly"][0]) if "assembly" in notes else None,
        built=texts.get("built", ""),
        shared=tuple(texts.get("shared", "").split()),
        figures={**stated, **measured},
        stated=stated,
        measured=frozenset(measured),
        spread=_between(_fed(_spreads(parameters, notes), parameters, notes, stated), notes),
        pole=None if named is None else _quantity(*named, "Hz"),
        rails=_rails(notes["rails"][0]) if "rails" in notes else None,
        rail=_volts(notes["at"][0]) if "at" in notes else USUAL_RAIL,
        range=_plain(texts["range"], notes["range"][0]) if "range" in texts else None,
        noise=_noise(notes["noise"][0]) if "noise" in notes else "",
        origins=_origins(notes, marks),
        ideal=dict(_ideal(parameters, note) for note in notes.get("ideal", ())),
    )


def _origins(notes: Mapping[str, Sequence[Remark]], marks: Mapping[Remark, str]) -> dict[str, str]:
    """Where each figure is from, as its note says."""
    known = [*(label for note in notes.get("source", ()) if (label := reader.marked(note.text)[1])), *ORIGINS]
    found: dict[str, str] = {}
    for note in (note for key in _GIVING for note in notes.get(key, ()) if marks[note]):
        if marks[note] not in known:
            what = f"'{note.key}: {note.text}' is from '{marks[note]}', which is no source"
            raise _refused(note, what, "its sources are " + ", ".join(known))
        name = note.text.partition(" ")[0]
        key = f"{note.key} {name}" if note.key in (*THERMAL, *FED) else name
        found[note.key if note.key in _ALONE else key] = marks[note]
    return found


def _figures(role: str | None, notes: Iterable[Remark]) -> dict[str, Figure]:
    units = FIGURES.get(role or "") or {name: unit for figure in FIGURES.values() for name, unit in figure.items()}
    found: dict[str, Figure] = {}
    for note in notes:
        pieces = reader.stated(note.text)
        if pieces is None:
            hint = "write a name, a number, a unit, then anything: stated: gain_bandwidth 8 MHz"
            raise _refused(note, f"'{note.key}: {note.text}' is not a figure", hint)
        name, number, unit, condition = pieces
        if name not in units:
            raise _refused(note, f"the {note.key} figure '{name}' is not measured", nearest(name, units))
        if name in found:
            raise _refused(note, f"the figure '{name}' is {note.key} twice", "keep one of them")
        value = _quantity(number, unit, units[name])
        if value is None:
            prefixes = " ".join(filter(None, PREFIXES))
            hint = f"its unit is {units[name]}, alone or behind one of the prefixes {prefixes}"
            raise _refused(note, f"'{name}' is {note.key} in '{unit}'", hint)
        if not math.isfinite(value):
            raise _refused(note, f"the figure '{name}' is beyond all numbers", "write a number below 1e308")
        ohms = reader.load(condition)
        at = None if ohms is None else decimal_shift(ohms[0], PREFIXES[ohms[1]])
        found[name] = Figure(name, value, UNITS[units[name]][0], condition, at)
    return found


def _quantity(number: str, unit: str, wanted: str) -> float | None:
    """A number with a unit and its prefix in SI; None where it is not the unit of the wanted one's quantity."""
    for base, (quantity, power) in UNITS.items():
        prefix = unit.removesuffix(base)
        if quantity == UNITS[wanted][0] and unit.endswith(base) and prefix in PREFIXES:
            return decimal_shift(number, power + PREFIXES[prefix])
    return None


def _package(note: Remark) -> Package:
    number, _, body = note.text.partition(" ")
    if not (number.isdecimal() and len(number) <= 2 and 0 < int(number) <= 26 and body.strip()):
        raise _refused(note, f"the note 'package: {note.text}' is not a number and a body", "e.g. package: 2 SOIC-8")
    return Package(int(number), body.strip())


def _pin(text: str, note: Remark) -> tuple[str, tuple[str, ...]]:
    """A port and the numbers of its pins."""
    port, *numbers = text.split() or [""]
    if not numbers:
        hint = "write ports and numbers with commas between them, e.g. pins: inp 3 5, inn 2 6, out 1 7, vcc 8, vee 4"
        raise _refused(note, f"'{text.strip()}' in 'pins: {note.text}' is not a port with its pins", hint)
    return port, tuple(numbers)


def _noise(note: Remark) -> str:
    if note.text not in NOISE:
        raise _refused(
            note, f"the note 'noise: {note.text}' names nothing that makes it", "write " + " or ".join(NOISE)
        )
    return note.text


def _supply(note: Remark) -> float:
    try:
        return _positive(note.text.split()[0].removesuffix("A"))
    except ValueError:
        raise _refused(note, f"the note 'supply: {note.text}' has no current", "e.g. supply: 4m") from None


def _rails(note: Remark) -> tuple[float, float]:
    values = [_plain(text, note) for text in note.text.split()]
    if len(values) != 2 or not 0 < values[0] <= values[1]:
        raise _refused(note, f"the note 'rails: {note.text}' is not two voltages", "e.g. rails: 8 18")
    return values[0], values[1]


def _volts(note: Remark) -> float:
    return _plain(note.text.split()[0].removesuffix("V"), note)


def _valued(parameters: Sequence[str], note: Remark) -> str:
    if note.text not in parameters:
        raise _refused(note, f"the note 'value: {note.text}' names no parameter", nearest(note.text, parameters))
    return note.text


def _closeness(note: Remark) -> float:
    """A tolerance in per cent as a fraction."""
    words = note.text.split()
    if words[1:] != ["%"]:
        raise _refused(note, f"the note 'assembly: {note.text}' is no tolerance", "e.g. assembly: 0.1 %")
    return _plain(words[0], note) / 100


def _spreads(parameters: Sequence[str], notes: Mapping[str, Sequence[Remark]]) -> dict[str, Spread]:
    """What scatters, by parameter, in the order of the notes."""
    found: dict[str, Spread] = {}
    for note in notes.get("spread", ()):
        name, *values = note.text.split()
        if len(values) != 2 or name not in parameters:
            hint = "write a parameter's name, its standard deviation and the most it reaches"
            raise _refused(note, f"the note 'spread: {note.text}' does not say how a parameter scatters", hint)
        sigma, most = (_plain(value, note) for value in values)
        found[name] = Spread(sigma, most)
    for key in THERMAL:
        for note in notes.get(key, ()):
            name, *values = note.text.split()
            if len(values) != 1 or name not in found:
                what = f"the note '{key}: {note.text}' does not say what temperature does to what scatters"
                hint = "write a parameter that has a 'spread' and what a kelvin adds, or kelvin that double it"
                raise _refused(note, what, hint)
            number = _plain(values[0], note)
            found[name] = (
                replace(found[name], drift=number) if key == "drift" else replace(found[name], doubling=number)
            )
    return found


def _fed(
    spread: dict[str, Spread],
    parameters: Sequence[str],
    notes: Mapping[str, Sequence[Remark]],
    stated: Mapping[str, Figure],
) -> dict[str, Spread]:
    """What scatters, with what the supply does to it."""
    if _PSRR in stated and _OFFSET in spread:
        spread[_OFFSET] = replace(spread[_OFFSET], rejection=10 ** (-stated[_PSRR].value / 20))
    for note in notes.get("rejection", ()):
        name, *values = note.text.split()
        if len(values) != 1 or name not in spread:
            hint = "write a parameter that has a 'spread' and what a volt adds, e.g. rejection: ZOS 1m"
            raise _refused(note, f"the note 'rejection: {note.text}' does not say what a supply does", hint)
        spread[name] = replace(spread[name], rejection=_plain(values[0], note))
    for note in notes.get("follows", ()):
        words = note.text.split()
        if len(words) != 3 or words[0] not in spread or words[1] not in _RAILS:
            hint = "write a parameter that has a 'spread', vcc or vee, and what a volt adds, e.g. follows: GE vee 75m"
            raise _refused(note, f"the note 'follows: {note.text}' does not say what a supply does", hint)
        name, rail, size = words
        sign = -1.0 if size.startswith("-") else 1.0
        volt = [*spread[name].follows]
        volt[_RAILS.index(rail)] = sign * _plain(size.removeprefix("-"), note)
        spread[name] = replace(spread[name], follows=(volt[0], volt[1]))
    return spread


def _between(spread: dict[str, Spread], notes: Mapping[str, Sequence[Remark]]) -> dict[str, Spread]:
    """What scatters, with the ports that it needs signals at."""
    for note in notes.get("common", ()):
        name, *ports = note.text.split()
        if len(ports) != 2 or name not in spread:
            hint = "write a parameter that has a 'spread', and both ports of an input, e.g. common: CX x1 x2"
            raise _refused(note, f"the note 'common: {note.text}' does not say whose common mode counts", hint)
        spread[name] = replace(spread[name], between=tuple(ports))
    return spread


def _ideal(parameters: Sequence[str], note: Remark) -> tuple[str, str]:
    """A parameter and its default among laws, as written."""
    name, *values = note.text.split()
    if len(values) != 1 or name not in parameters:
        hint = "write a parameter's name and a value, e.g. ideal: C 2.2f"
        raise _refused(note, f"the note 'ideal: {note.text}' does not say a parameter's default", hint)
    _plain(values[0], note)
    return name, values[0]


def _plain(text: str, note: Remark) -> float:
    """A number of a note about what scatters."""
    try:
        return _positive(text)
    except ValueError:
        what = f"'{text}' in '{note.key}: {note.text}' is not a part's value"
        raise _refused(note, what, "write a number such as 100k or 4.7e-9") from None


def _positive(text: str) -> float:
    """A number as SPICE writes it, without a sign.

    Raises:
        ValueError: it is not one.
    """
    if text.startswith("-"):
        raise ValueError(text)
    return reader.spice_value(text)


def _refused(note: Remark, what: str, hint: str) -> CircuitError:
    return CircuitError(what, where=f"line {note.number}", hint=hint)
