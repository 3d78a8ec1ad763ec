"""``vle-analog learn``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from vle_analog.cli.options import numbers
from vle_analog.cli.printing import answers, progress
from vle_analog.equations.feedback import FEEDBACKS
from vle_analog.equations.rules import RULES
from vle_analog.errors import UsageError
from vle_analog.report.learning_study import table
from vle_analog.studies.learner import OFFLINE
from vle_analog.studies.learning import DEFAULT_RULES, Plan, learning_study, save
from vle_analog.studies.output import claimed
from vle_analog.tasks import TASKS


def learn(
    task: Annotated[str, typer.Argument(metavar="TASK", help=f"One of: {', '.join(TASKS)}.")],
    rules: Annotated[
        str, typer.Option(metavar="R,R,...", help=f"Rules to compare, of: {', '.join([*RULES, OFFLINE])}.")
    ] = ",".join(DEFAULT_RULES),
    etas: Annotated[
        str | None, typer.Option(metavar="X,X,...", help="Learning rates, per model unit (default: the task's grid).")
    ] = None,
    seeds: Annotated[int, typer.Option(help="How many seeds: 0, 1, 2, ...")] = 8,
    span: Annotated[
        float | None, typer.Option(help="How long to learn, model units (default: the task's own).")
    ] = None,
    feedback: Annotated[
        str | None, typer.Option(help=f"Where local rules have their backward weights from: {', '.join(FEEDBACKS)}.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes side by side (default: one per core).")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results (default: results/learn-TASK).")] = None,
) -> None:
    """Compare learning rules on a task: each over a grid of rates and several seeds.

    Losses and accuracies are taken with the weights frozen, on fresh data. Writes learn.json, learn.png and learn.md.
    Every finished run is kept in runs/: an interrupted study goes on where it was, and one with more seeds, rates or
    rules runs only what is new.
    """
    if seeds < 1:
        raise UsageError(f"--seeds must be at least 1, not {seeds}")
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs must be at least 1, not {jobs}")
    rates = None if etas is None else numbers("--etas", etas)
    changes = {} if feedback is None else {"feedback": feedback}
    names = [name.strip() for name in rules.split(",") if name.strip()]
    plan = Plan(task, names, rates, range(seeds), span, changes=changes)
    plan.lessons()  # what it refuses, it refuses before a folder is made
    folder = out or Path("results") / f"learn-{task}"
    with claimed(folder), progress() as tell:
        tell("learning", 0.0)
        study = learning_study(plan, folder, jobs, lambda done, total: tell("learning", done / total))
        record = save(study, folder)
    console = answers()
    header, *rows = table(study)
    shown = Table(*header, title=f"{task}: weights frozen, fresh data; median, lowest to highest seed")
    for row in rows:
        shown.add_row(*row)
    console.print(shown)
    best = ", ".join(f"{rule} {eta:g}" for rule, eta in record["best"].items())
    console.print(f"best rate: {best}", markup=False)
    console.print(f"results in {folder}/", markup=False)
