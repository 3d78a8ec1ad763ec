"""One run: a circuit simulated and held against its ideal."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vle_analog.compare import Comparison, compare, resampled
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import OutputError
from vle_analog.report import learning_curves, parameters, portrait, save, traces
from vle_analog.simulate.ngspice import Ngspice
from vle_analog.simulate.simulator import Simulator
from vle_analog.studies.pipeline import DEFAULT, Design, Progress, Settings, design
from vle_analog.tasks import Task
from vle_analog.waveforms import Waveforms


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

        Returns:
            The metrics as written.

        Raises:
            OutputError: the folder cannot be written.
        """
        started = time.perf_counter()
        folder = writable(Path(folder))
        try:
            with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as place:
                new = Path(place)
                self._write(new)
                metrics = self.metrics()
                metrics["seconds"]["total"] += time.perf_counter() - started
                (new / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n", encoding="utf-8")
                _replace(folder, new)
        except OSError as error:
            raise OutputError(f"cannot write results: {error.strerror}", where=str(folder)) from error
        return metrics

    def _write(self, folder: Path) -> None:
        """Everything but the metrics."""
        (folder / "netlist.cir").write_text(self.design.deck.text, encoding="utf-8")
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
    settings: Settings = DEFAULT,
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
        folder: where the simulator works; a failed run leaves deck and log in its ``ngspice/``.
        simulator: ngspice when None.
        timeout: seconds of wall-clock time for the simulator.
        progress: told each stage's name and fraction.

    Raises:
        VleAnalogError: bad equations, no part values, or a failed simulation.
    """
    started = time.perf_counter()
    ready = design(subject, settings, progress)
    place = Path(tempfile.mkdtemp(prefix="vle-analog-")) if folder is None else writable(Path(folder))
    tell = progress or (lambda stage, fraction: None)
    before = time.perf_counter()
    vectors = (simulator or Ngspice()).run(
        ready.deck.text,
        span=ready.bench.span,
        folder=place / "ngspice",
        files=ready.deck.files,
        timeout=timeout,
        progress=lambda fraction: tell("ngspice", fraction),
    )
    simulated = time.perf_counter() - before
    shutil.rmtree(place if folder is None else place / "ngspice")
    volts = ready.circuit.volts_per_unit
    model_time = vectors.time / ready.system.unit
    model_time[0] = 0.0  # with `uic` ngspice keeps its first point a hundredth of a step later
    signals = {name: vectors.values[name.lower()] / volts[name] for name in ready.bench.probes}
    ideal = ready.reference.solution.waveforms
    analog = resampled(Waveforms(model_time, signals), ideal.time)
    learning = subject.learning if isinstance(subject, Task) else None
    comparison = compare(ideal, analog, signals=ready.bench.probes, learning=learning)
    seconds = {**ready.seconds, "ngspice": simulated, "total": time.perf_counter() - started}
    return Run(subject, ready, analog, len(model_time), comparison, seconds)


def _replace(folder: Path, new: Path) -> None:
    """Put new results in an earlier run's place, ``metrics.json`` last: whoever finds it finds a complete run."""
    (folder / "metrics.json").unlink(missing_ok=True)
    for old in (*folder.glob("figures/*.png"), *folder.glob("stimulus_*.txt")):
        old.unlink()
    (folder / "figures").mkdir(exist_ok=True)
    files = sorted((each for each in new.rglob("*") if each.is_file()), key=lambda each: each.name == "metrics.json")
    for file in files:
        file.replace(folder / file.relative_to(new))


def writable(folder: Path) -> Path:
    """The folder, made if missing.

    Raises:
        OutputError: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"cannot write here: {error.strerror or error}", where=str(folder), hint="choose another folder with --out"
        ) from error
    return folder
