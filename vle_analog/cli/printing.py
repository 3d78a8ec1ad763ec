"""What users read: results on standard output, errors, warnings and progress on standard error."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.console import Console

if TYPE_CHECKING:
    from rich.table import Table as RichTable

    from vle_analog.lab.lab import Progress
    from vle_analog.report.report import Report, Table

#: columns of a table in a file or pipe, at least
_WIDE = 240
#: seconds between lines of progress in a file or pipe
_PAUSE = 10.0
#: the words of the command line that is run
ASKED: ContextVar[tuple[str, ...]] = ContextVar("asked", default=())


def asked() -> str:
    """The command line that is run, as a shell reads it."""
    return shlex.join(["vle-analog", *ASKED.get()])


def errors() -> Console:
    """A console on standard error, for errors and warnings."""
    return Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def answers() -> Console:
    """A console on standard output as it is now, for text that is printed as it stands."""
    return Console(highlight=False, soft_wrap=True, emoji=False)


def note(text: str) -> None:
    """What is good to know, on standard error."""
    errors().print(f"note: {text}", markup=False)


@contextmanager
def progress() -> Iterator[Progress]:
    """A bar on standard error, or a line now and then where that is no terminal.

    Yields:
        What is told a stage's name and the fraction that is done.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines().tell
        return
    columns = TextColumn("{task.description:<10}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task("checking", total=1.0)

        def tell(stage: str, fraction: float) -> None:
            if bars.tasks[bar].description != stage:
                bars.reset(bar, description=stage)
            bars.update(bar, completed=fraction)

        yield tell


class _Lines:
    """Progress in lines: one when so much time went by since the last, so that what is short has none."""

    def __init__(self) -> None:
        self.started = self.told = time.monotonic()

    def tell(self, stage: str, fraction: float) -> None:
        """Say how far it is, and what it took."""
        now = time.monotonic()
        if now - self.told >= _PAUSE:
            self.told = now
            errors().print(f"{stage}: {100 * fraction:.0f} %, {now - self.started:.0f} s", markup=False)


def show(report: Report, folder: Path | None, whole: bool = False) -> None:
    """A report's tables and sentences on standard output, or its text alone; its warnings on standard error.

    Args:
        report: any.
        folder: that it was written to.
        whole: all rows and warnings, where else the first of them are enough.
    """
    if report.printed is not None:
        sys.stdout.write(report.printed)
    else:
        _show_all(report, folder, whole)
    most = len(report.warnings) if whole or report.most is None else report.most
    for warning in report.warnings[:most]:
        errors().print(f"warning: {warning}", markup=False)
    if most < len(report.warnings):
        errors().print(f"{len(report.warnings) - most} more warnings with --all", markup=False)


def _show_all(report: Report, folder: Path | None, whole: bool) -> None:
    console = answers()
    for table in report.tables:
        most = len(table.rows) if whole or table.most is None else table.most
        show_table(replace(table, rows=table.rows[:most]))
        if most < len(table.rows):
            console.print(f"{len(table.rows) - most} more rows with --all", markup=False)
    for sentence in report.sentences:
        console.print(sentence, markup=False)
    if folder is not None and report.is_written:
        console.print(f"results in {folder}/", markup=False)


def show_table(table: Table) -> None:
    """A table on standard output."""
    console = answers()
    if not console.is_terminal:  # a file or pipe is as wide as it needs to be
        console.width = max(console.width, _WIDE)
    console.print(laid_out(table))


def laid_out(table: Table) -> RichTable:
    """A table that folds between words where a screen is narrow, and within them where these alone are too wide."""
    from rich import box
    from rich.table import Table as Shown
    from rich.text import Text

    shown = Shown(
        title=Text(table.title) if table.title else None,
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title_justify="left",
    )
    for place, name in enumerate(table.header):
        cells = (name, *(row[place] for row in table.rows))
        longest = max((len(word) for cell in cells for word in cell.split()), default=1)
        justify: Literal["left", "right"] = "right" if name in table.right else "left"
        shown.add_column(Text(name), overflow="fold", justify=justify, min_width=longest)
    for row in table.rows:
        shown.add_row(*map(Text, row))
    return shown
