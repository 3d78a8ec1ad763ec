"""A quantity over a range of a parameter: the equations', and that of boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vle_analog.design.built import Built


@dataclass(frozen=True)
class Point:
    """The system at one value.

    Attributes:
        value: of the parameter.
        ideal: the quantity of the equations; None where there is none.
        boards: the quantity of each board; None for one that did not stay finite or has none.
        reason: why there is no circuit at this value; None where there is one.
    """

    value: float
    ideal: float | None
    boards: tuple[float | None, ...]
    reason: str | None = None

    @property
    def known(self) -> list[float]:
        """The quantity of boards that have one."""
        return [value for value in self.boards if value is not None]

    @property
    def median(self) -> float | None:
        """Their median."""
        return float(np.median(self.known)) if self.known else None


@dataclass(frozen=True)
class Sweep:
    """A system over a range of one of its parameters.

    Attributes:
        name: of the system.
        parameter: that takes other values.
        quantity: what is measured.
        boards: how many at each value.
        points: one per value, in order.
        settings: what all have in common, for the record.
        built: what boards are of, for those who read of it.
    """

    name: str
    parameter: str
    quantity: str
    boards: int
    points: Sequence[Point]
    settings: Mapping[str, Any] = field(default_factory=dict)
    built: Built | None = None

    def record(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "parameter": self.parameter,
            "quantity": self.quantity,
            "boards": self.boards,
            "points": [
                {"value": each.value, "ideal": each.ideal, "boards": list(each.boards), "reason": each.reason}
                for each in self.points
            ],
            "settings": dict(self.settings),
        }
