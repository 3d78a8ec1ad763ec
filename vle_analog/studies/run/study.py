"""One run: a circuit simulated and held against its ideal."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vle_analog.compare import Comparison, compare, resampled
from vle_analog.design.build import DEFAULT, Build
from vle_analog.design.design import Design, Progress, design
from vle_analog.equations.system import EquationSystem
from vle_analog.lab.folder import METRICS, NEW, claimed, side_files, workplace
from vle_analog.lesson.chip import in_model_units
from vle_analog.report.sheet import save
from vle_analog.simulate.disk import unwritable
from vle_analog.simulate.ngspice import DECK, Ngspice
from vle_analog.simulate.simulator import Simulator
from vle_analog.studies.run.report import learning_curves, parameters, portrait, traces
from vle_analog.tasks import Task
from vle_analog.waveforms import Waveforms

#: the trace NRMSE that a good run of a system, and of a learning task, stays under
SYSTEM_BOUND, TASK_BOUND = 1e-3, 1e-2
#: the figures that a run may write
FIGURES = ("traces", "portrait", "learning_curve", "parameters")


@dataclass(frozen=True)
class Run:
    """What one run found.

    Attributes:
        subject: the system or task.
        design: its circuit, netlist and reference.
        analog: the circuit's waveforms in model units, at the reference's sample times.
        points: time points that ngspice computed.
        comparison: analog against ideal.
        seconds: time spent, by stage.
    """

    subject: EquationSystem | Task
    design: Design
    analog: Waveforms
    points: int
    comparison: Comparison
    seconds: Mapping[str, float]

    @property
    def ideal(self) -> Waveforms:
        """The reference's waveforms in model units."""
        return self.design.reference.solution.waveforms

    @property
    def bound(self) -> float:
        """The trace NRMSE that no signal of a good run exceeds."""
        return TASK_BOUND if isinstance(self.subject, Task) else SYSTEM_BOUND

    def metrics(self) -> dict[str, Any]:
        """All numbers, ready for JSON."""
        task = self.subject if isinstance(self.subject, Task) else None
        system = self.design.system
        return {
            "name": system.name,
            "fidelity": self.design.circuit.fidelity,
            "rule": task.rule if task else None,
            "seed": task.seed if task else None,
            "span": system.span,
            "unit_seconds": system.unit,
            **self.comparison.to_metrics(),
            "bound": self.bound,
            "within_bound": self.comparison.trace_nrmse_max <= self.bound,
            "band_limited": list(self.design.limited),
            "look_ahead_nrmse": dict(self.design.look_ahead),
            "seconds": dict(self.seconds),
            "parts": self.design.circuit.parts,
            "volts_per_unit": {name: self.design.circuit.volts_per_unit[name] for name in self.design.bench.probes},
            "steps": {
                "reference": self.design.reference.solution.step,
                "solver_bound": self.design.bench.step / system.unit,
                "solver_error_expected": self.design.reference.solver_error,
                "ngspice_points": self.points,
            },
        }

    def save(self, folder: Path | str) -> dict[str, Any]:
        """Write ``netlist.cir``, ``waveforms.npz``, ``figures/*.png`` and, last, ``metrics.json``.

        An earlier run's files are replaced; all other files stay.

        Returns:
            The metrics as written.

        Raises:
            OutputError: the folder cannot be written, or another run is writing to it.
        """
        started = time.perf_counter()
        folder = Path(folder)
        with claimed(folder):
            try:
                with tempfile.TemporaryDirectory(prefix=NEW, dir=folder) as place:
                    new = Path(place)
                    self._write(new)
                    metrics = self.metrics()
                    metrics["seconds"]["total"] += time.perf_counter() - started
                    (new / METRICS).write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
                    _replace(folder, new)
            except OSError as error:
                raise unwritable(error, folder) from error
        return metrics

    def _write(self, folder: Path) -> None:
        """Everything but the metrics."""
        (folder / DECK).write_text(self.design.deck.text, encoding="utf-8")
        for name, text in self.design.deck.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        columns = {f"ideal_{name}": values for name, values in self.ideal.at(self.analog.time).signals.items()}
        columns |= {f"analog_{name}": values for name, values in self.analog.signals.items()}
        Waveforms(self.analog.time, columns).save(folder / "waveforms.npz")
        for name, figure in self.figures().items():
            save(figure, folder / "figures" / f"{name}.png")

    def figures(self) -> dict[str, Any]:
        """The figures by file name."""
        title = f"{self.design.system.name}: ideal and analog"
        if not isinstance(self.subject, Task):
            names = self.design.bench.probes
            drawn = {"traces": traces(self.ideal, self.analog, title=title, comparison=self.comparison)}
            if len(names) > 1:
                drawn["portrait"] = portrait(self.ideal, self.analog, names[0], names[1], title=title)
            return drawn
        setup = self.subject.learning
        title = f"{title}, rule {self.subject.rule}"
        shown = [setup.output, setup.target]
        return {
            "traces": traces(
                self.ideal, self.analog, shown, title=title, comparison=self.comparison, windows=6 * setup.loss_window
            ),
            "learning_curve": learning_curves(self.comparison, title=title),
            "parameters": parameters(self.ideal, self.analog, setup, title=title),
        }


def run(
    subject: EquationSystem | Task,
    settings: Build = DEFAULT,
    *,
    folder: Path | str | None = None,
    simulator: Simulator | None = None,
    timeout: float | None = None,
    progress: Progress | None = None,
) -> Run:
    """Build a circuit, simulate it and compare it with its ideal.

    Args:
        subject: a system (`load_system`) or a learning task (`TASKS`).
        settings: how to build the circuit.
        folder: where the simulator works; a failed run leaves deck and log in its ``ngspice-failed/``,
            and whatever an earlier run left there stays.
        simulator: ngspice when None.
        timeout: seconds of wall-clock time for the simulator.
        progress: told each stage's name and fraction.

    Raises:
        VleAnalogError: bad equations, no part values, a failed simulation, or a folder that cannot be
            written or that another run is writing to.
    """
    started = time.perf_counter()
    tell = progress or (lambda stage, fraction: None)
    place = None if folder is None else Path(folder)
    with nullcontext() if place is None else claimed(place):
        ready = design(subject, settings, progress)
        before = time.perf_counter()
        with workplace(place) as work:
            vectors = (simulator or Ngspice()).run(
                ready.deck.text,
                span=ready.bench.span,
                folder=work,
                files=ready.deck.files,
                timeout=timeout,
                progress=lambda fraction: tell("ngspice", fraction),
            )
        simulated = time.perf_counter() - before
        ideal = ready.reference.solution.waveforms
        analog = resampled(in_model_units(vectors, ready.circuit, ready.bench.probes), ideal.time)
        learning = subject.learning if isinstance(subject, Task) else None
        comparison = compare(ideal, analog, signals=ready.bench.probes, learning=learning)
        seconds = {**ready.seconds, "ngspice": simulated, "total": time.perf_counter() - started}
        return Run(subject, ready, analog, len(vectors.time), comparison, seconds)


def _replace(folder: Path, new: Path) -> None:
    """Put new results in an earlier run's place, ``metrics.json`` last: whoever finds it finds a complete run."""
    (folder / "figures").mkdir(exist_ok=True)
    (folder / METRICS).unlink(missing_ok=True)
    earlier = [folder / name for name in side_files(folder)] + [folder / "figures" / f"{name}.png" for name in FIGURES]
    for old in earlier:
        old.unlink(missing_ok=True)
    files = sorted((each for each in new.rglob("*") if each.is_file()), key=lambda each: each.name == METRICS)
    for file in files:
        file.replace(folder / file.relative_to(new))
