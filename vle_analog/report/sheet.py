"""What all figures share: colours, letters, panels placed in inches, tick labels, and writing files.

One look throughout: the reference (the equations, integrated) is a thick pale line, the circuit a thin dashed one over
it, so that agreement shows as a dashed core and a deviation as two lines. A thing has one colour in all figures: the
table below says which. Hues follow Okabe and Ito, for colour-blind readers (jfly.uni-koeln.de/color).
Sizes are chosen so that every figure still reads at half a page's width. Nothing touches
pyplot's global state, and :func:`save` writes no date, so equal data give equal files. Tick labels are plain text:
mathtext is several times slower to draw.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, cast

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, FuncFormatter, MaxNLocator, MultipleLocator, NullFormatter, NullLocator

from vle_analog.errors import OutputError
from vle_analog.report import palette
from vle_analog.report.numbers import MINUS as MINUS  # figures take them from here
from vle_analog.report.numbers import number as number
from vle_analog.report.numbers import power_of_ten
from vle_analog.report.numbers import typeset as typeset

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters on every machine
    "font.size": 10,
    "axes.labelsize": 10,
    "axes.titlesize": 10,
    "axes.titley": 1.0,  # else every draw measures all tick labels, to keep the title off them
    "figure.titlesize": 11.5,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-4, 6),
    "savefig.dpi": 150,
    "svg.hashsalt": "vle-analog",
}

#: smallest letters of a title, points, and from one of its lines to the next, inches
_SMALLEST, _LINE = 9.0, 0.18

REFERENCE: dict[str, Any] = {"color": palette.REFERENCE, "linewidth": 3.2, "solid_capstyle": "round"}
_CIRCUIT: dict[str, Any] = {"linewidth": 1.1, "linestyle": (0, (4, 1.6))}
IDEAL_PARTS: dict[str, Any] = {"color": palette.IDEAL_PARTS, **_CIRCUIT}
REAL_PARTS: dict[str, Any] = {"color": palette.REAL_PARTS, **_CIRCUIT}
BOARDS: dict[str, Any] = {"color": palette.BOARDS, "linewidth": 0.7, "alpha": 0.6}
BOUND: dict[str, Any] = {"color": palette.BOUND, "linewidth": 1.1, "linestyle": (0, (5, 1.6))}
RESIDUAL: dict[str, Any] = {"color": "#444444", "linewidth": 0.8}
TEACHER: dict[str, Any] = {"color": "#000000", "linewidth": 1.3, "linestyle": ":"}
FROZEN: dict[str, Any] = {"facecolor": "#e9e9e9", "edgecolor": "none", "zorder": 0}


def parts_line(real: bool) -> dict[str, Any]:
    """The line of a circuit of real parts, or of ideal ones."""
    return REAL_PARTS if real else IDEAL_PARTS


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's defaults and :data:`STYLE`, whatever the user's own settings; restored afterwards."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(cast(Any, STYLE))
        yield


@dataclass(frozen=True)
class Sheet:
    """A figure whose panels are placed in inches, so that no content can push them about.

    Attributes:
        figure: that is drawn.
        top: from its upper edge to the first legend, below the title.
        head: from its upper edge to the first row.
        left, column, gap, row: of its grid's cells.
    """

    figure: Figure
    top: float
    head: float
    left: float
    column: float
    gap: float
    row: float

    def axes(
        self, row: int, column: int, top: float, height: float, sharex: Axes | None = None, sharey: Axes | None = None
    ) -> Axes:
        """New axes, ``top`` inches below the upper edge of a grid cell and ``height`` inches high."""
        width, total = self.figure.get_size_inches()
        x = self.left + column * (self.column + self.gap)
        y = total - self.head - row * self.row - top - height
        box = (x / width, y / total, self.column / width, height / total)
        return self.figure.add_axes(box, sharex=sharex, sharey=sharey)

    def ylabel(self, axes: Axes, text: str, away: float = 0.74) -> None:
        """A label ``away`` inches from the axis (so far "−0.0005" reaches); in smaller letters where it is long."""
        height = 72 * self.figure.get_size_inches()[1] * axes.get_position().height
        axes.set_ylabel(text, fontsize=min(STYLE["axes.labelsize"], 1.9 * height / len(text)))
        axes.yaxis.set_label_coords(-away / self.column, 0.5)

    def xlabel(self, text: str) -> None:
        """One label for all columns, at the lower edge."""
        height = self.figure.get_size_inches()[1]
        self.figure.text(0.5, 0.06 / height, text, ha="center", va="bottom")

    def legend(
        self, handles: Sequence[Any], labels: Sequence[str], columns: int = 4, below: float = 0.0, **look: float
    ) -> None:
        """A legend above all panels, ``below`` inches under the first one's place, which is under the title."""
        top = 1 - (self.top + below) / self.figure.get_size_inches()[1]
        columns = min(columns, len(labels))
        place = {"loc": "upper center", "bbox_to_anchor": (0.5, top), "borderaxespad": 0}
        self.figure.legend(handles, labels, ncols=columns, **cast(Any, {**place, **look}))


@dataclass(frozen=True)
class Grid:
    """Cells of a sheet; all lengths in inches.

    Attributes:
        across, rows: numbers of columns and rows.
        width: of the whole figure.
        row: from one row's upper edge to the next one's.
        content: height of what a row holds.
        gap: between columns, room for the tick labels.
        foot: below the last row, room for tick labels and a line of words.
        left: of the first column, room for tick labels and names.
        right: of the last column.
        head: above the first row, below the legend: room for a second axis of time.
    """

    across: int
    rows: int
    width: float
    row: float
    content: float
    gap: float = 0.7
    foot: float = 0.52
    left: float = 0.95
    right: float = 0.3
    head: float = 0.0


def new_sheet(grid: Grid, title: str, legend_rows: int = 1) -> Sheet:
    """An empty sheet.

    Args:
        grid: its cells.
        title: over the figure.
        legend_rows: rows of the legend below the title.
    """
    lines, size = _title(title, grid.width)
    top = 0.04 + (0.28 + _LINE * (len(lines) - 1) if lines else 0.0)
    head = 0.32 + 0.2 * legend_rows + top + grid.head
    figure = Figure(figsize=(grid.width, head + (grid.rows - 1) * grid.row + grid.content + grid.foot))
    if lines:
        height = figure.get_size_inches()[1]
        figure.suptitle("\n".join(lines), y=1 - 0.07 / height, va="top", fontsize=size, linespacing=1.15)
    column = (grid.width - grid.left - grid.right - grid.gap * (grid.across - 1)) / grid.across
    return Sheet(figure, top, head, grid.left, column, grid.gap, grid.row)


def _title(title: str, width: float) -> tuple[list[str], float]:
    """A title's lines, as few as there may be in letters that are read easily, and the size of the letters."""
    room = 72 * (width - 0.2) / 0.62  # a letter is 0.62 times as wide as high at most, on average
    letters = int(room / _SMALLEST)
    halves = [(title[: end.end()].rstrip(), title[end.end() :]) for end in re.finditer("[:,] ", title)]
    longest, lines = min(((max(map(len, pair)), list(pair)) for pair in halves), default=(letters + 1, []))
    if len(title) <= letters or longest > letters:  # two lines part where the title pauses, if they fit
        lines = textwrap.wrap(title, letters)
    return lines, min(STYLE["figure.titlesize"], room / max(map(len, lines), default=1))


class Plain(Formatter):
    """Tick labels in plain text with equal decimals, divided by a power of ten."""

    def __init__(self, power: int = 0) -> None:
        self.power = power

    def __call__(self, x: float, pos: int | None = None) -> str:
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """One label per tick."""
        scaled = np.asarray(values, dtype=float) / 10.0**self.power + 0.0  # no negative zero
        step = np.min(np.abs(np.diff(scaled))) if scaled.size > 1 else np.max(np.abs(scaled), initial=0.0)
        exact = (d for d in range(9) if np.all(np.abs(scaled - np.round(scaled, d)) <= 1e-3 * step))
        decimals = next(exact, 9)
        return [f"{value:.{decimals}f}".replace("-", MINUS) for value in np.round(scaled, decimals) + 0.0]


def tidy(axes: Axes, which: Literal["x", "y"], ticks: int = 4) -> str:
    """Few ticks with short labels on an axis that holds its curves; a constant is not magnified until it looks noisy.

    The axis spans at least 1e-3 of its values, and 1e-6.

    Args:
        axes: with everything drawn.
        which: of its axes; shared axes follow.
        ticks: at most so many intervals.

    Returns:
        What to write behind the axis's name: the power of ten that its labels are divided by, or nothing.
    """
    axis: Axis = axes.yaxis if which == "y" else axes.xaxis
    low, high = sorted(float(limit) for limit in axis.get_view_interval())
    largest = max(abs(low), abs(high))
    span = max(high - low, 1e-3 * largest, 1e-6)
    if span > high - low:
        middle = 0.5 * (low + high)
        axes.set(**cast(Any, {f"{which}lim": (middle - 0.5 * span, middle + 0.5 * span)}))
    long = largest >= 1e5 or span < 5e-4
    power = math.floor(math.log10(max(largest, span))) if long else 0
    axis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))  # short labels
    axis.set_major_formatter(Plain(power))
    return f" / {power_of_ten(power)}" if power else ""


def ticks_of(axis: Axis, steps: Sequence[float], most: int = 6) -> None:
    """Ticks at multiples of the first of such steps that gives no more than so many intervals, else of the last."""
    low, high = sorted(axis.get_view_interval())
    axis.set_major_locator(MultipleLocator(next((step for step in steps if high - low < most * step), steps[-1])))
    axis.set_major_formatter(Plain())


def decades(axis: Axis, minor: bool = True) -> None:
    """Label a logarithmic axis at powers of ten, with or without ticks between them, which take long to draw."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(round(math.log10(value)))))
    axis.set_minor_formatter(NullFormatter())
    if not minor:
        axis.set_minor_locator(NullLocator())


#: what a picture says of itself, by its file's ending: nothing
_UNDATED: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def picture(figure: Figure, suffix: str = ".png") -> bytes:
    """A figure as ``.png``, ``.svg`` or ``.pdf``; equal figures give equal bytes (no dates inside)."""
    stream = BytesIO()
    with style():
        figure.savefig(stream, format=suffix[1:], metadata=_UNDATED[suffix])
    return stream.getvalue()


def save(figure: Figure, path: Path) -> Path:
    """Write a figure, as `picture` draws it.

    Args:
        figure: any that was drawn in this style.
        path: the suffix chooses the format; missing folders are made.

    Returns:
        The path.

    Raises:
        OutputError: an unknown suffix, or the file cannot be written.
    """
    if path.suffix not in _UNDATED:
        raise OutputError(f"cannot write a figure as '{path.suffix}'", where=str(path), hint="known: .png, .svg, .pdf")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(figure, path.suffix))
    except OSError as error:
        raise OutputError(f"cannot write the figure: {error.strerror}", where=str(path)) from error
    return path
