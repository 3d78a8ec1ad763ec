"""Learning rules as circuits beside their ideals: several seeds, on all cores, resumable mark by mark."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from vle_analog.circuit.technology import LAW
from vle_analog.equations.resolve import REALISATIONS
from vle_analog.errors import UsageError, nearest
from vle_analog.lab.folder import claimed, write_whole
from vle_analog.lab.processes import Count, Progress, run_jobs
from vle_analog.lab.store import read_kept, write_study
from vle_analog.lesson.chip_run import ChipRun
from vle_analog.lesson.learner import OFFLINE
from vle_analog.lesson.on_chip import MODES, Board, ChipLesson, learn_on_chip
from vle_analog.production.grades import MOST
from vle_analog.production.rounding import rounder
from vle_analog.studies.learn.analog_report import figure
from vle_analog.studies.learn.analog_result import ChipStudy
from vle_analog.studies.learn.analog_table import markdown
from vle_analog.studies.learn.study import Plan
from vle_analog.tasks import task_named

#: compared unless told otherwise: the local rules
DEFAULT_RULES = ("bp", "gle", "vle")
#: how often each network is judged: an exam takes a circuit long
MOMENTS = 8
#: what a study writes; finished runs and checkpoints lie in a folder of their own inside its folder
FIGURE, TABLE, RECORD, RUNS = "analog.png", "analog.md", "analog.json", "runs"


@dataclass(frozen=True)
class AnalogPlan:
    """What a study compares.

    Attributes:
        plan: rules (local ones), at most one rate, seeds, span, moments of judgement; the task's own rate when None.
        board: what they learn on.
    """

    plan: Plan
    board: Board = field(default_factory=Board)

    def jobs(self) -> list[ChipLesson]:
        """All runs, in order of rule and seed.

        Raises:
            UsageError: the plan's; an offline rule; several rates; an unknown mode or series; a spread, step or
                span that is no such.
        """
        board, plan = self.board, self.plan
        if board.mode not in MODES:
            raise UsageError(f"unknown mode '{board.mode}'", hint=nearest(board.mode, MODES))
        if OFFLINE in plan.rules:
            raise UsageError(f"no circuit learns by '{OFFLINE}': it runs backward in time", hint="leave it out")
        if plan.etas is not None and len(plan.etas) != 1:
            raise UsageError("circuits are compared at one rate", hint="give one with --etas")
        for name, spread in (("resistors", board.resistors), ("capacitors", board.capacitors)):
            if not 0 <= spread < MOST:
                raise UsageError(f"the spread of {name} must be at least 0 and below {MOST:g}, not {spread:g}")
        for name, value in (("step", board.step), ("tuning", board.tuning), ("trim", board.trim)):
            if value is not None and not 0 < value < float("inf"):
                raise UsageError(f"the {name} must be positive, not {value:g}")
        if not 1 < board.bandwidth < float("inf"):
            raise UsageError(f"the bandwidth must be over 1, not {board.bandwidth:g}")
        if board.realisation not in REALISATIONS:
            raise UsageError(
                f"unknown realisation of prospective '{board.realisation}'",
                hint=nearest(board.realisation, REALISATIONS),
            )
        for name, scale in (("offsets", board.offsets), ("noise", board.noise_scale)):
            if not 0 <= scale < float("inf"):
                raise UsageError(f"the scale of {name} must be at least 0, not {scale:g}")
        if board.technology.part("multiplier") == LAW and board.trim is not None:
            raise UsageError("ideal multipliers have no offsets to trim", hint="leave --trim out, or take real ones")
        if board.tuning is not None and board.mode != "fine-tune":
            raise UsageError(
                "only boards to be fine-tuned are tuned", hint="leave --tuning out, or add --mode fine-tune"
            )
        if board.series is not None:
            rounder(board.series)
        if board.series is not None and board.mode == "on-chip":
            raise UsageError(
                "a series is for the resistors that hold deployed weights, of which boards that learn on the chip "
                "have none",
                hint="leave --series out, or add --mode deploy",
            )
        build = task_named(plan.task)
        etas = (build().eta,) if plan.etas is None else plan.etas
        jobs = [ChipLesson(lesson, board) for lesson in Plan(**{**vars(plan), "etas": etas}).lessons()]
        for job in jobs[:: max(1, len(plan.seeds))]:
            job.learned_here().build()  # what it refuses, it refuses before anything runs
        return jobs


def analog_study(
    plan: AnalogPlan, folder: Path | None = None, processes: int | None = None, progress: Progress | None = None
) -> ChipStudy:
    """Run what is missing, and put all runs together.

    Args:
        plan: what to compare.
        folder: where finished runs and checkpoints are kept and found again; nowhere when None.
        processes: side by side; one per core when None.
        progress: told marks done, and of how many.

    Raises:
        UsageError: the plan's.
        OutputError: the folder cannot be written, or another study is writing to it.
        VleAnalogError: a circuit that cannot be built or simulated; what was finished is kept.
    """
    jobs = plan.jobs()
    keys = [job.key() for job in jobs]
    place = None if folder is None else folder / RUNS
    found: dict[str, ChipRun] = {}
    for key in keys:
        if place is not None and (run := read_kept(place / f"{key}.json", ChipRun.from_json)) is not None:
            found[key] = run
    missing = {key: job for key, job in zip(keys, jobs, strict=True) if key not in found}
    steps = jobs[0].steps()
    count = Count(len(jobs) * steps, len(found) * steps, steps, progress)

    def keep(key: str, run: ChipRun) -> None:
        found[key] = run
        if place is not None:
            write_whole(place, {f"{key}.json": json.dumps(run.to_json()) + "\n"})
            (place / f"{key}.checkpoint.json").unlink(missing_ok=True)

    with nullcontext() if folder is None else claimed(folder):
        run_jobs(partial(learn_on_chip, folder=place), missing, processes, keep, count)
    task = jobs[0].lesson.build()
    settings = {"span": jobs[0].lesson.span, **plan.plan.changes, **_said(plan.board)}
    return ChipStudy(
        task.name, plan.board.mode, task.threshold, task.system.unit, [found[key] for key in keys], settings
    )


def _said(board: Board) -> Mapping[str, Any]:
    """What of a board is not as it is by itself."""
    return {name: value for name, value in board.said().items() if name != "mode"}


def save(study: ChipStudy, folder: Path) -> dict[str, Any]:
    """Write ``analog.png``, ``analog.md`` and, last, ``analog.json``; an earlier study's are replaced.

    Returns:
        What is in ``analog.json``.

    Raises:
        OutputError: the folder cannot be written.
    """
    record = study.to_json()
    write_study(folder, (FIGURE, TABLE, RECORD), figure(study), markdown(study) + "\n", record)
    return record
