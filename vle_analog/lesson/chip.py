"""A circuit that is run stretch by stretch, its memory handed on: long runs, checkpoints, exams on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from vle_analog.circuit.circuit import Circuit
from vle_analog.lab.folder import workplace
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.testbench import Testbench
from vle_analog.production.memory import charged, driven
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.simulator import Simulator, Vectors
from vle_analog.stimulus import Stimulus
from vle_analog.tasks import Task
from vle_analog.waveforms import Array, Waveforms

#: of ngspice while a network learns: the step bound decides how exact a run is; at these tolerances hardly a point is
#: rejected (a 1-5-5-1 learner, step a tenth of the fastest tau: 0.83 of the Newton steps of 1e-5, weights as exact)
LEARNING_OPTIONS: Mapping[str, str] = {
    "method": "trap",
    "reltol": "1e-4",
    "vntol": "1e-5",
    "abstol": "1e-9",
    "itl4": "100",
    "xtrtol": "7",
}
#: the simulator's step bound as a fraction of the fastest membrane's time constant
_STEP = 0.1


def step_bound(task: Task) -> float:
    """The simulator's step bound while a task's network runs, model units."""
    fastest = [float(np.min(layer.tau_m)) for layer in task.layers]
    relays = [relay for layer in task.layers for relay in layer.recurrent]
    return _STEP * min([*fastest, *(min(relay.tau, relay.error_lag) for relay in relays)])


@dataclass
class Chip:
    """A circuit with its memory.

    Attributes:
        circuit: as it was built.
        probes: signals to watch.
        step: the simulator's step bound, model units.
        time: how far it ran, model units.
        nodes: all node voltages there; empty at time zero, where the circuit's own start values hold.
        points: that the simulator computed so far, exams included.
        folder: where the simulator works; a failed run's deck and log stay in its ``ngspice-failed/``.
        simulator: runs the circuit.
    """

    circuit: Circuit
    probes: tuple[str, ...]
    step: float
    time: float = 0.0
    nodes: Mapping[str, float] = field(default_factory=dict)
    points: int = 0
    folder: Path | None = None
    simulator: Simulator = field(default_factory=Ngspice)

    def advance(self, until: float, progress: Callable[[float], None] | None = None) -> Waveforms:
        """Run on, and return the waveforms of this stretch: model units, times counted from the very beginning.

        Args:
            until: model units from the very beginning.
            progress: told the fraction of the stretch that is done.

        Raises:
            SimulationError: the simulator failed; the chip stands where it stood.
        """
        stretch, vectors = self._run(self._now(), until - self.time, self.time, progress)
        stretch = Waveforms(stretch.time + self.time, stretch.signals)
        self.nodes, self.time = vectors.final, until
        return stretch

    def examine(self, stimuli: Mapping[str, Stimulus], span: float) -> Waveforms:
        """Run from here under other stimuli, their time counted from zero; the chip stays where it stands.

        Args:
            stimuli: by name of the input that plays them.
            span: model units.
        """
        return self._run(driven(self._now(), stimuli), span, 0.0, None)[0]

    def _now(self) -> Circuit:
        return charged(self.circuit, self.nodes) if self.nodes else self.circuit

    def _run(
        self, circuit: Circuit, span: float, start: float, progress: Callable[[float], None] | None
    ) -> tuple[Waveforms, Vectors]:
        unit = circuit.unit
        bench = Testbench(
            span=span * unit,
            step=self.step * unit,
            reason="as given",
            probes=self.probes,
            start=start * unit,
            guess=self.nodes,
            leave=True,
            options=LEARNING_OPTIONS,
        )
        deck = render(circuit, bench)
        with workplace(self.folder) as work:
            vectors = self.simulator.run(deck.text, span=bench.span, folder=work, files=deck.files, progress=progress)
        self.points += len(vectors.time)
        return in_model_units(vectors, circuit, self.probes), vectors


def in_model_units(vectors: Vectors, circuit: Circuit, probes: tuple[str, ...]) -> Waveforms:
    """A simulator's volts and seconds as the signals that they stand for, and the events of which a pulse tells."""
    time = vectors.time / circuit.unit
    time[0] = 0.0  # with `uic` ngspice keeps its first point a hundredth of a step later
    volts = circuit.volts_per_unit
    signals = {name: vectors.values[name.lower()] / volts[name] for name in probes}
    events = {
        name: _rises(time, vectors.values[pulse.node.lower()], 0.5 * pulse.volts)
        for name, pulse in circuit.triggers.items()
    }
    return Waveforms(time, signals, events)


def _rises(time: Array, values: Array, level: float) -> Array:
    """When a signal rises through a level."""
    (place,) = np.nonzero((values[:-1] < level) & (values[1:] >= level))
    part = (level - values[place]) / (values[place + 1] - values[place])
    return np.asarray(time[place] + part * (time[place + 1] - time[place]))
