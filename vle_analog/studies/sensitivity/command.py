"""``vle-analog sensitivity``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from vle_analog.circuit.cell.reader import spice_value
from vle_analog.cli.options import Part, parts
from vle_analog.cli.printing import answers
from vle_analog.errors import UsageError
from vle_analog.lab.folder import claimed
from vle_analog.studies.sensitivity.report import latex as formulas
from vle_analog.studies.sensitivity.report import sentences, table
from vle_analog.studies.sensitivity.study import blocks, save
from vle_analog.studies.sensitivity.study import sensitivity as derived


def sensitivity(
    block: Annotated[str | None, typer.Argument(help="A stage's cell; without it, all are listed.")] = None,
    part: Part = None,
    value: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=NUMBER", help="Instead of a typical value, e.g. R=47k or g=3. May be repeated."),
    ] = None,
    latex: Annotated[bool, typer.Option("--latex", help="The expressions in LaTeX instead of a table.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for sensitivity.json, sensitivity.md and sensitivity.tex.")
    ] = None,
) -> None:
    """Print a block's gain, time constants and errors as expressions in its parts, and what each part changes.

    Numbers are for the block's own file's parts, 100 kohm and 1 ms, with one input, and a macromodel's op-amp and
    multiplier unless told otherwise.
    """
    chosen, given = parts(part), values(value)
    if block is None:
        header, *rows = [["block", "what it is", "law"]] + [
            [name, cell.sheet.summary, cell.sheet.law] for name, cell in blocks().items()
        ]
        _print([header, *rows], "Blocks (circuits/stages/, and the multiplier)")
        return
    found = derived(block, chosen, given)
    if out is not None:
        with claimed(out):
            save(found, out)
    if latex:
        sys.stdout.write(formulas(found))
        return
    _print(table(found), f"{found.block}: {found.summary}")
    console = answers()
    for sentence in sentences(found):
        console.print(sentence, markup=False)
    if out is not None:
        console.print(f"results in {out}/", markup=False)


def values(texts: list[str] | None) -> dict[str, float]:
    """The numbers that a user chose, by symbol.

    Raises:
        UsageError: not NAME=NUMBER, in SPICE's notation.
    """
    found = {}
    for text in texts or ():
        name, _, number = (each.strip() for each in text.partition("="))
        try:
            found[name] = spice_value(number)
        except ValueError:
            raise UsageError(f"--value '{text}' is not NAME=NUMBER", hint="e.g. --value R=47k") from None
    return found


def _print(rows: list[list[str]], title: str) -> None:
    console = answers()
    if not console.is_terminal:  # a file or pipe is as wide as it needs to be
        console.width = max(console.width, 240)
    shown = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title_justify="left")
    for column in rows[0]:
        shown.add_column(column, overflow="fold")
    for row in rows[1:]:
        shown.add_row(*(cell.replace("[", r"\[") for cell in row))
    console.print(shown)
