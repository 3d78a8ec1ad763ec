"""Boards in the middle of learning: what a student does, for all boards at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.panel import Panel
from vle_analog.engine.engine import Engine, Stretch
from vle_analog.engine.played import Stimuli
from vle_analog.waveforms import Array, Waveforms


@dataclass(frozen=True)
class Questions:
    """What boards are asked in an exam.

    Attributes:
        stimuli: by source, the gate's 0 among them, for all boards or one mapping per board.
        span: model units.
    """

    stimuli: Stimuli | Sequence[Stimuli]
    span: float


class Boards:
    """Boards of one design that learn side by side, computed in single precision but for their states.

    Args:
        circuits: all of one structure, their gates open.
        step: of the engine, model units.
        pair: outputs, then as many targets: their mean squared difference, summed over outputs, is the loss.
        parameters: signals that learn.
        questions: stimuli of an exam, and its span.
        threads: as `Engine`.

    Raises:
        CircuitError: as `Engine`.
    """

    def __init__(
        self,
        circuits: Circuit | Iterable[Circuit] | Panel,
        step: float,
        pair: Sequence[str],
        parameters: Sequence[str],
        questions: Questions,
        threads: int | None = None,
    ) -> None:
        self.engine = Engine(circuits, step, pair, pair, threads=threads, single=True)
        self.parameters, self._questions = tuple(parameters), questions

    @property
    def time(self) -> float:
        """How far they learned, model units."""
        return self.engine.time

    def advance(self, until: float) -> Array:
        """Learn on; the mean of ``(target - output)^2``, summed over outputs, on the way, shape (samples,)."""
        return self.engine.advance(until).squares

    def learned(self) -> Array:
        """Everything that learns, shape (samples, parameters), model units."""
        return self.engine.values(self.parameters)

    def examine(self, every: float | None = None, settle: float = 0.0, silent: bool = False) -> Stretch:
        """Outputs and targets on the exam, at each step or each ``every`` model units; squares from ``settle`` on.

        ``silent``: without the parts' noise.
        """
        return self.engine.examine(self._questions.stimuli, self._questions.span, every, settle, silent)


def of_board(exam: Stretch, board: int) -> Waveforms:
    """One board's waveforms of a stretch."""
    signals = {name: values[board] for name, values in exam.signals.items()}
    return Waveforms(exam.time, signals, {name: times[board] for name, times in exam.events.items()})
