"""Tolerances of boards: the most of each kind of non-ideality, alone, at which enough boards are good."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vle_analog.compare.criterion import (
    ACCURACY,
    LOSS,
    Criterion,
)
from vle_analog.errors import UsageError
from vle_analog.fields import fraction
from vle_analog.fleet.cases import Cases
from vle_analog.fleet.fleet import UNSCALED, Fleet, criterion_option, quantity_of, refuse_unscaled
from vle_analog.fleet.nonidealities import KINDS, SLEWING, Kind, scaled, scales, sizes
from vle_analog.fleet.pace import designed, pace
from vle_analog.fleet.sample import (
    Outcome,
    Sample,
)
from vle_analog.lab.lab import Lab
from vle_analog.lab.study import Estimate
from vle_analog.options import option, part
from vle_analog.studies.tolerance.result import Allowed, Point, Tolerances

#: told a stage's name and the fraction of it that is done
Progress = Callable[[str, float], None]
#: folder of finished boards, inside of the lab's
BOARDS = "boards"
#: criteria unless told otherwise, of tasks with and without right answers
CRITERIA = Criterion(ACCURACY, ">=", 0.95), Criterion(LOSS, "<=", 0.05)
#: factors between which is looked, in steps of ten, and how close the bisection comes
FACTORS = tuple(10.0**power for power in range(-3, 3))
CLOSE = 1.05
#: factors up to which is looked, where what scatters is still harmless at the largest of these
FARTHEST = 1e4


@dataclass(frozen=True)
class TolerancePlan:
    """What a study asks.

    Attributes:
        fleet: the boards; sizes of what they have are where the search begins.
        criterion: of good boards; ``accuracy>=0.95`` when None, ``loss<=0.05`` where a task has no right answers.
        wanted: the yield that must be reached.

    Raises:
        UsageError: trimmers, or a yield that is none.
    """

    fleet: Fleet = part(
        defaults={"boards": 64, "fidelity": "macromodel", "mismatch": (0.01, 0.05)},
        without=("trim", *UNSCALED),
    )
    criterion: Criterion | None = criterion_option(CRITERIA)
    wanted: float = option("The fraction of boards that must be good.", 0.95, flag="yield")

    def __post_init__(self) -> None:
        refuse_unscaled(self.fleet)
        if self.fleet.board.production.trim is not None:
            raise UsageError("what trimmers leave of offsets does not depend on their size", hint="leave `trim` out")
        fraction(wanted=self.wanted)

    def check(self) -> Criterion:
        """The criterion.

        Raises:
            UsageError: a criterion that does not fit the task, or a lesson that cannot be built.
        """
        return self.fleet.criterion(self.criterion, CRITERIA)


def tolerance(plan: TolerancePlan, lab: Lab) -> Tolerances:
    """Try sizes of each kind, all kinds side by side, on the same boards with the same draws; then bisect.

    Args:
        plan: what to ask.
        lab: finished boards are kept in its folder, and found again.

    Raises:
        UsageError: the plan's, boards without any non-ideality, or an ideal that is not good itself.
        OutputError: the folder cannot be written, or another study is writing to it.
        ClusterError: the cluster was lost; what was finished is kept.
        VleAnalogError: a circuit that cannot be built or that the engine cannot run.
    """
    criterion, fleet = plan.check(), plan.fleet
    with lab.claimed():
        lab.progress("design", 0.0)
        blueprint = fleet.blueprint(quantity_of(criterion))
        cases = Cases(blueprint, lab.place(BOARDS), lab.executor)
        lab.resumed(cases.kept, "boards")
        ideal = cases.run([scales({})], fleet.numbers, lab.stage("ideal"))[0][0]
        if not _good(criterion, ideal):
            raise _bad_ideal(criterion, ideal, blueprint.measured)
        own = sizes(blueprint)
        searches = [_Search(kind, own[kind.name], plan) for kind in KINDS if kind.name in own]
        _searched(searches, cases, criterion, fleet, lab)
        return Tolerances(
            task=fleet.task,
            mode=fleet.board.mode,
            criterion=criterion,
            wanted=plan.wanted,
            boards=fleet.boards,
            ideal=(ideal.loss, ideal.accuracy),
            measured=blueprint.measured,
            kinds=[search.allowed() for search in searches],
            settings=fleet.settings(blueprint),
            built=blueprint.built,
        )


def estimate(plan: TolerancePlan, lab: Lab) -> Estimate:
    """What the search takes: all factors, and the bisection; of kinds that all boards share, one board each.

    Args:
        plan: what is asked.
        lab: who would run them, and where finished ones are.

    Raises:
        VleAnalogError: as the study's.
    """
    blueprint, before = designed(plan.fleet, quantity_of(plan.check()), lab.place(BOARDS))
    own = sizes(blueprint)
    tries = len(FACTORS) + math.ceil(math.log2(math.log(FACTORS[1] / FACTORS[0]) / math.log(CLOSE)))
    boards = sum(tries * (plan.fleet.boards if kind.scatters else 1) for kind in KINDS if kind.name in own)
    cases = Cases(blueprint, lab.place(BOARDS), lab.executor)
    return pace(blueprint, lab.executor).estimate(1 + boards, cases.kept, before)


def _bad_ideal(criterion: Criterion, ideal: Outcome, measured: str) -> UsageError:
    """An ideal board that is not good itself."""
    right = "" if ideal.accuracy is None else f", {100 * ideal.accuracy:.3g} % right answers"
    loss = "none that is finite" if ideal.loss is None else f"{ideal.loss:.3g}"
    return UsageError(
        f"even the board without non-idealities does not meet {criterion}: {measured} {loss}{right}",
        hint="let it learn longer with `span`, take another `seed`, or ask for less with `criterion`",
    )


def _searched(searches: Sequence[_Search], cases: Cases, criterion: Criterion, fleet: Fleet, lab: Lab) -> None:
    """Go on with all searches, round by round, until none has more to try."""
    rounds = 1 + math.ceil(math.log2(math.log(10) / math.log(CLOSE)))
    for number in itertools.count():
        rounds = max(rounds, number + 1)  # more where a search goes farther
        tries = [(search, factor) for search in searches for factor in search.next()]
        if not tries:
            return

        def tell(done: float, number: int = number, rounds: int = rounds) -> None:
            lab.progress("searching", (number + done) / rounds)

        outcomes = cases.run([scales({search.kind.name: factor}) for search, factor in tries], fleet.numbers, tell)
        for (search, factor), boards in zip(tries, outcomes, strict=True):
            verdicts = [_good(criterion, outcome) for outcome in (boards if search.kind.scatters else boards[:1])]
            search.add(factor, sum(verdicts), len(verdicts))


def _good(criterion: Criterion, outcome: Outcome) -> bool:
    """Whether a board meets a criterion; its loss is over the variance already."""
    return criterion.met(Sample(0, outcome.loss, outcome.accuracy), 1.0)


class _Search:
    """One kind's: which factors to try next."""

    def __init__(self, kind: Kind, size: float, plan: TolerancePlan) -> None:
        self.kind, self.size, self.wanted = kind, size, plan.wanted
        self._points: dict[float, Point] = {}

    def next(self) -> list[float]:
        """Factors to try: the coarse ones first, then the middle between the last good and the first bad one."""
        if not self._points:
            last = math.inf if self.kind.most is None else self.kind.most / self.size
            inside = [factor for factor in FACTORS if factor < last]
            return [*inside, last] if math.isfinite(last) and last / inside[-1] < 10 else inside
        found = self.allowed()
        low, high = found.most, found.least_bad
        if low is not None and high is None and self._farther():
            return [10 * low.factor]
        if low is None or high is None or high.factor / low.factor <= CLOSE:
            return []
        return [math.sqrt(low.factor * high.factor)]

    def _farther(self) -> bool:
        """Whether sizes beyond the coarse ones make sense; the engine's law of lags holds for short ones only."""
        sensible = self.kind.scatters or self.kind is SLEWING
        return sensible and self.kind.most is None and max(self._points) < FARTHEST

    def add(self, factor: float, good: int, boards: int) -> None:
        """What came out."""
        self._points[factor] = Point(factor, scaled(self.kind, self.size, factor), good, boards)

    def allowed(self) -> Allowed:
        """What is known."""
        points = [self._points[factor] for factor in sorted(self._points)]
        kind = self.kind
        return Allowed(kind.name, kind.unit, self.size, kind.scatters, points, self.wanted, kind.inverse)
