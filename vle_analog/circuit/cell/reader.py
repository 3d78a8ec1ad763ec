"""The grammar of a cell's file: its text as typed lines, and typed lines as text again.

No other module looks at a cell's text. A line that is read and not changed is written as it stands, so that a deck has
the file's own comments and spelling; a changed one is written anew, its words one space apart.

What is read: comments, among them notes ``* key: text``; one ``.subckt`` with its ports and defaults; parts by SPICE's
letters (`KINDS`); ``.model`` and ``.param``. Any other line stands for itself as `Unread`: ngspice may know it. A line
that begins with ``+`` goes on with the one before, and what follows a semicolon is a comment.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from vle_analog.errors import CircuitError

PartKind = Literal[
    "resistor",
    "capacitor",
    "inductor",
    "voltage source",
    "current source",
    "controlled source",
    "behavioural source",
    "diode",
    "transistor",
    "instance",
]
#: by SPICE's letter: the kind of part, and how many nodes it has; an instance has as many as its cell
KINDS: dict[str, tuple[PartKind, int]] = {
    "R": ("resistor", 2),
    "C": ("capacitor", 2),
    "L": ("inductor", 2),
    "V": ("voltage source", 2),
    "I": ("current source", 2),
    "B": ("behavioural source", 2),
    "E": ("controlled source", 4),
    "G": ("controlled source", 4),
    "F": ("controlled source", 2),
    "H": ("controlled source", 2),
    "D": ("diode", 2),
    "Q": ("transistor", 3),
    "J": ("transistor", 3),
    "M": ("transistor", 4),
    "X": ("instance", 0),
}
#: keys and values as written, in order
Settings = tuple[tuple[str, str], ...]

_NUMBER = re.compile(r"(-?)(\d+\.?\d*|\.\d+)(?:e([-+]?\d{1,3}))?(meg|[tgkmunpf])?[a-z]*", re.IGNORECASE)
_QUANTITY = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?[a-z]*", re.IGNORECASE)
_EXPONENTS = {"t": 12, "g": 9, "meg": 6, "k": 3, "m": -3, "u": -6, "n": -9, "p": -12, "f": -15}
_NOTE = re.compile(r"\*\s+(\w+):\s+(.*)")
_KEY = r"(?:(?<=\s)|^)([A-Za-z_]\w*)\s*=(?!=)\s*"
_KEY_OR_BRACKET = re.compile(r"[({]|[)}]|" + _KEY)
_WORD = re.compile(r"\{[^}]*\}|[^\s{]+")
_MODEL = re.compile(r"\.model\s+(?P<name>\S+)\s+(?P<kind>\w+)\s*(?:\((?P<inside>.*)\)|(?P<after>.*))", re.IGNORECASE)
_STATED = re.compile(r"(\S+)\s+([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d{1,3})?)\s*(\S+)(.*)", re.IGNORECASE)
_LOAD = re.compile(r"\bat\s+(\d+\.?\d*|\.\d+)\s*([kM]?)(?:ohm)?(?=$|[\s,;])")
_MARK = re.compile(r"(.*?)\s*\[([^][]*)\](.*)")
_POLE = re.compile(r"\bpole at ([\d.]+) (\S*Hz)\b")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a cell with its continuations.

    Attributes:
        statement: what it says, in one line and without comments; a comment line's own text.
        written: as a deck has it.
        number: of its first line in the file, from 1; 0 where no file has it.
    """

    statement: str
    written: str
    number: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Remark(Line):
    """A comment or an empty line; a note where it has a key.

    Attributes:
        key, text: of ``* key: text``; both empty in all other comments.
    """

    key: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Head(Line):
    """The ``.subckt`` line.

    Attributes:
        name: the cell's.
        ports: in order.
        defaults: of its parameters, as written, in order.
    """

    name: str
    ports: tuple[str, ...]
    defaults: Settings

    def renamed(self, name: str) -> Head:
        """The same for a cell of another name."""
        return head(name, self.ports, self.defaults, self.number)

    def with_defaults(self, defaults: Iterable[tuple[str, str]]) -> Head:
        """The same with other values for parameters that there are, and more parameters behind them."""
        return head(self.name, self.ports, tuple((dict(self.defaults) | dict(defaults)).items()), self.number)


@dataclass(frozen=True, slots=True)
class End(Line):
    """The ``.ends`` line, with the cell's name or none."""

    name: str

    def renamed(self, name: str) -> End:
        """The same for a cell of another name."""
        return end(name, self.number)


@dataclass(frozen=True, slots=True)
class Part(Line):
    """A part.

    Attributes:
        name: with SPICE's letter.
        nodes: in SPICE's order; fewer than the kind has where its form is another one.
        words: what follows the nodes: a value, a model's or cell's name, a controlling source and a gain.
        given: settings, keys in lower case but for an instance's parameters.
    """

    name: str
    nodes: tuple[str, ...]
    words: tuple[str, ...]
    given: Settings

    @property
    def letter(self) -> str:
        """SPICE's, in upper case."""
        return self.name[0].upper()

    @property
    def kind(self) -> PartKind:
        """What it is."""
        return KINDS[self.letter][0]

    @property
    def cell(self) -> str:
        """The cell that an instance is one of; empty for any other part."""
        return self.words[0] if self.kind == "instance" else ""

    def with_words(self, *words: str) -> Part:
        """The same with another value, model or cell."""
        return part(self.name, self.nodes, words, self.given, self.number)

    def with_given(self, given: Iterable[tuple[str, str]]) -> Part:
        """The same with other values for settings that there are, and more settings behind them."""
        merged = tuple((dict(self.given) | dict(given)).items())
        return part(self.name, self.nodes, self.words, merged, self.number)


@dataclass(frozen=True, slots=True)
class Model(Line):
    """A ``.model`` line.

    Attributes:
        name, kind: of the model; the kind in lower case.
        given: its parameters, keys in lower case.
        words: what is no ``key=value``.
    """

    name: str
    kind: str
    given: Settings
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parameters(Line):
    """A ``.param`` line.

    Attributes:
        given: what it defines.
        words: what is no ``key=value``.
    """

    given: Settings
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unread(Line):
    """A line that is none of these.

    Attributes:
        name: its first word: a part's, or a command's with its dot.
    """

    name: str

    @property
    def is_command(self) -> bool:
        """Whether it is no part."""
        return self.name.startswith(".")


def read_lines(text: str) -> tuple[Line, ...]:
    """A file's lines.

    Raises:
        CircuitError: a resistor, a capacitor or an instance with too few nodes, by its line.
    """
    return tuple(_line(statement, written, number) for statement, written, number in _whole(text))


def render(lines: Iterable[Line]) -> str:
    """The text of lines, each ended."""
    return "".join(f"{line.written}\n" for line in lines)


def remark(text: str) -> Remark:
    """A new comment line."""
    return Remark(text, text, 0)


def head(name: str, ports: tuple[str, ...], defaults: Settings, number: int = 0) -> Head:
    """A new ``.subckt`` line."""
    statement = " ".join((".subckt", name, *ports, *_params(defaults)))
    return Head(statement, statement, number, name, ports, defaults)


def end(name: str, number: int = 0) -> End:
    """A new ``.ends`` line."""
    return End(f".ends {name}", f".ends {name}", number, name)


def part(name: str, nodes: tuple[str, ...], words: tuple[str, ...], given: Settings, number: int = 0) -> Part:
    """A new part's line."""
    statement = " ".join((name, *nodes, *words, *(f"{key}={value}" for key, value in given)))
    return Part(statement, statement, number, name, nodes, words, given)


def spice_value(text: str) -> float:
    """A number as SPICE writes it: ``4.7n``, ``100k``, ``-1``.

    Raises:
        ValueError: it is not one, or beyond all that a float holds.
    """
    if (match := _NUMBER.fullmatch(text)) is None:
        raise ValueError(text)
    exponent = int(match[3] or 0) + _EXPONENTS.get((match[4] or "").lower(), 0)
    value = float(f"{match[1]}{match[2]}e{exponent}")  # not a product: 0.3u is 3e-7 to the last bit
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def with_plain_numbers(expression: str) -> str:
    """An expression with its numbers written as Python does: ``1k*(kin-1)`` as ``1000.0*(kin-1.0)``.

    Raises:
        ValueError: one of them is none.
    """
    return _QUANTITY.sub(lambda match: repr(spice_value(match[0])), expression)


def parameter(value: str) -> str:
    """The name in ``{name}``; empty for any other value, an expression among them."""
    inside = value[1:-1].strip() if value.startswith("{") and value.endswith("}") else ""
    return inside if inside.isidentifier() else ""


def marked(text: str) -> tuple[str, str]:
    """A note's text without what stands first in square brackets, and that; empty where nothing does."""
    match = _MARK.fullmatch(text)
    return (text, "") if match is None else (f"{match[1]}{match[3]}".strip(), match[2].strip())


def stated(text: str) -> tuple[str, str, str, str] | None:
    """Name, number, unit with its prefix, and condition of a note such as ``swing_high 13.8 V at 10k``."""
    match = _STATED.match(text)
    return None if match is None else (match[1], match[2], match[3], match[4].strip(" ,;"))


def load(condition: str) -> tuple[str, str] | None:
    """Number and prefix of the ohms that a figure is stated at, ``at 10k``; None where it is at a frequency or none."""
    match = _LOAD.search(condition)
    return None if match is None or "Hz" in condition else (match[1], match[2])


def pole(law: str) -> tuple[str, str] | None:
    """Number and unit of the frequency in a law that names ``a pole at 1 MHz``."""
    match = _POLE.search(law)
    return None if match is None else (match[1], match[2])


def _params(defaults: Settings) -> list[str]:
    return ["params:", *(f"{key}={value}" for key, value in defaults)] if defaults else []


def _whole(text: str) -> list[tuple[str, str, int]]:
    """Statement, text and number of each line with its continuations; a comment's statement is its text."""
    found: list[tuple[list[str], list[str], int]] = []
    begun: int | None = None  # place of the last line that is no comment
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare.startswith("*"):
            bare = bare.partition(";")[0].strip()
        if bare.startswith("+") and begun is not None:  # comments in between go along
            said, written, _ = found[begun]
            said.append(bare[1:].strip())
            written += [*(before for _, between, _ in found[begun + 1 :] for before in between), line]
            del found[begun + 1 :]
            continue
        if _says(bare):
            begun = len(found)
        found.append(([bare], [line], number))
    return [(" ".join(said), "\n".join(written), number) for said, written, number in found]


def _says(statement: str) -> bool:
    return bool(statement) and not statement.startswith("*")


def _line(statement: str, written: str, number: int) -> Line:
    if not _says(statement):
        note = _NOTE.match(statement)
        return Remark(statement, written, number, *((note[1], note[2].strip()) if note else ("", "")))
    first = statement.split()[0]
    words, given = _settings(statement)
    match first.lower():
        case ".subckt":
            named = [word for word in words[1:] if word.lower() != "params:"] or [""]
            return Head(statement, written, number, named[0], tuple(named[1:]), given)
        case ".ends":
            return End(statement, written, number, " ".join(words[1:]))
        case ".param":
            return Parameters(statement, written, number, given, words[1:])
        case ".model":
            return _model(statement, written, number)
        case _ if first[0].upper() in KINDS:
            return _part(statement, written, number, words, given)
    return Unread(statement, written, number, first)


def _part(statement: str, written: str, number: int, words: tuple[str, ...], given: Settings) -> Part:
    name, *rest = words or ("",)
    if not name:
        raise _short(statement, number)
    kind, count = KINDS[name[0].upper()]
    if kind == "instance":
        *nodes, cell = [word for word in rest if word.lower() != "params:"] or [""]
        if not cell:
            raise _short(statement, number)
        return Part(statement, written, number, name, tuple(nodes), (cell,), given)
    if len(rest) < count and kind in ("resistor", "capacitor"):  # of other kinds ngspice has forms with fewer
        raise _short(statement, number)
    given = tuple((key.lower(), value) for key, value in given)
    return Part(statement, written, number, name, tuple(rest[:count]), tuple(rest[count:]), given)


def _short(statement: str, number: int) -> CircuitError:
    return CircuitError(f"'{statement}' has too few nodes", where=f"line {number}", hint="write a name, nodes, a value")


def _model(statement: str, written: str, number: int) -> Line:
    match = _MODEL.fullmatch(statement)
    if match is None:
        return Unread(statement, written, number, ".model")
    words, given = _settings(match["inside"] or match["after"] or "")
    given = tuple((key.lower(), value) for key, value in given)
    return Model(statement, written, number, match["name"], match["kind"].lower(), given, words)


def _settings(text: str) -> tuple[tuple[str, ...], Settings]:
    """Words up to the first ``key=``, then values by key; brackets and braces hold together."""
    depth, starts = 0, []
    for match in _KEY_OR_BRACKET.finditer(text):
        if match[0] in ("(", "{"):
            depth += 1
        elif match[0] in (")", "}"):
            depth -= 1
        elif depth == 0:
            starts.append(match)
    if not starts:
        return tuple(_WORD.findall(text)), ()
    ends = [*(match.start() for match in starts[1:]), len(text)]
    given = tuple((match[1], text[match.end() : end].strip()) for match, end in zip(starts, ends, strict=True))
    return tuple(_WORD.findall(text[: starts[0].start()])), given
