"""Boards of one design for a Monte Carlo study: designed once, varied by number, run side by side and judged."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from vle_analog.circuit.cell.cell import needed
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Drive, Instance
from vle_analog.compare.learning import frozen_loss
from vle_analog.compare.metrics import ComparisonError
from vle_analog.compare.signal_to_noise import (
    signal_to_noise,
)
from vle_analog.design.design import design
from vle_analog.engine.boards import Boards, of_board
from vle_analog.engine.engine import Engine, Stretch
from vle_analog.fleet.sample import (
    Sample,
)
from vle_analog.lab.checkpoint import Halfway
from vle_analog.lesson.on_chip import ChipLesson, starting
from vle_analog.lesson.student import IdealStudent, opened
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.production.devices import device_errors
from vle_analog.production.memory import driven
from vle_analog.production.production import Production
from vle_analog.production.rounding import rounded
from vle_analog.production.values import parts
from vle_analog.production.variation import Variation
from vle_analog.stimulus import Constant, Stimulus
from vle_analog.tasks import Task
from vle_analog.tasks.deployment import deployed_system
from vle_analog.waveforms import Waveforms

#: a lesson goes in so many stretches, between which progress is told and an interruption is heard
STRETCHES = 200
#: of these, how many are put together to one point of the loss on the way
_TOGETHER = 10
#: part of every key: to be raised when the same board comes to other results
_EDITION = 3


@dataclass(frozen=True)
class Line:
    """A production line: one design, from which any board is made by its number.

    Attributes:
        job: what is learned, on what.
        variation: of resistors and capacitors.
        task: that the board itself learns, or is deployed for.
        circuit: of the design, exact.
        bench: what ngspice is asked.
        span: that a board learns, model units; 0 where nothing learns.
        variance: of the target on the exam.
    """

    job: ChipLesson
    variation: Variation
    task: Task
    circuit: Circuit
    bench: Testbench
    span: float
    variance: float

    @property
    def step(self) -> float:
        """Of the engine, and ngspice's bound, model units."""
        return self.job.bound(self.task)

    @property
    def parameters(self) -> list[str]:
        """Signals that learn, in order."""
        return list(self.task.learning.parameters) if self.span else []

    def board(self, number: int) -> Circuit:
        """One board's circuit. A teacher, which is no part of the board, keeps its values and makes no noise."""
        return self.production(number).made(self.circuit, number)

    def production(self, number: int) -> Production:
        """How a board is made; noise, if boards have any, is each one's own."""
        found = self.job.board.production(self.variation)
        return found if found.noise is None else replace(found, noise=number)

    def deck(self, number: int) -> Deck:
        """One board's netlist, which runs alone."""
        return render(self.board(number), self.bench)

    def stretches(self) -> list[float]:
        """Ends of the stretches of learning, model units: whole steps each, the same for any batch."""
        steps = max(1, int(np.ceil(self.span / self.step - 1e-9)))
        ends = np.unique(np.round(np.linspace(0, steps, min(STRETCHES, steps) + 1)[1:]))
        return [float(end) * (self.span / steps) for end in ends]

    @cached_property
    def key(self) -> str:
        """A digest of all that a board's result depends on but its number: lesson, design, cells, variation."""
        digest = hashlib.sha256(f"{_EDITION}/{STRETCHES}/{self.step!r}/{self.job.key()}".encode())
        digest.update(json.dumps(self.variation.to_json(), sort_keys=True).encode())
        for element in self.circuit.elements():
            if isinstance(element, Drive):  # what it plays is in the lesson's key
                digest.update(repr((element.name, element.nodes, element.volts_per_unit)).encode())
            else:
                digest.update(repr(element).encode())
        names = sorted({each.cell for each in self.circuit.elements() if isinstance(each, Instance)})
        for cell in needed(names, self.circuit.cells):
            digest.update(cell.text.encode())
        return digest.hexdigest()[:24]

    @cached_property
    def parts(self) -> list[str]:
        """Full names of all parts that may vary, and of what of them scatters."""
        return sorted(values(self.board(0)))

    def judge(self, exam: Waveforms) -> tuple[float | None, float | None]:
        """Loss and fraction of right answers on an exam, None where there is none."""
        output, target, asked = self.task.learning.output, self.task.learning.target, self.task.exam
        try:
            loss = frozen_loss(exam, output, target, asked.settle, min(asked.span, float(exam.time[-1])))
        except ComparisonError:
            return None, None
        return loss, None if asked.answers is None else asked.answers.right(exam.time, exam[output])

    def noise(self, silent: Waveforms, noisy: Waveforms) -> tuple[float | None, float | None]:
        """Of one board's exam without and with the noise of its parts: loss of the former, power ratio of output and
        what noise adds; None for what is not finite."""
        asked = self.task.exam
        end = min(asked.span, float(silent.time[-1]), float(noisy.time[-1]))
        step = self.job.bound(self.task)
        loss, _ = self.judge(silent)
        return loss, signal_to_noise(silent, noisy, self.task.learning.output, asked.settle, end, step)


def line(job: ChipLesson, variation: Variation) -> Line:
    """Design what all boards have in common; a network learns ideally first where its weights are deployed.

    Raises:
        VleAnalogError: no part values, or equations that no circuit is known for.
    """
    task, board = job.lesson.build(), job.board
    student = IdealStudent(task)
    if board.mode != "on-chip":
        student.advance(job.lesson.times(task.window, task.step)[-1])
    exam = student.examine()
    variance = float(np.var(exam[task.learning.target][exam.time >= task.exam.settle]))
    if board.mode == "deploy":
        ready = design(deployed_system(task, student.parameters()), board.settings(job.bound(task)))
        circuit = rounded(ready.circuit, board.series) if board.series else ready.circuit
        return Line(job, variation, task, circuit, ready.bench, 0.0, variance)
    lesson = job.learned_here()
    if board.mode == "fine-tune":
        task = starting(replace(lesson.build(), exam=task.exam), student)
    ready = design(task, board.settings(job.bound(task)))
    return Line(job, variation, task, ready.circuit, ready.bench, lesson.span, variance)


def run_boards(
    made: Line,
    numbers: Sequence[int],
    threads: int | None = None,
    tell: Callable[[float], None] | None = None,
    folder: Path | None = None,
) -> tuple[list[Sample], np.ndarray]:
    """Run boards side by side; what becomes of one does not depend on which others there are.

    Args:
        made: what they are boards of.
        numbers: of the boards.
        threads: that share them; all cores when None.
        tell: told the fraction that is done.
        folder: where the lesson is kept on the way, every few seconds, and gone on with; nowhere when None.

    Returns:
        One sample each, and the parts' values, shape (boards, parts) in order of ``made.parts``.

    Raises:
        CircuitError: what the engine cannot run.
        OutputError: the folder cannot be read or written.
    """
    tell = tell or (lambda fraction: None)
    started = time.perf_counter()
    rows: list[list[float]] = []

    def each(number: int) -> Circuit:
        circuit = made.board(number)
        found = values(circuit)
        rows.append([found.get(name, 0.0) for name in made.parts])
        return driven(circuit, {"gate": opened(made.task)}) if made.span else circuit

    circuits = map(each, numbers)
    setup = made.task.learning
    silent: Stretch | None = None
    online = np.zeros((0, len(numbers)))
    learned = np.zeros((len(numbers), 0))
    if made.span:
        exam = made.task.exam
        stimuli: dict[str, Stimulus] = {"x": exam.x, "gate": Constant(0.0)}
        if exam.target is not None:
            stimuli["target"] = exam.target
        boards = Boards(
            circuits, made.step, setup.output, setup.target, made.parameters, stimuli, exam.span, threads=threads
        )
        stretches, found = made.stretches(), list[np.ndarray]()
        halfway = Halfway(folder, made.key, numbers)
        if (before := halfway.read()) is not None:
            found, started = list(before["online"]), started - float(before["seconds"])
            boards.engine.restore(before)

        def state() -> dict[str, np.ndarray]:
            seconds = np.array(time.perf_counter() - started)
            return {"online": np.array(found), "seconds": seconds, **boards.engine.state()}

        for end in stretches[len(found) :]:
            found.append(boards.advance(end))
            halfway.keep(state)
            tell(0.9 * len(found) / len(stretches))
        # added up in turn: numpy's own sums depend on how many boards there are
        groups = [found[at : at + _TOGETHER] for at in range(0, len(found), _TOGETHER)]
        online = np.array([sum(group[1:], group[0]) / len(group) for group in groups])
        learned, heard = boards.learned(), boards.examine()
        if boards.engine.makes_noise:
            silent = boards.examine(silent=True)
    else:
        engine = Engine(circuits, made.step, (setup.output, setup.target), threads=threads)
        heard = engine.examine({}, made.task.exam.span)
        if engine.makes_noise:
            silent = engine.examine({}, made.task.exam.span, silent=True)
    exams = [of_board(heard, place) for place in range(len(numbers))]
    judged = [made.judge(exam) for exam in exams]
    noise: list[tuple[float | None, float | None]] = [(None, None)] * len(numbers)
    if silent is not None:
        noise = [made.noise(of_board(silent, place), exam) for place, exam in enumerate(exams)]
    seconds = (time.perf_counter() - started) / len(numbers)
    samples = [
        Sample(number, *judged[place], _plain(online[:, place]), _plain(learned[place]), seconds, *noise[place])
        for place, number in enumerate(numbers)
    ]
    tell(1.0)
    return samples, np.array(rows, np.float32)


def values(circuit: Circuit) -> Mapping[str, float]:
    """Every resistance and capacitance, and everything that scatters, by the part's full name."""
    found = {part.name: part.value for part in parts(circuit)}
    return found | {error.name: error.value for error in device_errors(circuit)}


def _plain(numbers: np.ndarray) -> tuple[float | None, ...]:
    return tuple(float(each) if np.isfinite(each) else None for each in numbers)
