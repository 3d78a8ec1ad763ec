"""Cells: ``.subckt`` files that a circuit designer edits, one per file, each read once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from vle_analog.circuit.cell import reader
from vle_analog.circuit.cell.arithmetic import evaluated
from vle_analog.circuit.cell.datasheet import DataSheet, Spread
from vle_analog.circuit.cell.notes import read_sheet
from vle_analog.circuit.cell.reader import End, Head, Line, Parameters, Part, Remark
from vle_analog.circuit.technology import ROLES
from vle_analog.errors import CircuitError, nearest, reason

#: a cell's parameter with the voltage of its output at time zero, and what outputs are called
START, OUTPUTS = "OUT", ("out", "w", "hold", "set", "q", "qb")
#: of these, what is an output wherever it is
_PLAIN_OUTPUTS = ("out", "w")

#: notes that no deck has
_BESIDE = (
    "rails",
    "pins",
    "grounded",
    "summing",
    "section",
    "designator",
    "value",
    "rejection",
    "follows",
    "built",
    "shared",
)
#: a part's parameter with the volts of either supply
RAIL = "RAIL"

Kind = Literal["resistor", "capacitor"]


@dataclass(frozen=True)
class Passive:
    """A resistor or capacitor of a cell.

    Attributes:
        name: with SPICE's letter.
        kind: which of the two.
        nodes: both.
        parameter: of the cell, whose value it has; None where the cell's file fixes it.
        start: parameter of the cell with a capacitor's voltage at time zero; None where none has it.
        part: as the file has it.
    """

    name: str
    kind: Kind
    nodes: tuple[str, str]
    parameter: str | None
    start: str | None
    part: Part = field(compare=False, repr=False)

    @property
    def value(self) -> str:
        """As written; empty where the line has none."""
        return self.part.words[0] if self.part.words else ""

    def joins(self, one: str, other: str) -> bool:
        """Whether it lies between two nodes."""
        return set(self.nodes) == {one, other}

    def beyond(self, node: str) -> str:
        """The node at its other end."""
        return self.nodes[1 - self.nodes.index(node)]


@dataclass(frozen=True)
class Cell:
    """A subcircuit as its file gives it.

    Attributes:
        name: the subcircuit's name, which is the file's.
        lines: of its file.
        sheet: what its notes say.
        role: which of a circuit's roles it plays; None for stages and for what parts are made of.
        part: the part that it wraps, of a cell that gives a part a role's name; None for all others.
        origin: the file's name, of which `name` may be a variant.
        device: name of the part whose data sheet it has, likewise: `part`, or the one that this is a form of.
        grounded: the cell that is its form with one pin of each input on ground; None where there is none.
    """

    name: str
    lines: tuple[Line, ...] = field(repr=False)
    sheet: DataSheet = field(repr=False)
    role: str | None = None
    part: str | None = None
    origin: str = ""
    device: str | None = None
    grounded: str | None = None

    def __hash__(self) -> int:
        return hash((self.name, self.subckt, self.role, self.part))

    @cached_property
    def subckt(self) -> str:
        """Its text, comments included: for decks and digests, not to be read.

        A deck is on one supply, and of no board: on which others a part works, what a volt more
        would do to it, and its package's pins are not in it.
        """
        return reader.render(line for line in self.lines if not (isinstance(line, Remark) and line.key in _BESIDE))

    @cached_property
    def _head(self) -> Head:
        return next(line for line in self.lines if isinstance(line, Head))

    @property
    def ports(self) -> tuple[str, ...]:
        """Names of its ports, in order."""
        return self._head.ports

    @property
    def defaults(self) -> tuple[tuple[str, str], ...]:
        """Parameters and their defaults as written, in order."""
        return self._head.defaults

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        return dict(self.defaults)

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(name for name, _ in self.defaults)

    @property
    def output(self) -> int:
        """The position of its output among the ports, of the first one if there are several.

        Raises:
            CircuitError: it has none.
        """
        if not self.outputs:
            raise CircuitError("no port is an output", where=f"cell '{self.name}'", hint=f"one of {', '.join(OUTPUTS)}")
        return self.outputs[0]

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """Positions of all of its outputs: what is told to hold by a port of an output's name has another output."""
        plain = tuple(name for name in _PLAIN_OUTPUTS if name in self.ports)
        return tuple(place for place, port in enumerate(self.ports) if port in (plain[:1] or OUTPUTS))

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """All of its parts, in order."""
        return tuple(line for line in self.lines if isinstance(line, Part))

    @cached_property
    def passives(self) -> tuple[Passive, ...]:
        """Its own resistors and capacitors, in order."""
        return tuple(each for part in self.parts if (each := self._passive(part)) is not None)

    @cached_property
    def instances(self) -> tuple[Part, ...]:
        """Its instances of other cells, in order."""
        return tuple(part for part in self.parts if part.kind == "instance")

    @property
    def uses(self) -> tuple[str, ...]:
        """Cells that it instantiates, with repetitions."""
        return tuple(part.cell for part in self.instances)

    @property
    def of_transistors(self) -> bool:
        """Whether it has a transistor of its own."""
        return any(part.kind == "transistor" for part in self.parts)

    @property
    def spread(self) -> Mapping[str, Spread]:
        """What scatters from part to part, by parameter."""
        return self.sheet.spread

    @property
    def pole(self) -> tuple[Passive, Passive] | None:
        """Resistor and capacitor from its output to ground, which make the output's pole; None without both."""
        if not set(self.ports) & set(OUTPUTS):
            return None
        output = self.ports[self.output]
        found = {passive.kind: passive for passive in reversed(self.passives) if passive.joins(output, "0")}
        return (found["resistor"], found["capacitor"]) if len(found) == 2 else None

    def default(self, parameter: str) -> float:
        """A parameter's default, SI units.

        Raises:
            CircuitError: there is none, or it is not a plain positive number.
        """
        text = self._texts.get(parameter, "")
        if text.startswith("-"):
            raise self._no_value(text, parameter)
        return self.signed(parameter)

    def signed(self, parameter: str) -> float:
        """A parameter's default, which may be negative, SI units.

        Raises:
            CircuitError: there is none, or it is not a plain number.
        """
        text = self._texts.get(parameter, "")
        try:
            return reader.spice_value(text)
        except ValueError:
            raise self._no_value(text, parameter) from None

    def number(self, text: str) -> float:
        """The value of a part or of a setting, as written: a number, or a parameter's default.

        Raises:
            CircuitError: it is an expression.
        """
        if (name := self._declared(text)) is not None:
            return self.signed(name)
        try:
            return reader.spice_value(text)
        except ValueError:
            raise CircuitError(
                f"'{text}' is not a part's value",
                where=f"cell '{self.name}'",
                hint="write a number such as 100k, or a parameter in braces",
            ) from None

    def values(self, given: Mapping[str, float]) -> dict[str, float]:
        """What the names in an instance's values stand for, in lower case: parameters, and what the cell makes of them.

        Args:
            given: the instance's parameters.

        Raises:
            CircuitError: one of them cannot be reckoned.
        """
        own = {name.lower(): value for name, value in given.items()}
        known: dict[str, float] = {}
        try:
            for name, text in self.defaults:
                known[name.lower()] = own[name.lower()] if name.lower() in own else evaluated(text, known)
            for line in self.lines:
                if isinstance(line, Parameters):
                    for name, text in line.given:
                        known[name.lower()] = evaluated(text, known)
        except CircuitError as error:
            raise error.located(f"cell '{self.name}'") from None
        return known

    def changed(self, change: Callable[[Line], Line]) -> Cell:
        """The cell with lines changed; those that stay are the same objects."""
        return replace(self, lines=tuple(map(change, self.lines)))

    def with_defaults(self, defaults: Iterable[tuple[str, str]]) -> Cell:
        """The cell with other defaults, and with more parameters behind those that there are."""
        given = tuple(defaults)
        return self.changed(lambda line: line.with_defaults(given) if isinstance(line, Head) else line)

    def at_rail(self, rail: float) -> Cell:
        """The part on another supply than that which its figures hold at, its output as far from the ends as there."""
        cell = replace(self, sheet=self.sheet.at_rail(rail))
        return cell.with_defaults([(RAIL, repr(rail))]) if RAIL in self.parameters else cell

    def with_part(self, old: Part, new: Part) -> Cell:
        """The cell with another part in place of one."""
        return self.changed(lambda line: new if line is old else line)

    def renamed(self, names: Mapping[str, str]) -> Cell:
        """The cell under a name of its own, where it is one, and with its instances' cells renamed."""

        def called(line: Line) -> Line:
            if isinstance(line, Head | End):
                return line.renamed(names.get(line.name, line.name))
            if isinstance(line, Part) and line.cell in names:
                return line.with_words(names[line.cell])
            return line

        form = None if self.grounded is None else names.get(self.grounded)
        return replace(self.changed(called), name=names.get(self.name, self.name), grounded=form)

    def _declared(self, value: str) -> str | None:
        """The parameter that a value in braces names; SPICE folds case."""
        wanted = reader.parameter(value).lower()
        return next((name for name in self.parameters if name.lower() == wanted), None)

    def _passive(self, part: Part) -> Passive | None:
        if part.kind != "resistor" and part.kind != "capacitor":
            return None
        parameter = self._declared(part.words[0] if part.words else "")
        start = self._declared(dict(part.given).get("ic", "")) if part.kind == "capacitor" else None
        first, second = part.nodes
        return Passive(part.name, part.kind, (first, second), parameter, start, part)

    def _no_value(self, text: str, parameter: str) -> CircuitError:
        return CircuitError(
            f"the default '{text}' of parameter '{parameter}' is not a part's value",
            where=f"cell '{self.name}'",
            hint="write a number such as 100k or 4.7e-9",
        )


def read_cell(path: Path) -> Cell:
    """A cell from its file; the role is what a note of it says.

    Raises:
        CircuitError: not one ``.subckt`` of the file's name, an unknown role, a part without its nodes, or a note that
            cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "a cell is text in UTF-8; a maker's file becomes one by `vle-analog part add`"
        raise CircuitError(
            f"the file cannot be read: {reason(error)}", where=f"cell '{path.stem}' ({path})", hint=hint
        ) from None
    return parse_cell(text, path.stem, str(path))


def parse_cell(text: str, name: str, where: str) -> Cell:
    """A cell from its text, as `read_cell`.

    Args:
        text: of one ``.subckt`` with its header.
        name: that it must have.
        where: for errors.
    """
    try:
        lines = reader.read_lines(text)
        heads = [line for line in lines if isinstance(line, Head)]
        if len(heads) == 1 and heads[0].name == name and any(isinstance(line, End) for line in lines):
            return _read(name, lines, heads[0])
    except CircuitError as error:
        raise error.located(f"cell '{name}' ({where})") from None
    raise CircuitError(
        f"a cell file holds one complete .subckt named '{name}'",
        where=where,
        hint="write '.subckt NAME ports... params: key=value' and '.ends NAME', with NAME the file's name",
    )


def _read(name: str, lines: Sequence[Line], head: Head) -> Cell:
    remarks = [line for line in lines if isinstance(line, Remark)]
    note = next((remark for remark in remarks if remark.key == "role"), None)
    if note is not None and note.text not in ROLES:
        raise CircuitError(
            f"no role '{note.text}'", where=f"line {note.number}", hint="the roles are " + ", ".join(ROLES)
        )
    role = None if note is None else note.text
    sheet = read_sheet(name, role, [parameter for parameter, _ in head.defaults], remarks)
    return Cell(name, tuple(lines), sheet, role, origin=name)


def needed(names: Iterable[str], cells: Mapping[str, Cell]) -> list[Cell]:
    """The named cells and all that they use, each once, used ones first.

    Raises:
        CircuitError: a cell that no file defines, one that contains itself, or an instance with other than its ports.
    """
    ordered: dict[str, Cell] = {}

    def visit(name: str, path: Sequence[str]) -> None:
        if name in ordered:
            return
        if name not in cells:
            raise CircuitError(f"no cell '{name}'", where=" -> ".join(path), hint=nearest(name, cells))
        if name in path:
            raise CircuitError(f"cell '{name}' contains itself", where=" -> ".join(path))
        for part in cells[name].instances:
            visit(part.cell, [*path, name])
            if len(part.nodes) != len(cells[part.cell].ports):
                raise CircuitError(f"'{part.name}' does not fit cell '{part.cell}'", where=f"cell '{name}'")
        ordered[name] = cells[name]

    for name in sorted(set(names)):
        visit(name, [])
    return list(ordered.values())
