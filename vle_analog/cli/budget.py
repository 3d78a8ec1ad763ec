"""``vle-analog budget``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from vle_analog.cli.options import Eta, Fidelity, Mismatch, Offsets, Part, Span, Trim, parts, spreads
from vle_analog.cli.printing import answers, progress
from vle_analog.equations.rules import RULES
from vle_analog.errors import UsageError
from vle_analog.report.budget import sentences, table
from vle_analog.studies.budget import ROWS, SOBOL_BOARDS, BudgetPlan, budget_study, save
from vle_analog.studies.cases import Asked
from vle_analog.studies.on_chip import MODES, Board
from vle_analog.studies.output import claimed
from vle_analog.tasks import TASKS

Task = Annotated[str, typer.Argument(metavar="TASK", help=f"One of: {', '.join(TASKS)}.")]
TaskRule = Annotated[str, typer.Option(help=f"Learning rule: {', '.join(RULES)}.")]
LessonSeed = Annotated[int, typer.Option(help="Of the lesson: data and start weights, the same for all boards.")]
Mode = Annotated[
    str, typer.Option(help=f"What boards are for: {'; '.join(f'{key}: {words}' for key, words in MODES.items())}.")
]
First = Annotated[int, typer.Option(help="Number of the first board, which decides its parts' draws.")]
Series = Annotated[str | None, typer.Option(help="E-series of the resistors that hold deployed weights.")]
Tuning = Annotated[
    float | None, typer.Option(help="How long a board is fine-tuned, model units (default: a tenth of the span).")
]
EngineStep = Annotated[
    float | None, typer.Option(help="The engine's step, model units (default: a tenth of the fastest membrane's tau).")
]
Jobs = Annotated[int | None, typer.Option(help="Threads (default: one per core).")]

#: standard deviations of resistors and capacitors, unless told otherwise
MISMATCH = "0.01,0.05"


def budget(
    task: Task,
    rule: TaskRule = "vle",
    eta: Eta = None,
    span: Span = None,
    seed: LessonSeed = 0,
    mode: Mode = "on-chip",
    mismatch: Mismatch = MISMATCH,
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
    out: Annotated[Path | None, typer.Option(help="Folder for the results (default: results/budget-TASK).")] = None,
) -> None:
    """Error budget: what each non-ideality of boards costs, alone and among all others.

    The same boards learn without non-idealities, with each kind alone, with all but one, with one kind after another,
    and with all; losses are taken with the weights held, on fresh data. Sobol indices say which kinds' sizes the loss
    depends on when all vary at once. Writes budget.json, budget.png and budget.md. Finished boards are kept in boards/:
    an interrupted study goes on where it was, and one with more boards or rows runs only what is new.
    """
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs must be at least 1, not {jobs}")
    resistors, capacitors = spreads(mismatch)
    asked = Asked(
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
        resistors,
        capacitors,
        boards,
        first,
    )
    plan = BudgetPlan(asked, sobol, sobol_boards)
    plan.check()  # what it refuses, it refuses before a folder is made
    folder = out or Path("results") / f"budget-{task}"
    with claimed(folder), progress() as tell:
        study = budget_study(plan, folder, jobs or len(os.sched_getaffinity(0)), tell)
        tell("figures", 0.0)
        save(study, folder)
    show(table(study), f"{task}, {mode}: median loss over variance by non-ideality", [*sentences(study)], folder)


def show(rows: list[list[str]], title: str, said: list[str], folder: Path) -> None:
    """A study's table and sentences on standard output."""
    console = answers()
    if not console.is_terminal:  # a file or pipe is as wide as it needs to be
        console.width = max(console.width, 200)
    shown = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title_justify="left")
    for column in rows[0]:
        shown.add_column(column, overflow="fold")
    for row in rows[1:]:
        shown.add_row(*row)
    console.print(shown)
    for sentence in (*said, f"results in {folder}/"):
        console.print(sentence, markup=False)
