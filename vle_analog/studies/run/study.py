"""One run: a circuit simulated and held against its ideal."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from vle_analog.compare import compare, resampled
from vle_analog.design.build import DEFAULT, Build
from vle_analog.design.design import Design, Pass, design
from vle_analog.design.prototype import Prototype, from_file
from vle_analog.design.subject import Subject
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import UsageError
from vle_analog.lab.folder import workplace
from vle_analog.lab.lab import Lab
from vle_analog.lesson.chip import in_model_units
from vle_analog.options import build as options_built
from vle_analog.options import in_python, option
from vle_analog.production.trimming import Trim
from vle_analog.simulate.simulator import Vectors
from vle_analog.studies.margins.report import warning
from vle_analog.studies.margins.study import margins
from vle_analog.studies.run.diagnosis import Again, affordable, diagnosed
from vle_analog.studies.run.report import report
from vle_analog.studies.run.result import Run
from vle_analog.tasks import Task
from vle_analog.waveforms import Waveforms

#: warnings of a run about its design; `vle-analog margins` shows all
_WARNED = 3


def run(
    subject: EquationSystem | Task | str,
    build: Build = DEFAULT,
    passes: Sequence[Pass] = (),
    lab: Lab | None = None,
    **options: Any,
) -> Run:
    """Build a circuit, simulate it and compare it with its ideal.

    Args:
        subject: a system (`load_system`, `system`, `from_rhs`), a learning task (`TASKS`), or the name of either, or
            of a file, as on the command line.
        build: how to build the circuit.
        passes: what it goes through, in this order: mismatch, offsets, ...
        lab: whose simulator works in its folder; a failed run leaves deck and log there in ``ngspice-failed/``, and
            whatever an earlier run left stays. A lab without a folder when None.
        options: of the command, by their names with underscores for dashes, in the place of ``build``:
            ``run("lorenz", fidelity="macromodel", part={"opamp": "tl072"}, board=3)``.

    Raises:
        VleAnalogError: bad equations, no part values, a failed simulation, or a folder that cannot be
            written or that another run is writing to.
    """
    lab = lab or Lab()
    if options:
        if not isinstance(subject, str) or build is not DEFAULT or passes:
            hint = "name the subject, or its file; or give a Build, with the same options, and passes"
            raise UsageError("options are for a subject that is named, and for no Build beside", hint=hint)
        prototype: Prototype = options_built(Prototype, in_python(Prototype, (subject,), options))
        prototype.check()
        return run_prototype(prototype, lab)
    if isinstance(subject, str):
        subject = Subject(subject).load()
    with lab.claimed():
        return simulated(subject, design(subject, build, passes, lab.progress), lab)


@dataclass(frozen=True)
class RunPlan(Prototype):
    """What a run asks.

    Attributes:
        live: whether its page runs the circuit itself.
    """

    live: bool = option(
        "The page (report.html) has ngspice inside: a reader turns parts, mismatch, errors, and runs.", False
    )


def run_live(plan: RunPlan, lab: Lab) -> Run:
    """Run a board, and make its page live if that is asked for.

    Args:
        plan: what to run.
        lab: as `run` has it.

    Raises:
        VleAnalogError: as `run_prototype`; the engine is not installed, or the deck has side files.
    """
    done = run_prototype(plan, lab)
    if not plan.live:
        return done
    from vle_analog.studies.run.live import live  # few runs are

    lab.progress("page", 0.0)
    return replace(done, inlay=live(plan.loaded, done.design))


def run_prototype(prototype: Prototype, lab: Lab) -> Run:
    """Run a board; where its parts are real, its design is weighed first, which tells what it is to be warned of.

    Args:
        prototype: what to run.
        lab: as `run` has it.

    Raises:
        VleAnalogError: as `run` does; errors about the equations name their file.
    """
    with from_file(prototype.loaded), lab.claimed():
        ready = prototype.design(lab.progress)
        warned = _warned(ready, prototype.production.trim, lab)
        return replace(simulated(prototype.loaded, ready, lab), warned=warned)


def simulated(subject: EquationSystem | Task, ready: Design, lab: Lab) -> Run:
    """Simulate a design and compare it with its ideal.

    Args:
        subject: that it is of.
        ready: the design.
        lab: as `run` has it.

    Raises:
        VleAnalogError: a failed simulation, or a folder that cannot be written.
    """
    started = time.perf_counter()
    vectors = _played(ready, lab)
    times = {**ready.seconds, "ngspice": time.perf_counter() - started}
    analog = _in_model_units(ready, vectors)
    learning = subject.learning if isinstance(subject, Task) else None
    comparison = compare(ready.reference.solution.judged(), analog, signals=ready.bench.probes, learning=learning)
    done = Run(subject, ready, analog, len(vectors.time), comparison, times, told=report)
    if not done.within_bound:
        again = (lambda other: _in_model_units(other, _played(other, lab))) if affordable(times["ngspice"]) else None
        done = _diagnosed(done, again)
    times["total"] = sum(ready.seconds.values()) + time.perf_counter() - started
    return done


def _diagnosed(done: Run, again: Again | None) -> Run:
    """A run that is off, with why, or with why that is not known."""
    ready, comparison = done.design, done.comparison
    if ready.reference.solution.stiff:
        return replace(done, undiagnosed="errors are not followed along a stiff reference")
    if ready.bench.start:
        return replace(done, undiagnosed="errors are not followed where a run begins with a reset")
    off, events = comparison.trace_nrmse, comparison.events
    diagnosis = diagnosed(ready, done.analog, off, done.bound, done.points, again, events)
    if diagnosis is not None:
        return replace(done, diagnosis=diagnosis)
    return replace(done, undiagnosed="what parts do to first order does not explain it: it may be the events' own")


def _played(ready: Design, lab: Lab) -> Vectors:
    """What the simulator makes of a design."""
    with workplace(lab.folder) as work:
        return lab.simulator.run(
            ready.deck.text,
            span=ready.bench.span,
            folder=work,
            files=ready.deck.files,
            timeout=lab.timeout,
            progress=lab.stage("ngspice"),
        )


def _in_model_units(ready: Design, vectors: Vectors) -> Waveforms:
    """A circuit's waveforms at the reference's sample times."""
    time = ready.reference.solution.waveforms.time
    found = in_model_units(vectors, ready.circuit, ready.bench.probes)
    return resampled(replace(found, time=found.time + ready.bench.start / ready.circuit.unit), time)


def _warned(ready: Design, trim: Trim | None, lab: Lab) -> tuple[str, ...]:
    """The worst of the margins that do not hold."""
    if ready.technology.is_ideal or ready.reference.solution.stiff:
        return ()
    return tuple(map(warning, margins(ready, trim=trim, tell=lab.stage("margins")).warnings[:_WARNED]))
