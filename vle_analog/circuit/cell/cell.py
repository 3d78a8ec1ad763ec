"""Cells: ``.subckt`` files that a circuit designer edits, one per file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from vle_analog.circuit.technology import ROLES
from vle_analog.errors import CircuitError, nearest

_HEAD = re.compile(r"\.subckt\s+(\S+)\s+(.*?)(?:\s+params:\s*(.*))?$", re.IGNORECASE)
_PASSIVE = re.compile(r"([RC]\S*)\s+\S+\s+\S+\s+(\{[^}]*\}|\S+)", re.IGNORECASE)
_NOTE = re.compile(r"\*\s+(\w+):\s+(.*)")
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)(?:e([-+]?\d+))?(meg|[tgkmunpf])?[a-z]*", re.IGNORECASE)
_EXPONENTS = {"t": 12, "g": 9, "meg": 6, "k": 3, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}

#: a cell's parameter with the voltage of its output at time zero, and what outputs are called
START, OUTPUTS = "OUT", ("out", "w")

Kind = Literal["resistor", "capacitor"]
_KINDS: dict[str, Kind] = {"R": "resistor", "C": "capacitor"}


@dataclass(frozen=True)
class Passive:
    """A resistor or capacitor of a cell.

    Attributes:
        name: with SPICE's letter.
        kind: which of the two.
        parameter: of the cell, whose value it has; None where the cell's file fixes it.
    """

    name: str
    kind: Kind
    parameter: str | None


@dataclass(frozen=True)
class Spread:
    """How a parameter scatters around zero.

    Attributes:
        sigma: standard deviation, by the data sheet's typical value.
        most: that the data sheet allows.
        drift: standard deviation of what a kelvin adds; 0 where none is known.
        doubling: kelvin that double it; 0 for any.
    """

    sigma: float
    most: float
    drift: float = 0.0
    doubling: float = 0.0


@dataclass(frozen=True)
class Cell:
    """A subcircuit as its file gives it.

    Attributes:
        name: the subcircuit's name, which is the file's.
        ports: in order.
        defaults: of its parameters, as written, in order.
        text: the file's text, comments included.
        uses: cells that it instantiates, with repetitions.
        passives: its own resistors and capacitors, in order.
        notes: the header's ``* key: text`` lines, in order.
        role: which of a circuit's roles it plays; None for stages and for what parts are made of.
    """

    name: str
    ports: tuple[str, ...]
    defaults: tuple[tuple[str, str], ...]
    text: str
    uses: tuple[str, ...]
    passives: tuple[Passive, ...]
    notes: tuple[tuple[str, str], ...] = ()
    role: str | None = None

    @property
    def output(self) -> int:
        """The position of its output among the ports.

        Raises:
            CircuitError: it has none.
        """
        for position, port in enumerate(self.ports):
            if port in OUTPUTS:
                return position
        raise CircuitError("no port is an output", where=f"cell '{self.name}'", hint=f"one of {', '.join(OUTPUTS)}")

    def noted(self, key: str) -> tuple[str, ...]:
        """The texts of all notes of a key."""
        return tuple(text for name, text in self.notes if name == key)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(name for name, _ in self.defaults)

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Counts of its own resistors and capacitors."""
        return tuple((f"{kind}s", sum(each.kind == kind for each in self.passives)) for kind in _KINDS.values())

    def default(self, parameter: str) -> float:
        """A parameter's default, SI units.

        Raises:
            CircuitError: there is none, or it is not a plain positive number.
        """
        text = dict(self.defaults).get(parameter, "")
        return self._number(text, f"the default '{text}' of parameter '{parameter}'")

    def _number(self, text: str, what: str) -> float:
        try:
            return spice_value(text)
        except ValueError:
            raise CircuitError(
                f"{what} is not a part's value",
                where=f"cell '{self.name}'",
                hint="write a number such as 100k or 4.7e-9",
            ) from None

    @cached_property
    def spread(self) -> Mapping[str, Spread]:
        """What scatters from part to part, by parameter.

        Raises:
            CircuitError: a ``spread`` note that is not a parameter and two numbers, or a ``drift`` or ``doubles`` note
                that is not such a parameter and one.
        """
        found = {}
        for text in self.noted("spread"):
            name, *values = text.split()
            if len(values) != 2 or name not in self.parameters:
                raise CircuitError(
                    f"the note 'spread: {text}' does not say how a parameter scatters",
                    where=f"cell '{self.name}'",
                    hint="write a parameter's name, its standard deviation and the most it reaches",
                )
            found[name] = Spread(*(self._number(each, f"'{each}' in 'spread: {text}'") for each in values))
        for key, figure in (("drift", "drift"), ("doubles", "doubling")):
            for text in self.noted(key):
                name, *values = text.split()
                if len(values) != 1 or name not in found:
                    raise CircuitError(
                        f"the note '{key}: {text}' does not say what temperature does to what scatters",
                        where=f"cell '{self.name}'",
                        hint="write a parameter that has a 'spread' and what a kelvin adds, or kelvin that double it",
                    )
                value = self._number(values[0], f"'{values[0]}' in '{key}: {text}'")
                found[name] = replace(found[name], **{figure: value})
        return found


def spice_value(text: str) -> float:
    """A positive number as SPICE writes it, ``4.7n`` or ``100k``.

    Raises:
        ValueError: it is not one.
    """
    if (match := _NUMBER.fullmatch(text)) is None:
        raise ValueError(text)
    exponent = int(match[2] or 0) + _EXPONENTS.get((match[3] or "").lower(), 0)
    return float(f"{match[1]}e{exponent}")  # not a product: 0.3u is 3e-7 to the last bit


def read_cell(path: Path) -> Cell:
    """A cell from its file; the role is what a note of it says.

    Raises:
        CircuitError: not one ``.subckt`` of the file's name, or an instance without a cell.
    """
    return parse_cell(path.read_text(encoding="utf-8"), path.stem, str(path))


def parse_cell(text: str, name: str, where: str) -> Cell:
    """A cell from its text, as `read_cell`.

    Args:
        text: of one ``.subckt`` with its header.
        name: that it must have.
        where: for errors.
    """
    lines = [line.strip() for line in text.splitlines()]
    heads = [line for line in lines if line.lower().startswith(".subckt")]
    match = _HEAD.match(heads[0]) if len(heads) == 1 else None
    if match is None or match[1] != name or not any(line.lower().startswith(".ends") for line in lines):
        raise CircuitError(
            f"a cell file holds one complete .subckt named '{name}'",
            where=where,
            hint="write '.subckt NAME ports... params: key=value' and '.ends NAME', with NAME the file's name",
        )
    defaults = tuple((name, value) for name, _, value in (pair.partition("=") for pair in (match[3] or "").split()))
    uses = tuple(_cell_of(line) for line in lines if line[:1] in "xX" and line)
    known = {name.lower(): name for name, _ in defaults}
    passives = tuple(_passive(line, known) for line in lines if line[:1].upper() in _KINDS)
    notes = tuple((found[1], found[2].strip()) for line in lines if (found := _NOTE.match(line)))
    role = dict(notes).get("role")
    if role is not None and role not in ROLES:
        raise CircuitError(f"no role '{role}'", where=where, hint=nearest(role, ROLES))
    return Cell(match[1], tuple(match[2].split()), defaults, text, uses, passives, notes, role)


def _passive(line: str, parameters: Mapping[str, str]) -> Passive:
    """The part of one line; SPICE folds case, so parameters are looked up in lower case."""
    match = _PASSIVE.match(line)
    value = match[2] if match else ""
    parameter = parameters.get(value[1:-1].strip().lower()) if value[:1] == "{" else None
    return Passive(line.split()[0], _KINDS[line[0].upper()], parameter)


def _cell_of(line: str) -> str:
    words = [word for word in line.split() if "=" not in word and word.lower() != "params:"]
    return words[-1]


def needed(names: Iterable[str], cells: Mapping[str, Cell]) -> list[Cell]:
    """The named cells and all that they use, each once, used ones first.

    Raises:
        CircuitError: a cell that no file defines.
    """
    ordered: dict[str, Cell] = {}

    def visit(name: str, path: Sequence[str]) -> None:
        if name in ordered:
            return
        if name not in cells:
            raise CircuitError(f"no cell '{name}'", where=" -> ".join(path), hint=nearest(name, cells))
        if name in path:
            raise CircuitError(f"cell '{name}' contains itself", where=" -> ".join(path))
        for used in cells[name].uses:
            visit(used, [*path, name])
        ordered[name] = cells[name]

    for name in sorted(set(names)):
        visit(name, [])
    return list(ordered.values())
