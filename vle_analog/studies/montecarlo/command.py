"""``vle-analog montecarlo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vle_analog.circuit.circuit import NOMINAL
from vle_analog.cli.boards import (
    ClusterAddress,
    EngineStep,
    First,
    LessonSeed,
    Mode,
    Series,
    Task,
    TaskRule,
    Tuning,
    board_of,
    cluster_of,
    threads_of,
)
from vle_analog.cli.options import (
    Celsius,
    Coefficients,
    Eta,
    Fidelity,
    Grades,
    Mismatch,
    Offsets,
    Part,
    Span,
    Trim,
    grades,
    pair,
    spreads,
)
from vle_analog.cli.plasticity import Changes, changed
from vle_analog.cli.printing import answers, progress, show
from vle_analog.compare.criterion import (
    Criterion,
)
from vle_analog.errors import UsageError
from vle_analog.lab.folder import claimed, write_whole
from vle_analog.production.draws import DISTRIBUTIONS, SAMPLINGS
from vle_analog.production.variation import Scatter, Tolerance, Variation
from vle_analog.studies.montecarlo.report import sentences, table
from vle_analog.studies.montecarlo.study import MOST_SAMPLES, SAMPLES, MonteCarlo, netlist_of, save
from vle_analog.studies.montecarlo.study import montecarlo as study_of
from vle_analog.tasks import title_of


def montecarlo(
    task: Task,
    rule: TaskRule = "vle",
    eta: Eta = None,
    span: Span = None,
    seed: LessonSeed = 0,
    settings: Changes = None,
    mode: Mode = "on-chip",
    mismatch: Mismatch = None,
    grade: Grades = None,
    fidelity: Fidelity = None,
    part: Part = None,
    offsets: Offsets = None,
    trim: Trim = None,
    noise_scale: Annotated[
        float | None,
        typer.Option(
            help="How strong the noise of the parts is, over what they have, each board's its own (default: 0)."
        ),
    ] = None,
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
    first: First = 0,
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
    device_shares: Annotated[
        str | None,
        typer.Option(metavar="LOT,BOARD", help="As --shares, of each kind of error of op-amps, multipliers and cells."),
    ] = None,
    device_distribution: Annotated[
        str, typer.Option(help=f"Of these errors: {', '.join(DISTRIBUTIONS[1:])}; cut off at the data sheet's maximum.")
    ] = DISTRIBUTIONS[1],
    celsius: Celsius = NOMINAL,
    kelvin: Annotated[
        float, typer.Option("--temperature", metavar="KELVIN", help="Standard deviation of boards' temperature.")
    ] = 0.0,
    coefficients: Coefficients = None,
    sampling: Annotated[
        str, typer.Option(help=f"Of what lots, boards and temperature share: {', '.join(SAMPLINGS)}.")
    ] = SAMPLINGS[0],
    series: Series = None,
    tuning: Tuning = None,
    step: EngineStep = None,
    jobs: Annotated[int | None, typer.Option(help="Threads, and processes of ngspice (default: one per core).")] = None,
    cluster: ClusterAddress = None,
    netlist: Annotated[
        int | None,
        typer.Option(
            "--netlist-of", metavar="K", help="Only write board K's netlist, board-K.cir, and its parts, board-K.csv."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results (default: results/montecarlo-TASK).")] = None,
) -> None:
    """Yield of boards: many of one design, each with parts of its own, learn the same lesson; how many are good?

    Boards run side by side in the compiled engine and are judged with weights held, on fresh data. Writes
    montecarlo.json, montecarlo.png and montecarlo.md. Finished boards are kept in boards/, and so is, every few
    seconds, where the others are in their lesson: an interrupted study goes on where it was, and one with more boards
    or another criterion runs only what is new. On a cluster (--cluster; pip install 'vle-analog[cluster]') results are
    the same bit for bit. Board K has the parts of `vle-analog netlist ... --board K`; a teacher, which is no part of a
    board, keeps its values. A check in ngspice takes long: a board there takes some hundreds of times what it takes in
    the engine.
    """
    threads = threads_of(jobs)
    if seed < 0:
        raise UsageError(f"--seed must not be negative, not {seed}", hint="take 0 or more")
    lot, board = pair("--shares", shares)
    warm = pair("--coefficients", coefficients)
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
        board_of(mode, series, tuning, step, fidelity, part, offsets, trim, noise_scale),
        Variation(
            tolerances[0],
            tolerances[1],
            kelvin,
            per_lot,
            sampling,
            points,
            grades=grades(grade),
            devices=Scatter(device_distribution, *pair("--device-shares", device_shares)),
            celsius=celsius,
        ),
        samples,
        until,
        None if criterion is None else Criterion.parsed(criterion),
        first,
        check,
        changes=tuple(changed(settings or []).items()),
    )
    plan.job()  # what it refuses, it refuses before a folder is made
    folder = out or Path("results") / f"montecarlo-{title_of(task)}"
    if netlist is not None:
        deck, parts = netlist_of(plan, netlist)
        name = f"board-{netlist}"
        write_whole(folder, {**deck.files, f"{name}.csv": parts, f"{name}.cir": deck.text})
        answers().print(f"board {netlist} in {folder / name}.cir, its parts in {folder / name}.csv", markup=False)
        return
    with claimed(folder), progress() as tell, cluster_of(cluster, jobs) as executor:
        study = study_of(plan, folder, threads, tell, executor)
        tell("figures", 0.0)
        save(study, folder)
    show(table(study), f"{task}, {mode}: boards, best to worst", sentences(study), folder)
