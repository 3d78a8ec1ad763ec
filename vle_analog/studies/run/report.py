"""A run as it is told: its distance from the ideal, what was learned, and the files that hold all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vle_analog.compare.timing import EventTiming
from vle_analog.equations.presentation import presented
from vle_analog.equations.system import instance_names
from vle_analog.lab.folder import METRICS
from vle_analog.learning.learned import deployable
from vle_analog.report.report import Report, Table
from vle_analog.simulate.ngspice import DECK
from vle_analog.studies.run.result import Run
from vle_analog.tasks import Task
from vle_analog.tasks.weights import WRITTEN, packed
from vle_analog.units import engineering
from vle_analog.waveforms import Waveforms

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: the figures that a run may have
TRACES, PORTRAIT, LOSS, PARAMETERS = (
    f"figures/{name}" for name in ("traces", "portrait", "learning_curve", "parameters")
)
_WAVEFORMS = "waveforms.npz"
#: parameters that are printed unless all are asked for
_ROWS = 40
#: of its peak, what a state must not be under for half of a run: 1e9 of gain then err by a thousandth
_FAINT = 1e-5
PAGE, DIAGRAM = "report.html", "figures/diagram.svg"
#: all files that a run may have, but for its netlist's side files
WRITES = (
    DIAGRAM,
    DECK,
    _WAVEFORMS,
    *(f"{name}.png" for name in (TRACES, PORTRAIT, LOSS, PARAMETERS)),
    PAGE,
    *WRITTEN,
    METRICS,
)


def report(run: Run) -> Report:
    """What is told of a run."""
    return Report(
        name=Path(METRICS).stem,
        title=f"{run.design.system.name}: circuit of {run.design.built.parts} against its equations",
        record=run.metrics(),
        tables=list(_tables(run)),
        sentences=list(_sentences(run)),
        figures=lambda: _figures(run),
        warnings=[*_warnings(run), *run.warned],
        document="",
        equations=presented(run.design.system),
        missed=not (run.within_bound and run.comparison.events_complete),
        page=Path(PAGE).stem,
        inlay=run.inlay,
        files=_files(run),
    )


def _tables(run: Run) -> Iterator[Table]:
    """When events happened, and what was learned."""
    if run.comparison.events:
        yield _events(run)
    if (learning := run.comparison.learning) is None:
        return
    header, rows = ["parameter", "circuit", "reference"], []
    if taught := any(each.target is not None for each in learning.parameters.values()):
        header.append("teacher")
    for name, each in learning.parameters.items():
        row = [name, f"{each.analog:.6g}", f"{each.ideal:.6g}"]
        rows.append(row + (["" if each.target is None else f"{each.target:.4g}"] if taught else []))
    yield Table("learned", header, rows, frozenset(header[1:]), _ROWS)


def _events(run: Run) -> Table:
    """How often each event happened in both runs, and how late the circuit's are."""
    system = run.design.system
    header = [
        "event",
        "reference",
        "circuit",
        "missing",
        "extra",
        "late at most",
        "in time",
        "of span",
        "RMS",
        "RMS of span",
    ]
    rows = []
    for name, timing in run.comparison.events.items():
        errors: list[str] = []
        for late in (timing.worst, timing.rms):
            if late is None:
                errors += ["", "", ""]
            else:
                errors += [f"{late:.2g}", engineering(late * system.unit, "s"), f"{late / system.span:.2g}"]
        del errors[4]  # the root mean square's seconds
        counts = [timing.ideal, timing.analog, len(timing.missing), len(timing.extra)]
        rows.append([name, *map(str, counts), *errors])
    return Table("events, late in model units (negative: early)", header, rows, frozenset(header[1:]))


def _sentences(run: Run) -> Iterator[str]:
    """How far it is off, what was lost, what was built, how long it took."""
    circuit, comparison = run.design.circuit, run.comparison
    parts = "real" if run.design.built.is_real else "ideal"
    yield (
        f"circuit of {parts} parts against the reference: NRMSE at most {comparison.trace_nrmse_max:.2g} of range "
        f"(signal {_worst(run)})"
    )
    if (learning := comparison.learning) is not None:
        yield (
            f"loss with plasticity off: {learning.loss_initial:.3g} at first, then "
            f"{learning.loss_final_analog:.3g} of the circuit, {learning.loss_final_ideal:.3g} of the reference"
        )
    yield f"{run.design.system.name}, {circuit.fidelity} fidelity: {circuit.counted}"
    yield from _delays_and_events(run)
    yield ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in run.seconds.items())


def _delays_and_events(run: Run) -> Iterator[str]:
    """What ladders of delays change by themselves, and how long resets take."""
    ready = run.design
    if ready.ladders:
        orders = ", ".join(f"{ladder.signal} of order {ladder.order}" for ladder in ready.ladders)
        yield f"delays by ladders ({orders}), which alone change a signal by {max(ready.delayed.values()):.2g} of range"
    yield from (each.remark() for each in ready.sliding)
    for name, pulse in ready.circuit.triggers.items():
        timing = run.comparison.events[name]
        late = "" if timing.worst is None else f", off by at most {abs(timing.worst):.2g} model units"
        yield (
            f"event '{name}': {timing.ideal} times{late}; a reset takes {engineering(pulse.seconds, 's')}, "
            f"{pulse.seconds / ready.circuit.unit:.2g} model units"
        )


def _warnings(run: Run) -> Iterator[str]:
    """Warnings that the run is far from its reference, and of events that only one of both has, if there are any."""
    for name, timing in run.comparison.events.items():
        if not timing.complete:
            yield _incomplete(name, timing)
    if not run.within_bound:
        yield (
            f"signal '{_worst(run)}' is off by an NRMSE of {run.comparison.trace_nrmse_max:.2g} of its range; "
            f"a good run stays under {run.bound:g}\n"
            f"  {run.diagnosis or f'look at figures/traces.png: {run.undiagnosed}'}"
        )
        yield from _faint(run)


def _faint(run: Run) -> Iterator[str]:
    """Which states are nearly nothing for most of the run, where rates are made of them."""
    time, volts = run.ideal.time, run.design.circuit.volts_per_unit
    if not run.design.reference.solution.stiff:
        return
    for state in run.design.system.states:
        for name in instance_names(state.symbol):
            if name not in run.ideal.signals:
                continue
            size = np.abs(run.ideal[name])
            order = np.argsort(size)
            share = np.cumsum(np.gradient(time)[order])
            middle = float(size[order[np.searchsorted(share, 0.5 * share[-1])]])
            if middle < _FAINT * size.max():
                yield (
                    f"'{name}' stays under {middle / size.max():.1g} of its peak for half of the run, "
                    f"{engineering(middle * abs(volts[name]), 'V')} on its node, where op-amps' finite gain counts\n"
                    "  write the system in states that stay within a few decades, as Lienard's form of van der Pol's "
                    "equation does"
                )


def _incomplete(name: str, timing: EventTiming) -> str:
    """Which events only one of both runs has."""
    said = []
    if len(timing.missing):
        said.append(
            f"{len(timing.missing)} of the reference's {timing.ideal} missing, the first at t = {timing.missing[0]:.6g}"
        )
    if len(timing.extra):
        said.append(f"{len(timing.extra)} too many, the first at t = {timing.extra[0]:.6g}")
    return f"the circuit's event '{name}' does not happen as often as it should: {', '.join(said)}"


def _worst(run: Run) -> str:
    errors = run.comparison.trace_nrmse
    return max(errors, key=lambda name: errors[name])


def _files(run: Run) -> dict[str, str | bytes]:
    """Block diagram, netlist, its side files, and the waveforms of both runs."""
    columns = {f"ideal_{name}": values for name, values in run.ideal.at(run.analog.time).signals.items()}
    columns |= {f"analog_{name}": values for name, values in run.analog.signals.items()}
    deck = run.design.deck
    return {
        DIAGRAM: run.design.drawn(),
        DECK: deck.text,
        **deck.files,
        _WAVEFORMS: Waveforms(run.analog.time, columns).packed(),
        **_weights(run),
    }


def _weights(run: Run) -> dict[str, str | bytes]:
    """What a circuit that learned has learned, for another one to start with."""
    if not isinstance(run.subject, Task):
        return {}
    learned = {
        each.parameter: each.as_parameter(np.array([run.analog[name][-1] for name in each.instances]))
        for each in deployable(run.subject.learned)
    }
    return packed(learned, run.subject.layers)


def _figures(run: Run) -> Mapping[str, Figure]:
    """The figures by file name."""
    from vle_analog.studies.run.figure import learning_curves, parameters, portrait, traces
    from vle_analog.studies.run.heading import Heading

    heading = Heading(run.design.system.name, run.design.built)
    ideal, analog, comparison = run.ideal, run.analog, run.comparison
    if not isinstance(run.subject, Task):
        names = run.design.bench.probes
        drawn = {TRACES: traces(ideal, analog, heading=heading, comparison=comparison)}
        if len(names) > 1:
            drawn[PORTRAIT] = portrait(ideal, analog, names[0], names[1], heading=heading)
        return drawn
    setup = run.subject.learning
    heading = replace(heading, title=f"{heading.title}, rule {run.subject.variant}")
    shown = [name for pair in zip(setup.outputs, setup.targets, strict=True) for name in pair]
    windows = 6 * setup.loss_window
    return {
        TRACES: traces(ideal, analog, shown, heading=heading, comparison=comparison, windows=windows),
        LOSS: learning_curves(comparison, heading=heading),
        PARAMETERS: parameters(ideal, analog, setup, heading=heading),
    }
