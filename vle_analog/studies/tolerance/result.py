"""Tolerances: how much of each kind of non-ideality, alone, leaves enough of the boards good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vle_analog.compare.confidence import wilson
from vle_analog.compare.criterion import Criterion
from vle_analog.fleet.findings import FleetFindings


@dataclass(frozen=True)
class Point:
    """Boards with one size of one kind.

    Attributes:
        factor: over the size that boards have by themselves.
        size: in the kind's unit.
        good: how many meet the criterion.
        boards: of how many.
    """

    factor: float
    size: float
    good: int
    boards: int

    @property
    def yielded(self) -> float:
        """The fraction of good boards."""
        return self.good / self.boards

    @property
    def interval(self) -> tuple[float, float]:
        """Interval in which the yield lies with 95 % confidence, by Wilson's score."""
        return wilson(self.good, self.boards)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        found = {**vars(self), "yield": self.yielded, "interval": list(self.interval)}
        return found


@dataclass(frozen=True)
class Allowed:
    """How much of a kind is allowed.

    Attributes:
        kind: its name.
        unit: of sizes: ``%`` for fractions of a part's value, V, A, s, Hz, V/s, or times what parts have.
        size: that boards have by themselves.
        scatters: whether sizes are standard deviations; else all boards have the same of it.
        points: all that were tried, by factor.
        wanted: the yield that must be reached.
        inverse: whether sizes should be large: factors divide them.
    """

    kind: str
    unit: str
    size: float
    scatters: bool
    points: Sequence[Point]
    wanted: float
    inverse: bool = False

    @property
    def most(self) -> Point | None:
        """The largest factor that was tried up to which all yields suffice; None if the smallest one is too large."""
        found = None
        for point in self.points:
            if point.yielded < self.wanted:
                break
            found = point
        return found

    @property
    def least_bad(self) -> Point | None:
        """The smallest factor whose yield does not suffice; None if all do."""
        return next((point for point in self.points if point.yielded < self.wanted), None)

    @property
    def room(self) -> float:
        """The allowed size over what boards have; 0 where nothing is allowed."""
        return 0.0 if self.most is None else self.most.factor

    @property
    def sizes_are(self) -> str:
        """What a size is."""
        if self.unit == "times":
            return "times what parts have"
        return "standard deviations" if self.scatters else "the same on all boards"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        most, bad = self.most, self.least_bad
        return {
            "kind": self.kind,
            "unit": self.unit,
            "sizes_are": self.sizes_are,
            "has": self.size,
            "allowed": None if most is None else most.to_json(),
            "first_too_much": None if bad is None else bad.to_json(),
            "points": [point.to_json() for point in self.points],
        }


@dataclass(frozen=True)
class Tolerances(FleetFindings):
    """How much of each kind is allowed.

    Attributes:
        criterion: of good boards.
        wanted: the yield that must be reached.
        boards: at each size, the same ones.
        ideal: whether the board without any kind is good; its loss over the target's variance and right answers.
        kinds: one each.
    """

    criterion: Criterion
    wanted: float
    boards: int
    ideal: tuple[float | None, float | None]
    kinds: Sequence[Allowed]

    @property
    def tightest(self) -> list[Allowed]:
        """All kinds, the one with the least room first."""
        return sorted(self.kinds, key=lambda kind: kind.room)

    def record(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        return {
            "task": self.task,
            "mode": self.mode,
            "criterion": str(self.criterion),
            "yield_wanted": self.wanted,
            "boards": self.boards,
            "measured": self.measured,
            "ideal": {"loss": self.ideal[0], "accuracy": self.ideal[1]},
            "kinds": [kind.to_json() for kind in self.kinds],
            "settings": dict(self.settings),
        }
