"""A lesson: which network learns which task by which rule, on which data, how fast and how long."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from vle_analog.errors import UsageError
from vle_analog.learning.action import EXACT
from vle_analog.learning.rules import RULES, rule_named
from vle_analog.lesson.changes import SETTABLE, Changes, parsed
from vle_analog.library import system_files
from vle_analog.options import at_least, option
from vle_analog.reference.codegen import EULER
from vle_analog.tasks import TASKS, Task, source_of, task_named, title_of
from vle_analog.userfile import told_apart

#: how ideal learners integrate: the fastest method; the task's step is fine enough for it
METHOD = EULER
#: the rule that learns offline; all others learn as they run
OFFLINE = EXACT
#: part of every lesson's key: to be raised when the same lesson leads to other results
EDITION = 2
#: hint where a system is named as a task
_SYSTEM = (
    "a system learns nothing; `vle-analog run {name}` simulates it, `vle-analog noise-sources {name}` says who "
    "makes its noise"
)


@dataclass(frozen=True)
class Lesson:
    """What one network learns.

    Attributes:
        task: its name, or the path of a Python file that defines one.
        rule: a local rule, by name or by path, or ``adjoint``.
        eta: rate of weights, per model unit; the task's own when None.
        seed: of start weights and data.
        span: how long to learn, model units; the task's own when None.
        moments: how often the network is judged, evenly on a logarithmic scale, besides before learning.
        probe: the stretch over which alignment is measured, model units.
        settle: how long backward coefficients get to settle before the first alignment, model units.
        changes: of the task's plasticity, fields and values.

    Raises:
        UsageError: an unknown task or rule, a change that is none, a negative seed, or no moment.
    """

    task: str = option(f"One of: {', '.join(TASKS)}; or a .py file of your own.", metavar="TASK", argument=True)
    rule: str = option(f"Learning rule: {', '.join(RULES)}; or a .py file.", "vle")
    eta: float | None = option("Learning rate, per model unit of time (default: the task's own).", None)
    seed: int = option("Of the lesson: data and start weights, the same for all boards.", 0)
    span: float | None = option("How long to learn, in model units of time (default: the task's own).", None)
    moments: int = 24
    probe: float = 400.0
    settle: float = 2000.0
    changes: Changes = option(
        f"Another setting of plasticity, of: {', '.join(SETTABLE)}. Two numbers with a colon between them, "
        "e.g. anneal=100000:40000; true or false, e.g. eligibility=true; none switches off, e.g. trace=none. May be "
        "repeated.",
        (),
        flag="set",
        metavar="NAME=VALUE",
        parse=parsed,
        many=True,
    )

    def __post_init__(self) -> None:
        if self.task in system_files() or self.task.endswith(".toml"):
            raise UsageError(f"unknown task '{self.task}'", hint=_SYSTEM.format(name=self.task))
        task_named(self.task)
        if self.rule != OFFLINE:
            rule_named(self.rule, OFFLINE)
        for name, own in (("rule", "`rule`"), ("eta", "`eta`")):
            if name in dict(self.changes):
                raise UsageError(f"'{name}' is no change of a lesson's plasticity", hint=f"give {own} instead")
        at_least(0, seed=self.seed)
        if self.moments < 1:
            raise UsageError(f"networks are judged at least once, not {self.moments} times")

    @property
    def title(self) -> str:
        """What people call the task: its name, or that of its file."""
        return title_of(self.task)

    @property
    def place(self) -> str:
        """This title, and where it comes from if another task might have the title."""
        return told_apart(self.task, self.title, TASKS)

    @property
    def settled(self) -> Lesson:
        """The lesson with the task's own rate and span where it has none itself."""
        eta, span = _usual(self.task, source_of(self.task))
        eta, span = eta if self.eta is None else self.eta, span if self.span is None else self.span
        return replace(self, eta=float(eta), span=float(span))

    @property
    def length(self) -> float:
        """How long it goes, model units."""
        span = self.settled.span
        assert span is not None
        return span

    def build(self) -> Task:
        """The task with this rule, rate and seed.

        Raises:
            UsageError: what the task refuses.
        """
        lesson = self.settled
        local = "gle" if self.rule == OFFLINE else self.rule
        changes = {"feedback_seed": self.seed, **dict(self.changes)}  # else all seeds had the same feedback weights
        return task_named(self.task)(local, lesson.eta, lesson.span, self.seed, **changes)

    def key(self) -> str:
        """Digest of all that the result depends on: settings, equations, numbers and data."""
        lesson, task = self.settled, self.build()
        named: dict[str, Any] = {**vars(lesson), "changes": dict(self.changes)}
        digest = hashlib.sha256(json.dumps(named, sort_keys=True).encode())
        digest.update(repr((task.system, task.exam.span, task.exam.settle, task.step, task.window, METHOD)).encode())
        digest.update(repr((EDITION, self.times(task.window, task.step))).encode())
        if (text := source_of(self.task)) is not None:  # its data may be any between the moments below
            digest.update(text.encode())
        for source, span in ((task.stream, self.length), (task.exam, task.exam.span)):
            for data in source.played.values():
                digest.update(np.asarray(data(np.linspace(0, span, 1001))).tobytes())
        if task.exam.answers is not None:
            for array in task.exam.answers.arrays:
                digest.update(np.asarray(array).tobytes())
        for layer in (*task.layers, *(task.teacher or ())):
            for values in (layer.weights, layer.bias, layer.tau_m, layer.tau_r):
                digest.update(b"none" if values is None else np.asarray(values, float).tobytes())
        return digest.hexdigest()[:24]

    def times(self, window: float, step: float) -> list[float]:
        """Moments of judgement: whole windows of offline learning where these are short enough, and the end."""
        unit, end = self.grid(self.moments, window, step)
        marks = np.geomspace(self.length / 500, self.length, self.moments)[:-1]
        marks = np.maximum(1, np.round(marks / unit)) * unit
        times: list[float] = np.unique(np.append(marks[marks < end - step / 2], end)).tolist()
        return times

    def grid(self, number: int, window: float, step: float) -> tuple[float, float]:
        """What so many moments are multiples of, and the lesson's last step, model units."""
        unit = window if window * number < self.length else step
        return unit, step * math.floor(self.length / step * (1 + 1e-12))


@cache
def _usual(task: str, source: str | None) -> tuple[float, float]:
    """A task's own rate, and how long its networks learn in studies, model units.

    Args:
        task: its name.
        source: text of the file that it is defined in, if it is: with another one it is another task.
    """
    usual = task_named(task)()
    return usual.eta, usual.study
