"""``vle-analog bench``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from vle_analog.circuit.cell.cell import read_cell
from vle_analog.cli.printing import answers
from vle_analog.lab.folder import claimed
from vle_analog.studies.bench.report import table
from vle_analog.studies.bench.study import bench as measured
from vle_analog.studies.bench.study import benchable, save


def bench(
    cell: Annotated[str | None, typer.Argument(help="A part's name; without it, all parts are listed.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for bench.json, bench.md and bench.png.")] = None,
) -> None:
    """Measure a part in ngspice and compare it with its data sheet."""
    if cell is None:
        _list()
        return
    found = measured(cell)
    if out is not None:
        with claimed(out):
            save(found, out)
    _print(table(found), f"{found.cell}, {found.role}: {found.summary}")
    console = answers()
    if found.source:
        console.print(f"stated: {found.source}", markup=False)
    if out is not None:
        console.print(f"results in {out}/", markup=False)


def _list() -> None:
    rows = [["part", "role", "what it is", "folder"]]
    for name, path in benchable().items():
        part = read_cell(path)
        rows.append([name, part.role or "", part.sheet.summary, path.parent.name])
    _print(rows, "Parts (circuits/*/)")


def _print(rows: list[list[str]], title: str) -> None:
    console = answers()
    if not console.is_terminal:  # a file or pipe is as wide as it needs to be
        console.width = max(console.width, 200)
    shown = Table(*rows[0], title=title, box=box.SIMPLE_HEAD, pad_edge=False, title_justify="left")
    for row in rows[1:]:
        shown.add_row(*row)
    console.print(shown)
