"""What users read: results on standard output, errors, warnings and progress on standard error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from vle_analog.design.design import Progress as Tell

#: for errors and warnings
ERRORS = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)


def answers() -> Console:
    """A console on standard output as it is now, for text that is printed as it stands."""
    return Console(highlight=False, soft_wrap=True, emoji=False)


@contextmanager
def progress() -> Iterator[Tell]:
    """A bar on standard error, if that is a terminal; told a stage's name and the fraction that is done."""
    console = Console(stderr=True)
    columns = TextColumn("{task.description:<10}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("checking", total=1.0)

        def tell(stage: str, fraction: float) -> None:
            if bars.tasks[bar].description != stage:
                bars.reset(bar, description=stage)
            bars.update(bar, completed=fraction)

        yield tell


def show(rows: Sequence[Sequence[str]], title: str, said: Iterable[str], folder: Path) -> None:
    """A study's table, its header first, and sentences on standard output."""
    show_table(rows, title)
    for sentence in (*said, f"results in {folder}/"):
        answers().print(sentence, markup=False)


def show_table(rows: Sequence[Sequence[str]], title: str) -> None:
    """A table, its header first, on standard output."""
    console = answers()
    if not console.is_terminal:  # a file or pipe is as wide as it needs to be
        console.width = max(console.width, 200)
    shown = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, title_justify="left")
    for column in rows[0]:
        shown.add_column(column, overflow="fold")
    for row in rows[1:]:
        shown.add_row(*row)
    console.print(shown)


def print_metrics(metrics: dict[str, Any], folder: Path) -> None:
    """A run's figures, and a warning if it is far from its ideal."""
    console = answers()
    parts = ", ".join(f"{number} {kind}" for kind, number in metrics["parts"].items() if number)
    console.print(f"[bold]{escape(metrics['name'])}[/bold], {metrics['fidelity']} fidelity: {parts}")
    worst = max(metrics["trace_nrmse"], key=metrics["trace_nrmse"].get)
    console.print(f"analog against ideal: NRMSE at most {metrics['trace_nrmse_max']:.2g} of range (signal {worst})")
    if learning := metrics.get("learning"):
        console.print(
            f"loss with plasticity off: {learning['loss_initial']:.3g} at first, then "
            f"{learning['loss_final_analog']:.3g} analog, {learning['loss_final_ideal']:.3g} ideal"
        )
        table = Table("parameter", "analog", "ideal", "teacher")
        for name, values in learning["parameters"].items():
            teacher = "" if values["target"] is None else f"{values['target']:.4g}"
            table.add_row(name, f"{values['analog']:.6g}", f"{values['ideal']:.6g}", teacher)
        console.print(table)
    times = metrics["seconds"]
    console.print(", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in times.items()))
    console.print(f"results in {folder}/", markup=False)
    if not metrics["within_bound"]:
        ERRORS.print(
            f"warning: signal '{worst}' is off by an NRMSE of {metrics['trace_nrmse_max']:.2g} of its range; "
            f"a good run stays under {metrics['bound']:g}\n"
            "  look at figures/traces.png; a smaller --step or a larger --bandwidth may help",
            markup=False,
        )
