"""How much noise boards stand: the same boards under more and more noise of their parts, bit by bit up to failure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from vle_analog.compare.criterion import Criterion
from vle_analog.errors import UsageError
from vle_analog.fields import at_least
from vle_analog.fleet.cases import Cases
from vle_analog.fleet.fleet import CRITERIA, UNSCALED, Fleet, criterion_option, quantity_of, refuse_unscaled
from vle_analog.fleet.nonidealities import NOISE, Scales, scales, sizes
from vle_analog.fleet.pace import designed, pace
from vle_analog.fleet.sample import Outcome
from vle_analog.lab.lab import Lab
from vle_analog.lab.study import Estimate
from vle_analog.options import option, part
from vle_analog.studies.noise.recheck import checked
from vle_analog.studies.noise.report import report
from vle_analog.studies.noise.result import HALF, NONE, Level, NoiseCheck, NoiseLevels, spoilt

#: folder of finished boards, inside of the lab's
BOARDS = "boards"
#: powers of two that are tried at once, in steps of so many bits, and between which the search goes on
COARSE, STEP, LEAST, MOST = (0, 4, 8, 12), 4, -12, 28
#: boards that run side by side, unless an executor wants other numbers
BATCH = 64


def _ends(text: str) -> tuple[float, float]:
    """Lowest and highest level.

    Raises:
        UsageError: not two numbers.
    """
    low, _, high = text.partition(":")
    try:
        return float(low), float(high)
    except ValueError:
        raise UsageError(f"`levels` '{text}' is not LOW:HIGH", hint="two numbers, e.g. 1:1024") from None


#: levels that are tried, as a rule, until it is known where boards fail
_FOUND = 6


@dataclass(frozen=True)
class NoisePlan:
    """What a study asks.

    Attributes:
        fleet: the boards, the same ones at each level.
        criterion: of good boards; ``accuracy>=0.95`` when None, ``loss<=0.2`` where a task has no right answers.
        levels: lowest and highest scale of the noise, over the parts' own, in factors of two; when None, from the
            parts' own up to where hardly a board is good: in steps of four bits, then bit by bit where boards fail.
        checks: how many boards, of all levels, run in ngspice, too.

    Raises:
        UsageError: levels that are none, boards without noise, or what boards cannot have more or less of.
    """

    fleet: Fleet = part(defaults={"fidelity": "macromodel", "mismatch": (0.01, 0.05)}, without=UNSCALED)
    criterion: Criterion | None = criterion_option(CRITERIA)
    levels: tuple[float, float] | None = option(
        "Of the noise, over what the parts make, in factors of two: 1:1024 (default: from the parts' own up to where "
        "hardly a board is good, bit by bit where boards fail).",
        None,
        metavar="LOW:HIGH",
        parse=_ends,
    )
    checks: int = option(
        "Boards, a random subset of all levels, that run in ngspice, too.", 0, flag="check", metavar="M"
    )

    def __post_init__(self) -> None:
        refuse_unscaled(self.fleet)
        at_least(0, checks=self.checks)
        if self.fleet.board.is_ideal:
            raise UsageError("ideal parts make no noise to speak of", hint="take real ones, e.g. `fidelity=macromodel`")
        if self.levels is not None and not 0 < self.levels[0] <= self.levels[1] < math.inf:
            low, high = self.levels
            raise UsageError(f"`levels` {low:g}:{high:g}: the first must be positive and at most the second")

    def check(self) -> Criterion:
        """The criterion.

        Raises:
            UsageError: a criterion that does not fit the task, or a lesson that cannot be built.
        """
        return self.fleet.criterion(self.criterion, CRITERIA)

    def ladder(self) -> list[float]:
        """The levels that were asked for; empty when they are to be found."""
        if self.levels is None:
            return []
        low, high = self.levels
        levels = [low]
        while levels[-1] * 2 <= high * (1 + 1e-9):
            levels.append(levels[-1] * 2)
        return levels


def estimate(plan: NoisePlan, lab: Lab) -> Estimate:
    """What the boards take at all levels, and without noise; levels that are to be found are taken to be `_FOUND`.

    Args:
        plan: what is asked.
        lab: who would run them, and where finished ones are.

    Raises:
        VleAnalogError: as the study's.
    """
    blueprint, before = designed(plan.fleet, quantity_of(plan.check()), lab.place(BOARDS))
    levels = len(plan.ladder()) or _FOUND
    cases = Cases(blueprint, lab.place(BOARDS), lab.executor)
    return pace(blueprint, lab.executor).estimate(1 + (1 + levels) * plan.fleet.boards, cases.kept, before)


def noise(plan: NoisePlan, lab: Lab) -> NoiseLevels:
    """Run what is missing, and put all together; the result is the same however often it was interrupted.

    All boards are run without noise, then with more and more of it; a board's noise is the same realisation at all
    levels, scaled. Each board has noise of its own.

    Args:
        plan: what to ask.
        lab: finished boards are kept in its folder, and found again. What an interrupted study has is written there,
            too.

    Raises:
        UsageError: the plan's, or no board that is good without noise.
        OutputError: the folder cannot be written, or another study is writing to it.
        ClusterError: the cluster was lost; what was finished is kept.
        VleAnalogError: a circuit that cannot be built or that the engine cannot run.
    """
    criterion = plan.check()
    with lab.claimed():
        lab.progress("design", 0.0)
        blueprint, place = plan.fleet.blueprint(quantity_of(criterion)), lab.place(BOARDS)
        run = _Run(plan, criterion, Cases(blueprint, place, lab.executor, BATCH), lab)
        lab.resumed(run.cases.kept, "boards")
        try:
            run.references()
            run.search()
            folder = None if place is None else place / blueprint.key
            checks = checked(run.cases, run.runs(), plan.checks, criterion, folder, lab)
        except (KeyboardInterrupt, SystemExit):
            if lab.folder is not None and run.ideal is not None:
                lab.save(report(run.together((), complete=False)))
            raise
        return run.together(checks, complete=True)


class _Run:
    """A study on its way: which levels are next, and what is known."""

    def __init__(self, plan: NoisePlan, criterion: Criterion, cases: Cases, lab: Lab) -> None:
        self.plan, self.criterion, self.cases, self._lab = plan, criterion, cases, lab
        self.ideal: Outcome | None = None
        self._numbers = plan.fleet.numbers
        self._every = dict.fromkeys(sizes(cases.blueprint), 1.0)
        self._quiet: list[Outcome] = []
        self._scales: list[float] = []

    def references(self) -> None:
        """Run the ideal board, and all boards without noise.

        Raises:
            UsageError: none of these is good.
        """
        cases = [scales({}), self._case(0.0)]
        (ideal, *_), quiet = self.cases.run(cases, self._numbers, self._lab.stage("no noise"))
        self.ideal, self._quiet = ideal, quiet
        level = Level.of(0.0, quiet, self.criterion)
        if not level.good:
            middle = f"{level.case.median:.3g}"
            right = level.case.accuracy
            also = "" if right is None else f", right answers {100 * right:.3g} %"
            measured = self.cases.blueprint.measured
            raise UsageError(
                f"even without noise none of the {len(quiet)} boards meets {self.criterion}: median {measured} "
                f"{middle}{also}",
                hint="better or trimmed parts (`parts`, `trim=1e-4`, `offsets=0`, `mismatch=0,0`), a longer `span`, or "
                "less with `criterion`",
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
        return [(self._case(level.scale), board) for level in levels for board in self._numbers]

    def together(self, checks: Sequence[NoiseCheck], complete: bool) -> NoiseLevels:
        """All that is known; levels beyond the first at which hardly a board is good are left out."""
        fleet, blueprint = self.plan.fleet, self.cases.blueprint
        levels = [self._level(scale) for scale in sorted(self._scales)]
        assert self.ideal is not None
        study = NoiseLevels(
            task=fleet.task,
            mode=fleet.board.mode,
            criterion=self.criterion,
            ideal=self.ideal,
            quiet=Level.of(0.0, self._quiet, self.criterion),
            levels=[level for level in levels if level.outcomes],
            variance=blueprint.variance,
            measured=blueprint.measured,
            checks=checks,
            complete=complete,
            settings=fleet.settings(blueprint),
            built=blueprint.built,
        )
        if self.plan.levels is not None:
            return study
        end = next((level.scale for level in study.levels if spoilt(study.quiet, level, NONE)), math.inf)
        return replace(study, levels=[level for level in study.levels if level.scale <= end])

    def _case(self, scale: float) -> Scales:
        return scales({**self._every, NOISE.name: scale})

    def _run(self, wanted: Sequence[float], stage: str) -> None:
        self._scales += wanted
        if wanted:
            cases = [self._case(scale) for scale in wanted]
            self.cases.run(cases, self._numbers, self._lab.stage(stage))

    def _level(self, scale: float) -> Level:
        return Level.of(scale, self.cases.there(self._case(scale), self._numbers), self.criterion)

    def _spoilt(self, scale: float, part: float = HALF) -> bool:
        quiet = Level.of(0.0, self._quiet, self.criterion)
        return spoilt(quiet, self._level(scale), part)
