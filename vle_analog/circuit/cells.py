"""Cells: ``.subckt`` files that a circuit designer edits, one per file, under ``circuits/``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from vle_analog.errors import CircuitError, nearest
from vle_analog.library import circuits_folder

_HEAD = re.compile(r"\.subckt\s+(\S+)\s+(.*?)(?:\s+params:\s*(.*))?$", re.IGNORECASE)
_PASSIVE = re.compile(r"([RC]\S*)\s+\S+\s+\S+\s+(\{[^}]*\}|\S+)", re.IGNORECASE)
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)(?:e([-+]?\d+))?(meg|[tgkmunpf])?[a-z]*", re.IGNORECASE)
_EXPONENTS = {"t": 12, "g": 9, "meg": 6, "k": 3, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}

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
class Cell:
    """A subcircuit as its file gives it.

    Attributes:
        name: the subcircuit's name, which is the file's.
        ports: in order.
        defaults: of its parameters, as written, in order.
        text: the file's text, comments included.
        uses: cells that it instantiates, with repetitions.
        passives: its own resistors and capacitors, in order.
    """

    name: str
    ports: tuple[str, ...]
    defaults: tuple[tuple[str, str], ...]
    text: str
    uses: tuple[str, ...]
    passives: tuple[Passive, ...]

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names, in order."""
        return tuple(name for name, _ in self.defaults)

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """Counts of its own resistors and capacitors."""
        return tuple((f"{kind}s", sum(each.kind == kind for each in self.passives)) for kind in _KINDS.values())

    def default(self, parameter: str) -> float:
        """The default of a resistance or capacitance, ohms or farads.

        Raises:
            CircuitError: there is none, or it is not a plain positive number.
        """
        text = dict(self.defaults).get(parameter, "")
        if (match := _NUMBER.fullmatch(text)) is None:
            raise CircuitError(
                f"the default '{text}' of parameter '{parameter}' is not a part's value",
                where=f"cell '{self.name}'",
                hint="write a number such as 100k or 4.7e-9",
            )
        exponent = int(match[2] or 0) + _EXPONENTS.get((match[3] or "").lower(), 0)
        return float(f"{match[1]}e{exponent}")  # not a product: 0.3u is 3e-7 to the last bit


def read_cell(path: Path) -> Cell:
    """A cell from its file.

    Raises:
        CircuitError: not one ``.subckt`` of the file's name, or an instance without a cell.
    """
    text = path.read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    heads = [line for line in lines if line.lower().startswith(".subckt")]
    match = _HEAD.match(heads[0]) if len(heads) == 1 else None
    if match is None or match[1] != path.stem or not any(line.lower().startswith(".ends") for line in lines):
        raise CircuitError(
            f"a cell file holds one complete .subckt named '{path.stem}'",
            where=str(path),
            hint="write '.subckt NAME ports... params: key=value' and '.ends NAME', with NAME the file's name",
        )
    defaults = tuple((name, value) for name, _, value in (pair.partition("=") for pair in (match[3] or "").split()))
    uses = tuple(_cell_of(line) for line in lines if line[:1] in "xX" and line)
    known = {name.lower(): name for name, _ in defaults}
    passives = tuple(_passive(line, known) for line in lines if line[:1].upper() in _KINDS)
    return Cell(match[1], tuple(match[2].split()), defaults, text, uses, passives)


def _passive(line: str, parameters: Mapping[str, str]) -> Passive:
    """The part of one line; SPICE folds case, so parameters are looked up in lower case."""
    match = _PASSIVE.match(line)
    value = match[2] if match else ""
    parameter = parameters.get(value[1:-1].strip().lower()) if value[:1] == "{" else None
    return Passive(line.split()[0], _KINDS[line[0].upper()], parameter)


def _cell_of(line: str) -> str:
    words = [word for word in line.split() if "=" not in word and word.lower() != "params:"]
    return words[-1]


@cache
def library(fidelity: str = "ideal") -> dict[str, Cell]:
    """All cells by name: the stages, and the devices of one fidelity.

    Raises:
        CircuitError: no such fidelity.
    """
    folders = circuits_folder() / "stages", circuits_folder() / fidelity
    if not folders[1].is_dir():
        known = [each.name for each in circuits_folder().iterdir() if each.is_dir()]
        raise CircuitError(f"no cells of fidelity '{fidelity}'", hint=nearest(fidelity, known))
    return {path.stem: read_cell(path) for folder in folders for path in sorted(folder.glob("*.cir"))}


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
