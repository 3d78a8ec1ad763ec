"""A fleet: boards of one design, told by their numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from vle_analog.compare.criterion import ACCURACY, Criterion
from vle_analog.errors import UsageError
from vle_analog.fleet.blueprint import Blueprint
from vle_analog.lesson.board import Board
from vle_analog.options import at_least, departures, option

#: options that studies refuse in which the amount of each non-ideality varies: what boards have of these does not
UNSCALED = (
    "shares",
    "matched",
    "distribution",
    "device_shares",
    "device_distribution",
    "celsius",
    "kelvin",
    "coefficients",
    "per_lot",
    "sampling",
    "noise",
    "noise_scale",
    "marks",
    "scales",
)


@dataclass(frozen=True)
class Fleet:
    """Boards of one design.

    Attributes:
        board: what all of them are made from.
        boards: how many.
        first: number of the first board, which decides its draws.

    Raises:
        UsageError: no board, or a negative number.
    """

    board: Board
    boards: int = option("How many boards, the same ones in every case.", 16)
    first: int = option("Number of the first board, which decides its parts' draws.", 0)

    def __post_init__(self) -> None:
        at_least(1, boards=self.boards)
        at_least(0, first=self.first)

    @property
    def numbers(self) -> range:
        """Numbers of the boards."""
        return range(self.first, self.first + self.boards)

    @property
    def task(self) -> str:
        """Name of the task that all boards are for."""
        return self.board.lesson.title

    def blueprint(self) -> Blueprint:
        """The design of all boards.

        Raises:
            VleAnalogError: no part values, or equations that no circuit is known for.
        """
        return Blueprint.of(self.board)

    def criterion(self, given: Criterion | None, usual: tuple[Criterion, Criterion]) -> Criterion:
        """What a good board must reach.

        Args:
            given: what the user asked for, if anything.
            usual: for tasks with right answers, and for those without.

        Raises:
            UsageError: a criterion about right answers where there are none, or a lesson that cannot be built.
        """
        answers = self.board.learned_here.build().exam.answers
        if given is None:
            return usual[0 if answers is not None else 1]
        if given.metric == ACCURACY and answers is None:
            raise UsageError(
                f"answers of task '{self.task}' are not right or wrong", hint=f"ask for `criterion='{usual[1]}'`"
            )
        return given

    def settings(self, blueprint: Blueprint) -> dict[str, Any]:
        """What all boards have in common, for records."""
        variation = self.board.production.variation
        return {
            **blueprint.settings(),
            "first_board": self.first,
            **self.board.exact.departures(),
            "resistors": variation.resistors.sigma,
            "capacitors": variation.capacitors.sigma,
            **({"grades": [asdict(grade) for grade in variation.grades]} if variation.grades else {}),
            "parts": dict(blueprint.circuit.parts),
            "variance": blueprint.variance,
            "key": blueprint.key,
        }


def refuse_unscaled(fleet: Fleet) -> None:
    """Refuse boards that have what a study cannot give them more or less of.

    Raises:
        UsageError: names the first such field.
    """
    for name in departures(fleet):
        if name in UNSCALED:
            raise UsageError(f"`{name}` is not among what this study varies from case to case", hint="leave it out")
