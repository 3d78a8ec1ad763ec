"""A cell's text read line by line into parts, models and parameters, so that a dialect can write each anew."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vle_analog.circuit.cell.cell import Cell
from vle_analog.errors import CircuitError

#: how many nodes a part has, by SPICE's letter, and what follows them; X has as many as its cell
_NODES = {"R": 2, "C": 2, "L": 2, "V": 2, "I": 2, "B": 2, "D": 2, "F": 2, "H": 2, "Q": 3, "J": 3, "E": 4, "G": 4}
#: settings that a part may have
_SETTINGS: dict[str, tuple[str, ...]] = {
    "C": ("ic",),
    "L": ("ic",),
    "B": ("v", "i", "m"),
    "D": ("area", "temp"),
    "Q": ("area", "ic"),
    "J": ("area",),
}
_KEY = re.compile(r"(?:(?<=\s)|^)([A-Za-z_]\w*)\s*=(?!=)\s*")
_MODEL = re.compile(r"\.model\s+(?P<name>\S+)\s+(?P<kind>\w+)\s*(?:\((?P<inside>.*)\)|(?P<after>.*))", re.IGNORECASE)
_HINT = "write it with R C L V I E F G H B D Q J X, .model and .param, or take the ngspice dialect"


@dataclass(frozen=True)
class Remark:
    """A comment line, as it stands."""

    text: str


@dataclass(frozen=True)
class Part:
    """A part of a cell.

    Attributes:
        name: with SPICE's letter.
        nodes: in SPICE's order.
        words: what follows the nodes: a value, a model's or cell's name, a controlling source and a gain.
        given: settings, keys in lower case but for an instance's parameters.
    """

    name: str
    nodes: tuple[str, ...]
    words: tuple[str, ...]
    given: Mapping[str, str]

    @property
    def letter(self) -> str:
        """SPICE's, in upper case."""
        return self.name[0].upper()


@dataclass(frozen=True)
class Model:
    """A ``.model`` line."""

    name: str
    kind: str
    given: Mapping[str, str]


@dataclass(frozen=True)
class Parameters:
    """A ``.param`` line."""

    given: Mapping[str, str]


Card = Remark | Part | Model | Parameters


def read_cards(cell: Cell, cells: Mapping[str, Cell]) -> Iterator[tuple[str, Card]]:
    """The lines of a cell and what they say, without ``.subckt`` and ``.ends``.

    Raises:
        CircuitError: a line that is no part, model or parameter, by the cell and its text.
    """
    for line in _joined(cell.text):
        if line.startswith("*"):
            yield line, Remark(line)
            continue
        try:
            card = _card(line, cells)
        except CircuitError as error:
            raise error.located(f"cell '{cell.name}', '{line}'") from None
        if card is not None:
            yield line, card


def _joined(text: str) -> Iterator[str]:
    """Lines with their continuations, without what follows a semicolon."""
    whole = ""
    for line in text.splitlines():
        line = line.strip() if line.lstrip().startswith("*") else line.partition(";")[0].strip()
        if line.startswith("+"):
            whole += " " + line[1:].strip()
            continue
        if whole:
            yield whole
        whole = line
    if whole:
        yield whole


def _card(line: str, cells: Mapping[str, Cell]) -> Card | None:
    first = line.split()[0].lower()
    if first in (".subckt", ".ends"):
        return None
    if first == ".param":
        words, given = _settings(line[len(first) :])
        if words:
            raise CircuitError(f"'{words[0]}' is not 'name=value'")
        return Parameters(given)
    if first == ".model":
        return _model(line)
    letter = line[0].upper()
    words, given = _settings(line)
    if letter == "X":
        return _instance(words, given, cells)
    if letter not in _NODES:
        raise CircuitError(f"'{words[0]}' is a kind of line that is not translated", hint=_HINT)
    number = _NODES[letter]
    part = Part(
        words[0], words[1 : number + 1], words[number + 1 :], {key.lower(): text for key, text in given.items()}
    )
    if part.words and part.words[0].lower() == "dc" and letter in "VI":
        part = Part(part.name, part.nodes, part.words[1:], part.given)
    _check(part)
    return part


def _check(part: Part) -> None:
    allowed = _SETTINGS.get(part.letter, ())
    for key in part.given:
        if key not in allowed:
            raise CircuitError(f"'{key}=' of '{part.name}' is not translated", hint=_HINT)
    wanted = {"B": (0,), "F": (2,), "H": (2,), "D": (1, 2), "Q": (1, 2), "J": (1, 2)}.get(part.letter, (1,))
    if len(part.words) not in wanted or (part.letter == "B" and ("v" in part.given) == ("i" in part.given)):
        raise CircuitError(f"'{part.name}' has a form that is not translated", hint=_HINT)


def _instance(words: tuple[str, ...], given: Mapping[str, str], cells: Mapping[str, Cell]) -> Part:
    words = tuple(word for word in words if word.lower() != "params:")
    name, *nodes, cell = words
    if len(nodes) != len(cells[cell].ports):
        raise CircuitError(f"'{name}' does not fit cell '{cell}'")
    return Part(name, tuple(nodes), (cell,), given)


def _model(line: str) -> Model:
    match = _MODEL.fullmatch(line)
    words, given = _settings(match["inside"] or match["after"] or "") if match else ((line,), {})
    if match is None or words:
        raise CircuitError(f"'{words[0]}' is not 'name=value'", hint=_HINT)
    return Model(match["name"], match["kind"].lower(), {key.lower(): text for key, text in given.items()})


def _settings(text: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Words up to the first ``key=``, then values by key; brackets and braces hold together."""
    depth, starts = 0, []
    for match in re.finditer(r"[({]|[)}]|" + _KEY.pattern, text):
        if match[0] in ("(", "{"):
            depth += 1
        elif match[0] in (")", "}"):
            depth -= 1
        elif depth == 0:
            starts.append(match)
    ends = [*(match.start() for match in starts[1:]), len(text)]
    given = (
        {match[1]: text[match.end() : end].strip() for match, end in zip(starts, ends, strict=True)} if starts else {}
    )
    head = text[: starts[0].start()] if starts else text
    return tuple(re.findall(r"\{[^}]*\}|[^\s{]+", head)), given
