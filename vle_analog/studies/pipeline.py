"""Equations -> netlist: everything before a simulator starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.technology import IDEAL, Technology
from vle_analog.compare import trace_nrmse
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.checks import check
from vle_analog.equations.system import EquationSystem, instance_names
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.stimuli import resolving_step
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.reference.accuracy import SOLVER_ERROR, Reference, reference
from vle_analog.reference.integrator import Integrator
from vle_analog.synthesis.lower import lower
from vle_analog.synthesis.realize import realize
from vle_analog.tasks import Task

#: told the stage's name and the fraction of it that is done
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Settings:
    """How to turn equations into a circuit.

    Attributes:
        realisation: of `prospective`: ``algebraic``, ``lead`` or ``differentiator``.
        bandwidth: of the latter two: how many times faster than tau their own pole is.
        step: solver step bound in model units; found from the reference when None.
        technology: part ranges and cells.
        scales: volts per model unit that the user fixes, by signal name.
    """

    realisation: str = "algebraic"
    bandwidth: float = 100.0
    step: float | None = None
    technology: Technology = IDEAL
    scales: Mapping[str, float] = field(default_factory=dict)


DEFAULT = Settings()


@dataclass(frozen=True)
class Design:
    """A circuit ready to simulate, with the reference that it will be held against.

    Attributes:
        system: the equations as given.
        diagram: their blocks.
        reference: the ideal run of the diagram's equations.
        circuit: the blocks' op-amp stages.
        bench: what the simulator is asked.
        deck: the netlist.
        look_ahead: NRMSE that the look-ahead's band limit alone causes, by probe: the reference
            with the limit against the one without; empty where nothing is band-limited.
        seconds: time spent in ``reference`` and ``synthesis``.
    """

    system: EquationSystem
    diagram: BlockDiagram
    reference: Reference
    circuit: Circuit
    bench: Testbench
    deck: Deck
    look_ahead: Mapping[str, float]
    seconds: Mapping[str, float]


def design(subject: EquationSystem | Task, settings: Settings = DEFAULT, progress: Progress | None = None) -> Design:
    """Lower, integrate the reference, realise and render.

    Args:
        subject: a system, or a learning task.
        settings: how to build it.
        progress: told what goes on.

    Raises:
        VleAnalogError: what is wrong with the equations, or what binds the synthesis.
    """
    tell = progress or (lambda stage, fraction: None)
    system = subject.system if isinstance(subject, Task) else subject
    started = time.perf_counter()
    check(system)
    diagram = lower(system, settings.realisation, settings.bandwidth)
    lowered = time.perf_counter()
    ideal = reference(
        diagram.read_back,
        step=subject.step if isinstance(subject, Task) else None,
        solver_error=subject.solver_error if isinstance(subject, Task) else SOLVER_ERROR,
        progress=lambda fraction: tell("reference", fraction),
    )
    look_ahead: Mapping[str, float] = {}
    if settings.realisation != "algebraic":
        exact = Integrator(lower(system).read_back).run(ideal.solution.step)
        look_ahead = trace_nrmse(exact.waveforms, ideal.solution.waveforms, ideal.solution.waveforms.signals)
    integrated = time.perf_counter()
    circuit = realize(diagram, ideal.solution.peaks, settings.technology, settings.scales)
    probes = tuple(name for probe in system.probes for name in instance_names(diagram.signals[probe]))
    bench = Testbench(system.span * system.unit, *_step(settings, ideal, circuit), probes)
    deck = render(circuit, bench)
    seconds = {
        "reference": integrated - lowered,
        "synthesis": time.perf_counter() - integrated + lowered - started,
    }
    return Design(system, diagram, ideal, circuit, bench, deck, look_ahead, seconds)


def _step(settings: Settings, ideal: Reference, circuit: Circuit) -> tuple[float, str]:
    """The solver's step bound in seconds, and why it is that."""
    if settings.step:
        return settings.step * circuit.unit, "as given"
    needed, resolving = ideal.solver_step * circuit.unit, resolving_step(circuit)
    if resolving < needed:
        return resolving, "resolves the corners of a long stimulus"
    return needed, f"a second-order method then errs by {ideal.solver_error:.1g} of each range"
