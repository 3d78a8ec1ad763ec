"""Yield of boards: many of one design, each with parts of its own, run side by side; which fraction is good."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.circuit.circuit import NOMINAL
from vle_analog.compare.confidence import (
    enough,
)
from vle_analog.compare.criterion import (
    ACCURACY,
    LOSS,
    Criterion,
)
from vle_analog.compare.influence import rank_correlations, strongest
from vle_analog.errors import UsageError
from vle_analog.fleet.blueprint import Line, line, run_boards
from vle_analog.fleet.parts_table import parts_table
from vle_analog.fleet.recheck import chosen_boards, compared, in_ngspice, simulate
from vle_analog.fleet.sample import (
    Check,
)
from vle_analog.fleet.store import Kept
from vle_analog.lab.executor import Executor, Tally, Threads
from vle_analog.lab.folder import claimed, write_whole
from vle_analog.lab.store import read_kept, write_study
from vle_analog.lesson.on_chip import Board, ChipLesson
from vle_analog.netlist.testbench import Deck
from vle_analog.production.variation import Scatter, Variation
from vle_analog.studies.learn.analog import AnalogPlan
from vle_analog.studies.learn.study import Plan
from vle_analog.studies.montecarlo.report import figure, markdown
from vle_analog.studies.montecarlo.result import (
    YieldStudy,
)

#: told a stage's name and the fraction of it that is done
Progress = Callable[[str, float], None]
#: what a study writes; finished boards lie in a folder of their own inside its folder
FIGURE, TABLE, RECORD, BOARDS = "montecarlo.png", "montecarlo.md", "montecarlo.json", "boards"
#: boards unless told otherwise, and at most where a width is to be reached
SAMPLES, MOST_SAMPLES = 256, 10_000
#: boards that run side by side, unless an executor wants other numbers
BATCH = 64
#: criteria unless told otherwise, of tasks with and without right answers
CRITERIA = Criterion(ACCURACY, ">=", 0.95), Criterion(LOSS, "<=", 0.2)


@dataclass(frozen=True)
class MonteCarlo:
    """What a study asks.

    Attributes:
        task: its name.
        rule, eta, span, seed: of the lesson, which is the same for all boards; the task's own when None.
        board: what it is learned on; its spreads are the variation's.
        variation: of resistors and capacitors.
        samples: boards; when None 256, or 10,000 at most with ``until``.
        until: width of the yield's interval at which the study ends.
        criterion: of good boards; ``accuracy>=0.95`` when None, ``loss<=0.2`` where a task has no right answers.
        first: number of the first board.
        check: how many boards run in ngspice, too.
        batch: boards that run side by side; as the executor likes it when None. Of no influence on results.
        changes: of the task's plasticity, by field name.
    """

    task: str
    rule: str = "vle"
    eta: float | None = None
    span: float | None = None
    seed: int = 0
    board: Board = field(default_factory=Board)
    variation: Variation = field(default_factory=Variation)
    samples: int | None = None
    until: float | None = None
    criterion: Criterion | None = None
    first: int = 0
    check: int = 0
    batch: int | None = None
    changes: tuple[tuple[str, Any], ...] = ()

    @property
    def numbers(self) -> range:
        """Of all boards that may run."""
        count = self.samples or (SAMPLES if self.until is None else MOST_SAMPLES)
        return range(self.first, self.first + count)

    def job(self) -> ChipLesson:
        """What is learned, on what.

        Raises:
            UsageError: whatever cannot be asked.
        """
        for name, value, least in (("samples", self.samples, 1), ("batch", self.batch, 1), ("check", self.check, 0)):
            if value is not None and value < least:
                raise UsageError(f"--{name} must be at least {least}, not {value}")
        if self.first < 0:
            raise UsageError(f"the first board's number must not be negative, not {self.first}")
        if self.until is not None and not 0 < self.until < 1:
            raise UsageError(f"--until must be a width over 0 and under 1, not {self.until:g}", hint="e.g. 0.05")
        if self.until is not None and self.variation.per_lot > 1:
            raise UsageError("--until is for boards of lots of their own", hint="leave --per-lot or --until out")
        if self.check > len(self.numbers):
            raise UsageError(f"--check {self.check} is more than the {len(self.numbers)} boards that there are")
        if self.variation.sampling == "latin" and self.variation.points < self.numbers.stop:
            raise UsageError(
                f"a hypercube of {self.variation.points} points has no board {self.numbers.stop - 1}",
                hint="as many points as boards",
            )
        warm = self.variation.kelvin > 0 or self.variation.celsius != NOMINAL
        if not warm and any(each.coefficient for each in (self.variation.resistors, self.variation.capacitors)):
            raise UsageError("all boards are at 27 degrees C", hint="add --temperature or --celsius to --coefficients")
        if self.variation.devices != Scatter() and self.board.technology.is_ideal:
            raise UsageError(
                "ideal parts have no errors that boards could share", hint="add real ones: --fidelity macromodel"
            )
        if self.board.resistors or self.board.capacitors or self.board.grades:
            raise UsageError("the spread of parts is the variation's", hint="leave it out of the board")
        rates = None if self.eta is None else [self.eta]
        plan = Plan(self.task, [self.rule], rates, [self.seed], self.span, 1, dict(self.changes))
        (job,) = AnalogPlan(plan, self.board).jobs()
        if not self.varies:
            raise UsageError(
                "nothing differs from board to board",
                hint="add --mismatch R,C, e.g. 0.01,0.05, or parts that scatter: --fidelity macromodel",
            )
        criterion, answers = self.criterion, job.learned_here().build().exam.answers
        if criterion is not None and criterion.metric == ACCURACY and answers is None:
            raise UsageError(f"answers of task '{self.task}' are not right or wrong", hint="ask for loss<=0.2")
        return job

    @property
    def varies(self) -> bool:
        """Whether two boards differ at all."""
        of_parts = (self.variation.resistors, self.variation.capacitors)
        warm = self.variation.kelvin > 0 and any(each.coefficient for each in of_parts)
        scatters = self.board.offsets > 0 and not self.board.technology.is_ideal
        graded = any(sigma for grade in self.variation.grades for sigma in (grade.resistors, grade.capacitors))
        noisy = self.board.noise is not None
        return warm or scatters or graded or noisy or any(each.sigma for each in of_parts)

    def criterion_for(self, made: Line) -> Criterion:
        """The criterion, or the usual one."""
        return self.criterion or CRITERIA[0 if made.task.exam.answers is not None else 1]

    def settings(self, made: Line) -> dict[str, Any]:
        """What all boards have in common, for the record."""
        board = {name: value for name, value in self.board.said().items() if name != "mode"}
        return {
            "rule": made.task.rule,
            "eta": made.task.eta,
            **dict(self.changes),
            "seed": self.seed,
            "span": made.span or made.job.lesson.span,
            "step": made.step,
            "first_board": self.first,
            "until": self.until,
            **board,
            "variation": self.variation.to_json(),
            "parts": dict(made.circuit.parts),
            "key": made.key,
        }


def netlist_of(plan: MonteCarlo, board: int) -> tuple[Deck, str]:
    """One board's netlist, which runs alone, and a table of its parts (see `parts_table`).

    Raises:
        UsageError: the plan's, or no such board.
    """
    made = line(plan.job(), plan.variation)
    return made.deck(board), parts_table(made, board)


def montecarlo(
    plan: MonteCarlo,
    folder: Path | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    cluster: Executor | None = None,
) -> YieldStudy:
    """Run the boards that are missing, and put all together; the result is the same however often it was interrupted.

    Args:
        plan: what to ask.
        folder: where finished boards are kept and found again, batch by batch; nowhere when None. What an interrupted
            study has is written there, too.
        threads: that share the boards, and processes of ngspice; as many as cores when None.
        progress: told what goes on.
        cluster: does all that instead, if there is one.

    Raises:
        UsageError: the plan's.
        OutputError: the folder cannot be written, or another study is writing to it.
        ClusterError: the cluster was lost; what was finished is kept.
        VleAnalogError: a circuit that cannot be built or that the engine cannot run.
    """
    tell = progress or (lambda stage, fraction: None)
    job = plan.job()
    with nullcontext() if folder is None else claimed(folder):
        tell("design", 0.0)
        made = line(job, plan.variation)
        place = None if folder is None else folder / BOARDS / made.key
        kept = Kept(place, len(made.parts))
        try:
            boards = _run(plan, made, kept, cluster or Threads(threads), tell)
            checks = _checked(plan, made, kept, boards, place, cluster or threads, tell)
        except (KeyboardInterrupt, SystemExit):
            if folder is not None:
                kept = Kept(place, len(made.parts))  # as the disk has it: the last batch may have been on its way there
                there = [number for number in plan.numbers if number in kept.samples]
                save(_together(plan, made, kept, there, (), complete=False), folder)
            raise
        return _together(plan, made, kept, boards, checks, complete=True)


def save(study: YieldStudy, folder: Path) -> dict[str, Any]:
    """Write ``montecarlo.png``, ``montecarlo.md`` and, last, ``montecarlo.json``; an earlier study's are replaced.

    Returns:
        The record.

    Raises:
        OutputError: the folder cannot be written.
    """
    record = study.to_json()
    write_study(folder, (FIGURE, TABLE, RECORD), figure(study), markdown(study), record)
    return record


def _run(plan: MonteCarlo, made: Line, kept: Kept, executor: Executor, tell: Progress) -> list[int]:
    """Run what is missing, batch by batch, until there is enough; the boards that count."""
    boards = list(plan.numbers)

    def count() -> int | None:
        """After how many boards there is enough; None as long as there is not."""
        if plan.until is None:
            return None
        there = itertools.takewhile(lambda number: number in kept.samples, boards)
        criterion = plan.criterion_for(made)
        return enough([criterion.met(kept.samples[number], made.variance) for number in there], plan.until)

    missing = [number for number in boards if number not in kept.samples]
    size = plan.batch or executor.batch(BATCH)
    batches = [tuple(missing[at : at + size]) for at in range(0, len(missing), size)]
    tally = Tally(len(boards), len(boards) - len(missing), lambda done: tell("boards", done))
    # workers elsewhere have no such folder
    work = partial(run_boards, folder=kept.folder) if isinstance(executor, Threads) else run_boards
    if (needed := count()) is None:
        with closing(executor.run(work, made, batches, tally.went)) as results:
            for batch, found in results:
                kept.add(*found)
                tally.finished(batch)
                if (needed := count()) is not None:
                    break
    return boards[:needed]


def _checked(
    plan: MonteCarlo,
    made: Line,
    kept: Kept,
    boards: Sequence[int],
    place: Path | None,
    crew: Executor | int | None,
    tell: Progress,
) -> list[Check]:
    """Boards that ran in ngspice, too; those of an earlier study are read."""
    wanted = chosen_boards(boards, plan.check)
    found: dict[int, Any] = {}

    def file(board: int) -> str:
        return f"ngspice-{board:06d}.json"

    def keep(board: int, result: Any) -> None:
        found[board] = result
        if place is not None:
            write_whole(place, {file(board): json.dumps(result, allow_nan=False) + "\n"})

    def whole(record: Any) -> Any:
        if not {"loss", "accuracy", "learned", "seconds"} <= record.keys():
            raise ValueError
        return record

    for board in wanted:
        if place is not None and (record := read_kept(place / file(board), whole)) is not None:
            found[board] = record
    missing = [board for board in wanted if board not in found]
    in_ngspice(partial(simulate, made), missing, crew, keep, lambda done, total: tell("ngspice", done / total))
    criterion = plan.criterion_for(made)
    return [compared(kept.samples[board], found[board], criterion, made.variance) for board in wanted]


def _together(
    plan: MonteCarlo, made: Line, kept: Kept, boards: Sequence[int], checks: Sequence[Check], complete: bool
) -> YieldStudy:
    """All that was found, and what the loss goes along with."""
    samples = [kept.samples[board] for board in boards]
    losses = [math.inf if each.loss is None else each.loss for each in samples]
    kinds = plan.variation.kinds(made.circuit)
    shared = [plan.variation.levels(board, kinds) for board in boards]
    names = list(shared[0]) if shared else []
    drawn = np.array([[each[name] for name in names] for each in shared]).reshape(len(boards), len(names))
    levels = rank_correlations(losses, drawn)
    parts, counted = strongest(losses, kept.table(boards), made.parts)
    return YieldStudy(
        task=made.task.name,
        mode=plan.board.mode,
        engine="compiled",
        criterion=plan.criterion_for(made),
        variance=made.variance,
        samples=samples,
        lots=[board // plan.variation.per_lot for board in boards] if plan.variation.per_lot > 1 else (),
        levels={name: float(value) for name, value in zip(names, levels, strict=True)},
        parts=parts,
        counted=counted,
        checks=checks,
        complete=complete,
        settings=plan.settings(made),
        parameters=made.parameters,
    )
