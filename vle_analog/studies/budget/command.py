"""``vle-analog budget``."""

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
from vle_analog.cli.options import Eta, Fidelity, Grades, Mismatch, Offsets, Part, Span, Trim, grades, spreads
from vle_analog.cli.plasticity import Changes, changed
from vle_analog.cli.printing import progress, show
from vle_analog.fleet.cases import Asked
from vle_analog.lab.folder import claimed
from vle_analog.studies.budget.report import sentences, table
from vle_analog.studies.budget.study import ROWS, SOBOL_BOARDS, BudgetPlan, budget_study, save
from vle_analog.tasks import title_of

#: standard deviations of resistors and capacitors, unless told otherwise
MISMATCH = "0.01,0.05"


def budget(
    task: Task,
    rule: TaskRule = "vle",
    eta: Eta = None,
    span: Span = None,
    seed: LessonSeed = 0,
    settings: Changes = None,
    mode: Mode = "on-chip",
    mismatch: Mismatch = MISMATCH,
    grade: Grades = None,
    fidelity: Fidelity = "macromodel",
    part: Part = None,
    offsets: Offsets = None,
    trim: Trim = None,
    boards: Annotated[int, typer.Option(help="How many, the same ones in every case.")] = 16,
    first: First = 0,
    sobol: Annotated[
        int, typer.Option(metavar="ROWS", help="Of the design for Sobol indices, a power of two; 0: no indices.")
    ] = ROWS,
    sobol_boards: Annotated[int, typer.Option(help="Boards whose median loss the indices are of.")] = SOBOL_BOARDS,
    series: Series = None,
    tuning: Tuning = None,
    step: EngineStep = None,
    jobs: Jobs = None,
    cluster: ClusterAddress = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results (default: results/budget-TASK).")] = None,
) -> None:
    """Error budget: what each non-ideality of boards costs, alone and among all others.

    The same boards learn without non-idealities, with each kind alone, with all but one, with one kind after another,
    and with all; losses are taken with the weights held, on fresh data. Sobol indices say which kinds' sizes the loss
    depends on when all vary at once. Writes budget.json, budget.png and budget.md. Finished boards are kept in boards/:
    an interrupted study goes on where it was, and one with more boards or rows runs only what is new.
    """
    threads = threads_of(jobs)
    resistors, capacitors = spreads(mismatch)
    asked = Asked(
        task,
        rule,
        eta,
        span,
        seed,
        board_of(mode, series, tuning, step, fidelity, part, offsets, trim),
        resistors,
        capacitors,
        boards,
        first,
        grades(grade),
        tuple(changed(settings or []).items()),
    )
    plan = BudgetPlan(asked, sobol, sobol_boards)
    plan.check()  # what it refuses, it refuses before a folder is made
    folder = out or Path("results") / f"budget-{title_of(task)}"
    with claimed(folder), progress() as tell, cluster_of(cluster, jobs) as executor:
        study = budget_study(plan, folder, threads, tell, executor)
        tell("figures", 0.0)
        save(study, folder)
    show(table(study), f"{task}, {mode}: median loss over variance by non-ideality", sentences(study), folder)
