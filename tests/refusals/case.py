"""A refusal names the place and what is wrong, and the input that its remedy makes of the refused one is accepted."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from vle_analog import errors
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import VleAnalogError

PACKAGE = Path(errors.__file__).parent
#: what a system file or a system written in Python passes through
ROOMS = ("equations", "synthesis", "design", "blocks", "reference")
FILES = (
    *(path for room in ROOMS for path in sorted((PACKAGE / room).glob("*.py"))),
    *(PACKAGE / f"{name}.py" for name in ("generators", "sequences", "stimulus")),
)

BASE = """\
name = "base"
[time]
unit = 1e-3
span = 5.0
[parameters]
a = 1.0
[inputs.u]
kind = "sine"
amplitude = 0.5
frequency = 0.2
[states.x]
derivative = "-x + u"
initial = 0.5
[definitions]
y = "x**2"
[outputs]
signals = ["x", "y"]
"""

#: does something with a folder of its own
Act = Callable[[Path], Any]


@dataclass(frozen=True)
class Refusal:
    """A bad input, and the same after its remedy was applied.

    Attributes:
        act: what is refused.
        where: part of the error's place.
        says: part of what is wrong.
        remedy: part of the hint: what the mended input does.
        mended: what is accepted.
    """

    act: Act
    where: str
    says: str
    remedy: str
    mended: Act

    def __str__(self) -> str:
        return self.says[:40]


def edited(edits: dict[str, str], text: str = BASE) -> str:
    """A file's text with some of it replaced.

    Raises:
        ValueError: what shall be replaced is not there, or not once.
    """
    for old, new in edits.items():
        if text.count(old) != 1:
            raise ValueError(f"'{old}' is there {text.count(old)} times")
        text = text.replace(old, new)
    return text


def reading(text: str | bytes, name: str = "base.toml", **beside: str) -> Act:
    """Load a system file; others by name, dots written as underscores, lie beside it."""

    def act(folder: Path) -> EquationSystem:
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        for other, content in beside.items():
            (folder / other.replace("_", ".")).write_text(content)
        return load_system(path)

    return act


def building(text: str, build: Build | None = None) -> Act:
    """Load a system file and make its circuit."""

    def act(folder: Path) -> Any:
        return design(reading(text)(folder), build or Build())

    return act


def file(bad: dict[str, str], mended: dict[str, str], where: str, says: str, remedy: str) -> Refusal:
    """A fault in a file's text; the mended one makes a circuit."""
    return Refusal(reading(edited(bad)), where, says, remedy, building(edited(mended)))


def rate(bad: str, mended: str, says: str, remedy: str, where: str = "states.x.derivative") -> Refusal:
    """A fault in the derivative of x."""
    edit = {key: {"-x + u": text} for key, text in (("bad", bad), ("mended", mended))}
    return file(edit["bad"], edit["mended"], f"base.toml: {where}", says, remedy)


def made(
    bad: dict[str, str], mended: dict[str, str] | Build, where: str, says: str, remedy: str, build: Build | None = None
) -> Refusal:
    """A file that can be read, and of which no circuit can be made; mended by other text or by another build."""
    mend = building(edited(bad), mended) if isinstance(mended, Build) else building(edited(mended), build)
    return Refusal(building(edited(bad), build), where, says, remedy, mend)


@dataclass(frozen=True)
class Site:
    """A place in the code that makes an error.

    Attributes:
        file: its room and name.
        first, last: its lines.
        source: it.
    """

    file: str
    first: int
    last: int
    source: str

    def __str__(self) -> str:
        return f"{self.file}:{self.first} {self.source}"


@cache
def sites() -> tuple[Site, ...]:
    """All places of the rooms that make an error, or call what does nothing else."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
    makers = {
        (node.name, path if node.name.startswith("_") else None)
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.returns is not None and _is_error(ast.unparse(node.returns))
    }

    def makes(name: str, path: Path) -> bool:
        return _is_error(name) or (name, None) in makers or (name, path) in makers

    return tuple(
        Site(
            str(path.relative_to(PACKAGE)),
            node.lineno,
            node.end_lineno or node.lineno,
            " ".join(ast.unparse(node).split()),
        )
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and makes(_called(node.func), path)
    )


def _called(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def _is_error(name: str) -> bool:
    kind = getattr(errors, name, None)
    return name == "NoReturn" or (isinstance(kind, type) and issubclass(kind, VleAnalogError))


@contextmanager
def recorded() -> Iterator[set[tuple[str, int]]]:
    """Files and lines of the rooms that are at work when an error is made."""
    lines: set[tuple[str, int]] = set()
    usual = VleAnalogError.__init__

    def noting(self: VleAnalogError, *given: Any, **named: Any) -> None:
        frame = sys._getframe(1)
        while frame is not None:
            if (path := Path(frame.f_code.co_filename)) in FILES:
                lines.add((str(path.relative_to(PACKAGE)), frame.f_lineno))
            frame = frame.f_back  # type: ignore[assignment]
        usual(self, *given, **named)

    VleAnalogError.__init__ = noting  # type: ignore[method-assign]
    try:
        yield lines
    finally:
        VleAnalogError.__init__ = usual  # type: ignore[method-assign]
