"""What the commands about many boards share: their options, and the board that these describe."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from vle_analog.cli.options import parts
from vle_analog.errors import UsageError
from vle_analog.lab.executor import Executor
from vle_analog.learning.rules import RULES
from vle_analog.lesson.on_chip import MODES, Board
from vle_analog.tasks import TASKS

Task = Annotated[str, typer.Argument(metavar="TASK", help=f"One of: {', '.join(TASKS)}; or a .py file of your own.")]
TaskRule = Annotated[str, typer.Option(help=f"Learning rule: {', '.join(RULES)}; or a .py file.")]
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
ClusterAddress = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Run boards on the workers of a Dask cluster: its scheduler's address, e.g. tcp://host:8786; or local:N, "
        "for N processes of this machine.",
    ),
]


def board_of(
    mode: str,
    series: str | None,
    tuning: float | None,
    step: float | None,
    fidelity: str | None,
    part: list[str] | None,
    offsets: float | None,
    trim: float | None = None,
    noise_scale: float | None = None,
) -> Board:
    """The board that the options describe, without its mismatch.

    Raises:
        UsageError: a part that is not ROLE=NAME.
    """
    return Board(
        mode=mode,
        series=series,
        tuning=tuning,
        step=step,
        fidelity=fidelity or "ideal",
        parts=tuple(sorted(parts(part).items())),
        offsets=1.0 if offsets is None else offsets,
        trim=trim,
        noise=0 if noise_scale else None,
        noise_scale=noise_scale or 1.0,
    )


def threads_of(jobs: int | None) -> int:
    """How many threads share the boards: as asked, or one per core.

    Raises:
        UsageError: under 1.
    """
    if jobs is not None and jobs < 1:
        raise UsageError(f"--jobs must be at least 1, not {jobs}")
    return jobs or len(os.sched_getaffinity(0))


@contextmanager
def cluster_of(address: str | None, jobs: int | None) -> Iterator[Executor | None]:
    """What runs the boards where a cluster is asked for; None where this process does.

    Raises:
        UsageError: Dask is missing, threads were asked for as well, or this is no address.
        ClusterError: there is no such cluster, or it would come to other results.
    """
    if address is None:
        yield None
        return
    if jobs is not None:
        raise UsageError("--jobs is for this process, and --cluster takes all workers", hint="leave one of them out")
    try:
        from vle_analog.lab.cluster import connected
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("dask", "distributed"):
            raise
        hint = "install it: pip install 'vle-analog[cluster]'"
        raise UsageError("--cluster needs Dask distributed, which is not installed", hint=hint) from None
    with connected(address, threads_of(None)) as cluster:
        yield cluster
