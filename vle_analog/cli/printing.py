"""What users read: results on standard output, errors, warnings and progress on standard error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from vle_analog.lab.lab import Progress
    from vle_analog.report.report import Report, Table

#: columns of a table in a file or pipe, at least
_WIDE = 200


def errors() -> Console:
    """A console on standard error, for errors and warnings."""
    return Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def answers() -> Console:
    """A console on standard output as it is now, for text that is printed as it stands."""
    return Console(highlight=False, soft_wrap=True, emoji=False)


@contextmanager
def progress() -> Iterator[Progress]:
    """A bar on standard error, if that is a terminal; told a stage's name and the fraction that is done."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("{task.description:<10}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("checking", total=1.0)

        def tell(stage: str, fraction: float) -> None:
            if bars.tasks[bar].description != stage:
                bars.reset(bar, description=stage)
            bars.update(bar, completed=fraction)

        yield tell


def show(report: Report, folder: Path | None) -> None:
    """A report's tables and sentences on standard output, its warnings on standard error."""
    console = answers()
    for table in report.tables:
        show_table(table)
    for sentence in report.sentences:
        console.print(sentence, markup=False)
    if folder is not None:
        console.print(f"results in {folder}/", markup=False)
    for warning in report.warnings:
        errors().print(f"warning: {warning}", markup=False)


def show_table(table: Table) -> None:
    """A table on standard output."""
    from rich import box
    from rich.table import Table as Shown
    from rich.text import Text

    console = answers()
    if not console.is_terminal:  # a file or pipe is as wide as it needs to be
        console.width = max(console.width, _WIDE)
    shown = Shown(
        title=Text(table.title) if table.title else None,
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title_justify="left",
    )
    for column in table.header:
        shown.add_column(Text(column), overflow="fold", justify="right" if column in table.right else "left")
    for row in table.rows:
        shown.add_row(*map(Text, row))
    console.print(shown)
