"""One network learns one task, and is judged on the way with its weights frozen."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vle_analog.errors import DivergenceError
from vle_analog.learning.action import EXACT
from vle_analog.learning.rules import title_of
from vle_analog.lesson.alignment import alignment
from vle_analog.lesson.learning_run import (
    LearningRun,
)
from vle_analog.reference.adjoint import Adjoint
from vle_analog.reference.codegen import EULER
from vle_analog.reference.learners import FrozenNetwork, Learner, OfflineLearner, OnlineLearner
from vle_analog.tasks import Task, source_of, task_named

#: of all integrations here: the fastest; the task's step is fine enough for it
METHOD = EULER
#: learns offline; all other rules learn as they run
OFFLINE = EXACT
#: part of every run's key: to be raised when the same lesson leads to other results
EDITION = 2


@dataclass(frozen=True)
class Lesson:
    """What determines one run.

    Attributes:
        task: its name.
        rule: a local rule, or ``adjoint``.
        eta: the rate of weights.
        seed: of start weights and data.
        span: how long to learn, model units.
        moments: how often the network is judged, evenly on a logarithmic scale, besides before learning.
        probe: the stretch over which alignment is measured, model units.
        settle: how long backward coefficients get to settle before the first alignment, model units.
        changes: of the task's plasticity, by field name.
    """

    task: str
    rule: str
    eta: float
    seed: int
    span: float
    moments: int = 24
    probe: float = 400.0
    settle: float = 2000.0
    changes: Mapping[str, Any] = field(default_factory=dict)

    def build(self) -> Task:
        """The task with this rule, rate and seed."""
        local = "gle" if self.rule == OFFLINE else self.rule
        changes = {"feedback_seed": self.seed, **self.changes}  # else all seeds had the same feedback weights
        return task_named(self.task)(local, self.eta, self.span, self.seed, **changes)

    def key(self) -> str:
        """A digest of all that the result depends on: settings, equations, numbers and data."""
        task = self.build()
        digest = hashlib.sha256(json.dumps({**vars(self), "changes": dict(self.changes)}, sort_keys=True).encode())
        digest.update(repr((task.system, task.exam.span, task.exam.settle, task.step, task.window, METHOD)).encode())
        digest.update(repr((EDITION, self.times(task.window, task.step))).encode())
        if (text := source_of(self.task)) is not None:  # its data may be any between the moments below
            digest.update(text.encode())
        for source, span in ((task.stream, self.span), (task.exam, task.exam.span)):
            for data in (source.x, source.target):
                digest.update(b"none" if data is None else np.asarray(data(np.linspace(0, span, 1001))).tobytes())
        if task.exam.answers is not None:
            digest.update(np.stack([task.exam.answers.times, task.exam.answers.wanted]).tobytes())
        for layer in (*task.layers, *(task.teacher or ())):
            for values in (layer.weights, layer.bias, layer.tau_m, layer.tau_r):
                digest.update(b"none" if values is None else np.asarray(values, float).tobytes())
        return digest.hexdigest()[:24]

    def times(self, window: float, step: float) -> list[float]:
        """When the network is judged: whole windows of offline learning where these are short enough, and the end."""
        unit, end = self.grid(self.moments, window, step)
        marks = np.geomspace(self.span / 500, self.span, self.moments)[:-1]
        marks = np.maximum(1, np.round(marks / unit)) * unit
        times: list[float] = np.unique(np.append(marks[marks < end - step / 2], end)).tolist()
        return times

    def grid(self, number: int, window: float, step: float) -> tuple[float, float]:
        """What so many moments are multiples of, and the lesson's last step."""
        unit = window if window * number < self.span else step
        return unit, step * math.floor(self.span / step * (1 + 1e-12))


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
    except DivergenceError as error:
        diverged = max(learner.time, error.time)
    return LearningRun(
        rule=title_of(lesson.rule),
        eta=lesson.eta,
        seed=lesson.seed,
        time=record.time,
        loss=record.loss,
        variance=record.variance,
        accuracy=record.accuracy,
        online=record.online,
        alignment=record.alignment,
        learned={} if diverged is not None else _learned(task, learner),
        diverged=diverged,
        seconds=time.perf_counter() - started,
    )


@dataclass
class _Record:
    """What was found so far."""

    time: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    online: list[float] = field(default_factory=list)
    alignment: dict[str, list[float]] = field(default_factory=dict)
    variance: float = 0.0

    def judge(self, lesson: Lesson, task: Task, learner: Learner, frozen: FrozenNetwork, settle: float = 0.0) -> None:
        """Add one moment, whole or not at all."""
        loss, self.variance, accuracy = examine(frozen, learner.parameters(), task)
        if isinstance(learner, OnlineLearner):
            found = alignment(learner, frozen.adjoint, task, lesson.probe, settle)
            for layer, value in found.items():
                self.alignment.setdefault(layer, []).append(value)
        self.time.append(learner.time)
        self.loss.append(loss)
        if accuracy is not None:
            self.accuracy.append(accuracy)


def examine(
    frozen: FrozenNetwork, parameters: Mapping[str, np.ndarray], task: Task
) -> tuple[float, float, float | None]:
    """Loss, the target's variance and the fraction of right answers (or None) on the task's exam."""
    exam = task.exam
    moments, output, target = frozen.run(parameters, exam.x, exam.target, exam.span)
    judged = moments >= exam.settle
    right = exam.answers.right(moments, output) if exam.answers else None
    return float(np.mean((target - output)[judged] ** 2)), float(np.var(target[judged])), right


def _learner(lesson: Lesson, task: Task) -> OnlineLearner | OfflineLearner:
    if lesson.rule != OFFLINE:
        return OnlineLearner(task.system, task.learned, task.step, METHOD)
    adjoint = Adjoint(task.layers, task.plasticity.beta, METHOD, task.teacher)
    data = task.stream.x, task.stream.target
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
