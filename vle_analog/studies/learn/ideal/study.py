"""Learning rules compared on ideal networks: each over a grid of rates and several seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from vle_analog.lab.lab import Lab
from vle_analog.learning.feedback import TRANSPOSE
from vle_analog.lesson.learner import learn
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.lesson.lesson import Lesson
from vle_analog.studies.learn.ideal.result import RuleComparison
from vle_analog.studies.learn.runs import completed
from vle_analog.tasks import Task
from vle_analog.tasks.answers import BITS, AnswerKind


def compare(lessons: Sequence[Lesson], lab: Lab) -> RuleComparison:
    """Learn what was not learned yet, and put all runs together.

    Args:
        lessons: of one task, at least one, alike but for rule, rate and seed.
        lab: finished runs are kept in its folder, and found again.

    Raises:
        OutputError: the folder cannot be written, or another study is writing to it.
        SimulationError: a process was killed from outside; what was finished is kept.
    """
    first = lessons[0]
    task = first.build()
    moments = len(first.times(task.window, task.step))  # all have the same
    runs = completed(learn, {lesson.key(): lesson for lesson in lessons}, _read, moments, lab)
    return RuleComparison(
        runs,
        task=first.title,
        threshold=task.threshold,
        settings={"span": first.length, **dict(first.changes), **first.sizes.words()},
        colors=colors_of(lessons),
        system=task.system,
        answers=kind_of(task),
    )


def colors_of(lessons: Sequence[Lesson]) -> dict[str, str | None]:
    """The colors that lessons' rules say they are drawn in, by what they are called."""
    return {each.rule: each.color for each in (lesson.variant for lesson in lessons)}


def kind_of(task: Task) -> AnswerKind:
    """What a task's answers are, of one whose answers are right or wrong."""
    return BITS if task.exam.answers is None else task.exam.answers.kind


def _read(lesson: Lesson, record: Any) -> LearningRun:
    """A lesson's run from what a file holds.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: it holds none, or another lesson's.
    """
    run = LearningRun.from_json(record)
    if (run.variant, run.eta, run.seed) != (lesson.variant, lesson.settled.eta, lesson.seed):
        raise ValueError("another lesson's")
    if len(run.time) != len(run.loss) or (run.diverged is None and not len(run.time)):
        raise ValueError("not whole")
    if "feedback" not in record and lesson.build().plasticity.feedback != TRANSPOSE:
        raise ValueError("of a time when the angle of feedback weights was not told")
    return run
