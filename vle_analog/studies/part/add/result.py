"""A maker's model that became a part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vle_analog.circuit.vendor.pins import Assignment
from vle_analog.studies.bench.result import Bench


@dataclass(frozen=True)
class Added:
    """What was taken in.

    Attributes:
        name: of the part.
        maker: what its maker calls it.
        file: of its cell.
        ports: of the maker's subcircuit.
        pins: what they are.
        bench: what was measured.
        left: what is not in it, each with its place.
    """

    name: str
    maker: str
    file: Path
    ports: Sequence[str]
    pins: Assignment
    bench: Bench
    left: Sequence[str]
