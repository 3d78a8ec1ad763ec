"""What comes with the tool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vle_analog.equations.system import EquationSystem
from vle_analog.tasks import Task


@dataclass(frozen=True)
class Catalogue:
    """What comes with the tool.

    Attributes:
        tasks: as they are by default.
        systems: likewise, by the names of their files.
    """

    tasks: Sequence[Task]
    systems: Sequence[tuple[str, EquationSystem]]
