"""One network learns one task, and is judged on the way with its weights frozen."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from vle_analog.errors import DivergenceError
from vle_analog.lesson.alignment import alignment, feedback_alignment
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.lesson.lesson import METHOD, OFFLINE, Lesson
from vle_analog.reference.adjoint import Adjoint
from vle_analog.reference.learners import FrozenNetwork, Learner, OfflineLearner, OnlineLearner
from vle_analog.tasks import Task
from vle_analog.tasks.task import Exam


def learn(lesson: Lesson, tell: Callable[[], None] | None = None) -> LearningRun:
    """Learn, and be judged on fresh data with the weights frozen, before and on the way.

    Args:
        lesson: what to learn.
        tell: called at every moment of judgement.
    """
    started = time.perf_counter()
    task = lesson.build()
    frozen = FrozenNetwork(task.layers, task.teacher, task.step, METHOD)
    learner = _learner(lesson, task)
    record = _Record()
    diverged = None
    try:
        record.judge(lesson, task, learner, frozen, lesson.settle)
        for moment in lesson.times(task.window, task.step):
            online = learner.advance(moment)
            record.judge(lesson, task, learner, frozen)
            record.online.append(online)
            if tell is not None:
                tell()
        record.validate(task, learner, frozen)
    except DivergenceError as error:
        diverged = max(learner.time, error.time)
    return LearningRun(
        rule=lesson.variant.rule,
        eligibility=lesson.variant.eligibility,
        validation=record.validation,
        eta=task.eta,
        seed=lesson.seed,
        time=record.time,
        loss=record.loss,
        variance=record.variance,
        accuracy=record.accuracy,
        online=record.online,
        alignment=record.alignment,
        feedback=record.feedback,
        learned={} if diverged is not None else _learned(task, learner),
        diverged=diverged,
        seconds=time.perf_counter() - started,
    )


@dataclass
class _Record:
    """What judgements found so far, by moment."""

    time: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    online: list[float] = field(default_factory=list)
    alignment: dict[str, list[float]] = field(default_factory=dict)
    feedback: dict[str, list[float]] = field(default_factory=dict)
    variance: float = 0.0
    validation: float | None = None

    def validate(self, task: Task, learner: Learner, frozen: FrozenNetwork) -> None:
        """Take the loss on the data that a rate is chosen by, at the end."""
        if task.validation is not None:
            loss, variance, _ = examine(frozen, learner.parameters(), task, task.validation)
            self.validation = loss / variance

    def judge(self, lesson: Lesson, task: Task, learner: Learner, frozen: FrozenNetwork, settle: float = 0.0) -> None:
        """Add one moment, whole or not at all."""
        loss, self.variance, accuracy = examine(frozen, learner.parameters(), task)
        if isinstance(learner, OnlineLearner):
            found = alignment(learner, frozen.adjoint, task, lesson.probe, settle)
            for layer, value in found.items():
                self.alignment.setdefault(layer, []).append(value)
            for layer, value in feedback_alignment(learner, task).items():
                self.feedback.setdefault(layer, []).append(value)
        self.time.append(learner.time)
        self.loss.append(loss)
        if accuracy is not None:
            self.accuracy.append(accuracy)


def examine(
    frozen: FrozenNetwork, parameters: Mapping[str, np.ndarray], task: Task, exam: Exam | None = None
) -> tuple[float, float, float | None]:
    """Loss, the target's variance and the fraction of right answers (or None) on an exam, the task's when None."""
    exam = exam or task.exam
    moments, outputs, targets = frozen.run(parameters, exam.inputs, exam.targets, exam.span)
    judged = moments >= exam.settle
    right = exam.answers.right(moments, outputs) if exam.answers else None
    loss = np.mean(np.sum((targets - outputs)[judged] ** 2, axis=1))
    return float(loss), float(np.sum(np.var(targets[judged], axis=0))), right


def _learner(lesson: Lesson, task: Task) -> OnlineLearner | OfflineLearner:
    if lesson.rule != OFFLINE:
        return OnlineLearner(task.system, task.learned, task.step, METHOD)
    adjoint = Adjoint(task.layers, task.plasticity.beta, METHOD, task.teacher, task.plasticity.cost)
    data = task.stream.inputs, task.stream.targets
    return OfflineLearner(adjoint, task.learned, data, task.plasticity, task.window, task.step)


def _learned(task: Task, learner: Learner) -> dict[str, list[float | None]]:
    """Every learned parameter by instance, and what the teacher has there (None without a teacher)."""
    taught = {each.parameter: each.taught_parameter for each in task.learned}
    found: dict[str, list[float | None]] = {}
    for name, values in learner.parameters().items():
        given = taught[name]
        for at in np.ndindex(*np.shape(values)):
            label = "_".join([name, *map(str, at)])
            found[label] = [float(values[at]), None if given is None else float(given[at])]
    return found
