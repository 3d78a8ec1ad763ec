"""A maker's file as statements: bytes to text, continuations joined, included files put in their place.

Nothing of it is ever handed to a simulator: what is read here is only looked at, and `circuit/vendor/emit.py` writes
its own lines.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from vle_analog.errors import CircuitError, UsageError

#: endings of makers' files
ENDINGS = (".lib", ".mod", ".cir", ".sub", ".spi", ".ckt", ".net", ".txt", ".inc", ".olb", ".mdl")
#: bytes of a file and files in all, at most: makers' models are far below
_LARGEST, _MOST = 8_000_000, 32
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_INCLUDES = (".include", ".inc", ".lib")
#: what LTspice begins encrypted files with; the end of a text under DOS
_BINARY, _END = b"<Binary File>", "\x1a"
#: signs that no text has
_CONTROLS = frozenset(map(chr, range(9)))
#: of files whose contents the maker has hidden
_ENCRYPTED = ("$cdnencstart", "* begin encrypted", "** begin encrypted", "**$encrypted", ".protect")


def listed(names: str) -> tuple[str, ...]:
    """Names that stand in one text."""
    return tuple(names.split())


@dataclass(frozen=True)
class Statement:
    """A line of a file with its continuations.

    Attributes:
        text: in one line, without comments; a comment line's own text.
        file: its name.
        number: of its first line there, from 1.
    """

    text: str
    file: str
    number: int

    @property
    def is_comment(self) -> bool:
        """Whether it is a comment line."""
        return self.text.startswith("*")

    @property
    def first(self) -> str:
        """Its first word, in lower case."""
        word = self.text.split(maxsplit=1)[0].lower() if self.text else ""
        return word.partition("*")[0] if word.startswith(".") else word

    @property
    def place(self) -> str:
        """Where it stands, for errors."""
        return f"{self.file}, line {self.number}"

    def refused(self, what: str, hint: str | None = None) -> CircuitError:
        """The error about it."""
        return CircuitError(what, where=self.place, hint=hint)


@dataclass(frozen=True)
class Source:
    """What was read.

    Attributes:
        statements: of the file, with those of included ones in their place.
        files: contents of all files by their path below the first one's folder.
    """

    statements: tuple[Statement, ...]
    files: dict[str, bytes]


def read_source(path: Path) -> Source:
    """A maker's file and all that it includes.

    Raises:
        UsageError: there is no such file.
        CircuitError: not text, too large, encrypted, or an include that leaves the file's folder or leads in a circle.
    """
    if not path.is_file():
        raise UsageError("there is no such file", where=str(path), hint="check the path")
    files: dict[str, bytes] = {}
    root = path.parent.resolve()
    return Source(tuple(_with_included(path.resolve(), root, files, ())), files)


def decoded(data: bytes, name: str) -> str:
    """The text of a file: UTF-8 or UTF-16 with or without a mark, else Windows' Latin-1.

    Raises:
        CircuitError: it is no text.
    """
    if _BINARY in data[:64]:
        raise CircuitError("the model is encrypted", where=name, hint="ask its maker for one in plain text")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(data, encoding, name)
    if len(data) > 3 and b"\0" in data[:64]:
        even, odd = data[0:64:2].count(0), data[1:64:2].count(0)
        return _checked(data, "utf-16-le" if odd > even else "utf-16-be", name)
    try:
        return _checked(data, "utf-8", name)
    except CircuitError:
        try:
            return _checked(data, "cp1252", name)
        except CircuitError:
            return _checked(data, "latin-1", name)


def _checked(data: bytes, encoding: str, name: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise CircuitError("the file is no text", where=name, hint="give a SPICE model as text") from None
    if any(sign in _CONTROLS for sign in text):
        raise CircuitError("the file is no text: it holds control bytes", where=name, hint="give a SPICE model as text")
    return text


def _with_included(path: Path, root: Path, files: dict[str, bytes], within: tuple[Path, ...]) -> Iterator[Statement]:
    name = path.relative_to(root).as_posix()
    if path.stat().st_size > _LARGEST:
        raise CircuitError(f"the file has over {_LARGEST} bytes", where=name, hint="give the part's own model")
    files[name] = path.read_bytes()
    if len(files) > _MOST:
        raise CircuitError(f"over {_MOST} files are included", where=name, hint="give the part's own model")
    for statement in statements(decoded(files[name], name), name):
        if (included := _included(statement)) is None:
            yield statement
            continue
        target = (path.parent / included).resolve()
        if not target.is_relative_to(root):
            raise statement.refused(
                f"'{included}' lies outside of the file's folder", "put the included file beside it"
            )
        if not target.is_file():
            raise statement.refused(f"there is no file '{included}' to include", "put the included file beside it")
        if target in (*within, path):
            raise statement.refused(f"'{included}' includes itself")
        yield from _with_included(target, root, files, (*within, path))


def _included(statement: Statement) -> str | None:
    """The path that a statement includes; None where it is no include."""
    if statement.first not in _INCLUDES:
        return None
    rest = statement.text.split(maxsplit=1)[1:]
    if not rest:
        raise statement.refused(f"'{statement.text}' names no file")
    text = rest[0].strip()
    if text[0] in "\"'":
        name, _, after = text[1:].partition(text[0])
    else:
        name, _, after = text.partition(" ")
    if after.strip():
        raise statement.refused(
            f"'{statement.text}' asks for a section of a library", "copy the section into a file of its own"
        )
    return name.replace("\\", "/")


def statements(text: str, name: str) -> list[Statement]:
    """The statements of a text; comments between a statement and its continuation stand behind it.

    Raises:
        CircuitError: the text is encrypted, or its first statement is a continuation.
    """
    found: list[Statement] = []
    last: int | None = None  # place of the last one that is no comment
    text = text.partition(_END)[0].replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.replace("\t", " ").replace("\f", " ").strip()
        if bare.lower().startswith(_ENCRYPTED):
            raise CircuitError(
                "the model is encrypted", where=f"{name}, line {number}", hint="ask its maker for one in plain text"
            )
        if bare.startswith("*"):
            found.append(Statement(bare, name, number))
            continue
        bare = bare.partition(";")[0].strip()
        if not bare:
            continue
        if bare.startswith("+"):
            if last is None:
                raise CircuitError("a line goes on with none", where=f"{name}, line {number}")
            found[last] = replace(found[last], text=f"{found[last].text} {bare[1:].strip()}")
            continue
        last = len(found)
        found.append(Statement(bare, name, number))
    return found
