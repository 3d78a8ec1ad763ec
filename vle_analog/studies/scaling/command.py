"""``vle-analog scaling``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from vle_analog.cli.options import numbers
from vle_analog.cli.printing import answers, progress
from vle_analog.errors import SimulationError
from vle_analog.lab.folder import claimed
from vle_analog.learning.rules import RULES
from vle_analog.studies.scaling.report import sentences, table
from vle_analog.studies.scaling.study import SPAN, WIDTHS, check, save, scaling_study

_DEFAULT = ",".join(map(str, WIDTHS))


def scaling(
    widths: Annotated[
        str, typer.Option(metavar="N,N,...", help="Neurons in each of the two hidden layers, one circuit each.")
    ] = _DEFAULT,
    rule: Annotated[str, typer.Option(help=f"The learners' rule: {', '.join(RULES)}.")] = "vle",
    span: Annotated[float, typer.Option(help="How long to simulate each, model units.")] = SPAN,
    timeout: Annotated[
        float | None,
        typer.Option(
            help="Seconds of wall-clock time for each run of ngspice; a network that takes longer ends there."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the results (default: results/scaling).")] = None,
) -> None:
    """See how circuits and their simulation grow with a network's width, and how far ngspice is from real time.

    1-N-N-1 networks of temporal XOR, learning on chip and with fixed weights. Writes scaling.png, scaling.md and
    scaling.json. Every finished run is kept in runs/: an interrupted study goes on where it was.
    """
    sizes = numbers("--widths", widths)
    check(sizes, rule, span, timeout)
    folder = out or Path("results") / "scaling"
    with claimed(folder), progress() as tell:
        study = scaling_study([int(size) for size in sizes], rule, span, folder, timeout, tell)
        if not study.runs:
            raise SimulationError(
                f"not even the smallest width could be simulated: {study.walls[0].reason}",
                hint="give a smaller one with --widths, or more time with --timeout",
            )
        save(study, folder)
    console = answers()
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    header, *rows = table(study)
    for column in header:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*row)
    if not console.is_terminal:  # a file or pipe is as wide as it needs to be
        console.width = max(console.width, 200)
    console.print(shown)
    for sentence in sentences(study):
        console.print(sentence, markup=False)
    console.print(f"results in {folder}/", markup=False)
