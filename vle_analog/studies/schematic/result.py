"""What has been drawn, and where it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Drawn:
    """A schematic in files.

    Attributes:
        name: of the circuit.
        pages: names of pages, and how many parts each has.
        bodies: how many parts a board has.
        nets: how many nets.
        folder: where the files are.
        files: names of those that one opens, by format.
        untested: pages without a self-test, and why, where tests were asked for.
    """

    name: str
    pages: tuple[tuple[str, int], ...]
    bodies: int
    nets: int
    folder: Path
    files: dict[str, str]
    untested: tuple[tuple[str, str], ...] = ()
