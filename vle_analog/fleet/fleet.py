"""A fleet: boards of one design, told by their numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from vle_analog.compare.criterion import ACCURACY, LOSS, Criterion
from vle_analog.compare.measures import MEASURES
from vle_analog.compare.quantity import NRMSE, Quantity
from vle_analog.compare.timing import EVENT_MEASURES
from vle_analog.design.subject import is_system, unknown
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError
from vle_analog.fields import at_least
from vle_analog.fleet.blueprint import Blueprint
from vle_analog.fleet.lesson_blueprint import LessonBlueprint
from vle_analog.fleet.system_blueprint import SystemBlueprint
from vle_analog.lesson.board import Board
from vle_analog.options import departures, option, part
from vle_analog.tasks import is_task

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


#: what a system's boards are judged by, and must reach, unless told otherwise
WORST = Quantity(NRMSE)
USUAL = Criterion(NRMSE, "<=", 0.02)


#: of a criterion, for help
QUANTITIES = (
    f"'{USUAL}' (default: of the worst output), 'nrmse(x)<=0.02', or any expression of "
    f"{', '.join([*MEASURES, *EVENT_MEASURES])}, and "
    "error(...), by how much one differs from the ideal's: 'error(period(x))<=0.01'."
)


#: criteria of a task's boards unless told otherwise, with right answers and without
CRITERIA = Criterion(ACCURACY, ">=", 0.95), Criterion(LOSS, "<=", 0.2)


def criterion_option(usual: tuple[Criterion, Criterion]) -> Any:
    """A field for what a good board must reach; None for what is usual.

    Args:
        usual: for tasks with right answers, and for those without.
    """
    right, close = usual
    return option(
        f"Of good boards: '{right}' (default where a task has right answers) or '{close}' (over the target's variance; "
        f"default elsewhere); of a system {QUANTITIES}",
        None,
        metavar="TEXT",
        parse=Criterion.parsed,
    )


def board_kind(name: str) -> type[Board | SystemBoard]:
    """What boards are of, by what a user names.

    Raises:
        UsageError: there is no task or system of this name.
    """
    if is_system(name):
        return SystemBoard
    if not is_task(name):
        raise unknown(name)
    return Board


def varies(board: Board | SystemBoard) -> bool:
    """Whether two boards of one design differ at all."""
    variation, production = board.production.variation, board.production
    passives = (variation.resistors, variation.capacitors)
    warm = variation.kelvin > 0 and any(kind.coefficient for kind in passives)
    scatters = production.offsets > 0 and not board.is_ideal
    graded = any(sigma for grade in variation.grades for sigma in (grade.resistors, grade.capacitors))
    fed = production.sources > 0 or (production.power.tolerance > 0 and not board.is_ideal)
    noisy = production.strength > 0 and production.noise is None  # else all boards have the same
    return warm or scatters or graded or noisy or fed or any(kind.sigma for kind in passives)


def refuse_alike(board: Board | SystemBoard) -> None:
    """Refuse boards among which there is no difference.

    Raises:
        UsageError: nothing scatters.
    """
    if not varies(board):
        raise UsageError(
            "nothing differs from board to board",
            hint="add `mismatch=0.01,0.05`, or parts that scatter: `fidelity=macromodel`",
        )


def quantity_of(criterion: Criterion) -> Quantity:
    """What is measured for a criterion; of a task, whose boards are judged otherwise, the worst error stands in."""
    return WORST if criterion.of_task else Quantity(criterion.metric)


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

    board: Board | SystemBoard = part(which=board_kind)
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
        """Name of the task or system that all boards are for."""
        return self.board.title

    def blueprint(self, quantity: Quantity = WORST, part: float = 1.0) -> Blueprint:
        """The design of all boards.

        Args:
            quantity: that a system's boards are judged by.
            part: of what a network learns ideally before, for those who want to know no more than how fast boards run.

        Raises:
            UsageError: the quantity speaks of a signal that the system does not have, or the ideal has none.
            VleAnalogError: no part values, or equations that no circuit is known for.
        """
        if isinstance(self.board, SystemBoard):
            return SystemBlueprint.of(self.board, quantity).checked().stepped()
        return LessonBlueprint.of(self.board, part)

    def check(self) -> None:
        """Refuse a lesson or system that cannot be built.

        Raises:
            VleAnalogError: as it says.
        """
        if isinstance(self.board, SystemBoard):
            _ = self.board.system
        else:
            self.board.learned_here.build()

    def criterion(
        self, given: Criterion | None, usual: tuple[Criterion, Criterion], beside_ideal: bool = False
    ) -> Criterion:
        """What a good board must reach.

        Args:
            given: what the user asked for, if anything.
            usual: for tasks with right answers, and for those without.
            beside_ideal: whether a bound may be by the ideal's loss.

        Raises:
            UsageError: a criterion about right answers where there are none, about what is no matter of a task's or
                of a system's, or a lesson or system that cannot be built.
        """
        if given is not None and given.times and not beside_ideal:
            raise UsageError(f"`criterion={given}`: only montecarlo compares with the ideal", hint="e.g. loss<=0.02")
        if isinstance(self.board, SystemBoard):
            _ = self.board.system
            if given is not None and given.of_task:
                raise UsageError(
                    f"'{self.task}' is a system, which learns nothing: it has no {given.metric}",
                    hint=f"measure something, e.g. `criterion={USUAL}`",
                )
            return given or USUAL
        answers = self.board.learned_here.build().exam.answers
        if given is None:
            return usual[0 if answers is not None else 1]
        if not given.of_task:
            raise UsageError(
                f"'{self.task}' is a learning task, whose boards are judged by what they learned, not by "
                f"'{given.metric}'",
                hint=f"ask for `criterion={usual[0 if answers is not None else 1]}`",
            )
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
