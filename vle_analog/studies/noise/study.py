"""How much noise boards stand: the same boards under more and more noise of their parts, bit by bit up to failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from vle_analog.compare.criterion import (
    ACCURACY,
    LOSS,
    Criterion,
)
from vle_analog.errors import UsageError
from vle_analog.fleet.cases import Asked, Cases
from vle_analog.fleet.nonidealities import NOISE, Scales, scales, sizes
from vle_analog.fleet.sample import (
    Outcome,
)
from vle_analog.lab.executor import Executor, Threads
from vle_analog.lab.folder import claimed
from vle_analog.lab.store import write_study
from vle_analog.studies.noise.recheck import checked
from vle_analog.studies.noise.report import figure, markdown
from vle_analog.studies.noise.result import HALF, NONE, Level, NoiseCheck, NoiseLevels, spoilt

#: told a stage's name and the fraction of it that is done
Progress = Callable[[str, float], None]
#: what a study writes; finished boards lie in a folder of their own inside its folder
FIGURE, TABLE, RECORD, BOARDS = "noise.png", "noise.md", "noise.json", "boards"
#: criteria unless told otherwise, of tasks with and without right answers
CRITERIA = Criterion(ACCURACY, ">=", 0.95), Criterion(LOSS, "<=", 0.2)
#: powers of two that are tried at once, in steps of so many bits, and between which the search goes on
COARSE, STEP, LEAST, MOST = (0, 4, 8, 12), 4, -12, 28
#: boards that run side by side, unless an executor wants other numbers
BATCH = 64


@dataclass(frozen=True)
class NoisePlan:
    """What a study asks.

    Attributes:
        asked: the boards.
        criterion: of good boards; ``accuracy>=0.95`` when None, ``loss<=0.2`` where a task has no right answers.
        levels: lowest and highest scale of the noise, over the parts' own, in factors of two; when None, from the
            parts' own up to where hardly a board is good: in steps of four bits, then bit by bit where boards fail.
        check: how many boards, of all levels, run in ngspice, too.
    """

    asked: Asked
    criterion: Criterion | None = None
    levels: tuple[float, float] | None = None
    check: int = 0

    def check_all(self) -> Criterion:
        """Refuse what cannot be asked; the criterion.

        Raises:
            UsageError: with the option and what to do.
        """
        if self.asked.board.technology.is_ideal:
            raise UsageError("ideal parts make no noise to speak of", hint="take real ones, e.g. --fidelity macromodel")
        criterion = self.asked.criterion(self.criterion, CRITERIA)
        if self.check < 0:
            raise UsageError(f"--check must be at least 0, not {self.check}")
        if self.levels is not None and not 0 < self.levels[0] <= self.levels[1] < float("inf"):
            low, high = self.levels
            raise UsageError(f"--levels {low:g}:{high:g}: the first must be positive and at most the second")
        return criterion

    def ladder(self) -> list[float]:
        """The levels that were asked for; empty when they are to be found."""
        if self.levels is None:
            return []
        low, high = self.levels
        found = [low]
        while found[-1] * 2 <= high * (1 + 1e-9):
            found.append(found[-1] * 2)
        return found


def noise_levels(
    plan: NoisePlan,
    folder: Path | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    cluster: Executor | None = None,
) -> NoiseLevels:
    """Run what is missing, and put all together; the result is the same however often it was interrupted.

    All boards are run without noise, then with more and more of it; a board's noise is the same realisation at all
    levels, scaled. Each board has noise of its own.

    Args:
        plan: what to ask.
        folder: where finished boards are kept and found again; nowhere when None. What an interrupted study has is
            written there, too.
        threads: that share the boards, and processes of ngspice; all cores when None.
        progress: told what goes on.
        cluster: does all that instead, if there is one.

    Raises:
        UsageError: the plan's, or no board that is good without noise.
        OutputError: the folder cannot be written, or another study is writing to it.
        ClusterError: the cluster was lost; what was finished is kept.
        VleAnalogError: a circuit that cannot be built or that the engine cannot run.
    """
    tell = progress or (lambda stage, fraction: None)
    criterion = plan.check_all()
    with nullcontext() if folder is None else claimed(folder):
        tell("design", 0.0)
        made = plan.asked.line()
        place = None if folder is None else folder / BOARDS
        run = _Run(plan, criterion, Cases(made, place, cluster or Threads(threads), BATCH), tell)
        checks: list[NoiseCheck] = []
        try:
            run.references()
            run.search()
            kept = None if place is None else place / made.key

            def went(done: float, total: float) -> None:
                tell("ngspice", done / total)

            checks = checked(run.cases, run.runs(), plan.check, criterion, kept, cluster or threads, went)
        except (KeyboardInterrupt, SystemExit):
            if folder is not None and run.ideal is not None:
                save(run.together((), complete=False), folder)
            raise
        return run.together(checks, complete=True)


def save(study: NoiseLevels, folder: Path) -> dict[str, Any]:
    """Write ``noise.png``, ``noise.md`` and, last, ``noise.json``; an earlier study's are replaced.

    Returns:
        The record.

    Raises:
        OutputError: the folder cannot be written.
    """
    record = study.to_json()
    write_study(folder, (FIGURE, TABLE, RECORD), figure(study), markdown(study), record)
    return record


class _Run:
    """A study on its way: which levels are next, and what is known."""

    def __init__(self, plan: NoisePlan, criterion: Criterion, cases: Cases, tell: Progress) -> None:
        self.plan, self.criterion, self.cases, self._tell = plan, criterion, cases, tell
        self.ideal: Outcome | None = None
        self._every = dict.fromkeys(sizes(cases.made), 1.0)
        self._quiet: list[Outcome] = []
        self._scales: list[float] = []

    def references(self) -> None:
        """Run the ideal board, and all boards without noise.

        Raises:
            UsageError: none of these is good.
        """
        numbers = self.plan.asked.numbers
        (ideal, *_), quiet = self.cases.run(
            [scales({}), self._case(0.0)], numbers, lambda done: self._tell("no noise", done)
        )
        self.ideal, self._quiet = ideal, quiet
        level = Level.of(0.0, quiet, self.criterion)
        if not level.good:
            middle = f"{level.case.median:.3g}"
            right = level.case.accuracy
            also = "" if right is None else f", right answers {100 * right:.3g} %"
            raise UsageError(
                f"even without noise none of the {len(quiet)} boards meets {self.criterion}: median loss over variance "
                f"{middle}{also}",
                hint="better or trimmed parts (--part, --trim 1e-4, --offsets 0, --mismatch 0,0), a longer --span, or "
                "less with --criterion",
            )

    def search(self) -> None:
        """Run the ladder that was asked for, or find where boards fail."""
        if self.plan.levels is not None:
            self._run(self.plan.ladder(), "levels")
            return
        powers = list(COARSE)
        self._run([2.0**power for power in powers], "levels")
        while powers[-1] < MOST and not self._spoilt(2.0 ** powers[-1], NONE):
            powers.append(powers[-1] + STEP)
            self._run([2.0 ** powers[-1]], "levels")
        while powers[0] > LEAST and self._spoilt(2.0 ** powers[0]):
            powers.insert(0, powers[0] - STEP)
            self._run([2.0 ** powers[0]], "levels")
        between = [
            2.0**power
            for low, high in pairwise(powers)
            if self._level(2.0**low).good != self._level(2.0**high).good
            for power in range(low + 1, high)
        ]
        self._run(between, "bit by bit")

    def runs(self) -> list[tuple[Scales, int]]:
        """All levels' boards."""
        levels = self.together((), complete=True).levels
        return [(self._case(level.scale), board) for level in levels for board in self.plan.asked.numbers]

    def together(self, checks: Sequence[NoiseCheck], complete: bool) -> NoiseLevels:
        """All that is known; levels beyond the first at which hardly a board is good are left out."""
        asked, made = self.plan.asked, self.cases.made
        levels = [self._level(scale) for scale in sorted(self._scales)]
        assert self.ideal is not None
        study = NoiseLevels(
            task=made.task.name,
            mode=asked.board.mode,
            criterion=self.criterion,
            ideal=self.ideal,
            quiet=Level.of(0.0, self._quiet, self.criterion),
            levels=[level for level in levels if level.outcomes],
            variance=made.variance,
            checks=checks,
            complete=complete,
            settings=asked.settings(made),
        )
        if self.plan.levels is not None:
            return study
        end = next((each.scale for each in study.levels if spoilt(study.quiet, each, NONE)), float("inf"))
        return replace(study, levels=[each for each in study.levels if each.scale <= end])

    def _case(self, scale: float) -> Scales:
        return scales({**self._every, NOISE.name: scale})

    def _run(self, wanted: Sequence[float], stage: str) -> None:
        self._scales += wanted
        if wanted:
            cases = [self._case(scale) for scale in wanted]
            self.cases.run(cases, self.plan.asked.numbers, lambda done: self._tell(stage, done))

    def _level(self, scale: float) -> Level:
        return Level.of(scale, self.cases.there(self._case(scale), self.plan.asked.numbers), self.criterion)

    def _spoilt(self, scale: float, part: float = HALF) -> bool:
        quiet = Level.of(0.0, self._quiet, self.criterion)
        return spoilt(quiet, self._level(scale), part)
