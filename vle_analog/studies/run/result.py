"""One run: what a circuit did, and how far it is from its ideal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vle_analog.compare import Comparison
from vle_analog.design.design import Design
from vle_analog.equations.system import EquationSystem
from vle_analog.lab.lab import Lab
from vle_analog.report.page import fragment
from vle_analog.report.report import Report
from vle_analog.studies.run.diagnosis import Diagnosis
from vle_analog.tasks import Task
from vle_analog.waveforms import Waveforms

#: the trace NRMSE that a good run of a system, and of a learning task, stays under
SYSTEM_BOUND, TASK_BOUND = 1e-3, 1e-2


@dataclass(frozen=True, repr=False)
class Run:
    """A circuit simulated and held against its ideal.

    Attributes:
        subject: the system or task.
        design: its circuit, netlist and reference.
        analog: the circuit's waveforms in model units, at the reference's sample times.
        points: time points that ngspice computed.
        comparison: analog against ideal.
        seconds: time spent, by stage.
        told: tells a run, for `save`.
        warned: what its design was to be warned of, in words.
        diagnosis: why it is far from its ideal; None where it is not, or where that is not known.
        undiagnosed: why that is not known, in words.
        inlay: markup of its page in which a reader runs the circuit; empty unless asked for.
    """

    subject: EquationSystem | Task
    design: Design
    analog: Waveforms
    points: int
    comparison: Comparison
    seconds: Mapping[str, float]
    told: Callable[[Run], Report]
    warned: tuple[str, ...] = ()
    diagnosis: Diagnosis | None = None
    undiagnosed: str = ""
    inlay: str = ""

    @property
    def ideal(self) -> Waveforms:
        """The reference's waveforms in model units."""
        return self.design.reference.solution.waveforms

    @property
    def bound(self) -> float:
        """The trace NRMSE that no signal of a good run exceeds."""
        return TASK_BOUND if isinstance(self.subject, Task) else SYSTEM_BOUND

    @property
    def within_bound(self) -> bool:
        """Whether no signal exceeds it."""
        return self.comparison.trace_nrmse_max <= self.bound

    def metrics(self) -> dict[str, Any]:
        """All numbers, ready for JSON."""
        task = self.subject if isinstance(self.subject, Task) else None
        system = self.design.system
        return {
            "name": system.name,
            "fidelity": self.design.circuit.fidelity,
            "rule": task.variant.rule if task else None,
            "eligibility": task.variant.eligibility if task else None,
            "seed": task.seed if task else None,
            "span": system.span,
            "unit_seconds": system.unit,
            **self.comparison.to_metrics(),
            "bound": self.bound,
            "within_bound": self.within_bound,
            "diagnosis": None if self.diagnosis is None else self.diagnosis.record(),
            "undiagnosed": self.undiagnosed or None,
            "band_limited": list(self.design.limited),
            "look_ahead_nrmse": dict(self.design.look_ahead),
            "delays": [asdict(ladder) for ladder in self.design.ladders],
            "delays_nrmse": dict(self.design.delayed),
            "events": {name: times.tolist() for name, times in self.design.reference.solution.events.items()},
            "events_complete": self.comparison.events_complete,
            "event_timing": {
                name: timing.to_metrics(system.span, system.unit) for name, timing in self.comparison.events.items()
            },
            "seconds": dict(self.seconds),
            "parts": dict(self.design.circuit.parts),
            "volts_per_unit": {name: self.design.circuit.volts_per_unit[name] for name in self.design.bench.probes},
            "steps": {
                "reference": self.design.reference.solution.step,
                "solver_bound": self.design.bench.step / system.unit,
                "solver_error_expected": self.design.reference.solver_error,
                "ngspice_points": self.points,
            },
        }

    def __repr__(self) -> str:
        """What it was and how it came out; the numbers are in `metrics`."""
        off = self.comparison.trace_nrmse_max
        return f"<Run of {self.design.system.name!r}, {self.design.built.parts}: NRMSE at most {off:.2g}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the answer and the figures."""
        return fragment(self.told(self))

    def save(self, folder: Path | str) -> dict[str, Any]:
        """Write ``netlist.cir``, ``waveforms.npz``, ``figures/*.png`` and, last, ``metrics.json``.

        An earlier run's files are replaced; all other files stay.

        Returns:
            The metrics as written.

        Raises:
            OutputError: the folder cannot be written, or another run is writing to it.
        """
        report = self.told(self)
        Lab(Path(folder)).save(report)
        return dict(report.record)
