"""Learning rules compared: each over a grid of rates and several seeds, on all cores, resumable.

Every finished run is a file of its own, named by a digest of all that it depends on, so that a study
that was interrupted, or is repeated with more seeds, rates or rules, runs only what is missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vle_analog.errors import UsageError, nearest
from vle_analog.lab.folder import claimed, write_whole
from vle_analog.lab.processes import Count, Progress, run_jobs
from vle_analog.lab.store import read_kept, write_study
from vle_analog.learning.rules import RULES
from vle_analog.lesson.learner import OFFLINE, Lesson, learn
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.studies.learn.report import figure
from vle_analog.studies.learn.result import LearningStudy
from vle_analog.studies.learn.table import markdown
from vle_analog.tasks import TASKS

#: compared unless told otherwise
DEFAULT_RULES = ("bp", "gle", "vle", OFFLINE)
#: what a study writes; finished runs lie in a folder of their own inside its folder
FIGURE, TABLE, RECORD, RUNS = "learn.png", "learn.md", "learn.json", "runs"


@dataclass(frozen=True)
class Plan:
    """What a study compares.

    Attributes:
        task: its name.
        rules: local rules or ``adjoint``.
        etas: rates of weights; the task's own grid when None.
        seeds: of start weights and data.
        span: how long to learn, model units; the task's own when None.
        moments: how often each network is judged.
        changes: of the task's plasticity, by field name.
    """

    task: str
    rules: Sequence[str] = DEFAULT_RULES
    etas: Sequence[float] | None = None
    seeds: Sequence[int] = tuple(range(8))
    span: float | None = None
    moments: int = 24
    changes: Mapping[str, Any] = field(default_factory=dict)

    def lessons(self) -> list[Lesson]:
        """All runs, in order of rule, rate, seed.

        Raises:
            UsageError: an unknown task, rule or change; no rule, rate or seed; a rate or span that is no such.
        """
        if self.task not in TASKS:
            raise UsageError(f"unknown task '{self.task}'", hint=nearest(self.task, TASKS))
        for rule in self.rules:
            if rule not in (*RULES, OFFLINE):
                raise UsageError(f"unknown rule '{rule}'", hint=nearest(rule, [*RULES, OFFLINE]))
        for name, what in (("rule", "rules"), ("eta", "rates")):
            if name in self.changes:
                raise UsageError(f"'{name}' is no change of a study's plasticity", hint=f"give its {what} instead")
        task = TASKS[self.task]()
        etas = task.etas if self.etas is None else tuple(self.etas)
        for what, given in (("rule", self.rules), ("rate", etas), ("seed", self.seeds)):
            if not len(given):
                raise UsageError(f"a study needs at least one {what}")
        if any(seed < 0 for seed in self.seeds):
            raise UsageError("seeds must not be negative")
        if self.moments < 1:
            raise UsageError(f"networks are judged at least once, not {self.moments} times")
        span = task.study if self.span is None else self.span
        lessons = [
            Lesson(self.task, rule, float(eta), int(seed), float(span), self.moments, changes=dict(self.changes))
            for rule in dict.fromkeys(self.rules)
            for eta in dict.fromkeys(etas)
            for seed in dict.fromkeys(self.seeds)
        ]
        for lesson in lessons[:: max(1, len(self.seeds))]:
            lesson.build()  # what it refuses, it refuses before anything runs
        return lessons


def learning_study(
    plan: Plan, folder: Path | None = None, jobs: int | None = None, progress: Progress | None = None
) -> LearningStudy:
    """Run what is missing, and put all runs together.

    Args:
        plan: what to compare.
        folder: where finished runs are kept and found again; nowhere when None.
        jobs: processes; one per core when None, and 1 stays in this process.
        progress: told moments of judgement done, and of how many.

    Raises:
        UsageError: the plan's.
        OutputError: the folder cannot be written, or another study is writing to it.
        SimulationError: a process was killed from outside; what was finished is kept.
    """
    lessons = plan.lessons()
    keys = [lesson.key() for lesson in lessons]
    found = {} if folder is None else _finished(folder / RUNS, dict(zip(keys, lessons, strict=True)))
    missing = {key: lesson for key, lesson in zip(keys, lessons, strict=True) if key not in found}
    task = lessons[0].build()
    moments = len(lessons[0].times(task.window, task.step))  # all have the same
    count = Count(len(lessons) * moments, len(found) * moments, moments, progress)

    def keep(key: str, run: LearningRun) -> None:
        found[key] = run
        if folder is not None:
            write_whole(folder / RUNS, {f"{key}.json": json.dumps(run.to_json(), allow_nan=False) + "\n"})

    with nullcontext() if folder is None else claimed(folder):
        run_jobs(learn, missing, jobs, keep, count)
    settings = {"span": lessons[0].span, **plan.changes}
    return LearningStudy(plan.task, task.threshold, [found[key] for key in keys], settings)


def _finished(folder: Path, lessons: Mapping[str, Lesson]) -> dict[str, LearningRun]:
    """Runs that an earlier study finished."""
    found = {}
    for key, lesson in lessons.items():
        run = read_kept(folder / f"{key}.json", LearningRun.from_json)
        if run is None or (run.rule, run.eta, run.seed) != (lesson.rule, lesson.eta, lesson.seed):
            continue
        if len(run.time) == len(run.loss) and (run.diverged is not None or len(run.time) > 0):
            found[key] = run
    return found


def save(study: LearningStudy, folder: Path) -> dict[str, Any]:
    """Write ``learn.png``, ``learn.md`` and, last, ``learn.json``; an earlier study's are replaced.

    Returns:
        What is in ``learn.json``.

    Raises:
        OutputError: the folder cannot be written.
    """
    record = study.to_json()
    write_study(folder, (FIGURE, TABLE, RECORD), figure(study), markdown(study) + "\n", record)
    return record
