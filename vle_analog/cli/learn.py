"""``vle-analog learn``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, get_args, get_type_hints

import typer
from rich import box
from rich.table import Table

from vle_analog.cli.options import numbers
from vle_analog.cli.printing import answers, progress
from vle_analog.equations.feedback import FEEDBACKS
from vle_analog.equations.network import Plasticity
from vle_analog.equations.rules import RULES
from vle_analog.errors import UsageError, nearest
from vle_analog.report.learning_table import table
from vle_analog.studies.learner import OFFLINE
from vle_analog.studies.learning import DEFAULT_RULES, Plan, learning_study, save
from vle_analog.studies.output import claimed
from vle_analog.tasks import TASKS

#: fields of `Plasticity` that have options of their own
_OWN = {"rule": "--rules", "eta": "--etas"}
_SETTABLE = {name: hint for name, hint in get_type_hints(Plasticity).items() if name not in _OWN}


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
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help=f"Another setting of plasticity, of: {', '.join(_SETTABLE)}. Two numbers with a colon between them, "
            "e.g. anneal=100000:40000; none switches off, e.g. trace=none. May be repeated.",
        ),
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
    changes = changed(settings or [])
    if feedback is not None:
        if "feedback" in changes:
            raise UsageError("feedback is given twice, by --feedback and by --set", hint="leave one of them out")
        changes["feedback"] = feedback
    names = [name.strip() for name in rules.split(",") if name.strip()]
    plan = Plan(task, names, rates, range(seeds), span, changes=changes)
    plan.lessons()  # what it refuses, it refuses before a folder is made
    folder = out or Path("results") / f"learn-{task}"
    with claimed(folder), progress() as tell:
        tell("learning", 0.0)
        study = learning_study(plan, folder, jobs, lambda done, total: tell("learning", done / total))
        record = save(study, folder)
    console = answers()
    shown = _shown(table(study), f"{task}: weights frozen, fresh data; median, lowest to highest seed")
    if not console.is_terminal:  # a file or pipe is as wide as it needs to be
        console.width = max(console.width, 200)
    console.print(shown)
    best = ", ".join(f"{rule} {eta:g}" for rule, eta in record["best"].items())
    console.print(f"best rate: {best}", markup=False)
    console.print(f"results in {folder}/", markup=False)


def _shown(rows: Sequence[Sequence[str]], title: str) -> Table:
    """A table whose words stay whole where the terminal is narrow."""
    shown = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title_justify="left")
    for column in zip(*rows, strict=True):
        longest = max(len(word) for cell in column for word in cell.split())
        shown.add_column(column[0], min_width=longest, overflow="fold")
    for row in rows[1:]:
        shown.add_row(*row)
    return shown


def changed(settings: Sequence[str]) -> dict[str, Any]:
    """Fields of `Plasticity` from texts ``NAME=VALUE``.

    Raises:
        UsageError: one is no such text, names no field or one with an option of its own, comes twice, or is no
            value of the field's type.
    """
    found: dict[str, Any] = {}
    for text in settings:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            raise UsageError(f"--set '{text}' is not NAME=VALUE", hint="e.g. --set averaging=500")
        if name in _OWN:
            raise UsageError(f"--set {name}: this has an option of its own", hint=f"give {_OWN[name]}")
        if name not in _SETTABLE:
            raise UsageError(f"--set {name}: there is no such setting", hint=nearest(name, _SETTABLE))
        if name in found:
            raise UsageError(f"--set {name}: given twice", hint="leave one of them out")
        try:
            found[name] = _value(_SETTABLE[name], value)
        except ValueError:
            raise UsageError(f"--set {name}: '{value}' is not {_wanted(_SETTABLE[name])}") from None
    return found


def _value(hint: Any, text: str) -> Any:
    """A value of the type that the hint says.

    Raises:
        ValueError: the text is none.
    """
    options = _options(hint)
    if NoneType in options and text.lower() == "none":
        return None
    wanted = next(each for each in options if each is not NoneType)
    if wanted in (str, int):
        return wanted(text)
    parts = text.split(":") if (pair := get_args(wanted)) else [text]
    values = tuple(float(part) for part in parts)
    if len(values) != max(1, len(pair)) or not all(map(math.isfinite, values)):
        raise ValueError
    return values if pair else values[0]


def _wanted(hint: Any) -> str:
    """What a value has to be, for people."""
    options = _options(hint)
    words: Mapping[Any, str] = {int: "a whole number", float: "a number", NoneType: "none"}
    return " or ".join(words.get(each, "two numbers with a colon between them") for each in options)


def _options(hint: Any) -> tuple[Any, ...]:
    """The types that a union allows; a hint that is none stands alone."""
    return get_args(hint) if NoneType in get_args(hint) else (hint,)
