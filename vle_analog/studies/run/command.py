"""``vle-analog run`` and ``vle-analog netlist``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from vle_analog.circuit.circuit import NOMINAL
from vle_analog.cli.options import (
    Bandwidth,
    BoardSeed,
    Celsius,
    Coefficients,
    Eta,
    Fidelity,
    Grades,
    Mismatch,
    Noise,
    NoiseScale,
    Offsets,
    Part,
    Realisation,
    Rule,
    Scale,
    Seed,
    Span,
    Step,
    Subject,
    Trim,
)
from vle_analog.cli.printing import ERRORS, print_metrics, progress
from vle_analog.cli.subject import built_with, find, from_file, settings_for
from vle_analog.design.design import design
from vle_analog.errors import UsageError, nearest
from vle_analog.lab.folder import claimed, is_stream, write_whole
from vle_analog.netlist.dialects import DIALECTS
from vle_analog.simulate.disk import unwritable
from vle_analog.studies.margins.report import warning
from vle_analog.studies.margins.study import margins
from vle_analog.studies.run.study import run as run_study

#: warnings of a run about its design; `vle-analog margins` shows all
_WARNED = 3


def run(
    subject: Subject,
    rule: Rule = None,
    eta: Eta = None,
    span: Span = None,
    seed: Seed = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results (default: results/NAME).")] = None,
    realisation: Realisation = "algebraic",
    bandwidth: Bandwidth = 100.0,
    step: Step = None,
    scale: Scale = None,
    fidelity: Fidelity = None,
    part: Part = None,
    offsets: Offsets = None,
    trim: Trim = None,
    mismatch: Mismatch = None,
    board: BoardSeed = None,
    noise: Noise = None,
    noise_scale: NoiseScale = None,
    grade: Grades = None,
    celsius: Celsius = NOMINAL,
    coefficients: Coefficients = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds after which ngspice is stopped.")] = None,
) -> None:
    """Simulate a task or system as op-amp circuit and compare it with its ideal.

    Writes netlist.cir, waveforms.npz, figures/*.png and metrics.json. An earlier run's are replaced once all are ready;
    a run that fails leaves them, and its own netlist and log in ngspice-failed/. No other file is touched.
    """
    chosen = find(subject, rule, eta, span, seed)
    settings = settings_for(chosen, realisation, bandwidth, step, scale)
    settings = built_with(
        settings,
        fidelity,
        part,
        offsets,
        trim,
        mismatch,
        board,
        noise,
        noise_scale,
        grade,
        celsius,
        coefficients,
    )
    if timeout is not None and not timeout > 0:
        raise UsageError(f"--timeout must be positive, not {timeout:g}")
    folder = out or Path("results") / chosen.name
    with from_file(chosen), claimed(folder), progress() as tell:
        result = run_study(chosen, settings, folder=folder, timeout=timeout, progress=tell)
        tell("figures", 0.0)
        metrics = result.save(folder)
    print_metrics(metrics, folder)
    if not result.design.technology.is_ideal:
        for each in margins(result.design, trim=trim).warnings[:_WARNED]:
            ERRORS.print(f"warning: {warning(each)}", markup=False)


def netlist(
    subject: Subject,
    rule: Rule = None,
    eta: Eta = None,
    span: Span = None,
    seed: Seed = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="File to write; else standard output.")] = None,
    realisation: Realisation = "algebraic",
    bandwidth: Bandwidth = 100.0,
    step: Step = None,
    scale: Scale = None,
    fidelity: Fidelity = None,
    part: Part = None,
    offsets: Offsets = None,
    trim: Trim = None,
    mismatch: Mismatch = None,
    board: BoardSeed = None,
    noise: Noise = None,
    noise_scale: NoiseScale = None,
    grade: Grades = None,
    celsius: Celsius = NOMINAL,
    coefficients: Coefficients = None,
    dialect: Annotated[str, typer.Option(help=f"Simulator that it is for: {', '.join(DIALECTS)}.")] = "ngspice",
) -> None:
    """Write a task's or system's netlist; it runs alone, under `ngspice -b` or in the simulator of the dialect."""
    if dialect not in DIALECTS:
        raise UsageError(f"no dialect '{dialect}'", hint=nearest(dialect, DIALECTS))
    chosen = find(subject, rule, eta, span, seed)
    settings = settings_for(chosen, realisation, bandwidth, step, scale)
    settings = built_with(
        settings,
        fidelity,
        part,
        offsets,
        trim,
        mismatch,
        board,
        noise,
        noise_scale,
        grade,
        celsius,
        coefficients,
    )
    with from_file(chosen), progress() as tell:
        ready = design(chosen, settings, tell)
        deck = ready.deck if dialect == "ngspice" else DIALECTS[dialect](ready.circuit, ready.bench)
    if output is None or is_stream(output):
        if deck.files:
            raise UsageError(
                f"this netlist needs side files ({', '.join(deck.files)})",
                hint="name a file with -o, they go beside it",
            )
        if output is None:
            sys.stdout.write(deck.text)
            return
        try:
            output.write_text(deck.text, encoding="utf-8")
        except OSError as error:
            raise unwritable(error, output) from error
        return
    output = Path(os.path.realpath(output))  # a link stays one
    write_whole(output.parent, {**deck.files, output.name: deck.text})
