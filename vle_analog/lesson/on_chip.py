"""A lesson learned as a circuit and, on the same data, ideally: three ways to use a board, resumable mark by mark."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.parts import chosen
from vle_analog.circuit.technology import Technology
from vle_analog.compare.metrics import nrmse
from vle_analog.design.design import Settings, design
from vle_analog.equations.system import name_of
from vle_analog.lab.folder import writable, write_whole
from vle_analog.lab.store import read_kept
from vle_analog.lesson.chip import Chip, step_bound
from vle_analog.lesson.chip_run import ChipRun, Excerpt
from vle_analog.lesson.learner import Lesson
from vle_analog.lesson.student import ChipStudent, IdealStudent, Record, follow
from vle_analog.production.grades import Grade
from vle_analog.production.production import Production
from vle_analog.production.rounding import rounded
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.tasks import Task
from vle_analog.tasks.deployment import deployed_system
from vle_analog.waveforms import Waveforms

#: what a board is used for
MODES: Mapping[str, str] = {
    "on-chip": "the circuit learns from the task's start weights",
    "deploy": "weights that the ideal network learned lie in resistor ratios, and nothing learns",
    "fine-tune": "weights that the ideal network learned start as capacitor voltages, and the circuit learns on",
}
#: marks on the way at which the two networks are compared, besides the moments of judgement
MARKS = 100
#: how long a board is fine-tuned unless told otherwise, as a fraction of what the ideal network learned
TUNING = 0.1
#: of the end of the last exam, kept for the eye: model units over the exam's, and points
_EXCERPT, _POINTS = 0.02, 800
#: part of every run's key: to be raised when the same lesson leads to other results; of boards with rounded parts
_EDITION, _ROUNDED_EDITION = 1, 2
#: part of the key of boards of real parts: to be raised when other things scatter
_SCATTER = 2
#: of a board, what every key holds; all else only where it is not as usual
_FIRST = ("mode", "resistors", "capacitors", "series", "tuning", "step")


@dataclass(frozen=True)
class Board:
    """What a lesson is learned on.

    Attributes:
        mode: one of `MODES`.
        resistors, capacitors: relative standard deviations of the parts, drawn by the lesson's seed.
        series: E-series of a deployed board's resistors, whose capacitors are then E12; None for exact ones.
        tuning: how long a fine-tuned board learns, model units; a tenth of the lesson when None.
        step: the simulator's step bound, model units; a tenth of the fastest time constant when None.
        realisation, bandwidth: of looking ahead, as `Settings` has them.
        fidelity: of the parts.
        parts: in single roles, by role.
        offsets: how far parts scatter, over what data sheets say, drawn by the lesson's seed.
        trim: step of the trimmers that null multipliers' offsets, volts; no trimmers when None.
        noise: seed of the noise of its parts; none when None.
        noise_scale: of the noise, over what the parts have.
        grades: blocks whose parts have other deviations.
    """

    mode: str = "on-chip"
    resistors: float = 0.0
    capacitors: float = 0.0
    series: str | None = None
    tuning: float | None = None
    step: float | None = None
    realisation: str = "algebraic"
    bandwidth: float = 100.0
    fidelity: str = "ideal"
    parts: tuple[tuple[str, str], ...] = ()
    offsets: float = 1.0
    trim: float | None = None
    noise: int | None = None
    noise_scale: float = 1.0
    grades: tuple[Grade, ...] = ()

    def settings(self, step: float) -> Settings:
        """How its circuits are designed."""
        return Settings(self.realisation, self.bandwidth, step, self.technology)

    @property
    def technology(self) -> Technology:
        """What it is built with."""
        return chosen(self.fidelity, dict(self.parts))

    def production(self, variation: Variation | None = None) -> Production:
        """How it is made; of its own mismatch unless told otherwise."""
        own = Variation(Tolerance(self.resistors), Tolerance(self.capacitors), grades=self.grades)
        return Production(variation or own, self.offsets, self.trim, self.noise, self.noise_scale)

    def varied(self, circuit: Circuit, seed: int) -> Circuit:
        """The circuit as one board has it. A teacher, which is no part of the board, keeps its values."""
        return self.production().made(circuit, seed)

    def said(self) -> dict[str, Any]:
        """What of it is not as it is by itself."""
        plain = asdict(Board())
        return {name: value for name, value in asdict(self).items() if value != plain[name]}


@dataclass(frozen=True)
class ChipLesson:
    """What determines one run: what is learned, and on what."""

    lesson: Lesson
    board: Board = field(default_factory=Board)

    def key(self) -> str:
        """A digest of all that the result depends on, but for the cells' files."""
        first = {name: getattr(self.board, name) for name in _FIRST}  # what boards had from the beginning
        edition = _EDITION if self.board.series is None else _ROUNDED_EDITION
        board = {**first, **self.board.said()}
        if not self.board.technology.is_ideal:
            board["scatter"] = _SCATTER
        settings = json.dumps({"board": board, "edition": edition, "marks": MARKS}, sort_keys=True)
        return hashlib.sha256(f"{self.lesson.key()}{settings}".encode()).hexdigest()[:24]

    def steps(self) -> int:
        """How often `learn_on_chip` tells that it went on."""
        if self.board.mode == "deploy":
            return 1
        lesson = self.learned_here()
        task = lesson.build()
        return len({*lesson.times(task.window, task.step), *marks(lesson, task)}) + 1

    def learned_here(self) -> Lesson:
        """The lesson that the board itself learns."""
        if self.board.mode != "fine-tune":
            return self.lesson
        return replace(self.lesson, span=self.board.tuning or TUNING * self.lesson.span)

    def bound(self, task: Task) -> float:
        """The simulator's step bound, model units."""
        return self.board.step or step_bound(task)


def learn_on_chip(job: ChipLesson, tell: Callable[[], None] | None = None, folder: Path | None = None) -> ChipRun:
    """Learn as a circuit and ideally.

    Args:
        job: what to learn on what.
        tell: called at every mark.
        folder: where a checkpoint, named by the job's key, is written after every mark and gone on from; nowhere
            when None.

    Raises:
        VleAnalogError: no part values, a failed simulation, or a folder that cannot be written.
    """
    tell = tell or (lambda: None)
    if folder is not None:
        writable(folder)
    job.learned_here().build()  # what it refuses, it refuses before anything runs
    if job.board.mode == "on-chip":
        return _learn(job, job.lesson.build(), None, tell, folder)
    task = job.lesson.build()
    teacher = IdealStudent(task)
    teacher.advance(job.lesson.times(task.window, task.step)[-1])
    found = _deploy(job, task, teacher)
    if job.board.mode == "deploy":
        tell()
        return found
    tuned = replace(job.learned_here().build(), exam=task.exam)
    return _learn(job, starting(tuned, teacher), found.analog.frozen_loss, tell, folder)


def starting(task: Task, student: IdealStudent) -> Task:
    """The task whose network starts with all that a student of it has learned."""
    learned = set(task.system.outputs[2:])
    states = (
        replace(each, initial=student.value(name_of(each.symbol))) if name_of(each.symbol) in learned else each
        for each in task.system.states
    )
    return replace(task, system=task.system.updated(states=tuple(states)))


def marks(lesson: Lesson, task: Task) -> list[float]:
    """Even marks, on the grid of the moments of judgement."""
    unit, end = lesson.grid(MARKS, task.window, task.step)
    places = np.round(np.linspace(0, lesson.span, MARKS + 1)[1:-1] / unit) * unit
    found: list[float] = np.unique(np.append(places[(places > 0) & (places < end)], end)).tolist()
    return found


def _learn(
    job: ChipLesson, task: Task, deployed: float | None, tell: Callable[[], None], folder: Path | None
) -> ChipRun:
    """A circuit with plasticity, led through the lesson beside the ideal."""
    lesson, step = job.learned_here(), job.bound(task)
    moments, places = lesson.times(task.window, task.step), marks(lesson, task)
    circuit = job.board.varied(design(task, job.board.settings(step)).circuit, lesson.seed)
    student, record = ChipStudent(task, circuit, step, folder=folder), Record()
    checkpoint = None if folder is None else folder / f"{job.key()}.checkpoint.json"
    seconds = 0.0
    if checkpoint is not None and (state := _read(checkpoint)):
        record, seconds = Record(**state["record"]), float(state["seconds"])
        student.resume(record.marks[-1], state["nodes"], record.learned[-1], state["points"])
    for _ in record.marks:
        tell()
    started = time.perf_counter() - seconds

    def keep(record: Record) -> None:
        if checkpoint is not None:
            spent = time.perf_counter() - started
            state = {"record": record.to_json(), "nodes": dict(student.chip.nodes), "points": student.chip.points}
            write_whole(checkpoint.parent, {checkpoint.name: json.dumps({**state, "seconds": spent})})
        tell()

    heard_analog = follow(student, task, record, moments, places, keep)
    seconds = time.perf_counter() - started
    ideal, reference = Record(), IdealStudent(task)
    heard_ideal = follow(reference, task, ideal, moments, places)
    variance = _variance(task, heard_ideal)
    names = list(task.learning.parameters)
    return ChipRun(
        ideal=ideal.run(task, variance, time.perf_counter() - started - seconds),
        analog=record.run(task, variance, seconds),
        ideal_course=ideal.course(names),
        analog_course=record.course(names),
        excerpt=_excerpt(task, heard_ideal, heard_analog),
        deployed=deployed,
        parts=circuit.parts,
        points=student.chip.points,
        step=step,
    )


def _deploy(job: ChipLesson, task: Task, student: IdealStudent) -> ChipRun:
    """A circuit without plasticity, its weights resistor ratios, examined once."""
    started = time.perf_counter()
    step, names = job.bound(task), list(task.learning.parameters)
    system = deployed_system(task, student.parameters())
    ready = design(system, job.board.settings(step))
    circuit = rounded(ready.circuit, job.board.series) if job.board.series else ready.circuit
    chip = Chip(job.board.varied(circuit, job.lesson.seed), (task.learning.output, task.learning.target), step)
    analog = chip.examine({}, task.exam.span)
    ideal = student.examine()
    records = {}
    for who, exam in (("ideal", ideal), ("analog", analog)):
        records[who] = Record([student.time], [], [student.learned()])
        records[who].judge(task, student.time, exam)
    variance = _variance(task, ideal)
    return ChipRun(
        ideal=records["ideal"].run(task, variance, 0.0),
        analog=records["analog"].run(task, variance, time.perf_counter() - started),
        ideal_course=records["ideal"].course(names),
        analog_course=records["analog"].course(names),
        excerpt=_excerpt(task, ideal, analog),
        deployed=records["analog"].loss[-1],
        parts=circuit.parts,
        points=chip.points,
        step=step,
    )


def _variance(task: Task, exam: Waveforms) -> float:
    return float(np.var(exam[task.learning.target][exam.time >= task.exam.settle]))


def _excerpt(task: Task, ideal: Waveforms, analog: Waveforms) -> Excerpt:
    """The end of an exam on an even grid, and how far the outputs differ in all of it."""
    output, target, end = task.learning.output, task.learning.target, float(ideal.time[-1])
    judged = ideal.time >= task.exam.settle
    error = nrmse(ideal[output][judged], analog.at(ideal.time)[output][judged])
    grid = np.linspace(end - _EXCERPT * (end - task.exam.settle), end, _POINTS)
    target_there, ideal_there, analog_there = (
        waveforms.at(grid)[name].tolist() for waveforms, name in ((ideal, target), (ideal, output), (analog, output))
    )
    return Excerpt(grid.tolist(), target_there, ideal_there, analog_there, error)


def _read(checkpoint: Path) -> dict[str, Any] | None:
    """What a checkpoint holds; None if there is none, or no whole one."""

    def whole(state: dict[str, Any]) -> dict[str, Any]:
        if not ({"record", "nodes", "points", "seconds"} <= state.keys() and state["record"]["marks"]):
            raise ValueError
        return state

    return read_kept(checkpoint, whole)
