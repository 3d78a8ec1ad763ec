"""Cells: ``.subckt`` files that a circuit designer edits, one per file, under ``circuits/``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vle_analog.errors import CircuitError, nearest
from vle_analog.library import circuits_folder

_HEAD = re.compile(r"\.subckt\s+(\S+)\s+(.*?)(?:\s+params:\s*(.*))?$", re.IGNORECASE)
_PART_LETTERS = {"R": "resistors", "C": "capacitors"}


@dataclass(frozen=True)
class Cell:
    """A subcircuit as its file gives it.

    Attributes:
        name: the subcircuit's name, which is the file's.
        ports: in order.
        parameters: names, in order.
        text: the file's text, comments included.
        uses: cells that it instantiates, with repetitions.
        parts: counts of its own resistors and capacitors.
    """

    name: str
    ports: tuple[str, ...]
    parameters: tuple[str, ...]
    text: str
    uses: tuple[str, ...]
    parts: tuple[tuple[str, int], ...]


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
    parameters = tuple(pair.split("=")[0] for pair in (match[3] or "").split())
    uses = tuple(_cell_of(line) for line in lines if line[:1] in "xX" and line)
    parts = tuple((kind, sum(line[:1].upper() == letter for line in lines)) for letter, kind in _PART_LETTERS.items())
    return Cell(match[1], tuple(match[2].split()), parameters, text, uses, parts)


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
