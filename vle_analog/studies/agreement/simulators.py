"""Boards in both simulators: what learned on the way, and the exam with weights held."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vle_analog.engine.boards import Boards, Questions, of_board
from vle_analog.engine.engine import Engine
from vle_analog.fleet.lesson_blueprint import LessonBlueprint
from vle_analog.lesson.chip import Chip
from vle_analog.lesson.student import ChipStudent, opened, questions
from vle_analog.production.memory import driven
from vle_analog.simulate.simulator import Simulator
from vle_analog.studies.agreement.result import Account

#: marks on the way at which what was learned is compared; before the first stretch nothing is learned, and ngspice has
#: not run: it would tell the values as designed, the engine what the parts at the readout make of them
MARKS = 20


def in_ngspice(
    blueprint: LessonBlueprint, board: int, simulator: Simulator, finer: float, tell: Callable[[float], None]
) -> Account:
    """One board in ngspice.

    Args:
        blueprint: what it is a board of.
        board: its number.
        simulator: ngspice.
        finer: its step bound is the engine's step over this.
        tell: told the fraction that is done.

    Raises:
        SimulationError: ngspice failed.
    """
    step, task = blueprint.step / finer, blueprint.task
    if not blueprint.span:
        chip = Chip(blueprint.board(board), probes(blueprint), step, simulator=simulator)
        exam = chip.examine({}, task.exam.span)
        tell(1.0)
        return Account(exam, np.zeros(0), np.zeros((0, 0)))
    student, marks = ChipStudent(task, blueprint.board(board), step, simulator=simulator), _marks(blueprint)
    course = []
    for place, mark in enumerate(marks, 1):
        student.advance(mark)
        course.append(student.learned())
        tell(place / (len(marks) + 1))
    exam = student.examine().select(task.learning.pairs)
    tell(1.0)
    return Account(exam, np.array(marks), np.array(course))


def in_engine(blueprint: LessonBlueprint, boards: Sequence[int]) -> list[Account]:
    """Boards in the engine, side by side.

    Raises:
        CircuitError: what the engine cannot run.
    """
    circuits = [blueprint.board(board) for board in boards]
    task, setup = blueprint.task, blueprint.task.learning
    if not blueprint.span:
        heard = Engine(circuits, blueprint.step, probes(blueprint), single=blueprint.single).examine({}, task.exam.span)
        return [Account(of_board(heard, place), np.zeros(0), np.zeros((0, 0))) for place in range(len(boards))]
    learning = Boards(
        [driven(circuit, {"gate": opened(task)}) for circuit in circuits],
        blueprint.step,
        setup.pairs,
        blueprint.parameters,
        Questions(questions(task.exam), task.exam.span),
    )
    marks = _marks(blueprint)
    course = []
    for mark in marks:
        learning.advance(mark)
        course.append(learning.learned())
    heard, table = learning.examine(), np.array(course)
    return [Account(of_board(heard, place), np.array(marks), table[:, place]) for place in range(len(boards))]


def probes(blueprint: LessonBlueprint) -> tuple[str, ...]:
    """Outputs of all neurons, and the target."""
    task = blueprint.task
    outputs = {
        f"r{number}" if layer.size == 1 else f"r{number}_{neuron}"
        for number, layer in enumerate(task.layers, 1)
        for neuron in range(layer.size)
    }
    neurons = [name for name in blueprint.circuit.volts_per_unit if name in outputs]
    return tuple(dict.fromkeys([*neurons, *task.learning.pairs]))


def _marks(blueprint: LessonBlueprint) -> list[float]:
    """Times at which what was learned is compared, model units."""
    ends = blueprint.stretches()
    places = np.unique(np.linspace(0, len(ends), MARKS + 1)[1:].astype(int))
    return [ends[place - 1] for place in places]
