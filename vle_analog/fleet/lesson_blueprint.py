"""Boards that learn a lesson, or for which a network learned one: taught and examined, in the engine or in ngspice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.panel import Panel
from vle_analog.compare.criterion import LOSS_WORDS
from vle_analog.compare.learning import frozen_loss
from vle_analog.compare.learning import variance as target_variance
from vle_analog.compare.metrics import ComparisonError
from vle_analog.compare.signal_to_noise import signal_to_noise
from vle_analog.design.design import design
from vle_analog.engine.boards import Boards, Questions
from vle_analog.engine.engine import Engine
from vle_analog.fleet.blueprint import NGSPICE_STRETCHES, STRETCHES, Blueprint, Heard, together
from vle_analog.lab.checkpoint import Checkpoint
from vle_analog.lesson.board import Board
from vle_analog.lesson.chip import Chip
from vle_analog.lesson.on_chip import starting
from vle_analog.lesson.student import ChipStudent, IdealStudent, answered, opened, questions
from vle_analog.production.memory import driven
from vle_analog.simulate.simulator import Simulator
from vle_analog.tasks import Task
from vle_analog.tasks.deployment import deployed_system
from vle_analog.waveforms import Waveforms


@dataclass(frozen=True)
class LessonBlueprint(Blueprint):
    """A design whose boards learn, or have learned.

    Attributes:
        asked: what all boards are made from.
        variance: of the target on the exam.
        task: that a board itself learns, or is deployed for.
        span: that a board learns, model units; 0 where nothing learns.
    """

    asked: Board
    task: Task
    span: float

    @staticmethod
    def of(board: Board, part: float = 1.0) -> LessonBlueprint:
        """Design what all boards have in common; a network learns ideally first where its weights are deployed.

        Args:
            board: that is asked for.
            part: of what the network learns ideally first. With less boards have other weights, and run as fast.

        Raises:
            VleAnalogError: no part values, or equations that no circuit is known for.
        """
        board = replace(board, lesson=replace(board.lesson, moments=1))  # boards are judged once: at the end
        task = board.taught.build()
        student = IdealStudent(task)
        student.advance(part * learned_before(board, task))
        exam = student.examine()
        variance = target_variance(exam, task.learning.targets, task.exam.settle)
        if board.mode == "deploy":
            ready = design(deployed_system(task, student.parameters()), board.building(task))
            span = 0.0
        else:
            lesson = board.learned_here
            if board.mode == "fine-tune":
                task = starting(replace(lesson.build(), exam=task.exam), student)
            ready, span = design(task, board.building(task)), lesson.length
        return LessonBlueprint(
            board, ready.circuit, ready.bench, ready.outputs, variance, task, span, built=ready.built
        )

    @property
    def bound(self) -> float:
        return self.asked.bound(self.task)

    @property
    def single(self) -> bool:  # a lesson is long, an exam short
        return self.span > 0

    @property
    def length(self) -> float:
        return self.span + self.task.exam.span

    @property
    def recorded(self) -> float:
        return len(self.task.learning.pairs) * self.task.exam.span / self.step

    @property
    def measured(self) -> str:
        return LOSS_WORDS

    @property
    def parameters(self) -> list[str]:
        return list(self.task.learning.parameters) if self.span else []

    def ideal_loss(self) -> float:
        """Loss over variance, weights held, of the ideal equations that learned the same lesson."""
        student, task = IdealStudent(self.task), self.task
        if self.span:
            student.advance(self.stretches()[-1])
        else:
            student.advance(learned_before(self.asked, task))
        loss, _ = self.judge(student.examine())
        return np.inf if loss is None else loss / self.variance

    def settings(self) -> dict[str, Any]:
        return {
            "rule": self.asked.lesson.variant,
            "eta": self.task.eta,
            **dict(self.asked.taught.changes),
            **self.asked.lesson.sizes.words(),
            "seed": self.asked.lesson.seed,
            "span": self.span or self.asked.lesson.length,
            "step": self.step,
        }

    def stretches(self) -> list[float]:
        """Ends of the stretches of learning, model units: whole steps each, the same for any batch."""
        steps = max(1, int(np.ceil(self.span / self.step - 1e-9)))
        ends = np.unique(np.round(np.linspace(0, steps, min(STRETCHES, steps) + 1)[1:]))
        return [float(end) * (self.span / steps) for end in ends]

    def heard(
        self,
        circuits: Iterable[Circuit] | Panel,
        checkpoint: Checkpoint,
        threads: int | None,
        tell: Callable[[float], None],
    ) -> Heard:
        if self.span:
            return self._taught(circuits, checkpoint, threads, tell)
        setup, span = self.task.learning, self.task.exam.span
        engine = Engine(circuits, self.step, setup.pairs, threads=threads, single=self.single)
        exam = engine.examine({}, span)
        silent = engine.examine({}, span, silent=True) if engine.makes_noise else None
        return Heard(exam, silent, np.zeros((0, engine.samples)), np.zeros((engine.samples, 0)))

    def _taught(
        self,
        circuits: Iterable[Circuit] | Panel,
        checkpoint: Checkpoint,
        threads: int | None,
        tell: Callable[[float], None],
    ) -> Heard:
        """Boards that learn, and are examined then; a lesson that was interrupted goes on where it was."""
        exam, setup, gate = self.task.exam, self.task.learning, opened(self.task)

        def at_school(circuit: Circuit) -> Circuit:
            return driven(circuit, {"gate": gate})

        boards = Boards(
            circuits.changed(at_school) if isinstance(circuits, Panel) else map(at_school, circuits),
            self.step,
            setup.pairs,
            self.parameters,
            Questions(questions(exam), exam.span),
            threads,
        )
        ends, losses = self.stretches(), list[np.ndarray]()
        if (before := checkpoint.read()) is not None:
            losses = list(before["online"])
            boards.engine.restore(before)
        for end in ends[len(losses) :]:
            losses.append(boards.advance(end))
            checkpoint.keep(lambda: {"online": np.array(losses), **boards.engine.state()})
            tell(0.9 * len(losses) / len(ends))
        learned, heard = boards.learned(), boards.examine()
        silent = boards.examine(silent=True) if boards.engine.makes_noise else None
        return Heard(heard, silent, together(losses), learned)

    def judge(self, exam: Waveforms) -> tuple[float | None, float | None]:
        signals, asked = self.task.learning, self.task.exam
        try:
            end = min(asked.span, float(exam.time[-1]))
            loss = frozen_loss(exam, signals.outputs, signals.targets, asked.settle, end)
        except ComparisonError:
            return None, None
        return loss, answered(self.task, exam)

    def noise(self, silent: Waveforms, noisy: Waveforms) -> tuple[float | None, float | None]:
        asked = self.task.exam
        end = min(asked.span, float(silent.time[-1]), float(noisy.time[-1]))
        loss, _ = self.judge(silent)
        return loss, signal_to_noise(silent, noisy, self.task.learning.outputs, asked.settle, end, self.bound)

    def in_ngspice(
        self, number: int, simulator: Simulator, tell: Callable[[], None], silent: Circuit | None
    ) -> tuple[Waveforms, Waveforms | None, list[float]]:
        if not self.span:
            quiet = None if silent is None else self._examined(silent, simulator)
            return self._examined(self.board(number), simulator), quiet, []
        student = self._taught_in_ngspice(number, simulator, tell)
        exam, learned = student.examine(), student.learned()
        if silent is None:
            return exam, None, learned
        other = ChipStudent(self.task, silent, self.step, simulator=simulator)
        other.resume(student.time, student.chip.nodes, learned, 0)
        return exam, other.examine(), learned

    def _taught_in_ngspice(self, number: int, simulator: Simulator, tell: Callable[[], None]) -> ChipStudent:
        """A board at the end of its lesson."""
        student = ChipStudent(self.task, self.board(number), self.step, simulator=simulator)
        ends = self.stretches()
        for place in np.unique(np.linspace(0, len(ends), NGSPICE_STRETCHES + 1)[1:].astype(int)):
            student.advance(ends[place - 1])
            tell()
        return student

    def _examined(self, circuit: Circuit, simulator: Simulator) -> Waveforms:
        """The exam of a board on which nothing learns."""
        return Chip(circuit, self.task.learning.pairs, self.step, simulator=simulator).examine({}, self.task.exam.span)


def learned_before(board: Board, task: Task) -> float:
    """How long a network learns ideally before its weights are deployed, model units; 0 where none does."""
    if board.mode == "on-chip" or task.ready:
        return 0.0
    return board.taught.times(task.window, task.step)[-1]
