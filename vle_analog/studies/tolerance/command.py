"""``vle-analog tolerance``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vle_analog.cli.boards import (
    ClusterAddress,
    EngineStep,
    First,
    Jobs,
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
from vle_analog.cli.options import Eta, Fidelity, Grades, Mismatch, Offsets, Part, Span, grades, spreads
from vle_analog.cli.plasticity import Changes, changed
from vle_analog.cli.printing import progress, show
from vle_analog.compare.criterion import (
    Criterion,
)
from vle_analog.fleet.cases import Asked
from vle_analog.lab.folder import claimed
from vle_analog.studies.budget.command import MISMATCH
from vle_analog.studies.tolerance.report import sentences, table
from vle_analog.studies.tolerance.study import TolerancePlan, save, tolerance_study
from vle_analog.tasks import title_of


def tolerance(
    task: Task,
    rule: TaskRule = "vle",
    eta: Eta = None,
    span: Span = None,
    seed: LessonSeed = 0,
    settings: Changes = None,
    mode: Mode = "on-chip",
    criterion: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Of good boards: 'accuracy>=0.95' (default where a task has right answers) or 'loss<=0.05' (over the "
            "target's variance; default elsewhere).",
        ),
    ] = None,
    wanted: Annotated[float, typer.Option("--yield", help="The fraction of boards that must be good.")] = 0.95,
    boards: Annotated[int, typer.Option(help="How many at each size, the same ones.")] = 64,
    first: First = 0,
    mismatch: Mismatch = MISMATCH,
    grade: Grades = None,
    fidelity: Fidelity = "macromodel",
    part: Part = None,
    offsets: Offsets = None,
    series: Series = None,
    tuning: Tuning = None,
    step: EngineStep = None,
    jobs: Jobs = None,
    cluster: ClusterAddress = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results (default: results/tolerance-TASK).")] = None,
) -> None:
    """Tolerances: how large may each non-ideality of boards be, alone, that enough boards are good?

    Sizes from a thousandth of the boards' own (--mismatch, and what data sheets say) to a hundred times it and beyond
    are tried on the same boards with the same draws; the largest good one is found by bisection to 5 %. What all
    boards share (bandwidth, lag, feedthrough) is tried on one board. Wilson's interval says how sure a yield is.
    Writes tolerance.json, tolerance.png and tolerance.md. Finished boards are kept in boards/: an interrupted study
    goes on where it was, and one with more boards, another criterion or yield runs only what is new.
    """
    threads = threads_of(jobs)
    resistors, capacitors = spreads(mismatch)
    asked = Asked(
        task,
        rule,
        eta,
        span,
        seed,
        board_of(mode, series, tuning, step, fidelity, part, offsets),
        resistors,
        capacitors,
        boards,
        first,
        grades(grade),
        tuple(changed(settings or []).items()),
    )
    plan = TolerancePlan(asked, None if criterion is None else Criterion.parsed(criterion), wanted)
    plan.check()  # what it refuses, it refuses before a folder is made
    folder = out or Path("results") / f"tolerance-{title_of(task)}"
    with claimed(folder), progress() as tell, cluster_of(cluster, jobs) as executor:
        study = tolerance_study(plan, folder, threads, tell, executor)
        tell("figures", 0.0)
        save(study, folder)
    show(table(study), f"{task}, {mode}: how much of each non-ideality is allowed, alone", sentences(study), folder)
