"""A lesson learned as a circuit and, on the same data, ideally: three ways to use a board, resumable mark by mark."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.compare.learning import variance
from vle_analog.compare.metrics import nrmse
from vle_analog.design.design import design
from vle_analog.equations.system import name_of
from vle_analog.lab.folder import writable, write_whole
from vle_analog.lab.store import read_kept
from vle_analog.learning.learned import kinds_of
from vle_analog.lesson.board import Board
from vle_analog.lesson.chip import Chip
from vle_analog.lesson.chip_run import ChipRun, Excerpt
from vle_analog.lesson.lesson import Lesson
from vle_analog.lesson.student import ChipStudent, IdealStudent, Record, follow
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.simulator import Simulator
from vle_analog.tasks import Task
from vle_analog.tasks.deployment import deployed_system
from vle_analog.waveforms import Waveforms

#: of the end of the last exam, kept for the eye: model units over the exam's, and points
_EXCERPT, _POINTS = 0.02, 800


def steps(board: Board) -> int:
    """How often `learn_on_chip` tells that it went on."""
    if board.mode == "deploy":
        return 1
    lesson = board.learned_here
    task = lesson.build()
    return len({*lesson.times(task.window, task.step), *marks(lesson, task, board.marks)}) + 1


def checkpoint(folder: Path, key: str) -> Path:
    """The file in which a board that learns is kept on its way.

    Args:
        folder: that it lies in.
        key: of the board.
    """
    return folder / f"{key}.checkpoint.json"


def learn_on_chip(
    board: Board,
    tell: Callable[[], None] | None = None,
    folder: Path | None = None,
    simulator: Simulator | None = None,
) -> ChipRun:
    """Learn as a circuit and ideally.

    Args:
        board: what to learn on what.
        tell: called at every mark.
        folder: where a checkpoint, named by the board's key, is written after every mark and gone on from; nowhere
            when None.
        simulator: runs the circuit; ngspice when None.

    Raises:
        VleAnalogError: no part values, a failed simulation, or a folder that cannot be written.
    """
    tell, simulator = tell or (lambda: None), simulator or Ngspice()
    if folder is not None:
        writable(folder)
    board.learned_here.build()  # what it refuses, it refuses before anything runs
    if board.mode == "on-chip":
        return _learn(board, board.taught.build(), tell, folder, simulator)
    task = board.taught.build()
    teacher = IdealStudent(task)
    if not task.ready:
        teacher.advance(board.taught.times(task.window, task.step)[-1])
    deployed = _deploy(board, task, teacher, simulator)
    if board.mode == "deploy":
        tell()
        return deployed
    tuned = replace(board.learned_here.build(), exam=task.exam)
    run = _learn(board, starting(tuned, teacher), tell, folder, simulator)
    return replace(run, deployed=deployed.analog.frozen_loss)


def starting(task: Task, student: IdealStudent) -> Task:
    """The task whose network starts with all that a student of it has learned."""
    learned = {each.name for each in task.learned}
    states = (
        replace(state, initial=student.value(name_of(state.symbol))) if name_of(state.symbol) in learned else state
        for state in task.system.states
    )
    return replace(task, system=task.system.updated(states=tuple(states)))


def marks(lesson: Lesson, task: Task, number: int) -> list[float]:
    """Even marks on the way, model units, on the grid of the moments of judgement; the last one ends the lesson.

    Args:
        lesson: that is learned.
        task: which it builds.
        number: of marks, where the grid is fine enough.
    """
    unit, end = lesson.grid(number, task.window, task.step)
    places = np.round(np.linspace(0, lesson.length, number + 1)[1:-1] / unit) * unit
    inside: list[float] = np.unique(np.append(places[(places > 0) & (places < end)], end)).tolist()
    return inside


def _learn(board: Board, task: Task, tell: Callable[[], None], folder: Path | None, simulator: Simulator) -> ChipRun:
    """Lead a circuit with plasticity through the lesson beside the ideal."""
    lesson, step = board.learned_here, board.bound(task)
    moments, places = lesson.times(task.window, task.step), marks(lesson, task, board.marks)
    circuit = board.made(design(task, board.building(task)).circuit, lesson.seed)
    student, record = ChipStudent(task, circuit, step, folder, simulator), Record()
    path = None if folder is None else checkpoint(folder, board.key())
    seconds = 0.0
    if path is not None and (state := _read(path)):
        record, seconds = Record(**state["record"]), float(state["seconds"])
        student.resume(record.marks[-1], state["nodes"], record.learned[-1], state["points"])
    for _ in record.marks:
        tell()
    started = time.perf_counter() - seconds

    def keep(record: Record) -> None:
        if path is not None:
            spent = time.perf_counter() - started
            state = {"record": record.to_json(), "nodes": dict(student.chip.nodes), "points": student.chip.points}
            write_whole(path.parent, {path.name: json.dumps({**state, "seconds": spent})})
        tell()

    heard_analog = follow(student, task, record, moments, places, keep)
    seconds = time.perf_counter() - started
    ideal, reference = Record(), IdealStudent(task)
    heard_ideal = follow(reference, task, ideal, moments, places)
    spread = variance(heard_ideal, task.learning.targets, task.exam.settle)
    names = list(task.learning.parameters)
    return ChipRun(
        ideal=ideal.run(task, spread, time.perf_counter() - started - seconds),
        analog=record.run(task, spread, seconds),
        ideal_course=ideal.course(names),
        analog_course=record.course(names),
        excerpt=_excerpt(task, heard_ideal, heard_analog),
        parts=circuit.parts,
        points=student.chip.points,
        step=step,
        kinds=kinds_of(task.learned),
    )


def _deploy(board: Board, task: Task, student: IdealStudent, simulator: Simulator) -> ChipRun:
    """Examine a circuit without plasticity once, its weights resistor ratios, beside the student that learned them."""
    started = time.perf_counter()
    step, names = board.bound(task), list(task.learning.parameters)
    system = deployed_system(task, student.parameters())
    ready = design(system, board.building(task))
    circuit = ready.circuit
    probes = task.learning.pairs
    chip = Chip(board.made(circuit, board.lesson.seed), probes, step, simulator=simulator)
    analog = chip.examine({}, task.exam.span)
    ideal = student.examine()
    records = {}
    for who, exam in (("ideal", ideal), ("analog", analog)):
        records[who] = Record([student.time], [], [student.learned()])
        records[who].judge(task, student.time, exam)
    spread = variance(ideal, task.learning.targets, task.exam.settle)
    return ChipRun(
        ideal=records["ideal"].run(task, spread, 0.0),
        analog=records["analog"].run(task, spread, time.perf_counter() - started),
        ideal_course=records["ideal"].course(names),
        analog_course=records["analog"].course(names),
        excerpt=_excerpt(task, ideal, analog),
        deployed=records["analog"].loss[-1],
        parts=circuit.parts,
        points=chip.points,
        step=step,
        kinds=kinds_of(task.learned),
    )


def _excerpt(task: Task, ideal: Waveforms, analog: Waveforms) -> Excerpt:
    """The end of an exam on an even grid, of the output that differs most in all of it, and how far it does."""
    signals, end = task.learning, float(ideal.time[-1])
    judged, there = ideal.time >= task.exam.settle, analog.at(ideal.time)
    errors = [nrmse(ideal[output][judged], there[output][judged]) for output in signals.outputs]
    worst = int(np.argmax(errors))
    output, target = signals.outputs[worst], signals.targets[worst]
    grid = np.linspace(end - _EXCERPT * (end - task.exam.settle), end, _POINTS)
    target_there, ideal_there, analog_there = (
        waveforms.at(grid)[name].tolist() for waveforms, name in ((ideal, target), (ideal, output), (analog, output))
    )
    return Excerpt(grid.tolist(), target_there, ideal_there, analog_there, errors[worst], output)


def _read(checkpoint: Path) -> dict[str, Any] | None:
    """What a checkpoint holds; None where there is none, or no whole one."""

    def whole(state: dict[str, Any]) -> dict[str, Any]:
        if not ({"record", "nodes", "points", "seconds"} <= state.keys() and state["record"]["marks"]):
            raise ValueError
        return state

    return read_kept(checkpoint, whole)
