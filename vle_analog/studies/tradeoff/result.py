"""Ways of building a board: what each costs, and how many of its boards are good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vle_analog.compare.confidence import independent, wilson
from vle_analog.compare.criterion import Criterion
from vle_analog.fleet.sample import Check

#: what can be minimised, and its unit
AMOUNTS = {"cost": "euro", "power": "W", "parts": "parts"}


@dataclass(frozen=True)
class Amounts:
    """What a board takes.

    Attributes:
        cost: euro, of what is sold.
        power: watts at rest.
        parts: bodies on the board.
        unsold: parts that nobody sells, by their names.
    """

    cost: float
    power: float
    parts: int
    unsold: tuple[str, ...] = ()

    def of(self, name: str) -> float:
        """One of `AMOUNTS`."""
        return float({"cost": self.cost, "power": self.power, "parts": self.parts}[name])


@dataclass(frozen=True)
class Candidate:
    """One way of building.

    Attributes:
        choices: what was tried, and its value, as a user writes them.
        amounts: what a board takes; None where it cannot be built.
        verdicts: whether each board is good, lesson by lesson.
        refusal: why it cannot be built; empty where it can.
    """

    choices: tuple[tuple[str, str], ...]
    amounts: Amounts | None
    verdicts: tuple[tuple[bool, ...], ...] = ()
    refusal: str = ""

    @property
    def name(self) -> str:
        """Its choices in one line."""
        return ", ".join(f"{key} {value}" for key, value in self.choices) or "as it is"

    @property
    def good(self) -> int:
        """How many boards are good."""
        return sum(map(sum, self.verdicts))

    @property
    def boards(self) -> int:
        """How many ran."""
        return sum(map(len, self.verdicts))

    @property
    def yielded(self) -> float | None:
        """The fraction of good boards; None where none ran."""
        return self.good / self.boards if self.boards else None

    @property
    def interval(self) -> tuple[float, float]:
        """Interval of the yield with 95 % confidence; boards of one lesson have it in common, lessons their boards."""
        number = float(self.boards)
        if len(self.verdicts) > 1:
            lots = [lesson for lesson, boards in enumerate(self.verdicts) for _ in boards]
            numbers = [number for boards in self.verdicts for number in range(len(boards))]
            number = independent([good for boards in self.verdicts for good in boards], lots, numbers)
        return wilson((self.yielded or 0.0) * number, number)

    def record(self) -> dict[str, Any]:
        """Plain data."""
        amounts = None if self.amounts is None else {**vars(self.amounts), "unsold": list(self.amounts.unsold)}
        return {
            "choices": dict(self.choices),
            "amounts": amounts,
            "good": self.good,
            "boards": self.boards,
            "yield": self.yielded,
            "yield_interval": list(self.interval),
            "lessons": [[sum(boards), len(boards)] for boards in self.verdicts],
            "refusal": self.refusal,
        }


@dataclass(frozen=True)
class Tradeoff:
    """Yield against what a board takes.

    Attributes:
        task, mode: what boards do.
        criterion: of good boards.
        wanted: the yield that must be reached.
        minimised: one of `AMOUNTS`.
        most: boards of each way at most, of all lessons.
        candidates: those that can be built, by what is minimised; then the others.
        checks: boards of the best that ran in ngspice, too.
        settings: what all ways have in common, for the record.
    """

    task: str
    mode: str
    criterion: Criterion
    wanted: float
    minimised: str
    most: int
    candidates: Sequence[Candidate]
    checks: Sequence[Check] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def built(self) -> list[tuple[float, Candidate]]:
        """Ways that can be built, with what is minimised, the least first."""
        found = [(each.amounts.of(self.minimised), each) for each in self.candidates if each.amounts is not None]
        return sorted(found, key=lambda pair: pair[0])

    def suffices(self, candidate: Candidate) -> bool:
        """Whether it yields enough: of all boards that it may have, or surely before."""
        if candidate.boards < self.most:
            return candidate.interval[0] >= self.wanted
        return candidate.good >= self.wanted * candidate.boards - 1e-9

    def misses(self, candidate: Candidate) -> bool:
        """Whether it yields too little: surely, or of all boards that it may have."""
        if candidate.boards < self.most:
            return candidate.interval[1] < self.wanted
        return not self.suffices(candidate)

    @property
    def best(self) -> Candidate | None:
        """The least that yields enough; None where none does."""
        return next((each for _, each in self.built if self.suffices(each)), None)

    @property
    def front(self) -> list[Candidate]:
        """Pareto's front: ways than which none that takes less, or as much, yields more."""
        found: list[Candidate] = []
        ran = [(amount, -each.yielded, each) for amount, each in self.built if each.yielded is not None]
        for _, _, each in sorted(ran, key=lambda row: row[:2]):
            if not found or each.good * found[-1].boards > found[-1].good * each.boards:
                found.append(each)
        return found

    def record(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        best = self.best
        return {
            "task": self.task,
            "mode": self.mode,
            "criterion": str(self.criterion),
            "yield_wanted": self.wanted,
            "minimised": self.minimised,
            "boards": self.most,
            "best": None if best is None else best.record(),
            "front": [dict(each.choices) for each in self.front],
            "candidates": [each.record() for each in self.candidates],
            "ngspice": [vars(each) for each in self.checks],
            "settings": dict(self.settings),
        }
