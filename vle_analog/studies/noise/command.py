"""``vle-analog noise``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
from vle_analog.cli.options import Eta, Fidelity, Grades, Mismatch, Offsets, Part, Span, Trim, grades, spreads
from vle_analog.cli.plasticity import Changes, changed
from vle_analog.cli.printing import progress, show
from vle_analog.compare.criterion import (
    Criterion,
)
from vle_analog.errors import UsageError
from vle_analog.fleet.cases import Asked
from vle_analog.lab.folder import claimed
from vle_analog.library import system_files
from vle_analog.studies.budget.command import MISMATCH
from vle_analog.studies.noise.report import sentences, table
from vle_analog.studies.noise.study import NoisePlan, noise_levels, save
from vle_analog.tasks import TASKS, title_of


def noise(
    task: Task,
    rule: TaskRule = "vle",
    eta: Eta = None,
    span: Span = None,
    seed: LessonSeed = 0,
    settings: Changes = None,
    mode: Mode = "on-chip",
    levels: Annotated[
        str | None,
        typer.Option(
            metavar="LOW:HIGH",
            help="Of the noise, over what the parts make, in factors of two: 1:1024 (default: from the parts' own up "
            "to where hardly a board is good, bit by bit where boards fail).",
        ),
    ] = None,
    criterion: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="Of good boards: 'accuracy>=0.95' (default where a task has right answers) or 'loss<=0.2' (over the "
            "target's variance; default elsewhere).",
        ),
    ] = None,
    boards: Annotated[int, typer.Option(help="How many at each level, the same ones.")] = 16,
    first: First = 0,
    check: Annotated[
        int, typer.Option(metavar="M", help="Boards, a random subset of all levels, that run in ngspice, too.")
    ] = 0,
    mismatch: Mismatch = MISMATCH,
    grade: Grades = None,
    fidelity: Fidelity = "macromodel",
    part: Part = None,
    offsets: Offsets = None,
    trim: Trim = None,
    series: Series = None,
    tuning: Tuning = None,
    step: EngineStep = None,
    jobs: Annotated[int | None, typer.Option(help="Threads, and processes of ngspice (default: one per core).")] = None,
    cluster: ClusterAddress = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results (default: results/noise-TASK).")] = None,
) -> None:
    """How much noise do boards stand: the same boards under more and more of it, bit by bit up to failure.

    Noise is that of resistors, op-amps and multipliers by their data sheets, times a level; twice the noise is one
    bit. Boards learn and are judged under it, with weights held, on fresh data; once more with the noise off in the
    exam, which tells what learning lost, and the signal-to-noise ratio at the output. Noise alone: --mismatch 0,0
    --offsets 0. Writes noise.json, noise.png and noise.md. Finished boards are kept in boards/: an interrupted study
    goes on where it was, and one with more boards, levels or another criterion runs only what is new. Who makes the
    noise of a signal, part by part: `vle-analog noise-sources`.
    """
    threads = threads_of(jobs)
    if task not in TASKS and (task in system_files() or task.endswith(".toml")):
        raise UsageError(
            f"'{task}' is a system: it learns nothing", hint=f"its sources of noise: vle-analog noise-sources {task}"
        )
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
    wanted = None if criterion is None else Criterion.parsed(criterion)
    plan = NoisePlan(asked, wanted, None if levels is None else _ends(levels), check)
    plan.check_all()  # what it refuses, it refuses before a folder is made
    folder = out or Path("results") / f"noise-{title_of(task)}"
    with claimed(folder), progress() as tell, cluster_of(cluster, jobs) as executor:
        study = noise_levels(plan, folder, threads, tell, executor)
        tell("figures", 0.0)
        save(study, folder)
    show(table(study), f"{task}, {mode}: boards against noise, over what the parts make", sentences(study), folder)


def _ends(text: str) -> tuple[float, float]:
    """The two numbers of ``--levels``.

    Raises:
        UsageError: not two numbers.
    """
    low, _, high = text.partition(":")
    try:
        return float(low), float(high)
    except ValueError:
        raise UsageError(f"--levels '{text}' is not LOW:HIGH", hint="two numbers, e.g. 1:1024") from None
