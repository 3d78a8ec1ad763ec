"""``vle-analog margins``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from vle_analog.circuit.parts import chosen as technology_of
from vle_analog.cli.options import (
    Bandwidth,
    Eta,
    Fidelity,
    Part,
    Realisation,
    Rule,
    Scale,
    Seed,
    Span,
    Subject,
    Trim,
    parts,
)
from vle_analog.cli.printing import ERRORS, answers, progress
from vle_analog.cli.subject import find, from_file, settings_for
from vle_analog.design.design import design
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import UsageError, nearest
from vle_analog.lab.folder import claimed
from vle_analog.studies.margins.report import sentences, table, warning
from vle_analog.studies.margins.result import LIMITS
from vle_analog.studies.margins.study import margins as margins_of
from vle_analog.studies.margins.study import save
from vle_analog.tasks import Task

#: of parts, where neither an option nor the system's file says
_FIDELITY = "macromodel"
#: warnings that are printed unless all are asked for
_WARNINGS = 8
_STANDARD = ", ".join(f"{kind}={limit:g}" for kind, limit in LIMITS.items())


def margins(
    subject: Subject,
    rule: Rule = None,
    eta: Eta = None,
    span: Span = None,
    seed: Seed = None,
    realisation: Realisation = "algebraic",
    bandwidth: Bandwidth = 100.0,
    scale: Scale = None,
    fidelity: Fidelity = None,
    part: Part = None,
    trim: Trim = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND=NUMBER", help=f"The most that is allowed (default: {_STANDARD}). May be repeated."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Print all blocks and warnings, not only the worst.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for margins.json, margins.md and margins.png.")] = None,
) -> None:
    """Tell before any simulation what parts leave: headroom, slew, bandwidth, offset, noise, and which binds where.

    Block by block, the worst instance counts: peaks and slopes are the reference run's, the parts' figures their data
    sheets', offsets one standard deviation. Errors are relative to the signal's peak, false rates of change to the true
    one's RMS. Parts are a macromodel's unless told otherwise.
    """
    given, allowed = parts(part), limits(limit)
    if trim is not None and not 0 < trim < float("inf"):
        raise UsageError(f"--trim must be a positive voltage, not {trim:g}", hint="e.g. 1e-4")
    chosen = find(subject, rule, eta, span, seed)
    settings = settings_for(chosen, realisation, bandwidth, None, scale)
    if fidelity is not None or part is not None or not _system(chosen).fidelity:
        settings = replace(settings, technology=technology_of(fidelity or _FIDELITY, given))
    with from_file(chosen), progress() as tell:
        ready = design(chosen, settings, tell)
        study = margins_of(ready, allowed, trim, lambda fraction: tell("margins", fraction))
    if out is not None:
        with claimed(out):
            save(study, out)
    console = answers()
    if not console.is_terminal:  # a file or pipe is as wide as it needs to be
        console.width = max(console.width, 200)
    header, *rows = table(study, every)
    shown = Table(title=f"{study.name}, {study.fidelity} fidelity: margins", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    shown.title_justify, shown.pad_edge = "left", False
    for column in header:
        shown.add_column(column, overflow="fold", justify="left" if column in ("block", "kind", "binds") else "right")
    for row in rows:
        shown.add_row(*row)
    console.print(shown)
    if len(rows) < len(study.blocks):
        console.print(f"{len(study.blocks) - len(rows)} more blocks with --all", markup=False)
    for sentence in sentences(study):
        console.print(sentence, markup=False)
    if out is not None:
        console.print(f"results in {out}/", markup=False)
    warned = study.warnings if every else study.warnings[:_WARNINGS]
    for each in warned:
        ERRORS.print(f"warning: {warning(each)}", markup=False)
    if len(warned) < len(study.warnings):
        ERRORS.print(f"{len(study.warnings) - len(warned)} more warnings with --all", markup=False)


def limits(texts: list[str] | None) -> dict[str, float]:
    """The limits that a user chose, by kind.

    Raises:
        UsageError: not KIND=NUMBER, no such kind, or a number that is not positive.
    """
    found = {}
    for text in texts or ():
        kind, _, number = text.partition("=")
        kind = kind.strip()
        if kind not in LIMITS:
            raise UsageError(f"--limit '{text}': no kind '{kind}'", hint=nearest(kind, LIMITS))
        try:
            found[kind] = float(number)
        except ValueError:
            found[kind] = 0.0
        if not 0 < found[kind] < float("inf"):
            raise UsageError(f"--limit '{text}' has no positive number", hint="e.g. --limit offset=0.02")
    return found


def _system(chosen: EquationSystem | Task) -> EquationSystem:
    return chosen.system if isinstance(chosen, Task) else chosen
