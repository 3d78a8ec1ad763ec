"""The noise of a signal in a circuit at rest: ngspice's small-signal analysis, source by source, and a transient run.

The circuit is linearised around where it rests while its inputs keep their values of one moment. Of a learning task
it is the network at work (`vle_analog.tasks.deployment`): the weights that the ideal network learned are resistors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vle_analog.design.build import DEFAULT, Build
from vle_analog.design.design import Pass, design
from vle_analog.design.operating_point import resting, resting_point
from vle_analog.design.prototype import Prototype, from_file
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import UsageError, nearest
from vle_analog.fields import at_least, positive
from vle_analog.lab.lab import Lab
from vle_analog.lesson.student import IdealStudent
from vle_analog.netlist.testbench import Testbench
from vle_analog.noise import BAND
from vle_analog.options import option, part
from vle_analog.owner import Owner
from vle_analog.studies.noise_sources.at_rest import (
    PERIODS,
    AtRest,
)
from vle_analog.studies.noise_sources.result import NoiseBudget, ranked
from vle_analog.studies.noise_sources.sources import attributed
from vle_analog.tasks import Task
from vle_analog.tasks.deployment import deployed_system


@dataclass(frozen=True)
class Analysis:
    """Noise that is asked for.

    Attributes:
        output: instance name of a signal; the first of the outputs when None.
        low, high: the band, hertz; one over the span, and a quarter of one over the simulator's step bound, when None.
        at: moment whose input values are kept, model units.
        transient: seed of a transient run's noise; none is run when None.

    Raises:
        UsageError: a frequency that is not positive, or a negative seed.
    """

    output: str | None = option("Whose noise (default: the first output).", None, metavar="SIGNAL")
    low: float | None = option("Lowest frequency, Hz (default: one over the span).", None)
    high: float | None = option("Highest frequency, Hz (default: a quarter of the simulator's steps per second).", None)
    at: float = option("Moment whose input values are held, model units.", 0.0)
    transient: int | None = option(
        "Also run with sampled noise of this seed, and compare spectra.", None, metavar="SEED"
    )

    def __post_init__(self) -> None:
        positive(low=self.low, high=self.high)
        at_least(0, transient=self.transient)

    def band(self, span: float, step: float) -> tuple[float, float]:
        """Lowest and highest frequency, hertz.

        Args:
            span: of the whole run, seconds.
            step: the simulator's bound, seconds.

        Raises:
            UsageError: there is nothing between them.
        """
        low, high = self.low or 1 / span, self.high or BAND / step
        if not 0 < low < high < math.inf:
            raise UsageError(f"from {low:g} to {high:g} Hz is no band", hint="give `low` and `high`, in hertz")
        return low, high


@dataclass(frozen=True)
class NoiseSourcesPlan:
    """What a study asks.

    Attributes:
        prototype: the board whose noise it is; what its own noise in a run would be is `Analysis.transient`.
        analysis: which noise.
    """

    prototype: Prototype = part(without=("noise", "noise_scale", "start"))
    analysis: Analysis = field(default_factory=Analysis)

    def check(self) -> None:
        """Refuse what cannot be loaded.

        Raises:
            VleAnalogError: as `Prototype.check`.
        """
        self.prototype.check()


def noise_sources(plan: NoiseSourcesPlan, lab: Lab) -> NoiseBudget:
    """The noise of what a plan asks for.

    Args:
        plan: what to analyse.
        lab: as `noise_budget` has it.

    Raises:
        VleAnalogError: as `noise_budget` does; errors about the equations name their file.
    """
    prototype = plan.prototype
    with from_file(prototype.loaded):
        return noise_budget(prototype.loaded, prototype.build, plan.analysis, prototype.passes, lab)


def at_work(subject: EquationSystem | Task) -> EquationSystem:
    """What is analysed: a system as it is; of a task the network with the weights that it ideally learns."""
    if not isinstance(subject, Task):
        return subject
    student = IdealStudent(subject)
    if not subject.ready:
        student.advance(subject.step * round(subject.system.span / subject.step))
    return deployed_system(subject, student.parameters())


def noise_budget(
    subject: EquationSystem | Task,
    build: Build = DEFAULT,
    analysis: Analysis | None = None,
    passes: Sequence[Pass] = (),
    lab: Lab | None = None,
) -> NoiseBudget:
    """Analyse the noise of one signal.

    Args:
        subject: a system, or a task, whose network is analysed with the weights that it ideally learns.
        build: how to build the circuit.
        analysis: which noise; the first output's when None.
        passes: what the circuit goes through.
        lab: in whose folder a failed run of ngspice leaves deck and log; one without a folder when None.

    Raises:
        UsageError: no such signal, no band, no stable operating point, or no noise.
        VleAnalogError: bad equations, no part values, a failed simulation.
    """
    lab, analysis = lab or Lab(), analysis or Analysis()
    lab.progress("learning" if isinstance(subject, Task) else "design", 0.0)
    system = at_work(subject)
    ready = design(system, build, passes, lab.progress)
    volts, step = ready.circuit.volts_per_unit, ready.bench.step
    name = analysis.output or ready.bench.probes[0]
    if name not in volts:
        raise UsageError(f"no signal '{name}'", where=system.name, hint=nearest(name, volts))
    low, high = analysis.band(system.span * system.unit, step)
    point = resting_point(ready, analysis.at)
    whole = ready.circuit.owned_by(Owner.BOARD)  # a teacher beside the network makes noise, too
    rest = AtRest(resting(whole, point), point, Testbench(PERIODS / low, step, "", (name,)), lab)
    lab.progress("noise", 0.0)
    rest.check()
    plot, sources = rest.analysed(low, high)
    hertz, density = np.real(plot.data["frequency"]), np.real(plot.data["onoise_spectrum"])
    if not np.all(density > 0):
        raise UsageError(
            f"nothing makes noise at '{name}'", where=system.name, hint="name a signal that a stage drives"
        )
    if analysis.transient is not None:
        lab.progress("transient", 0.0)
    wanted = ready.reference.solution.waveforms.signals.get(name)
    return NoiseBudget(
        name=system.name,
        fidelity=ready.circuit.fidelity,
        output=name,
        volts_per_unit=volts[name],
        signal=0.0 if wanted is None else float(np.std(wanted)),
        frequencies=hertz,
        density=density,
        contributions=ranked(list(attributed(rest.circuit, plot, sources)), hertz),
        sampled=None if analysis.transient is None else rest.sampled(analysis.transient, low),
        built=ready.built,
    )
