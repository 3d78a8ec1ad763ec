"""Boards of one design: designed once, varied by number, run side by side in the engine and judged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.circuit.cell.cell import needed
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Drive, Instance
from vle_analog.compare.learning import frozen_loss
from vle_analog.compare.metrics import ComparisonError
from vle_analog.compare.signal_to_noise import signal_to_noise
from vle_analog.design.design import design
from vle_analog.engine.boards import Boards, Questions, of_board
from vle_analog.engine.engine import Engine, Stretch
from vle_analog.engine.figures import lags_as_stated
from vle_analog.fleet.sample import Sample
from vle_analog.lab.checkpoint import Checkpoint
from vle_analog.lesson.board import Board
from vle_analog.lesson.on_chip import starting
from vle_analog.lesson.student import IdealStudent, opened
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.production.devices import device_errors
from vle_analog.production.memory import driven
from vle_analog.production.rounding import rounded
from vle_analog.production.values import parts
from vle_analog.stimulus import Constant, Stimulus
from vle_analog.tasks import Task
from vle_analog.tasks.deployment import deployed_system
from vle_analog.waveforms import Waveforms

#: a lesson goes in so many stretches, between which progress is told and an interruption is heard
STRETCHES = 200
#: of these, how many are put together to one point of the loss on the way
_TOGETHER = 10
#: part of every key: to be raised when the same board comes to other results. 4: ideal dividers no longer lag
_EDITION = 4
#: the same for boards with parts that lag by a stated bandwidth: these were taken for numbers of megahertz once, which
#: changed nothing where they are whole numbers of them
_STATED_EDITION = b"2"


@dataclass(frozen=True)
class Blueprint:
    """One design, from which any board is made by its number.

    Attributes:
        asked: what all boards are made from.
        task: that a board itself learns, or is deployed for.
        circuit: of the design, exact.
        bench: what ngspice is asked.
        span: that a board learns, model units; 0 where nothing learns.
        variance: of the target on the exam.
    """

    asked: Board
    task: Task
    circuit: Circuit
    bench: Testbench
    span: float
    variance: float

    @staticmethod
    def of(board: Board) -> Blueprint:
        """Design what all boards have in common; a network learns ideally first where its weights are deployed.

        Raises:
            VleAnalogError: no part values, or equations that no circuit is known for.
        """
        board = replace(board, lesson=replace(board.lesson, moments=1))  # boards are judged once: at the end
        task = board.lesson.build()
        student = IdealStudent(task)
        if board.mode != "on-chip":
            student.advance(board.lesson.times(task.window, task.step)[-1])
        exam = student.examine()
        variance = float(np.var(exam[task.learning.target][exam.time >= task.exam.settle]))
        if board.mode == "deploy":
            ready = design(deployed_system(task, student.parameters()), board.building(task))
            circuit = rounded(ready.circuit, board.series) if board.series else ready.circuit
            return Blueprint(board, task, circuit, ready.bench, 0.0, variance)
        lesson = board.learned_here
        if board.mode == "fine-tune":
            task = starting(replace(lesson.build(), exam=task.exam), student)
        ready = design(task, board.building(task))
        return Blueprint(board, task, ready.circuit, ready.bench, lesson.length, variance)

    @property
    def step(self) -> float:
        """Step of the engine, and ngspice's bound, model units."""
        return self.asked.bound(self.task)

    @property
    def parameters(self) -> list[str]:
        """Signals that learn, in order."""
        return list(self.task.learning.parameters) if self.span else []

    def board(self, number: int) -> Circuit:
        """One board's circuit. A teacher, which is no part of the board, keeps its values and makes no noise."""
        return self.asked.made(self.circuit, number)

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
        """Digest of all that a board's result depends on but its number: lesson, design, cells, variation."""
        variation = self.asked.production.variation
        digest = hashlib.sha256(f"{_EDITION}/{STRETCHES}/{self.step!r}/{self.asked.exact.key()}".encode())
        digest.update(json.dumps(variation.to_json(), sort_keys=True).encode())
        for element in self.circuit.elements():
            if isinstance(element, Drive):  # what it plays is in the lesson's key
                digest.update(repr((element.name, element.nodes, element.volts_per_unit)).encode())
            else:
                digest.update(repr(element).encode())
        names = sorted({each.cell for each in self.circuit.elements() if isinstance(each, Instance)})
        for cell in needed(names, self.circuit.cells):
            digest.update(cell.subckt.encode())
            if lags_as_stated(cell) and cell.sheet.figures["bandwidth"].value % 1e6:
                digest.update(_STATED_EDITION)
        return digest.hexdigest()[:24]

    def settings(self) -> dict[str, Any]:
        """The lesson's numbers, for records."""
        return {
            "rule": self.task.rule,
            "eta": self.task.eta,
            **dict(self.asked.lesson.changes),
            "seed": self.asked.lesson.seed,
            "span": self.span or self.asked.lesson.length,
            "step": self.step,
        }

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
        """Figures of one exam without and with the noise of the parts: loss of the former, power ratio of output and
        what noise adds; None for what is not finite."""
        asked = self.task.exam
        end = min(asked.span, float(silent.time[-1]), float(noisy.time[-1]))
        loss, _ = self.judge(silent)
        return loss, signal_to_noise(
            silent, noisy, self.task.learning.output, asked.settle, end, self.asked.bound(self.task)
        )


@dataclass(frozen=True)
class _Heard:
    """What boards came to.

    Attributes:
        exam: output and target with the weights held.
        silent: the same without the noise of the parts; None where these make none.
        online: mean squared error on the way, shape (points, boards).
        learned: what they learned, shape (boards, parameters).
    """

    exam: Stretch
    silent: Stretch | None
    online: np.ndarray
    learned: np.ndarray


def run_boards(
    blueprint: Blueprint,
    numbers: Sequence[int],
    threads: int | None = None,
    tell: Callable[[float], None] | None = None,
    folder: Path | None = None,
) -> tuple[list[Sample], np.ndarray]:
    """Run boards side by side; what becomes of one does not depend on which others there are.

    Args:
        blueprint: what they are boards of.
        numbers: of the boards.
        threads: that share them; all cores when None.
        tell: told the fraction that is done.
        folder: where the lesson is kept on the way, every few seconds, and gone on with; nowhere when None.

    Returns:
        One sample each, and the parts' values, shape (boards, parts) in order of ``blueprint.parts``.

    Raises:
        CircuitError: what the engine cannot run.
        OutputError: the folder cannot be read or written.
    """
    tell = tell or (lambda fraction: None)
    checkpoint = Checkpoint(folder, blueprint.key, numbers)
    rows: list[list[float]] = []
    circuits = _circuits(blueprint, numbers, rows)
    if blueprint.span:
        heard = _taught(blueprint, circuits, checkpoint, threads, tell)
    else:
        heard = _examined(blueprint, circuits, threads)
    samples = _samples(blueprint, numbers, heard, checkpoint)
    tell(1.0)
    return samples, np.array(rows, np.float32)


def _circuits(blueprint: Blueprint, numbers: Sequence[int], rows: list[list[float]]) -> Iterator[Circuit]:
    """Boards one by one, their gates open where they learn; the values of each one's parts are added to the rows."""
    for number in numbers:
        circuit = blueprint.board(number)
        own = values(circuit)
        rows.append([own.get(name, 0.0) for name in blueprint.parts])
        yield driven(circuit, {"gate": opened(blueprint.task)}) if blueprint.span else circuit


def _taught(
    blueprint: Blueprint,
    circuits: Iterable[Circuit],
    checkpoint: Checkpoint,
    threads: int | None,
    tell: Callable[[float], None],
) -> _Heard:
    """Boards that learn, and are examined then; a lesson that was interrupted goes on where it was."""
    exam, setup = blueprint.task.exam, blueprint.task.learning
    stimuli: dict[str, Stimulus] = {"x": exam.x, "gate": Constant(0.0)}
    if exam.target is not None:
        stimuli["target"] = exam.target
    boards = Boards(
        circuits,
        blueprint.step,
        (setup.output, setup.target),
        blueprint.parameters,
        Questions(stimuli, exam.span),
        threads,
    )
    ends, losses = blueprint.stretches(), list[np.ndarray]()
    if (before := checkpoint.read()) is not None:
        losses = list(before["online"])
        boards.engine.restore(before)
    for end in ends[len(losses) :]:
        losses.append(boards.advance(end))
        checkpoint.keep(lambda: {"online": np.array(losses), **boards.engine.state()})
        tell(0.9 * len(losses) / len(ends))
    # added up in turn: numpy's own sums depend on how many boards there are
    groups = [losses[at : at + _TOGETHER] for at in range(0, len(losses), _TOGETHER)]
    online = np.array([sum(group[1:], group[0]) / len(group) for group in groups])
    learned, heard = boards.learned(), boards.examine()
    silent = boards.examine(silent=True) if boards.engine.makes_noise else None
    return _Heard(heard, silent, online, learned)


def _examined(blueprint: Blueprint, circuits: Iterable[Circuit], threads: int | None) -> _Heard:
    """Boards on which nothing learns, examined."""
    setup, span = blueprint.task.learning, blueprint.task.exam.span
    engine = Engine(circuits, blueprint.step, (setup.output, setup.target), threads=threads)
    exam = engine.examine({}, span)
    silent = engine.examine({}, span, silent=True) if engine.makes_noise else None
    return _Heard(exam, silent, np.zeros((0, engine.samples)), np.zeros((engine.samples, 0)))


def _samples(blueprint: Blueprint, numbers: Sequence[int], heard: _Heard, checkpoint: Checkpoint) -> list[Sample]:
    """Boards, judged by their exams."""
    exams = [of_board(heard.exam, place) for place in range(len(numbers))]
    judged = [blueprint.judge(exam) for exam in exams]
    noise: list[tuple[float | None, float | None]] = [(None, None)] * len(numbers)
    if heard.silent is not None:
        noise = [blueprint.noise(of_board(heard.silent, place), exam) for place, exam in enumerate(exams)]
    seconds = checkpoint.seconds / len(numbers)
    return [
        Sample(
            number,
            *judged[place],
            _plain(heard.online[:, place]),
            _plain(heard.learned[place]),
            seconds,
            *noise[place],
        )
        for place, number in enumerate(numbers)
    ]


def values(circuit: Circuit) -> Mapping[str, float]:
    """Every resistance and capacitance, and everything that scatters, by the part's full name."""
    found = {part.name: part.value for part in parts(circuit)}
    return found | {error.name: error.value for error in device_errors(circuit)}


def _plain(numbers: np.ndarray) -> tuple[float | None, ...]:
    return tuple(float(number) if np.isfinite(number) else None for number in numbers)
