"""Tolerances of boards: the most of each kind of non-ideality, alone, at which enough boards are good."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vle_analog.compare.criterion import (
    ACCURACY,
    LOSS,
    Criterion,
)
from vle_analog.errors import UsageError
from vle_analog.fleet.cases import Asked, Cases
from vle_analog.fleet.nonidealities import KINDS, SLEWING, Kind, scaled, scales, sizes
from vle_analog.fleet.sample import (
    Outcome,
    Sample,
)
from vle_analog.lab.executor import Executor, Threads
from vle_analog.lab.folder import claimed
from vle_analog.lab.store import write_study
from vle_analog.studies.tolerance.report import figure, markdown
from vle_analog.studies.tolerance.result import Allowed, Point, ToleranceStudy

#: told a stage's name and the fraction of it that is done
Progress = Callable[[str, float], None]
#: what a study writes; finished boards lie in a folder of their own inside its folder
FIGURE, TABLE, RECORD, BOARDS = "tolerance.png", "tolerance.md", "tolerance.json", "boards"
#: criteria unless told otherwise, of tasks with and without right answers
CRITERIA = Criterion(ACCURACY, ">=", 0.95), Criterion(LOSS, "<=", 0.05)
#: relative standard deviations of resistors and capacitors whose multiples are tried unless told otherwise
MISMATCH = 0.01, 0.01
#: factors between which is looked, in steps of ten, and how close the bisection comes
FACTORS = tuple(10.0**power for power in range(-3, 3))
CLOSE = 1.05
#: factors up to which is looked, where what scatters is still harmless at the largest of these
FARTHEST = 1e4


@dataclass(frozen=True)
class TolerancePlan:
    """What a study asks.

    Attributes:
        asked: the boards; sizes of what they have are where the search begins.
        criterion: of good boards; ``accuracy>=0.95`` when None, ``loss<=0.05`` where a task has no right answers.
        wanted: the yield that must be reached.
    """

    asked: Asked
    criterion: Criterion | None = None
    wanted: float = 0.95

    def check(self) -> Criterion:
        """Refuse what cannot be asked; the criterion.

        Raises:
            UsageError: with the option and what to do.
        """
        if self.asked.board.trim is not None:
            raise UsageError("what trimmers leave of offsets does not depend on their size", hint="leave --trim out")
        if not 0 < self.wanted <= 1:
            raise UsageError(f"--yield must be over 0 and at most 1, not {self.wanted:g}", hint="e.g. 0.95")
        return self.asked.criterion(self.criterion, CRITERIA)


def tolerance_study(
    plan: TolerancePlan,
    folder: Path | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    cluster: Executor | None = None,
) -> ToleranceStudy:
    """Try sizes of each kind, all kinds side by side, on the same boards with the same draws; then bisect.

    Args:
        plan: what to ask.
        folder: where finished boards are kept and found again; nowhere when None.
        threads: that share the boards; all cores when None.
        progress: told what goes on.
        cluster: runs the boards instead, if there is one.

    Raises:
        UsageError: the plan's, boards without any non-ideality, or an ideal that is not good itself.
        OutputError: the folder cannot be written, or another study is writing to it.
        ClusterError: the cluster was lost; what was finished is kept.
        VleAnalogError: a circuit that cannot be built or that the engine cannot run.
    """
    tell = progress or (lambda stage, fraction: None)
    criterion = plan.check()
    asked = plan.asked
    asked = replace(
        asked, resistors=asked.resistors or MISMATCH[0], capacitors=asked.capacitors or MISMATCH[1]
    )  # where the search begins
    with nullcontext() if folder is None else claimed(folder):
        tell("design", 0.0)
        made = asked.line()
        cases = Cases(made, None if folder is None else folder / BOARDS, cluster or Threads(threads))
        ideal = cases.run([scales({})], asked.numbers, lambda done: tell("ideal", done))[0][0]
        if not _good(criterion, ideal):
            right = "" if ideal.accuracy is None else f", {100 * ideal.accuracy:.3g} % right answers"
            loss = "none that is finite" if ideal.loss is None else f"{ideal.loss:.3g}"
            raise UsageError(
                f"even the board without non-idealities does not meet {criterion}: loss {loss}{right}",
                hint="let it learn longer with --span, take another --seed, or ask for less with --criterion",
            )
        found = sizes(made)
        searches = [_Search(kind, found[kind.name], plan) for kind in KINDS if kind.name in found]
        rounds = 1 + math.ceil(math.log2(math.log(10) / math.log(CLOSE)))
        for number in itertools.count():
            rounds = max(rounds, number + 1)  # more where a search goes farther
            tries = [(search, factor) for search in searches for factor in search.next()]
            if not tries:
                break

            def went(done: float, number: int = number, rounds: int = rounds) -> None:
                tell("searching", (number + done) / rounds)

            listed = [scales({search.kind.name: factor}) for search, factor in tries]
            outcomes = cases.run(listed, asked.numbers, went)
            for (search, factor), each in zip(tries, outcomes, strict=True):
                verdicts = [_good(criterion, outcome) for outcome in (each if search.kind.scatters else each[:1])]
                search.add(factor, sum(verdicts), len(verdicts))
        return ToleranceStudy(
            task=cases.made.task.name,
            mode=asked.board.mode,
            criterion=criterion,
            wanted=plan.wanted,
            boards=asked.boards,
            ideal=(ideal.loss, ideal.accuracy),
            kinds=[search.allowed() for search in searches],
            settings=asked.settings(made),
        )


def save(study: ToleranceStudy, folder: Path) -> dict[str, Any]:
    """Write ``tolerance.png``, ``tolerance.md`` and, last, ``tolerance.json``; an earlier study's are replaced.

    Returns:
        The record.

    Raises:
        OutputError: the folder cannot be written.
    """
    record = study.to_json()
    write_study(folder, (FIGURE, TABLE, RECORD), figure(study), markdown(study), record)
    return record


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
