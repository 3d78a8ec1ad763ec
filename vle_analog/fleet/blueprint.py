"""Boards of one design: designed once, varied by number, run side by side in the engine and judged."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from vle_analog.circuit.cell.cell import needed
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Drive, Instance
from vle_analog.circuit.panel import Panel
from vle_analog.design.build import Build
from vle_analog.design.built import Built
from vle_analog.engine.boards import of_board
from vle_analog.engine.engine import Stretch
from vle_analog.engine.figures import lags_as_stated, lags_within
from vle_analog.fleet.sample import Sample
from vle_analog.lab.checkpoint import Checkpoint
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.production.devices import device_errors
from vle_analog.production.production import Production
from vle_analog.production.sources import source_offsets
from vle_analog.production.values import parts
from vle_analog.simulate.simulator import Simulator
from vle_analog.waveforms import Waveforms

#: a lesson goes in so many stretches, between which progress is told and an interruption is heard
STRETCHES = 200
#: of these, how many are put together to one point of the loss on the way
_TOGETHER = 10
#: stretches in which a board learns in ngspice, so that no waveform is long
NGSPICE_STRETCHES = 20
#: part of every key: to be raised when the same board comes to other results. 4: ideal dividers no longer lag; 5: the
#: engine sums in another order; 6: it rounds products and sums once, lessons are computed in single precision but for
#: their states, and operations stand in another order
_EDITION = 6
#: the same for boards with parts that lag by a stated bandwidth: these were taken for numbers of megahertz once, which
#: changed nothing where they are whole numbers of them
_STATED_EDITION = b"2"
#: the same for lessons on devices whose lags are comparable with a step, which were followed to first order once
_LATE_EDITION = b"lags 2"


class Asked(Protocol):
    """What a user asks boards to be made from: `Board` of a lesson, `SystemBoard` of a system."""

    @property
    def title(self) -> str:
        """Name of the task or system."""

    @property
    def mode(self) -> str:
        """What boards are for."""

    @property
    def build(self) -> Build:
        """How their circuit is built."""

    @property
    def production(self) -> Production:
        """How far their parts miss their values, and their noise."""

    @property
    def is_ideal(self) -> bool:
        """Whether they have no real part."""

    @property
    def exact(self) -> Asked:
        """The same with resistors and capacitors that have their values."""

    def made(self, circuit: Circuit, number: int) -> Circuit:
        """The circuit as one board has it."""

    def together(self, circuit: Circuit, numbers: Sequence[int]) -> Panel | None:
        """Several boards made together; None where that cannot be."""

    def key(self) -> str:
        """Digest of all that the result depends on, but for the cells' files."""

    def departures(self) -> dict[str, Any]:
        """What is not as it is by itself, by name, for records."""


class Making(Protocol):
    """Makes boards otherwise than they are asked for."""

    @property
    def key(self) -> str:
        """What tells these boards from others."""

    def made(self, circuit: Circuit, number: int) -> Circuit:
        """The circuit as one board has it."""


@dataclass(frozen=True)
class Heard:
    """What boards came to.

    Attributes:
        exam: what they are judged by.
        silent: the same without the noise of the parts; None where these make none.
        online: mean squared error on the way, shape (points, boards).
        learned: what they learned, shape (boards, parameters).
    """

    exam: Stretch
    silent: Stretch | None
    online: np.ndarray
    learned: np.ndarray


@dataclass(frozen=True)
class Blueprint(ABC):
    """One design, from which any board is made by its number.

    Attributes:
        asked: what all boards are made from.
        circuit: of the design, exact.
        bench: what ngspice is asked.
        outputs: signals that leave a board, of those that are probed.
        variance: what a loss is told over.
        making: makes boards in place of what is asked; as asked when None.
        finer: how many times finer than usual the engine's steps are.
        built: equations and circuit, for those who read of the boards.
    """

    asked: Asked
    circuit: Circuit
    bench: Testbench
    outputs: tuple[str, ...]
    variance: float
    making: Making | None = field(default=None, kw_only=True)
    finer: int = field(default=1, kw_only=True)
    built: Built | None = field(default=None, kw_only=True, compare=False, repr=False)

    @property
    @abstractmethod
    def bound(self) -> float:
        """Step of the engine unless finer, and ngspice's bound, model units."""

    @property
    @abstractmethod
    def length(self) -> float:
        """How long a board runs in all, exam included, model units."""

    @property
    @abstractmethod
    def recorded(self) -> float:
        """How many numbers of a board's exam are kept in memory."""

    @property
    @abstractmethod
    def measured(self) -> str:
        """What a loss is, for people."""

    @property
    @abstractmethod
    def parameters(self) -> list[str]:
        """Signals that learn, in order."""

    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """Numbers of what boards do, for records."""

    @abstractmethod
    def heard(
        self,
        circuits: Iterable[Circuit] | Panel,
        checkpoint: Checkpoint,
        threads: int | None,
        tell: Callable[[float], None],
    ) -> Heard:
        """Run boards in the engine, one circuit each; told the fraction that is done.

        Raises:
            CircuitError: what the engine cannot run.
        """

    @abstractmethod
    def in_ngspice(
        self, number: int, simulator: Simulator, tell: Callable[[], None], silent: Circuit | None
    ) -> tuple[Waveforms, Waveforms | None, list[float]]:
        """Run one board in ngspice, told after every stretch: what it is judged by, the same of the silent circuit if
        there is one, and what it learned.

        Raises:
            SimulationError: ngspice failed.
        """

    @abstractmethod
    def judge(self, exam: Waveforms) -> tuple[float | None, float | None]:
        """Loss and fraction of right answers on an exam, None where there is none."""

    @abstractmethod
    def noise(self, silent: Waveforms, noisy: Waveforms) -> tuple[float | None, float | None]:
        """Figures of one exam without and with the noise of the parts: loss of the former, power ratio of output and
        what noise adds; None for what is not finite."""

    @property
    def step(self) -> float:
        """Step of the engine, model units."""
        return self.bound / self.finer

    @property
    @abstractmethod
    def single(self) -> bool:
        """Whether the engine computes in single precision but for states."""

    def boards(self, numbers: Sequence[int]) -> Panel | list[Circuit]:
        """The circuits of boards, made together where that can be."""
        panel = None if self.making else self.asked.together(self.circuit, numbers)
        return panel or [self.board(number) for number in numbers]

    def board(self, number: int) -> Circuit:
        """One board's circuit. A teacher, which is no part of the board, keeps its values and makes no noise."""
        return (self.making or self.asked).made(self.circuit, number)

    def deck(self, number: int) -> Deck:
        """One board's netlist, which runs alone."""
        return render(self.board(number), self.bench)

    @cached_property
    def key(self) -> str:
        """Digest of all that a board's result depends on but its number: what it does, design, cells, variation."""
        variation = self.asked.production.variation
        digest = hashlib.sha256(f"{_EDITION}/{STRETCHES}/{self.step!r}/{self.asked.exact.key()}".encode())
        digest.update(json.dumps(variation.to_json(), sort_keys=True).encode())
        for element in self.circuit.elements():
            if isinstance(element, Drive):  # what it plays is in the key of what is asked
                clock = (element.clock,) if element.clock else ()
                digest.update(repr((element.name, element.nodes, element.volts_per_unit, *clock)).encode())
            else:
                digest.update(repr(element).encode())
        names = sorted({each.cell for each in self.circuit.elements() if isinstance(each, Instance)})
        for cell in needed(names, self.circuit.cells):
            digest.update(cell.subckt.encode())
            if not self.asked.production.power.exact:  # what a supply does to a part is in no deck
                digest.update(repr([(each.rejection, each.follows) for each in cell.spread.values()]).encode())
            if lags_as_stated(cell) and cell.sheet.figures["bandwidth"].value % 1e6:
                digest.update(_STATED_EDITION)
        instances = (each for each in self.circuit.elements() if isinstance(each, Instance))
        if self.single and lags_within(instances, self.circuit.cells, self.step * self.circuit.unit):
            digest.update(_LATE_EDITION)
        return digest.hexdigest()[:24] + (f"/{self.making.key}" if self.making else "")

    @cached_property
    def parts(self) -> list[str]:
        """Full names of all parts that may vary, and of what of them scatters."""
        return sorted(values(self.board(0)))


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
        folder: where a lesson is kept on the way, every few seconds, and gone on with; nowhere when None.

    Returns:
        One sample each, and the parts' values, shape (boards, parts) in order of ``blueprint.parts``.

    Raises:
        CircuitError: what the engine cannot run.
        OutputError: the folder cannot be read or written.
    """
    tell = tell or (lambda fraction: None)
    checkpoint = Checkpoint(folder, blueprint.key, numbers)
    circuits = blueprint.boards(numbers)
    heard = blueprint.heard(circuits, checkpoint, threads, tell)
    samples = _samples(blueprint, numbers, heard, checkpoint)
    tell(1.0)
    return samples, _values(circuits, blueprint.parts)


def _values(circuits: Panel | list[Circuit], parts: Sequence[str]) -> np.ndarray:
    """The values of boards' parts, shape (boards, parts)."""
    if isinstance(circuits, Panel):
        own = values(circuits.circuit)
        columns = [np.broadcast_to(own.get(name, 0.0), circuits.boards) for name in parts]
        return np.array(columns, np.float32).reshape(len(parts), -1).T
    rows = [values(circuit) for circuit in circuits]
    return np.array([[row.get(name, 0.0) for name in parts] for row in rows], np.float32)


def together(losses: Sequence[np.ndarray]) -> np.ndarray:
    """Means of so many stretches' losses each as make one point, shape (points, boards).

    They are added up in turn: numpy's own sums depend on how many boards there are.
    """
    groups = [losses[at : at + _TOGETHER] for at in range(0, len(losses), _TOGETHER)]
    return np.array([sum(group[1:], group[0]) / len(group) for group in groups])


def _samples(blueprint: Blueprint, numbers: Sequence[int], heard: Heard, checkpoint: Checkpoint) -> list[Sample]:
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
    """Every resistance and capacitance, and everything that scatters, by the part's or source's full name."""
    found = {part.name: part.value for part in parts(circuit)}
    return found | {error.name: error.value for error in device_errors(circuit)} | source_offsets(circuit)


def _plain(numbers: np.ndarray) -> tuple[float | None, ...]:
    return tuple(float(number) if np.isfinite(number) else None for number in numbers)
