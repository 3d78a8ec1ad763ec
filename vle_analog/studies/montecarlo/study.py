"""Yield of boards: many of one design, each with parts of its own, run side by side; which fraction is good."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.circuit.cell.cell import needed
from vle_analog.circuit.circuit import NOMINAL
from vle_analog.circuit.elements import Instance
from vle_analog.compare.confidence import enough
from vle_analog.compare.criterion import Criterion
from vle_analog.compare.influence import rank_correlations, strongest
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError
from vle_analog.fields import at_least
from vle_analog.fleet.blueprint import Blueprint
from vle_analog.fleet.fleet import CRITERIA, Fleet, board_kind, criterion_option, quantity_of, refuse_alike
from vle_analog.fleet.lesson_blueprint import LessonBlueprint
from vle_analog.fleet.missing import finished
from vle_analog.fleet.pace import designed, pace
from vle_analog.fleet.parts_table import parts_table
from vle_analog.fleet.recheck import chosen_boards, compared, rechecked, simulate
from vle_analog.fleet.sample import Check
from vle_analog.fleet.store import Store
from vle_analog.lab.lab import Lab
from vle_analog.lab.study import Estimate, duration
from vle_analog.lesson.board import Board
from vle_analog.options import option, part
from vle_analog.production.devices import error_kinds
from vle_analog.production.variation import Scatter, Variation
from vle_analog.studies.montecarlo.lessons import LessonYields, lessons_report
from vle_analog.studies.montecarlo.report import report
from vle_analog.studies.montecarlo.result import OneBoard, Yield
from vle_analog.studies.run.estimate import in_ngspice

#: folder of finished boards, inside of the lab's
BOARDS = "boards"
#: boards unless told otherwise, and at most where a width is to be reached
USUAL, MOST = 256, 10_000


@dataclass(frozen=True)
class MonteCarloPlan:
    """What a study asks.

    Attributes:
        board: what all boards are made from.
        boards: how many; when None 256, or 10,000 at most with ``until``.
        first: number of the first board, which decides its draws.
        lessons: seeds of data and start weights, from the lesson's own on; each one's boards are designed for it.
        until: width of the yield's interval at which the study ends.
        criterion: of good boards; ``accuracy>=0.95`` when None, ``loss<=0.2`` where a task has no right answers.
        checks: how many boards run in ngspice, too.
        netlist: number of the one board that is only written out; None for a study of many.

    Raises:
        UsageError: numbers that cannot be used, or boards that do not differ.
    """

    board: Board | SystemBoard = part(without=("marks",), which=board_kind)
    boards: int | None = option(
        f"How many boards (default: {USUAL}; with `until` at most {MOST}).", None, aliases=("--samples",)
    )
    first: int = option("Number of the first board, which decides its parts' draws.", 0)
    lessons: int = option(
        "How many lessons (seeds of data and start weights, from `seed` on) all boards are tried with, on a design for "
        "each; the yield is then over boards and lessons.",
        1,
    )
    until: float | None = option(
        "Stop when the yield's 95 % interval is at most so wide, e.g. 0.05.", None, metavar="WIDTH"
    )
    criterion: Criterion | None = criterion_option(CRITERIA)
    checks: int = option("Boards, a random subset, that run in ngspice, too.", 0, flag="check", metavar="M")
    netlist: int | None = option(
        "Only write board K's netlist, board-K.cir, and its parts, board-K.csv.", None, flag="netlist-of", metavar="K"
    )

    def __post_init__(self) -> None:
        at_least(1, boards=self.boards, lessons=self.lessons)
        at_least(0, first=self.first, checks=self.checks, netlist=self.netlist)
        if self.until is not None and not 0 < self.until < 1:
            raise UsageError(f"`until` must be a width over 0 and under 1, not {self.until:g}", hint="e.g. 0.05")
        if self.until is not None and self._variation.per_lot > 1:
            raise UsageError("`until` is for boards of lots of their own", hint="leave `per_lot` or `until` out")
        self._refuse_lessons()
        count, last = len(self.fleet.numbers), self.fleet.numbers[-1]
        if self.checks > count:
            raise UsageError(f"`checks` {self.checks} is more than the {count} boards that there are")
        if self._variation.sampling == "latin" and self.fleet.board.production.variation.points <= last:
            raise UsageError(
                f"a hypercube of {self._variation.points} points has no board {last}", hint="as many points as boards"
            )
        self._refuse_idle()

    def _refuse_idle(self) -> None:
        """Refuse what makes no difference, and boards among which there is none."""
        variation = self._variation
        warm = variation.kelvin > 0 or variation.celsius != NOMINAL
        if not warm and any(kind.coefficient for kind in (variation.resistors, variation.capacitors)):
            raise UsageError("all boards are at 27 degrees C", hint="add `kelvin` or `celsius` to `coefficients`")
        if variation.devices != Scatter() and self.board.is_ideal:
            raise UsageError(
                "ideal parts have no errors that boards could share", hint="add real ones: `fidelity=macromodel`"
            )
        refuse_alike(self.board)

    def _refuse_lessons(self) -> None:
        """Refuse several lessons of what has none, or of what only one can have."""
        if self.lessons == 1:
            return
        if isinstance(self.board, SystemBoard):
            raise UsageError("`lessons` is for learning tasks; a system learns nothing", hint="leave `lessons` out")
        for name in ("until", "netlist"):
            if getattr(self, name) is not None:
                raise UsageError(f"`{name}` is for boards of one lesson", hint="leave `lessons` or `" + name + "` out")

    @property
    def each_lesson(self) -> list[MonteCarloPlan]:
        """A plan for every lesson."""
        if isinstance(self.board, SystemBoard) or self.lessons == 1:
            return [self]
        return [replace(self, lessons=1, board=self.board.reseeded(more)) for more in range(self.lessons)]

    @property
    def _variation(self) -> Variation:
        return self.board.production.variation

    @property
    def fleet(self) -> Fleet:
        """All boards that may run; a hypercube that they are drawn from has a point for each of their numbers."""
        count = self.boards or (USUAL if self.until is None else MOST)
        board, variation = self.board, self._variation
        if variation.sampling == "latin" and not variation.points:
            filled = replace(variation, points=self.first + count)
            board = replace(board, production=replace(board.production, variation=filled))
        return Fleet(board, count, self.first)

    def check(self) -> Criterion:
        """The criterion.

        Raises:
            UsageError: a criterion that does not fit the task, or a lesson that cannot be built.
        """
        return self.fleet.criterion(self.criterion, CRITERIA, beside_ideal=True)


def study(plan: MonteCarloPlan, lab: Lab) -> Yield | LessonYields | OneBoard:
    """What a plan asks for: the yield, those of several lessons, or one board written out."""
    if plan.netlist is not None:
        return one_board(plan, plan.netlist)
    return montecarlo(plan, lab) if plan.lessons == 1 else by_lessons(plan, lab)


def by_lessons(plan: MonteCarloPlan, lab: Lab) -> LessonYields:
    """The yields of all lessons, one after the other; as `montecarlo` otherwise."""
    plans, seeds, yields = plan.each_lesson, list[int](), list[Yield]()
    with lab.claimed():
        try:
            for number, each in enumerate(plans):
                assert isinstance(each.board, Board)
                seeds.append(each.board.lesson.seed)
                yields.append(_judged(each, lab.part(number, len(plans)), lambda partial: None))
        except (KeyboardInterrupt, SystemExit):
            if lab.folder is not None and yields:
                done = [*yields[:-1], replace(yields[-1], complete=False)]
                lab.save(lessons_report(LessonYields(seeds[: len(done)], done)))
            raise
    return LessonYields(seeds, yields)


def one_board(plan: MonteCarloPlan, number: int) -> OneBoard:
    """One board's netlist and parts.

    Raises:
        UsageError: no such board.
        VleAnalogError: a circuit that cannot be built.
    """
    blueprint = plan.fleet.blueprint(quantity_of(plan.check()))
    return OneBoard(number, blueprint.deck(number), parts_table(blueprint, number))


def montecarlo(plan: MonteCarloPlan, lab: Lab) -> Yield:
    """Run the boards that are missing, and put all together; the result is the same however often it was interrupted.

    Args:
        plan: what to ask.
        lab: finished boards are kept in its folder, and found again, batch by batch. What an interrupted study has is
            written there, too.

    Raises:
        UsageError: the plan's.
        OutputError: the folder cannot be written, or another study is writing to it.
        ClusterError: the cluster was lost; what was finished is kept.
        VleAnalogError: a circuit that cannot be built or that the engine cannot run.
    """
    with lab.claimed():
        return _judged(plan, lab, lambda partial: lab.save(report(partial)))


def _judged(plan: MonteCarloPlan, lab: Lab, keep: Callable[[Yield], None]) -> Yield:
    """Run the boards of one lesson, in a lab that is claimed; what an interrupted one has is kept."""
    criterion = plan.check()
    lab.progress("design", 0.0)
    blueprint = plan.fleet.blueprint(quantity_of(criterion))
    if criterion.times and isinstance(blueprint, LessonBlueprint):
        lab.progress("ideal", 0.0)
        criterion = criterion.beside(blueprint.ideal_loss())
    run = _Run(plan, criterion, blueprint, lab)
    try:
        boards = run.boards()
        checks = run.checks(boards)
    except (KeyboardInterrupt, SystemExit):
        if lab.folder is not None:
            keep(run.interrupted())
        raise
    return run.together(boards, checks)


def estimate(plan: MonteCarloPlan, lab: Lab) -> Estimate:
    """What the boards take that are not there yet, what an ideal network learns before them, and boards in ngspice.

    Args:
        plan: what is asked.
        lab: who would run them, and where finished ones are.

    Raises:
        VleAnalogError: as the study's.
    """
    criterion, place = plan.check(), lab.place(BOARDS)
    blueprint, before = designed(plan.fleet, quantity_of(criterion), place)
    folder = None if place is None else place / blueprint.key
    store = Store(folder, len(blueprint.parts))
    there = sum(number in store.samples for number in plan.fleet.numbers)
    boards = pace(blueprint, lab.executor).estimate(
        plan.lessons * len(plan.fleet.numbers), there, plan.lessons * before
    )
    checked = chosen_boards(plan.fleet.numbers, plan.checks)
    missing = [board for board in checked if folder is None or not (folder / _checked(board)).is_file()]
    if not missing:
        return boards
    seconds, _ = in_ngspice(blueprint.board(missing[0]), blueprint.bench, lab)
    count = len(missing) + (plan.lessons - 1) * plan.checks
    side = min(lab.processes or len(os.sched_getaffinity(0)), plan.checks)
    words = f"{boards.what}, and {count} in ngspice of {duration(seconds)}, {side} side by side"
    return replace(boards, what=words, seconds=boards.seconds + math.ceil(count / side) * seconds)


def _checked(board: int) -> str:
    """Name of the file that a board's run in ngspice is kept in."""
    return f"ngspice-{board:06d}.json"


class _Run:
    """A study on its way.

    Args:
        plan: what it asks.
        criterion: of good boards.
        blueprint: of the boards.
        lab: where they are kept, and who runs them.
    """

    def __init__(self, plan: MonteCarloPlan, criterion: Criterion, blueprint: Blueprint, lab: Lab) -> None:
        self._plan, self._criterion, self._blueprint, self._lab = plan, criterion, blueprint, lab
        self._numbers = plan.fleet.numbers
        place = lab.place(BOARDS)
        self._folder: Path | None = None if place is None else place / blueprint.key
        self._store = self._stored()

    def _stored(self) -> Store:
        """Boards that are finished, as the disk has them."""
        return Store(self._folder, len(self._blueprint.parts))

    def boards(self) -> list[int]:
        """Run what is missing, batch by batch, until there is enough; the boards that count."""
        executor, store = self._lab.executor, self._store
        missing = [number for number in self._numbers if number not in store.samples]
        self._lab.resumed(len(self._numbers) - len(missing), f"of {len(self._numbers)} boards")
        if (needed := self._enough()) is None:
            tell = self._lab.stage("boards")
            with closing(finished(self._blueprint, store, self._numbers, executor, tell)) as batches:
                for _ in batches:
                    if (needed := self._enough()) is not None:
                        break
        return list(self._numbers[:needed])

    def _enough(self) -> int | None:
        """After how many boards the interval is narrow enough; None as long as it is not."""
        if self._plan.until is None:
            return None
        samples = self._store.samples
        there = itertools.takewhile(lambda number: number in samples, self._numbers)
        verdicts = [self._criterion.met(samples[number], self._blueprint.variance) for number in there]
        return enough(verdicts, self._plan.until)

    def checks(self, boards: Sequence[int]) -> list[Check]:
        """A random subset of boards, in ngspice too."""
        chosen = chosen_boards(boards, self._plan.checks)
        work = partial(simulate, self._blueprint, simulator=self._lab.simulator)
        files = {board: _checked(board) for board in chosen}
        runs = rechecked(work, files, self._folder, self._lab)
        samples, variance = self._store.samples, self._blueprint.variance
        return [compared(samples[board], run, self._criterion, variance) for board, run in runs.items()]

    def interrupted(self) -> Yield:
        """All that is finished; the last batch may have been on its way to the disk."""
        self._store = self._stored()
        there = [number for number in self._numbers if number in self._store.samples]
        return replace(self.together(there, ()), complete=False)

    def together(self, boards: Sequence[int], checks: Sequence[Check]) -> Yield:
        """All that is known, and what the loss goes along with."""
        fleet, blueprint = self._plan.fleet, self._blueprint
        samples = [self._store.samples[board] for board in boards]
        losses = [math.inf if sample.loss is None else sample.loss for sample in samples]
        parts, counted = strongest(losses, self._store.table(boards), blueprint.parts)
        per_lot = fleet.board.production.variation.per_lot
        return Yield(
            task=fleet.task,
            mode=fleet.board.mode,
            engine="compiled",
            criterion=self._criterion,
            variance=blueprint.variance,
            measured=blueprint.measured,
            samples=samples,
            lots=[board // per_lot for board in boards] if per_lot > 1 else (),
            levels=self._levels(boards, losses),
            parts=parts,
            counted=counted,
            checks=checks,
            settings=self._settings(),
            parameters=blueprint.parameters,
            unseen=self._unseen(),
            built=blueprint.built,
        )

    def _unseen(self) -> dict[str, tuple[str, ...]]:
        """What of the parts scatters by figures that nobody saw; nothing where nothing scatters."""
        if not self._plan.fleet.board.production.offsets:
            return {}
        circuit = self._blueprint.circuit
        used = {element.cell for element in circuit.elements() if isinstance(element, Instance)}
        kinds, parts = set(error_kinds(circuit)), {}
        for cell in needed(used, circuit.cells):
            if cell.part is not None:
                there = [
                    name for name, each in cell.spread.items() if not each.between or f"{cell.role}.{name}" in kinds
                ]
                parts[cell.part] = cell.sheet.unseen(there)
        return {part: figures for part, figures in sorted(parts.items()) if figures}

    def _levels(self, boards: Sequence[int], losses: Sequence[float]) -> dict[str, float]:
        """Rank correlation of the loss with what lots, boards and temperature have in common, by name."""
        variation = self._blueprint.asked.production.variation
        kinds = variation.kinds(self._blueprint.circuit)
        shared = [variation.levels(board, kinds) for board in boards]
        names = list(shared[0]) if shared else []
        drawn = np.array([[levels[name] for name in names] for levels in shared]).reshape(len(boards), len(names))
        return dict(zip(names, map(float, rank_correlations(losses, drawn)), strict=True))

    def _settings(self) -> dict[str, Any]:
        """What all boards have in common, for the record."""
        fleet, blueprint = self._plan.fleet, self._blueprint
        return {
            **blueprint.settings(),
            "first_board": fleet.first,
            "until": self._plan.until,
            **fleet.board.exact.departures(),
            "variation": fleet.board.production.variation.to_json(),
            "parts": dict(blueprint.circuit.parts),
            "key": blueprint.key,
        }
