"""A lesson: which network learns which task by which rule, on which data, how fast and how long."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import KW_ONLY, asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from vle_analog.errors import UsageError
from vle_analog.fields import at_least
from vle_analog.learning.action import EXACT
from vle_analog.learning.registered import keep, registered
from vle_analog.learning.rules import files_of as files_of_rule
from vle_analog.learning.rules import rule_named
from vle_analog.learning.rules import source_of as source_of_rule
from vle_analog.learning.rules import title_of as title_of_rule
from vle_analog.learning.variant import Variant
from vle_analog.lesson.changes import SETTABLE, Changes, parsed
from vle_analog.library import system_files
from vle_analog.options import option
from vle_analog.reference.tableau import EULER
from vle_analog.tasks import TASKS, Task, files_of, is_task, known_tasks, source_of, task_named, title_of
from vle_analog.tasks.choices import TaskChoices
from vle_analog.tasks.weights import place_of
from vle_analog.userfile import Parcel, digest_of, told_apart

#: how ideal learners integrate: the fastest method; the task's step is fine enough for it
METHOD = EULER
#: the rule that learns offline; all others learn as they run
OFFLINE = EXACT
#: part of every lesson's key: to be raised when the same lesson leads to other results. 3: all rules have the task's
#: own : synapses unless told otherwise, and a run tells its loss on the data that a rate is chosen by
EDITION = 3
#: hint where a system is named as a task
_SYSTEM = (
    "a system learns nothing; `vle-analog run {name}` simulates it, `vle-analog noise-sources {name}` says who "
    "makes its noise"
)


@dataclass(frozen=True)
class Lesson(TaskChoices):
    """What one network learns; ``rule`` may be ``adjoint``, too.

    Attributes:
        task: its name, or the path of a Python file that defines one.
        seed: of start weights and data.
        span: how long to learn, model units; the task's own when None.
        moments: how often the network is judged, evenly on a logarithmic scale, besides before learning.
        probe: the stretch over which alignment is measured, model units.
        settle: how long backward coefficients get to settle before the first alignment, model units.
        changes: of the task's plasticity, fields and values.

    Raises:
        UsageError: an unknown task or rule, a change that is none, a negative seed, or no moment.
    """

    task: str = option(
        f"One of: {', '.join(TASKS)}; or a .toml or .py file of your own.",
        metavar="TASK",
        argument=True,
        known=known_tasks,
    )
    _: KW_ONLY
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
        if self.task in system_files() or (self.task.endswith(".toml") and _is_system(self.task)):
            raise UsageError(f"unknown task '{self.task}'", hint=_SYSTEM.format(name=self.task))
        task_named(self.task)
        if self.rule is not None and self.rule != OFFLINE:
            rule_named(self.rule, OFFLINE)
        for name, own in (("rule", "`rule`"), ("eta", "`eta`")):
            if name in dict(self.changes):
                raise UsageError(f"'{name}' is no change of a lesson's plasticity", hint=f"give {own} instead")
        if self.eligibility is not None and "eligibility" in dict(self.changes):
            raise UsageError("eligibility is given twice, by `eligibility` and by `changes`", hint="leave one out")
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
        return told_apart(self.task, self.title, known_tasks())

    @property
    def settled(self) -> Lesson:
        """The lesson with the task's own rule, synapses, rate and span where it has none itself.

        A family's name asks for the task's own rule, if that is of the family.
        """
        usual, changes = _usual(self.task, source_of(self.task)), dict(self.changes)
        rule = self.rule
        if rule is None or (rule != OFFLINE and rule == rule_named(usual.rule).family):
            rule = usual.rule
        eligibility = changes.pop("eligibility", usual.eligibility)
        return replace(
            self,
            rule=rule,
            eligibility=eligibility if self.eligibility is None else self.eligibility,
            eta=float(usual.eta if self.eta is None else self.eta),
            span=float(usual.span if self.span is None else self.span),
            changes=tuple(changes.items()),
        )

    @property
    def variant(self) -> Variant:
        """The rule with its synapses."""
        lesson = self.settled
        assert lesson.rule is not None
        color = None if lesson.rule == OFFLINE else rule_named(lesson.rule).color
        return Variant(title_of_rule(lesson.rule), bool(lesson.eligibility) and lesson.rule != OFFLINE, color)

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
        local = replace(lesson, rule="gle") if lesson.rule == OFFLINE else lesson
        changes = {"feedback_seed": self.seed, **dict(lesson.changes)}  # else all seeds had the same feedback weights
        return local.chosen(self.task, lesson.span, self.seed, changes)

    def key(self) -> str:
        """Digest of all that the result depends on: settings, equations, numbers and data."""
        lesson, task = self.settled, self.build()
        named: dict[str, Any] = {**asdict(lesson), "task": self.title, "rule": self.variant.rule}
        named["weights"] = None if self.weights is None else self._weights_digest
        digest = hashlib.sha256(json.dumps(named, sort_keys=True).encode())
        numbers = (task.exam.span, task.exam.settle, task.step, task.window, METHOD)
        digest.update(f"({task.system.text}, {', '.join(map(repr, numbers))})".encode())
        digest.update(repr((EDITION, self.times(task.window, task.step))).encode())
        for text in (source_of(self.task), source_of_rule(lesson.rule or OFFLINE)):
            if text is not None:  # a task's data may be any between the moments below
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

    @property
    def _weights_digest(self) -> str:
        """What tells the weights from others."""
        file, board = place_of(self.weights or "")
        return f"{digest_of([file], file.parent)}:{board}"

    def __getstate__(self) -> dict[str, Any]:
        """All fields, what is in the files that they name, and a rule that was made known: another process has none."""
        files = {"task": files_of(self.task), "rule": files_of_rule(self.rule)}
        files["weights"] = () if self.weights is None else (place_of(self.weights)[0],)
        known = None if self.rule is None else registered(self.rule)
        return {
            **vars(self),
            "registered": known,
            "parcels": {name: Parcel.of(paths) for name, paths in files.items() if paths},
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        parcels: dict[str, Parcel] = state.pop("parcels")
        if (known := state.pop("registered")) is not None:
            keep(known)
        copies = {name: parcel.there(state[name]) for name, parcel in parcels.items() if name != "weights"}
        if (parcel := parcels.get("weights")) is not None:
            file, board = place_of(state["weights"])
            copies["weights"] = parcel.there(str(file)) + ("" if board is None else f":{board}")
        vars(self).update({**state, **copies})


class _Usual(NamedTuple):
    """What a task has by itself; ``span`` is how long its networks learn in studies, model units."""

    rule: str
    eligibility: bool
    eta: float
    span: float


@cache
def _usual(task: str, source: str | None) -> _Usual:
    """What a task has by itself.

    Args:
        task: its name.
        source: what tells its files from others: with other ones it is another task.
    """
    usual = task_named(task)()
    return _Usual(usual.plasticity.rule, usual.plasticity.eligibility, usual.eta, usual.study)


def _is_system(path: str) -> bool:
    """Whether a file that is there describes no task."""
    return Path(path).is_file() and not is_task(path)
