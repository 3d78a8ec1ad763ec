"""What comes with the tool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vle_analog.equations.system import EquationSystem


@dataclass(frozen=True)
class Catalogue:
    """What comes with the tool.

    Attributes:
        tasks: names, and what they are in one line.
        systems: by the names of their files.
    """

    tasks: Sequence[tuple[str, str]]
    systems: Sequence[tuple[str, EquationSystem]]
