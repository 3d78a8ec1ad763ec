"""``vle-analog bom``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from vle_analog.circuit.cell.cell import Kind
from vle_analog.circuit.parts import chosen
from vle_analog.cli.options import Bandwidth, Eta, Part, Realisation, Rule, Scale, Seed, Span, Subject, parts
from vle_analog.cli.printing import answers, progress
from vle_analog.cli.subject import find, from_file, settings_for
from vle_analog.design.design import design
from vle_analog.errors import UsageError
from vle_analog.lab.folder import is_stream, write_whole
from vle_analog.production.purchase import STANDARD, Order
from vle_analog.studies.bom.report import bill_csv, placement_csv, sentences, table
from vle_analog.studies.bom.study import bill

#: between the name of a bill's file and its ending, for the list of designators
_PLACEMENT = "-placement"


def bom(
    subject: Subject,
    rule: Rule = None,
    eta: Eta = None,
    span: Span = None,
    seed: Seed = None,
    part: Part = None,
    resistors: Annotated[str, typer.Option(metavar="SERIES:TOLERANCE", help="Which resistors to buy.")] = str(
        STANDARD["resistor"]
    ),
    capacitors: Annotated[str, typer.Option(metavar="SERIES:TOLERANCE", help="Which capacitors to buy.")] = str(
        STANDARD["capacitor"]
    ),
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="File for the bill; designators go beside it.")
    ] = None,
    realisation: Realisation = "algebraic",
    bandwidth: Bandwidth = 100.0,
    scale: Scale = None,
) -> None:
    """List what a board of a task's or system's circuit takes: parts, packages, supply current.

    Values are rounded to the series so that each stage keeps its gains and time constants as well as can be. With
    --out, FILE.csv has one line per kind and value of part, and FILE-placement.csv one per designator: its part in the
    netlist, its nodes and its block. What --part does not say is a macromodel's part.
    """
    orders: dict[Kind, Order] = {
        "resistor": Order.parse("resistor", resistors),
        "capacitor": Order.parse("capacitor", capacitors),
    }
    given = parts(part)
    chosen("ideal", given)  # refuses unknown ones before anything runs
    if out is not None and is_stream(out):
        raise UsageError(f"--out {out} is no file", hint="two files are written: name one")
    chosen_subject = find(subject, rule, eta, span, seed)
    settings = settings_for(chosen_subject, realisation, bandwidth, None, scale)
    with from_file(chosen_subject), progress() as tell:
        circuit = design(chosen_subject, settings, tell).circuit
        tell("bill", 0.0)
        found = bill(circuit, orders, given)
    files: dict[str, str] = {}
    if out is not None:
        out = Path(os.path.realpath(out))  # a link stays one
        beside = f"{out.stem}{_PLACEMENT}{out.suffix}"
        files = {beside: placement_csv(found), out.name: bill_csv(found)}
        write_whole(out.parent, files)
    console = answers()
    if not console.is_terminal:  # a file or pipe is as wide as it needs to be
        console.width = max(console.width, 200)
    header, *rows = table(found)
    shown = Table(title=f"{found.name}: bill of materials", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    shown.title_justify = "left"
    for column in header:
        shown.add_column(column, overflow="fold", justify="right" if column == "quantity" else "left")
    for row in rows:
        shown.add_row(*row)
    console.print(shown)
    for sentence in sentences(found):
        console.print(sentence, markup=False)
    if out is not None:
        console.print(f"bill in {out}, designators in {out.with_name(beside)}", markup=False)
