"""``vle-analog montecarlo``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from vle_analog.cli.options import Eta, Fidelity, Mismatch, Offsets, Part, Span, Trim, numbers, parts, spreads
from vle_analog.cli.printing import answers, progress
from vle_analog.compare.yields import Criterion
from vle_analog.equations.rules import RULES
from vle_analog.errors import UsageError
from vle_analog.passes.variation import DISTRIBUTIONS, SAMPLINGS, Tolerance, Variation
from vle_analog.report.montecarlo import sentences, table
from vle_analog.studies.montecarlo import MOST_SAMPLES, SAMPLES, MonteCarlo, netlist_of, save
from vle_analog.studies.montecarlo import montecarlo as study_of
from vle_analog.studies.on_chip import MODES, Board
from vle_analog.studies.output import claimed, write_whole
from vle_analog.tasks import TASKS


def montecarlo(
    task: Annotated[str, typer.Argument(metavar="TASK", help=f"One of: {', '.join(TASKS)}.")],
    rule: Annotated[str, typer.Option(help=f"Learning rule: {', '.join(RULES)}.")] = "vle",
    eta: Eta = None,
    span: Span = None,
    seed: Annotated[int, typer.Option(help="Of the lesson: data and start weights, the same for all boards.")] = 0,
    mode: Annotated[
        str, typer.Option(help=f"What boards are for: {'; '.join(f'{key}: {words}' for key, words in MODES.items())}.")
    ] = "on-chip",
    mismatch: Mismatch = None,
    fidelity: Fidelity = None,
    part: Part = None,
    offsets: Offsets = None,
    trim: Trim = None,
    samples: Annotated[
        int | None, typer.Option(help=f"Boards (default: {SAMPLES}; with --until at most {MOST_SAMPLES}).")
    ] = None,
    until: Annotated[
        float | None,
        typer.Option(metavar="WIDTH", help="Stop when the yield's 95 % interval is at most so wide, e.g. 0.05."),
    ] = None,
    criterion: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Of good boards: 'accuracy>=0.95' (default where a task has right answers) or 'loss<=0.2' (over the "
            "target's variance).",
        ),
    ] = None,
    check: Annotated[int, typer.Option(metavar="M", help="Boards, a random subset, that run in ngspice, too.")] = 0,
    first: Annotated[int, typer.Option(help="Number of the first board, which decides its parts' draws.")] = 0,
    shares: Annotated[
        str | None,
        typer.Option(
            metavar="LOT,BOARD", help="Shares of the variance that a lot's and a board's parts have in common: 0.3,0.2."
        ),
    ] = None,
    per_lot: Annotated[int, typer.Option(help="Boards of one lot (1: each is of another lot).")] = 1,
    matched: Annotated[
        float, typer.Option(help="Share of the devices' variance that parts of one stage have in common.")
    ] = 0.0,
    distribution: Annotated[str, typer.Option(help=f"Of values: {', '.join(DISTRIBUTIONS)}.")] = DISTRIBUTIONS[0],
    kelvin: Annotated[
        float, typer.Option("--temperature", metavar="KELVIN", help="Standard deviation of boards' temperature.")
    ] = 0.0,
    coefficients: Annotated[
        str | None,
        typer.Option(metavar="R,C", help="Temperature coefficients of resistors and capacitors, ppm per kelvin."),
    ] = None,
    sampling: Annotated[
        str, typer.Option(help=f"Of what lots, boards and temperature share: {', '.join(SAMPLINGS)}.")
    ] = SAMPLINGS[0],
    series: Annotated[str | None, typer.Option(help="E-series of the resistors that hold deployed weights.")] = None,
    tuning: Annotated[
        float | None, typer.Option(help="How long a board is fine-tuned, model units (default: a tenth of the span).")
    ] = None,
    step: Annotated[
        float | None,
        typer.Option(help="The engine's step, model units (default: a tenth of the fastest membrane's tau)."),
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Threads, and processes of ngspice (default: one per core).")] = None,
    netlist: Annotated[
        int | None, typer.Option("--netlist-of", metavar="K", help="Only write board K's netlist, board-K.cir.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results (default: results/montecarlo-TASK).")] = None,
) -> None:
    """Yield of boards: many of one design, each with parts of its own, learn the same lesson; how many are good?

    Boards run side by side in the compiled engine and are judged with weights held, on fresh data. Writes
    montecarlo.json, montecarlo.png and montecarlo.md. Finished boards are kept in boards/, 64 at a time: an interrupted
    study goes on where it was, and one with more boards or another criterion runs only what is new. Board K has the
    parts of `vle-analog netlist ... --board K`; a teacher, which is no part of a board, keeps its values. A check in
    ngspice takes long: a board there takes some hundreds of times what it takes in the engine.
    """
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs must be at least 1, not {jobs}")
    if seed < 0:
        raise UsageError(f"--seed must not be negative, not {seed}", hint="take 0 or more")
    lot, board = _pair("--shares", shares)
    warm = _pair("--coefficients", coefficients)
    tolerances = [
        Tolerance(sigma, distribution, lot, board, matched, 1e-6 * coefficient)
        for sigma, coefficient in zip(spreads(mismatch), warm, strict=True)
    ]
    count = samples or (SAMPLES if until is None else MOST_SAMPLES)
    points = first + count if sampling == "latin" else 0
    plan = MonteCarlo(
        task,
        rule,
        eta,
        span,
        seed,
        Board(
            mode=mode,
            series=series,
            tuning=tuning,
            step=step,
            fidelity=fidelity or "ideal",
            parts=tuple(sorted(parts(part).items())),
            offsets=1.0 if offsets is None else offsets,
            trim=trim,
        ),
        Variation(tolerances[0], tolerances[1], kelvin, per_lot, sampling, points),
        samples,
        until,
        None if criterion is None else Criterion.parsed(criterion),
        first,
        check,
    )
    plan.job()  # what it refuses, it refuses before a folder is made
    folder = out or Path("results") / f"montecarlo-{task}"
    console = answers()
    if netlist is not None:
        deck = netlist_of(plan, netlist)
        name = f"board-{netlist}.cir"
        write_whole(folder, {**deck.files, name: deck.text})
        console.print(f"board {netlist} in {folder / name}", markup=False)
        return
    with claimed(folder), progress() as tell:
        study = study_of(plan, folder, jobs or len(os.sched_getaffinity(0)), tell)
        tell("figures", 0.0)
        save(study, folder)
    if not console.is_terminal:  # a file or pipe is as wide as it needs to be
        console.width = max(console.width, 200)
    header, *rows = table(study)
    shown = Table(title=f"{task}, {mode}: boards, best to worst", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    shown.title_justify, shown.pad_edge = "left", False
    for column in header:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*row)
    console.print(shown)
    for sentence in (*sentences(study), f"results in {folder}/"):
        console.print(sentence, markup=False)


def _pair(option: str, text: str | None) -> tuple[float, float]:
    """Two numbers; zeros without a text.

    Raises:
        UsageError: not two numbers.
    """
    if text is None:
        return 0.0, 0.0
    found = numbers(option, text)
    if len(found) != 2:
        raise UsageError(f"{option} '{text}' is not two numbers", hint="with a comma between them, e.g. 0.3,0.2")
    return found[0], found[1]
