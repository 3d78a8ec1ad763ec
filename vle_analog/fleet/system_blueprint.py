"""Boards of a system of equations: run over its span, in the engine or in ngspice, and measured."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.panel import Panel
from vle_analog.compare.metrics import ComparisonError
from vle_analog.compare.quantity import Evidence, Quantity
from vle_analog.compare.signal_to_noise import signal_to_noise
from vle_analog.design.system_board import SystemBoard
from vle_analog.engine.engine import Engine
from vle_analog.errors import StepTooLongError, UsageError, nearest
from vle_analog.fleet.blueprint import Blueprint, Heard
from vle_analog.lab.checkpoint import Checkpoint
from vle_analog.lab.folder import workplace
from vle_analog.lesson.chip import in_model_units
from vle_analog.netlist.ngspice import render
from vle_analog.simulate.simulator import Simulator
from vle_analog.waveforms import Waveforms

#: points of a board's waveforms that are kept at most
_POINTS = 20_000
#: steps beside an event in which a board may be before it or after it
_STEPS = 1.5
#: how many times finer the engine's steps become at most where a circuit's time constants are too short for them
_FINEST = 64


@dataclass(frozen=True)
class SystemBlueprint(Blueprint):
    """A design whose boards solve a system's equations.

    Attributes:
        asked: what all boards are made from.
        variance: 1: a quantity is told as it is.
        ideal: the reference's waveforms, inputs among them, model units.
        quantity: that boards are judged by.
    """

    asked: SystemBoard
    ideal: Waveforms
    quantity: Quantity

    @staticmethod
    def of(board: SystemBoard, quantity: Quantity) -> SystemBlueprint:
        """Design what all boards have in common.

        Raises:
            UsageError: the quantity speaks of a signal that the system does not have.
            VleAnalogError: no part values, or equations that no circuit is known for.
        """
        ready = board.design()
        system = ready.system
        width = _STEPS * ready.bench.step / ready.circuit.unit  # boards are told at steps
        solution = ready.reference.solution.judged(width)
        inputs = {name: stimulus(solution.time) for name, stimulus in system.stimuli.items()}
        ideal = replace(solution, signals={**inputs, **solution.signals})
        known = [*ready.bench.probes, *inputs]
        for name in quantity.signals:
            if name not in known:
                raise UsageError(
                    f"criterion '{quantity}': system '{system.name}' has no output or input '{name}'",
                    hint=f"{nearest(name, known)} (signals under [outputs] are recorded)",
                )
        for name in quantity.events:
            if name not in ideal.events:
                raise UsageError(
                    f"criterion '{quantity}': system '{system.name}' has no event '{name}'",
                    hint=nearest(name, ideal.events) if ideal.events else "its file has none under [events.NAME]",
                )
        return SystemBlueprint(
            board, ready.circuit, ready.bench, ready.outputs, 1.0, ideal, quantity, built=ready.built
        )

    @property
    def evidence(self) -> Evidence:
        """The ideal held against itself."""
        return Evidence(self.ideal, self.ideal, self.bench.probes)

    def checked(self) -> SystemBlueprint:
        """Itself, whose ideal can be measured.

        Raises:
            UsageError: why it cannot.
        """
        try:
            self.quantity.measured(self.evidence)
        except ComparisonError as error:
            raise UsageError(
                f"criterion '{self.quantity}': not even the ideal '{self.asked.title}' has it: {error.what}",
                hint="take a longer `span`",
            ) from None
        return self

    @property
    def span(self) -> float:
        """How long boards run, model units."""
        return self.bench.span / self.circuit.unit

    @property
    def bound(self) -> float:
        return self.bench.step / self.circuit.unit

    @property
    def length(self) -> float:
        return self.span

    @property
    def recorded(self) -> float:
        return len(self.bench.probes) * min(self.span / self.step, _POINTS)

    @cached_property
    def key(self) -> str:
        """Digest of all that a board's result depends on but its number: design, cells, variation, and the quantity."""
        return hashlib.sha256(f"{super().key}/{self.quantity}".encode()).hexdigest()[:24]

    @property
    def parameters(self) -> list[str]:
        return []

    def settings(self) -> dict[str, Any]:
        return {
            "quantity": self.quantity.text,
            "span": self.span,
            "step": self.step,
            "set": dict(self.asked.parameters),
        }

    @property
    def single(self) -> bool:  # a chaotic system would leave its reference the earlier
        return False

    @property
    def measured(self) -> str:
        return self.quantity.text

    def stepped(self) -> SystemBlueprint:
        """The blueprint with steps that are short enough for the design's own time constants.

        Raises:
            StepTooLongError: no steps are.
            CircuitError: what the engine cannot run.
        """
        finer = self.finer
        while True:
            try:
                Engine(self.circuit, self.bound / finer, self.bench.probes, threads=1)
            except StepTooLongError:
                if finer >= _FINEST:
                    raise
                finer *= 2
            else:
                return replace(self, finer=finer)

    def heard(
        self,
        circuits: Iterable[Circuit] | Panel,
        checkpoint: Checkpoint,
        threads: int | None,
        tell: Callable[[float], None],
    ) -> Heard:
        every = max(self.step, self.span / _POINTS)
        engine = Engine(circuits, self.step, self.bench.probes, threads=threads)
        silent = None
        if engine.makes_noise:  # at the very same steps: what they make of a start would count as noise
            start = engine.state()
            silent = engine.advance(self.span, every, silent=True)
            engine.restore(start)
        tell(0.0 if silent is None else 0.5)
        exam = engine.advance(self.span, every)
        return Heard(exam, silent, np.zeros((0, engine.samples)), np.zeros((engine.samples, 0)))

    def judge(self, exam: Waveforms) -> tuple[float | None, float | None]:
        return self.quantity.of(Evidence(self.ideal, exam, self.bench.probes)), None

    def noise(self, silent: Waveforms, noisy: Waveforms) -> tuple[float | None, float | None]:
        end = min(self.span, float(silent.time[-1]), float(noisy.time[-1]))
        quantity, _ = self.judge(silent)
        return quantity, signal_to_noise(silent, noisy, (self.bench.probes[0],), 0.0, end, self.bound)

    def in_ngspice(
        self, number: int, simulator: Simulator, tell: Callable[[], None], silent: Circuit | None
    ) -> tuple[Waveforms, Waveforms | None, list[float]]:
        quiet = None if silent is None else self._run(silent, simulator)
        return self._run(self.board(number), simulator), quiet, []

    def _run(self, circuit: Circuit, simulator: Simulator) -> Waveforms:
        deck = render(circuit, self.bench)
        with workplace(None) as work:
            vectors = simulator.run(deck.text, span=self.bench.span, folder=work, files=deck.files)
        return in_model_units(vectors, circuit, self.bench.probes)
