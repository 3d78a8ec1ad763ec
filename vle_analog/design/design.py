"""Equations -> netlist: everything before a simulator starts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from vle_analog.blocks.design import REFERENCE
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.parts import chosen
from vle_analog.circuit.technology import IDEAL, Technology
from vle_analog.compare import trace_nrmse
from vle_analog.design.build import DEFAULT, Build
from vle_analog.design.built import Built
from vle_analog.design.domains import defined_reference
from vle_analog.design.hysteresis import Comparator, comparators, with_hysteresis
from vle_analog.design.ladders import Ladder, orders, with_ladders
from vle_analog.design.ranges import in_range
from vle_analog.design.subject import leaving, system_of
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.canonical import tabulations
from vle_analog.equations.checks import check
from vle_analog.equations.events import refuse_moments
from vle_analog.equations.system import DEFAULT_FIDELITY, EquationSystem, instance_names, name_of
from vle_analog.errors import LoweringError, SynthesisError, UsageError
from vle_analog.netlist.ngspice import render
from vle_analog.netlist.stimuli import resolving_step
from vle_analog.netlist.testbench import Deck, Testbench
from vle_analog.production.purchase import STANDARD
from vle_analog.production.reset import RESET, with_reset
from vle_analog.reference.accuracy import SOLVER_ERROR, Reference, rerun
from vle_analog.synthesis.economy import economical
from vle_analog.synthesis.events import Timing
from vle_analog.synthesis.lower import lower
from vle_analog.synthesis.realize import realize
from vle_analog.synthesis.subtraction import subtracting
from vle_analog.tasks import Task

#: told the stage's name and the fraction of it that is done
Progress = Callable[[str, float], None]
#: what changes a circuit
Pass = Callable[[Circuit], Circuit]


@dataclass(frozen=True)
class Design:
    """A circuit ready to simulate, with the reference that it will be held against.

    Attributes:
        system: the equations as given.
        diagram: their blocks.
        reference: the ideal run of the diagram's equations.
        exact: the blocks' op-amp stages, with the values that the equations ask for.
        nominal: these with the values that are bought.
        circuit: these after the passes.
        technology: what they are built with, blocks of their own apart.
        bench: what the simulator is asked.
        outputs: signals that leave the board, of those that are probed.
        limited: signals that look ahead with a band limit.
        look_ahead: NRMSE that these limits alone cause, by probe: the reference with them against
            the one without; empty where there are none, or where none can be avoided (the derivative
            of an input is not at hand).
        ladders: that realise delays.
        delayed: NRMSE that these alone cause, by probe: the reference with them against the one with true delays.
        sliding: comparators without hysteresis on whose threshold a signal slides.
        seconds: time spent in ``reference`` and ``synthesis``.
    """

    system: EquationSystem
    diagram: BlockDiagram
    reference: Reference
    exact: Circuit
    nominal: Circuit
    circuit: Circuit
    technology: Technology
    bench: Testbench
    outputs: tuple[str, ...]
    limited: tuple[str, ...]
    look_ahead: Mapping[str, float]
    seconds: Mapping[str, float]
    ladders: tuple[Ladder, ...] = ()
    delayed: Mapping[str, float] = field(default_factory=dict)
    sliding: tuple[Comparator, ...] = ()

    @property
    def built(self) -> Built:
        """What it is about, for those who read of it."""
        return Built(self.system, self.diagram, self.circuit)

    def drawn(self) -> str:
        """Its block diagram as SVG."""
        from vle_analog.schematic.diagram import diagram
        from vle_analog.schematic.hierarchy import schematic  # few designs are drawn

        return diagram(schematic(self.nominal, STANDARD, {}, self.bench.probes))

    def _repr_svg_(self) -> str:
        """What a notebook shows."""
        return self.drawn()

    @cached_property
    def deck(self) -> Deck:
        """The netlist, written when it is asked for: of a long lesson it has millions of numbers."""
        return render(self.circuit, self.bench)

    def __repr__(self) -> str:
        """Its system and parts."""
        return f"<Design of {self.system.name!r}: {self.circuit!r}>"


def design(
    subject: EquationSystem | Task,
    build: Build = DEFAULT,
    passes: Sequence[Pass] = (),
    progress: Progress | None = None,
) -> Design:
    """Lower, integrate the reference and realise.

    Args:
        subject: a system, or a learning task.
        build: how to build it.
        passes: what the circuit goes through, in this order: rounding, mismatch, offsets, ...
        progress: told what goes on.

    Raises:
        VleAnalogError: what is wrong with the equations, or what binds the synthesis.
    """
    system = system_of(subject)
    try:
        return _designed(subject, system, build, passes, progress or (lambda stage, fraction: None))
    except (LoweringError, SynthesisError) as error:
        raise (error.located(system.origin) if system.origin else error) from None


def _designed(
    subject: EquationSystem | Task, system: EquationSystem, build: Build, passes: Sequence[Pass], tell: Progress
) -> Design:
    """As `design`; errors do not name the file yet."""
    started = time.perf_counter()
    check(system)
    if isinstance(subject, Task):
        refuse_moments(system)
    technology, apart = _technologies(system, build)
    settings = {**_settings(subject, build), "progress": lambda fraction: tell("reference", fraction)}
    lowered = time.perf_counter()
    written, cheaper = (system, ()) if isinstance(subject, Task) else _economical(system, build)
    diagram, ideal, made, delayed = _idealised(written, build, settings)
    apart |= build.apart(diagram.drivers, technology.name)
    compared = comparators(diagram, ideal)
    sliding = tuple(each for each in compared if each.slides is not None and not build.hysteresis)
    if build.hysteresis:
        system = written = with_hysteresis(written, compared, build.hysteresis)
        diagram, ideal, made, delayed = _idealised(written, build, settings)
    if (within := in_range(written, diagram, ideal, technology, apart)) is not written:
        diagram = lower(within, build.realisation, build.bandwidth, orders(made))
        ideal = defined_reference(diagram, **settings)
    if build.subtract:
        diagram = subtracting(diagram, (technology, *apart.values()))
    limited = band_limited(diagram)
    look_ahead = _look_ahead(lower(system, ladders=orders(made)), ideal) if limited else {}
    integrated = time.perf_counter()
    designed = realize(diagram, ideal.solution.peaks, technology, dict(build.scales), apart, _timing(system, ideal))
    told = [*(ladder.remark() for ladder in made), *(each.remark() for each in sliding), *_remarks(system), *cheaper]
    designed = replace(designed, remarks=(*designed.remarks, *told))
    designed, ahead = _starting(designed, build, system)
    circuit = nominal = designed if build.series is None else build.series.applied(designed)
    for change in passes:
        circuit = change(circuit)
    probes = tuple(name for probe in system.probes for name in instance_names(diagram.signals[probe]))
    bench = _bench(build, ideal, circuit, system.span * system.unit, probes)
    bench = replace(bench, start=-ahead, span=bench.span + ahead) if ahead else bench
    bench.check(circuit)
    seconds = {
        "reference": integrated - lowered,
        "synthesis": time.perf_counter() - integrated + lowered - started,
    }
    return Design(
        system=system,
        diagram=diagram,
        reference=ideal,
        exact=designed,
        nominal=nominal,
        circuit=circuit,
        technology=technology,
        bench=bench,
        outputs=leaving(subject, probes),
        limited=limited,
        look_ahead=look_ahead,
        seconds=seconds,
        ladders=made,
        delayed=delayed,
        sliding=sliding,
    )


def _technologies(system: EquationSystem, build: Build) -> tuple[Technology, dict[str, Technology]]:
    """What the system is built with, and the technologies of blocks that its file gives others, by block."""
    usual = system.fidelity.get(DEFAULT_FIDELITY, IDEAL.name)
    others = {name: each for name, each in system.fidelity.items() if name != DEFAULT_FIDELITY}
    apart = {name: chosen(each, supply=build.supply) for name, each in others.items()}
    return build.technology or chosen(usual, supply=build.supply), apart


def _starting(circuit: Circuit, build: Build, system: EquationSystem) -> tuple[Circuit, float]:
    """The circuit with what sets its start values, and for how many seconds before time zero it does.

    Raises:
        UsageError: it has other memories than integrators: those of events, or of delays.
    """
    if build.start != RESET:
        return circuit, 0.0
    if system.events or system.delays:
        what = "events" if system.events else "delays"
        raise UsageError(f"a system with {what} is not started by a reset", hint="leave `start` out")
    found = with_reset(circuit, tuple(REFERENCE.values()))
    return found.circuit, found.seconds


def _economical(system: EquationSystem, build: Build) -> tuple[EquationSystem, tuple[str, ...]]:
    """The system as it takes the fewest multipliers, and what was written otherwise."""
    return economical(system, lambda trial: lower(trial, build.realisation, build.bandwidth))


def _idealised(
    system: EquationSystem, build: Build, settings: Mapping[str, Any]
) -> tuple[BlockDiagram, Reference, tuple[Ladder, ...], Mapping[str, float]]:
    """Diagram, reference run, ladders of delays, and what these alone change the outputs by."""
    diagram = lower(system, build.realisation, build.bandwidth)
    ideal = defined_reference(diagram, **settings)
    if not system.delays:
        return diagram, ideal, (), {}
    laddered = with_ladders(system, diagram, ideal, build, settings)
    return laddered.diagram, laddered.reference, laddered.ladders, laddered.error


def _remarks(system: EquationSystem) -> list[str]:
    """What readers of a netlist are told of its equations."""
    return [*(f"before time zero {name} was {past}" for name, past in system.history.items()), *tabulations(system)]


def _look_ahead(exact: BlockDiagram, ideal: Reference) -> Mapping[str, float]:
    """NRMSE by signal of the reference against that of the diagram without band limits; empty where it has some yet."""
    if band_limited(exact):
        return {}
    unlimited = rerun(exact.read_back, ideal.solution).waveforms
    return trace_nrmse(unlimited, ideal.solution.waveforms, ideal.solution.waveforms.signals)


def _settings(subject: EquationSystem | Task, build: Build) -> dict[str, Any]:
    """How a subject's reference is integrated; what step a circuit's solver needs is not asked where it is given."""
    if not isinstance(subject, Task):
        return {"solver_error": None if build.step else SOLVER_ERROR}
    error = None if build.step else subject.solver_error
    return {"step": subject.step, "solver_error": error, "settle": subject.stream.gate.on}


def band_limited(diagram: BlockDiagram) -> tuple[str, ...]:
    """The signals that a lead stage or a differentiator drives."""
    return tuple(name_of(block.output) for block in diagram.blocks if block.band_limited)


def _timing(system: EquationSystem, ideal: Reference) -> Timing:
    """How many events there are in the reference run."""
    return Timing(system.span, sum(len(moments) for moments in ideal.solution.events.values()))


def _bench(build: Build, ideal: Reference, circuit: Circuit, span: float, probes: tuple[str, ...]) -> Testbench:
    """What the simulator is asked: the step bound is what the reference needed, or what the stimuli do."""
    triggers = tuple(pulse.node for pulse in circuit.triggers.values())
    if build.step:
        return Testbench(span, build.step * circuit.unit, "as given", probes, triggers)
    needed = ideal.solver_step * circuit.unit
    if ideal.solver_error is None:
        reason = "even steps would be too many: the solver chooses them"
        bench = Testbench(span, needed, reason, probes, triggers).strict()
    else:
        reason = f"a second-order method then errs by {ideal.solver_error:.1g} of each range"
        bench = Testbench(span, needed, reason, probes, triggers)
    resolving = resolving_step(circuit, bench)
    if resolving < needed:
        return replace(bench, step=resolving, reason="resolves the corners of a long stimulus")
    return bench
