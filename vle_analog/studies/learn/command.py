"""``vle-analog learn``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from vle_analog.cli.options import (
    Fidelity,
    Grades,
    Mismatch,
    Noise,
    NoiseScale,
    Offsets,
    Part,
    Trim,
    grades,
    numbers,
    parts,
    spreads,
)
from vle_analog.cli.plasticity import Changes, changed
from vle_analog.cli.printing import answers, progress
from vle_analog.equations.resolve import REALISATIONS
from vle_analog.errors import UsageError
from vle_analog.lab.folder import claimed
from vle_analog.learning.feedback import FEEDBACKS
from vle_analog.learning.rules import RULES
from vle_analog.lesson.learner import OFFLINE
from vle_analog.lesson.on_chip import MODES, Board
from vle_analog.studies.learn.analog import DEFAULT_RULES as ANALOG_RULES
from vle_analog.studies.learn.analog import MOMENTS as ANALOG_MOMENTS
from vle_analog.studies.learn.analog import AnalogPlan, analog_study
from vle_analog.studies.learn.analog import save as save_analog
from vle_analog.studies.learn.analog_table import table as analog_table
from vle_analog.studies.learn.study import DEFAULT_RULES, Plan, learning_study, save
from vle_analog.studies.learn.table import table
from vle_analog.tasks import TASKS, title_of


def learn(
    task: Annotated[
        str, typer.Argument(metavar="TASK", help=f"One of: {', '.join(TASKS)}; or a .py file of your own.")
    ],
    rules: Annotated[
        str | None,
        typer.Option(
            metavar="R,R,...",
            help=f"Rules to compare, of: {', '.join([*RULES, OFFLINE])}, or .py files (default: "
            f"{', '.join(DEFAULT_RULES)}; with --analog all of these but {OFFLINE}).",
        ),
    ] = None,
    etas: Annotated[
        str | None, typer.Option(metavar="X,X,...", help="Learning rates, per model unit (default: the task's grid).")
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(help="How many seeds: 0, 1, 2, ... (default: 8; with --analog 1).")
    ] = None,
    span: Annotated[
        float | None, typer.Option(help="How long to learn, model units (default: the task's own).")
    ] = None,
    feedback: Annotated[
        str | None, typer.Option(help=f"Where local rules have their backward weights from: {', '.join(FEEDBACKS)}.")
    ] = None,
    settings: Changes = None,
    analog: Annotated[
        bool, typer.Option("--analog", help="Learn as op-amp circuits in ngspice, beside the ideal.")
    ] = False,
    mode: Annotated[
        str | None,
        typer.Option(help=f"What boards are for: {'; '.join(f'{key}: {words}' for key, words in MODES.items())}."),
    ] = None,
    mismatch: Mismatch = None,
    grade: Grades = None,
    fidelity: Fidelity = None,
    part: Part = None,
    offsets: Offsets = None,
    trim: Trim = None,
    noise: Noise = None,
    noise_scale: NoiseScale = None,
    realisation: Annotated[
        str | None, typer.Option("--prospective", help=f"How circuits look ahead: {', '.join(REALISATIONS)}.")
    ] = None,
    bandwidth: Annotated[
        float | None, typer.Option(help="Band limit of lead stages and differentiators, in multiples of 1/tau.")
    ] = None,
    series: Annotated[str | None, typer.Option(help="E-series of the resistors that hold deployed weights.")] = None,
    tuning: Annotated[
        float | None,
        typer.Option(help="How long a board is fine-tuned, model units (default: a tenth of the span)."),
    ] = None,
    step: Annotated[
        float | None,
        typer.Option(help="ngspice's step bound, model units (default: a tenth of the fastest membrane's tau)."),
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Processes side by side (default: one per core).")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results (default: results/learn-TASK).")] = None,
) -> None:
    """Compare learning rules on a task: each over a grid of rates and several seeds.

    Losses and accuracies are taken with the weights frozen, on fresh data. Writes learn.json, learn.png and learn.md.
    Every finished run is kept in runs/: an interrupted study goes on where it was, and one with more seeds, rates or
    rules runs only what is new.

    With --analog, each rule learns at one rate as an op-amp circuit in ngspice and, on the same data, ideally; writes
    analog.json, analog.png and analog.md. Such a run takes long (ngspice does 10 to 20 points per unit of time), and
    goes on from its last checkpoint when it was interrupted.
    """
    seeds = (1 if analog else 8) if seeds is None else seeds
    if seeds < 1:
        raise UsageError(f"--seeds must be at least 1, not {seeds}")
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs must be at least 1, not {jobs}")
    rates = None if etas is None else numbers("--etas", etas)
    changes = changed(settings or [])
    if feedback is not None:
        if "feedback" in changes:
            raise UsageError("feedback is given twice, by --feedback and by --set", hint="leave one of them out")
        changes["feedback"] = feedback
    default = ANALOG_RULES if analog else DEFAULT_RULES
    names = default if rules is None else [name.strip() for name in rules.split(",") if name.strip()]
    options = {
        "mode": mode,
        "mismatch": mismatch,
        "grade": grade,
        "series": series,
        "tuning": tuning,
        "step": step,
        "fidelity": fidelity,
        "part": part,
        "offsets": offsets,
        "trim": trim,
        "noise": noise,
        "noise_scale": noise_scale,
        "prospective": realisation,
        "bandwidth": bandwidth,
    }
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    if given and not analog:
        raise UsageError(f"--{next(iter(given)).replace('_', '-')} is for circuits", hint="add --analog")
    given |= zip(("resistors", "capacitors"), spreads(given.pop("mismatch", None)), strict=True)
    if "grade" in given:
        given["grades"] = grades(given.pop("grade"))
    if "part" in given:
        given["parts"] = tuple(sorted(parts(given.pop("part")).items()))
    if "prospective" in given:
        given["realisation"] = given.pop("prospective")
    moments = ANALOG_MOMENTS if analog else Plan.moments
    plan = Plan(task, names, rates, range(seeds), span, moments, changes=changes)
    folder = out or Path("results") / f"learn-{title_of(task)}"
    if analog:
        shown, rest = _circuits(AnalogPlan(plan, Board(**given)), folder, jobs)
    else:
        shown, rest = _equations(plan, folder, jobs)
    console = answers()
    if not console.is_terminal:  # a file or pipe is as wide as it needs to be
        console.width = max(console.width, 200)
    console.print(shown)
    for line in (*rest, f"results in {folder}/"):
        console.print(line, markup=False)


def _equations(plan: Plan, folder: Path, jobs: int | None) -> tuple[Table, list[str]]:
    """An ideal study: its table, and what else is to be said."""
    plan.lessons()  # what it refuses, it refuses before a folder is made
    with claimed(folder), progress() as tell:
        tell("learning", 0.0)
        study = learning_study(plan, folder, jobs, lambda done, total: tell("learning", done / total))
        record = save(study, folder)
    best = ", ".join(f"{rule} {eta:g}" for rule, eta in record["best"].items())
    shown = _shown(table(study), f"{study.task}: weights frozen, fresh data; median, lowest to highest seed")
    return shown, [f"best rate: {best}"]


def _circuits(plan: AnalogPlan, folder: Path, jobs: int | None) -> tuple[Table, list[str]]:
    """A study of circuits, likewise."""
    plan.jobs()
    with claimed(folder), progress() as tell:
        tell("learning", 0.0)
        study = analog_study(plan, folder, jobs, lambda done, total: tell("learning", done / total))
        record = save_analog(study, folder)
    title = f"{study.task}, {study.mode}: analog against ideal, weights frozen, fresh data; median, lowest to highest"
    parts = [
        f"{rule}: " + ", ".join(f"{number} {kind}" for kind, number in found["parts"].items() if number)
        for rule, found in record["rules"].items()
    ]
    return _shown(analog_table(study), title), parts


def _shown(rows: Sequence[Sequence[str]], title: str) -> Table:
    """A table whose words stay whole where the terminal is narrow."""
    shown = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title_justify="left")
    for column in zip(*rows, strict=True):
        longest = max(len(word) for cell in column for word in cell.split())
        shown.add_column(column[0], min_width=longest, overflow="fold")
    for row in rows[1:]:
        shown.add_row(*row)
    return shown
