"""The lines of a cell that a dialect can write anew: what it cannot is refused by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.reader import End, Head, Line, Model, Parameters, Part, Remark, Unread
from vle_analog.errors import CircuitError

#: settings that a part may have, by SPICE's letter; an instance may have any
_SETTINGS: dict[str, tuple[str, ...]] = {
    "R": ("noisy", "tc1", "tc2"),
    "C": ("ic",),
    "L": ("ic",),
    "V": (),
    "I": (),
    "B": ("v", "i", "m"),
    "E": (),
    "G": (),
    "F": (),
    "H": (),
    "D": ("area", "temp"),
    "Q": ("area", "ic"),
    "J": ("area",),
}
#: how many words may follow a part's nodes, by letter; one where it is not named
_WORDS = {"B": (0,), "F": (2,), "H": (2,), "D": (1, 2), "Q": (1, 2), "J": (1, 2)}
_HINT = "write it with R C L V I E F G H B D Q J X, .model and .param, or take the ngspice dialect"

Card = Remark | Part | Model | Parameters


def read_cards(cell: Cell, cells: Mapping[str, Cell]) -> Iterator[Card]:
    """The lines of a cell, without ``.subckt`` and ``.ends``.

    Raises:
        CircuitError: a line that is no part, model or parameter, by the cell and its text.
    """
    for line in cell.lines:
        if isinstance(line, Head | End) or not line.statement:
            continue
        try:
            yield _card(line, cells)
        except CircuitError as error:
            raise error.located(place(cell, line)) from None


def place(cell: Cell, line: Line) -> str:
    """Place of an error in a line."""
    return f"cell '{cell.name}', '{line.statement}'"


def _card(line: Line, cells: Mapping[str, Cell]) -> Card:
    match line:
        case Remark():
            return line
        case Parameters() | Model():
            if line.words:
                raise CircuitError(f"'{line.words[0]}' is not 'name=value'", hint=_HINT)
            return line
        case Part() if line.kind == "instance":
            if len(line.nodes) != len(cells[line.cell].ports):
                raise CircuitError(f"'{line.name}' does not fit cell '{line.cell}'")
            return line
        case Part() if line.letter in _SETTINGS:
            return _plain(line)
    name = line.name if isinstance(line, Part | Unread) else line.statement
    raise CircuitError(f"'{name}' is a kind of line that is not translated", hint=_HINT)


def _plain(part: Part) -> Part:
    """A part in a form that all simulators know; of a source's ``dc 1`` the value alone."""
    if part.letter in "VI" and part.words and part.words[0].lower() == "dc":
        part = replace(part, words=part.words[1:])
    given = dict(part.given)
    for key in given:
        if key not in _SETTINGS[part.letter]:
            raise CircuitError(f"'{key}=' of '{part.name}' is not translated", hint=_HINT)
    fits = len(part.words) in _WORDS.get(part.letter, (1,))
    if not fits or (part.letter == "B" and ("v" in given) == ("i" in given)):
        raise CircuitError(f"'{part.name}' has a form that is not translated", hint=_HINT)
    return part
