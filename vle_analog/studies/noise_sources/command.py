"""``vle-analog noise-sources``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vle_analog.cli.options import (
    Bandwidth,
    BoardSeed,
    Eta,
    Fidelity,
    Mismatch,
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
from vle_analog.cli.printing import progress, show, show_table
from vle_analog.cli.subject import built_with, find, from_file, settings_for
from vle_analog.errors import UsageError
from vle_analog.lab.folder import claimed
from vle_analog.studies.noise_sources.report import bands, sentences, table
from vle_analog.studies.noise_sources.study import noise_budget, save


def noise_sources(
    subject: Subject,
    output: Annotated[
        str | None, typer.Option(metavar="SIGNAL", help="Whose noise (default: the first output).")
    ] = None,
    rule: Rule = None,
    eta: Eta = None,
    span: Span = None,
    seed: Seed = None,
    low: Annotated[float | None, typer.Option(help="Lowest frequency, Hz (default: one over the span).")] = None,
    high: Annotated[
        float | None,
        typer.Option(help="Highest frequency, Hz (default: a quarter of the simulator's steps per second)."),
    ] = None,
    at: Annotated[float, typer.Option(help="Moment whose input values are held, model units.")] = 0.0,
    transient: Annotated[
        int | None, typer.Option(metavar="SEED", help="Also run with sampled noise of this seed, and compare spectra.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results (default: results/noise-sources-NAME).")
    ] = None,
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
    timeout: Annotated[float | None, typer.Option(help="Seconds after which a run of ngspice is stopped.")] = None,
) -> None:
    """Rank the sources of noise of a signal, around the circuit's operating point with its inputs held.

    Of a task it is the network at work, with the weights that it ideally learns in resistors. Writes noise.png,
    noise.md and noise.json. Resistors are at 27 C; parts' densities are their data sheets'.
    """
    for option, value in (("--low", low), ("--high", high), ("--timeout", timeout)):
        if value is not None and not 0 < value < float("inf"):
            raise UsageError(f"{option} must be positive, not {value:g}")
    if transient is not None and transient < 0:
        raise UsageError(f"--transient must not be negative, not {transient}", hint="take 0 or more")
    chosen = find(subject, rule, eta, span, seed)
    settings = settings_for(chosen, realisation, bandwidth, step, scale)
    settings = built_with(settings, fidelity, part, offsets, trim, mismatch, board)
    folder = out or Path("results") / f"noise-sources-{chosen.name}"
    with from_file(chosen), claimed(folder), progress() as tell:
        budget = noise_budget(
            chosen, settings, output, (low, high), at, transient, folder=folder, timeout=timeout, progress=tell
        )
        save(budget, folder)
    title = f"{budget.name}: noise of {budget.output}, {budget.fidelity} fidelity"
    tables = [(table(budget), title)]
    if budget.sampled is not None:
        tables.append((bands(budget), "transient run against the analysis"))
    for rows, name in tables[:-1]:
        show_table(rows, name)
    show(*tables[-1], sentences(budget), folder)
