"""A system put on an analog computer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from vle_analog.compare import trace_nrmse
from vle_analog.design.domains import defined_reference
from vle_analog.design.prototype import from_file
from vle_analog.design.subject import Subject, system_of
from vle_analog.equations.checks import check
from vle_analog.equations.generated import with_generated
from vle_analog.equations.oscillators import with_oscillators
from vle_analog.equations.system import EquationSystem
from vle_analog.installed import version_of
from vle_analog.lab.lab import Lab
from vle_analog.library import system_files
from vle_analog.options import option
from vle_analog.patch import machine_named, machines
from vle_analog.patch.machine import Patch
from vle_analog.patch.program import UNIT, Weights, largest, programmed
from vle_analog.reference.accuracy import SOLVER_ERROR
from vle_analog.studies.patch.result import Patched
from vle_analog.synthesis.economy import economical
from vle_analog.synthesis.lower import lower
from vle_analog.tasks import known_tasks
from vle_analog.userfile import told_apart
from vle_analog.waveforms import Waveforms

#: NRMSE of a good emulation
BOUND = 0.02
#: moments at which an emulation is compared
_SAMPLES = 2001


@dataclass(frozen=True)
class PatchPlan:
    """What is patched.

    Attributes:
        subject: task or system.
        machine: by name.

    Raises:
        UsageError: no such machine.
    """

    subject: Subject
    machine: str = option(f"Analog computer: {', '.join(machines())}, or one of your own.", "lucidac")

    def __post_init__(self) -> None:
        machine_named(self.machine)

    @property
    def place(self) -> str:
        """Name of what is patched, and where it comes from if another thing might have the name."""
        name = system_of(self.subject.load()).name
        return told_apart(self.subject.name, name, {*known_tasks(), *system_files()})

    def check(self) -> None:
        """Refuse what cannot be loaded.

        Raises:
            VleAnalogError: as `Subject.load`.
        """
        self.subject.load()


def patch(plan: PatchPlan, lab: Lab) -> Patched:
    """A system on a machine.

    Args:
        plan: what is asked for.
        lab: told what goes on.

    Raises:
        VleAnalogError: bad equations, or an emulator that fails.
    """
    loaded, machine = plan.subject.load(), machine_named(plan.machine)
    with from_file(loaded):
        system = system_of(loaded)
        check(system)
        tell = lab.stage("reference")
        placed = patched(system, machine.name, tell)
        found = Patched(system.name, machine, placed, system.span, {}, {}, BOUND)
        if not placed.fits or machine.emulate is None:
            return found
        if version_of(machine.package) is None:
            install = f"pip install 'vle-analog[{machine.name}]'"
            return replace(found, unchecked=f"not emulated: {machine.package} is not installed ({install})")
        reference = defined_reference(lower(system), solver_error=SOLVER_ERROR, progress=tell).solution.waveforms
    lab.progress("emulator", 0.0)
    time = np.linspace(0.0, system.span, _SAMPLES)
    run = machine.emulate(placed, time * placed.unit)
    outputs = {name: _combined(row, run) for name, row in placed.program.outputs.items()}
    nrmse = trace_nrmse(reference, Waveforms(time, outputs), outputs)
    peaks = {name: float(np.max(np.abs(values))) for name, values in run.signals.items()}
    return replace(found, nrmse=nrmse, peaks=peaks)


def patched(system: EquationSystem, machine: str, tell: Callable[[float], None] | None = None) -> Patch:
    """A system on a machine, scaled by its reference run where it can be scaled at all.

    Args:
        system: checked equations.
        machine: by name.
        tell: told how far the reference run is.

    Raises:
        VleAnalogError: bad equations, or no such machine.
    """
    place = machine_named(machine)
    written, _ = economical(with_generated(with_oscillators(system)), lower)
    diagram = lower(written)
    program = programmed(diagram)
    if not program.foreign:
        peaks = defined_reference(diagram, solver_error=SOLVER_ERROR, progress=tell).solution.peaks
        program = program.scaled(largest(diagram, peaks))
    return place.place(program, place.clocking(program))


def _combined(row: Weights, run: Waveforms) -> np.ndarray:
    """An output of elements' outputs."""
    constant = row.get(UNIT, 0.0) * np.ones_like(run.time)
    return sum((weight * run[name] for name, weight in row.items() if name != UNIT), constant)
