"""What a cell's notes say of it, in SI units: its data sheet.

A note is a comment line ``* key: text`` of the cell's file. Known keys:

- the cell's name: what it is; ``law``: its transfer function, which may name ``a pole at 1 MHz``
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
  ``GE vee 75m``
- ``range``: of a function's part, the largest argument that it takes, in units of the argument
- ``parameter``: of a parameter that no other note is about, where its value is from: ``EN [1] of 18 nV/rtHz at 1 kHz``
- ``ideal``: a parameter of a stage and its default where all devices of the stage are mathematical laws

Where a figure was seen stands behind it in square brackets: the label of a source, or one of `ORIGINS`.

All other comments are for readers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from vle_analog.circuit.cell import reader
from vle_analog.circuit.cell.reader import Remark
from vle_analog.errors import CircuitError, nearest
from vle_analog.laws import LAWS

#: volts of either supply that figures hold at unless a note says otherwise
USUAL_RAIL = 15.0
#: powers of ten by prefix; unlike in SPICE ``M`` is mega
PREFIXES = {"": 0, "f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9}
#: units of figures: the SI unit, and the power of ten between the two
UNITS: dict[str, tuple[str, int]] = {
    "Hz": ("Hz", 0),
    "V": ("V", 0),
    "A": ("A", 0),
    "s": ("s", 0),
    "V/s": ("V/s", 0),
    "V/us": ("V/s", 6),
    "V/rtHz": ("V/rtHz", 0),
    "A/rtHz": ("A/rtHz", 0),
    "%": ("", -2),
    "dB": ("dB", 0),
    "deg": ("deg", 0),
}
#: where a figure is from that was not seen in a source: somebody remembers the sheet; it is a guess, whose reason a
#: comment gives; the bench measured it, of a part that is a design of one's own
ORIGINS = ("memory", "assumed", "measured")
#: of op-amps: the figure that says what the supply does, and to which parameter; the supplies that a part follows
_PSRR, _OFFSET, _RAILS = "psrr", "VOS", ("vcc", "vee")
#: what may make a part's noise in an analysis of noise
NOISE = ("devices", "figures")
#: notes that give figures, and those that give a parameter's second or third one
_GIVING = ("stated", "measured", "spread", "drift", "doubles", "rejection", "follows", "supply", "rails", "parameter")
_THERMAL, _FED, _ALONE = ("drift", "doubles"), ("rejection", "follows"), ("supply", "rails")
_MULTIPLIER = {
    "total_error": "%",
    "scale_error": "%",
    "x_offset": "V",
    "y_offset": "V",
    "output_offset": "V",
    "x_feedthrough": "%",
    "y_feedthrough": "%",
    "bandwidth": "Hz",
    "voltage_noise": "V/rtHz",
    "noise_corner": "Hz",
    "supply_current": "A",
}
_CURVE = {"deviation": "%", "offset": "V", "bandwidth": "Hz", "supply_current": "A"}
#: by role: the figures that may be stated, in the order of tables, and the unit that people give them in
FIGURES: dict[str, dict[str, str]] = {
    "opamp": {
        "open_loop_gain": "dB",
        "gain_bandwidth": "Hz",
        "unity_gain_frequency": "Hz",
        "phase_margin": "deg",
        "slew_up": "V/us",
        "slew_down": "V/us",
        "overload_recovery": "s",
        "swing_high": "V",
        "swing_low": "V",
        "source_current": "A",
        "sink_current": "A",
        "offset": "V",
        "bias_current": "A",
        "offset_current": "A",
        "cmrr": "dB",
        "psrr": "dB",
        "voltage_noise": "V/rtHz",
        "noise_corner": "Hz",
        "current_noise": "A/rtHz",
        "supply_current": "A",
    },
    "multiplier": _MULTIPLIER,
    "multiplier_grounded": _MULTIPLIER,
    **{law.name: _CURVE for law in LAWS.values() if law.measured},
}


@dataclass(frozen=True)
class Figure:
    """A figure of a data sheet.

    Attributes:
        name: as in `FIGURES`.
        value: in the SI unit.
        unit: SI; empty for a ratio, ``dB`` and ``deg`` as they are.
        condition: what stands behind the unit.
        load: ohms that it is stated at; None where none are named.
    """

    name: str
    value: float
    unit: str
    condition: str = ""
    load: float | None = None

    def per(self, unit: str) -> float:
        """Its value in a unit of `UNITS` for the same quantity."""
        assert UNITS[unit][0] == self.unit
        return _shifted(repr(self.value), -UNITS[unit][1])


@dataclass(frozen=True)
class Spread:
    """How a parameter scatters around zero.

    Attributes:
        sigma: standard deviation, by the data sheet's typical value.
        most: that the data sheet allows.
        drift: standard deviation of what a kelvin adds; 0 where none is known.
        doubling: kelvin that double it; 0 for any.
        rejection: standard deviation of what a volt adds by which both supplies move apart; 0 where none is known.
        follows: what a volt more of the positive and of the negative supply adds, which all parts have alike.
    """

    sigma: float
    most: float
    drift: float = 0.0
    doubling: float = 0.0
    rejection: float = 0.0
    follows: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Package:
    """What a part comes in: how many functional units, in which body."""

    units: int
    body: str


@dataclass(frozen=True)
class DataSheet:
    """What a cell's notes say.

    Attributes:
        summary: what it is.
        law: its transfer function, as text.
        source: of its figures, as text; with several, by label.
        package: None for what has none.
        supply: amperes at rest per functional unit; None where nobody says.
        pins: numbers of the package's pins by port: one for each unit, or one for all; empty where nobody says.
        grounded: numbers of pins that lie on ground.
        summing: number of the pin whose voltage is added to its output; empty where there is none.
        section: volts of either supply that its packages have of their own; None where they have the board's.
        designator: letters that designators begin with; empty for the usual ones.
        lag: seconds by which it is late, as a formula of its parameters; empty where it is the same for all.
        valued: parameter with the value by which it is sold; empty for what has none.
        assembly: how close the resistors are, relative, of a part that is made of parts which one buys one by one; None
            of what comes in a package or is nothing that one buys.
        built: name of the cell with the parts that a law is built of; empty where its own file has them.
        shared: ports that one such cell drives for all that have its other ports at the same nodes; empty where each
            use has one.
        figures: by name; as measured where the notes have them so, else as stated.
        stated: those that a data sheet states.
        measured: names of those that were measured of the cell itself.
        spread: by parameter.
        pole: hertz, of the pole that the law names; None where it names none.
        rails: the least and the most volts of either supply that it works on; None where nobody says.
        rail: volts of either supply that its figures hold at.
        range: the largest argument of a function's part, in its unit; None where any will do.
        noise: what makes it in an analysis of noise, one of `NOISE`; empty where nobody says.
        origins: where each figure is from, a source's label or one of `ORIGINS`: by a stated figure's name, by a
            parameter, by ``drift``, ``doubles``, ``rejection`` or ``follows`` and a parameter, and by ``supply``.
            Figures of which the file does not say it are missing.
        ideal: defaults as written, by parameter, where all of a stage's devices are laws.
    """

    summary: str = ""
    law: str = ""
    source: str = ""
    package: Package | None = None
    supply: float | None = None
    pins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    grounded: tuple[str, ...] = ()
    summing: str = ""
    section: float | None = None
    designator: str = ""
    lag: str = ""
    valued: str = ""
    assembly: float | None = None
    built: str = ""
    shared: tuple[str, ...] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    stated: Mapping[str, Figure] = field(default_factory=dict)
    measured: frozenset[str] = frozenset()
    spread: Mapping[str, Spread] = field(default_factory=dict)
    pole: float | None = None
    rails: tuple[float, float] | None = None
    rail: float = USUAL_RAIL
    range: float | None = None
    noise: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
    ideal: Mapping[str, str] = field(default_factory=dict)

    def of(self, origin: str) -> tuple[str, ...]:
        """The figures that are from one source or one of `ORIGINS`, in the order of the notes."""
        return tuple(name for name, where in self.origins.items() if where == origin)

    @property
    def unseen(self) -> tuple[str, ...]:
        """What scatters or drifts by figures that nobody saw in a sheet, with where they are from instead: ``VOS
        (memory)``."""
        scattering = [*self.spread, *(f"{key} {name}" for key in (*_THERMAL, *_FED) for name in self.spread)]
        found = ((name, self.origins.get(name, "")) for name in scattering)
        return tuple(f"{name} ({origin})" for name, origin in found if origin in ("memory", "assumed"))

    def value(self, name: str, otherwise: float) -> float:
        """A figure's value, SI; another one where it is not known."""
        return self.figures[name].value if name in self.figures else otherwise

    def slower(self, factor: float) -> DataSheet:
        """The sheet of the same part with so many times its lag."""
        figures = dict(self.figures)
        if (bandwidth := figures.get("bandwidth")) is not None:
            figures["bandwidth"] = replace(bandwidth, value=bandwidth.value / factor)
        return replace(self, figures=figures, lag=f"({self.lag})*{factor!r}" if self.lag else "")

    def at_rail(self, rail: float) -> DataSheet:
        """The sheet of the same part on another supply: its swing ends as far from there."""
        if rail == self.rail:
            return self
        moved = {"swing_high": rail - self.rail, "swing_low": self.rail - rail}

        def shifted(figures: Mapping[str, Figure]) -> dict[str, Figure]:
            return {
                name: replace(figure, value=figure.value + moved[name]) if name in moved else figure
                for name, figure in figures.items()
            }

        return replace(self, figures=shifted(self.figures), stated=shifted(self.stated), rail=rail)


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
    law = texts.get("law", "")
    named = reader.pole(law)
    stated, measured = (_figures(role, notes.get(key, ())) for key in ("stated", "measured"))
    return DataSheet(
        summary=texts.get(name, ""),
        law=law,
        source=" ".join(note.text for note in notes.get("source", ())),
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
        spread=_fed(_spreads(parameters, notes), parameters, notes, stated),
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
        key = f"{note.key} {name}" if note.key in (*_THERMAL, *_FED) else name
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
        at = None if ohms is None else _shifted(ohms[0], PREFIXES[ohms[1]])
        found[name] = Figure(name, value, UNITS[units[name]][0], condition, at)
    return found


def _quantity(number: str, unit: str, wanted: str) -> float | None:
    """A number with a unit and its prefix in SI; None where it is not the unit of the wanted one's quantity."""
    for base, (quantity, power) in UNITS.items():
        prefix = unit.removesuffix(base)
        if quantity == UNITS[wanted][0] and unit.endswith(base) and prefix in PREFIXES:
            return _shifted(number, power + PREFIXES[prefix])
    return None


def _shifted(number: str, power: int) -> float:
    """A decimal number times a power of ten, exact to the last bit."""
    digits, _, exponent = number.lower().partition("e")
    return float(f"{digits}e{int(exponent or 0) + power}")


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
    for key in _THERMAL:
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
