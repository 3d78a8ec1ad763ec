"""Who learns: a network as its ideal equations, or as a circuit. Both are led through the same lesson."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.compare.learning import frozen_loss, squared_error
from vle_analog.compare.metrics import window_means
from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import shape_of
from vle_analog.learning.learned import deployable
from vle_analog.lesson.chip import Chip
from vle_analog.lesson.chip_run import Course
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.production.memory import driven
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.learners import FrozenNetwork
from vle_analog.reference.tableau import RK4
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.simulator import Simulator
from vle_analog.stimulus import Constant, Gate, Stimulus
from vle_analog.tasks import Task
from vle_analog.tasks.task import Exam
from vle_analog.waveforms import Waveforms

#: steps that are prepared at once
_CHUNK = 50_000


class Student(Protocol):
    """A network in the middle of learning."""

    @property
    def time(self) -> float:
        """How far it learned, model units."""

    def advance(self, until: float) -> float:
        """Learn on, and say the mean of ``(target - output)^2`` on the way, plasticity on.

        Args:
            until: model units from the very beginning.
        """

    def learned(self) -> list[float]:
        """Everything that learns, in the order of the task's learned parameters."""

    def examine(self) -> Waveforms:
        """Output and target on the task's exam, weights frozen."""


def opened(task: Task) -> Gate:
    """The task's gate, which opens when powers of signals are known, left open: an exam closes it."""
    return task.plasticity.gate(Gate(task.stream.gate.on, math.inf))


def questions(exam: Exam) -> dict[str, Stimulus]:
    """What the sources of a circuit that learns play in an exam, by name; the gate is closed."""
    return {**exam.played, "gate": Constant(0.0)}


def answered(task: Task, exam: Waveforms) -> float | None:
    """The fraction of right answers on the task's exam; None where answers are not right or wrong."""
    if task.exam.answers is None:
        return None
    outputs = np.stack([exam[name] for name in task.learning.outputs], axis=1)
    return task.exam.answers.right(exam.time, outputs)


class IdealStudent:
    """The equations, integrated by a method of order four, from whose error a circuit's can be told.

    Args:
        task: what to learn.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        gate = opened(task)
        inputs = (
            replace(each, stimulus=gate) if isinstance(each.stimulus, Gate) else each for each in task.system.inputs
        )
        self.integrator = Integrator(resolve(task.system.updated(inputs=tuple(inputs))), RK4)
        self.frozen = FrozenNetwork(task.layers, task.teacher, task.step, RK4)
        self.state = self.integrator.initial()
        self.time = 0.0
        self._pair = task.system.outputs[:2]
        instances = [instance for each in task.learned for instance in each.instances]
        places = self.integrator.columns([each.name for each in task.learned], "y")
        self._places = dict(zip(instances, places, strict=True))

    def advance(self, until: float) -> float:
        step, signals = self.task.step, self.task.learning
        squares, count = 0.0, round((until - self.time) / step)
        for start in range(0, count, _CHUNK):
            times = self.time + step * np.arange(start, min(start + _CHUNK, count) + 1)
            inputs = self.integrator.driving(np.asarray(times, np.float64))
            records = self.integrator.march(self.state, inputs, np.full(len(times) - 1, step), self._pair)
            outputs = records[:, : len(signals.outputs)]
            targets = records[:, len(signals.outputs) :] if self._taught else self._heard(times[:-1])
            squares += float(np.sum((targets - outputs) ** 2))
        self.time = until
        return squares / max(1, count)

    @property
    def _taught(self) -> bool:
        """Whether a teacher beside the network gives the targets."""
        return self.task.stream.targets is None

    def _heard(self, times: np.ndarray) -> np.ndarray:
        """Targets at some times, shape (n, outputs)."""
        return np.stack([each(times) for each in self.task.stream.targets or ()], axis=1)

    def learned(self) -> list[float]:
        return [float(self.state[self._places[name]]) for name in self.task.learning.parameters]

    def value(self, template: str) -> np.ndarray:
        """A state's values as they are now, in its shape."""
        layout = self.integrator.layout
        return self.state[layout.span(template)].reshape(shape_of(layout.symbols[template])).copy()

    def parameters(self) -> dict[str, np.ndarray]:
        """Weights, biases and time constants by template name (``w1``, ``b1``, ``tau_m1``, ...)."""
        return {each.parameter: each.as_parameter(self.value(each.name)) for each in deployable(self.task.learned)}

    def examine(self) -> Waveforms:
        exam, signals = self.task.exam, self.task.learning
        time, outputs, targets = self.frozen.run(self.parameters(), exam.inputs, exam.targets, exam.span)
        return Waveforms(time, dict(zip(signals.pairs, (*outputs.T, *targets.T), strict=True)))


class ChipStudent:
    """A circuit of the task's equations; its gate is open while it learns and closed in an exam.

    Args:
        task: what to learn.
        circuit: of the task's equations.
        step: the simulator's step bound, model units.
        folder: where the simulator works; a new one among the system's temporary files when None.
        simulator: runs the circuit; ngspice when None.
    """

    def __init__(
        self,
        task: Task,
        circuit: Circuit,
        step: float,
        folder: Path | None = None,
        simulator: Simulator | None = None,
    ) -> None:
        self.task = task
        signals = task.learning
        self.parameters = list(signals.parameters)
        circuit = driven(circuit, {"gate": opened(task)})
        probes = (*signals.pairs, *self.parameters)
        self.chip = Chip(circuit, probes, step, folder=folder, simulator=simulator or Ngspice())
        self._learned: list[float] | None = None

    @property
    def time(self) -> float:
        return self.chip.time

    def resume(self, time: float, nodes: Mapping[str, float], learned: Sequence[float], points: int) -> None:
        """Put this student where another one of the same circuit stood."""
        self.chip.time, self.chip.nodes, self.chip.points = time, nodes, points
        self._learned = list(learned)

    def advance(self, until: float) -> float:
        start, signals = self.chip.time, self.task.learning
        stretch = self.chip.advance(until)
        self._learned = [float(stretch[name][-1]) for name in self.parameters]
        time, squares = squared_error(stretch, signals.outputs, signals.targets)
        return float(window_means(time, squares, np.array([start, until]))[0])

    def learned(self) -> list[float]:
        """Everything that learns, as `Student` says; before the first stretch, the equations' start values."""
        if self._learned is None:
            self._learned = IdealStudent(self.task).learned()
        return self._learned

    def examine(self) -> Waveforms:
        exam = self.task.exam
        return self.chip.examine(questions(exam), exam.span)


@dataclass
class Record:
    """How far a student came, and what was found on the way.

    Attributes:
        marks: times so far, model units, the first at 0.
        online: mean squared error between two marks.
        learned: everything that learns at the marks.
        moments: the marks at which the student was judged.
        loss, accuracy: then, weights frozen.
    """

    marks: list[float] = field(default_factory=list)
    online: list[float] = field(default_factory=list)
    learned: list[list[float]] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Plain data: lists of numbers."""
        return asdict(self)

    def course(self, names: Sequence[str]) -> Course:
        """The course of learning.

        Args:
            names: of what learns, in order.
        """
        learned = dict(zip(names, np.array(self.learned).T, strict=True))
        return Course(np.array(self.marks), np.array(self.online), learned)

    def judge(self, task: Task, time: float, exam: Waveforms) -> None:
        """Add a moment of judgement.

        Args:
            task: that is learned.
            time: of the moment, model units.
            exam: that was taken then.
        """
        signals = task.learning
        end = min(task.exam.span, float(exam.time[-1]))
        self.moments.append(time)
        self.loss.append(frozen_loss(exam, signals.outputs, signals.targets, task.exam.settle, end))
        if (right := answered(task, exam)) is not None:
            self.accuracy.append(right)

    def run(self, task: Task, variance: float, seconds: float) -> LearningRun:
        """The moments of judgement, as a run.

        Args:
            task: that was learned.
            variance: of the target on the exams.
            seconds: that it took.
        """
        ends, widths = np.array(self.marks[1:]), np.diff(self.marks)
        online = []
        for low, high in pairwise(self.moments):
            inside = (ends > low) & (ends <= high)
            online.append(float(np.average(np.array(self.online)[inside], weights=widths[inside])))
        values = zip(task.learning.parameters.items(), self.learned[-1], strict=True)
        return LearningRun(
            rule=task.variant.rule,
            eligibility=task.variant.eligibility,
            eta=task.eta,
            seed=task.seed,
            time=self.moments,
            loss=self.loss,
            variance=variance,
            accuracy=self.accuracy,
            online=online,
            learned={name: [value, taught] for (name, taught), value in values},
            seconds=seconds,
        )


def follow(
    student: Student,
    task: Task,
    record: Record,
    moments: Sequence[float],
    marks: Sequence[float],
    keep: Callable[[Record], None] | None = None,
) -> Waveforms:
    """Lead a student through a lesson, on from where the record ends.

    Args:
        student: standing at the record's last mark.
        task: that it learns.
        record: of what was found; extended.
        moments: of judgement, besides time zero.
        marks: on the way.
        keep: called after every mark.

    Returns:
        The last exam.
    """
    keep = keep or (lambda record: None)
    exam: Waveforms | None = None
    if not record.marks:
        record.judge(task, 0.0, student.examine())
        record.marks.append(0.0)
        record.learned.append(student.learned())
        keep(record)
    for mark in sorted({*marks, *moments}):
        if mark <= record.marks[-1]:
            continue
        online = student.advance(mark)
        if mark in moments:
            exam = student.examine()
            record.judge(task, mark, exam)
        record.online.append(online)
        record.learned.append(student.learned())
        record.marks.append(mark)
        keep(record)
    return exam or student.examine()  # a record that was whole already
