"""Figures of an analog run against its ideal.

One look throughout: the ideal is a thick pale line, the analog run a thin dashed one over it, so that agreement shows
as a dashed core and a deviation as two lines. Blue and vermilion follow Okabe and Ito, for colour-blind readers
(jfly.uni-koeln.de/color). Sizes are chosen so that every figure still reads at half a page's width. No figure touches
pyplot's global state, and :func:`save` writes no date, so equal data give equal files.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from vle_analog.compare.comparison import Comparison
from vle_analog.compare.learning import LearningSetup
from vle_analog.compare.metrics import align, common_grid, interpolate, samples
from vle_analog.errors import OutputError, UsageError
from vle_analog.waveforms import Array, Waveforms

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters on every machine
    "font.size": 10,
    "axes.labelsize": 10,
    "axes.titlesize": 10,
    "figure.titlesize": 11.5,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.fontsize": 9.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.formatter.useoffset": False,
    "axes.formatter.use_mathtext": True,
    "axes.formatter.limits": (-4, 6),
    "savefig.dpi": 150,
    "svg.hashsalt": "vle-analog",
}
IDEAL: dict[str, Any] = {"color": "#8fc7ea", "linewidth": 3.2, "solid_capstyle": "round"}
ANALOG: dict[str, Any] = {"color": "#c04a00", "linewidth": 1.1, "linestyle": (0, (4, 1.6))}
RESIDUAL: dict[str, Any] = {"color": "#444444", "linewidth": 0.8}
TEACHER: dict[str, Any] = {"color": "#000000", "linewidth": 1.3, "linestyle": ":"}
FROZEN: dict[str, Any] = {"facecolor": "#e9e9e9", "edgecolor": "none", "zorder": 0}

TIME = "time (model units)"
BINS = 800
"""Time bins per panel: each keeps its lowest and highest sample, more than half a page's width resolves."""
PERIODS = 12
"""Oscillations shown per window of a long run, and a quarter of how many make a run long."""


def traces(
    ideal: Waveforms,
    analog: Waveforms,
    signals: Sequence[str] | None = None,
    *,
    title: str = "",
    comparison: Comparison | None = None,
    windows: float | None = None,
    limit: int = 12,
) -> Figure:
    """Signals over time, ideal under analog, each with a small panel of the difference below it.

    A run much longer than its fastest oscillation is drawn as two columns, its first and its last stretch. Any other
    run has one column, or two columns of signals where there are more than six.

    Args:
        ideal: the reference's waveforms, model units.
        analog: the circuit's waveforms, model units, on any other time axis.
        signals: which to draw; by default all that both runs hold.
        title: over the figure.
        comparison: where given, each signal's NRMSE over the whole run stands above its panel.
        windows: length in model units of the first and of the last stretch; by default twelve of the fastest
            oscillation's periods if the run has over 48 of them, else the whole run; ``math.inf`` always draws all.
        limit: most signals drawn; the title says how many there are.

    Raises:
        UsageError: a signal is missing, or there is none to draw.
        ComparisonError: a value is not finite, or the runs never overlap.
    """
    names = _names(ideal, analog, signals)
    shown = names[:limit]
    stretches = _stretches(ideal, analog, shown, windows)
    split = len(stretches) > 1
    across = 2 if split or len(shown) > 6 else 1
    rows = len(shown) if split else math.ceil(len(shown) / across)
    labels = ["ideal", "analog", "analog \N{MINUS SIGN} ideal"]
    with _style():
        handles = [Line2D([], [], **line) for line in (IDEAL, ANALOG, RESIDUAL)]
        heading = _count(title, len(shown), len(names))
        row_height = 1.65 if comparison is None else 1.88
        sheet = _sheet(across, 5.6 if across == 1 else 8.4, rows, row_height, 1.5, heading, gap=0.62 if split else 0.95)
        sheet.legend(handles, labels)
        for index, name in enumerate(shown):
            uppers: list[Axes] = []
            for column, (start, stop) in enumerate(stretches):
                row, place = (index, column) if split else (index % rows, index // rows)
                upper = sheet.axes(row, place, 0.0, 1.02, sharey=uppers[0] if uppers else None)
                lower = sheet.axes(row, place, 1.08, 0.42, sharex=upper)
                uppers.append(upper)
                pair = next(align(_around(ideal, start, stop), _around(analog, start, stop), [name]))
                upper.plot(*envelope(pair.time, pair.ideal), **IDEAL)
                upper.plot(*envelope(pair.time, pair.analog), **ANALOG)
                upper.set_xlim(start, stop)
                upper.yaxis.set_major_locator(MaxNLocator(4))
                lower.xaxis.set_major_locator(MaxNLocator(5))
                _residual(lower, pair.time, pair.analog - pair.ideal)
                bottom = index == len(shown) - 1 or (not split and row == rows - 1)
                upper.tick_params(labelbottom=False, labelleft=column == 0)
                lower.tick_params(labelbottom=bottom)
                if bottom:
                    lower.set_xlabel(TIME)
                if split and index == 0:
                    upper.set_title(f"{('first', 'last')[column]} {stop - start:.4g} units", loc="left")
                if column == 0:
                    sheet.ylabel(upper, name)
                    sheet.ylabel(lower, "diff.")
            if comparison is not None and name in comparison.trace_nrmse:
                uppers[-1].set_title(f"NRMSE {_percent(comparison.trace_nrmse[name])}", loc="right", fontsize=9)
    return sheet.figure


def learning_curves(comparison: Comparison, *, title: str = "") -> Figure:
    """Loss over time of both runs on a logarithmic axis; stretches with plasticity off are shaded.

    The legend states the losses before and after learning, both with plasticity off. The axis ends four decades below
    the analog run's lowest loss: an ideal that goes on falling, to 1e-25, would flatten everything else.

    Args:
        comparison: of two learning runs.
        title: over the figure.

    Raises:
        UsageError: the comparison holds no learning.
    """
    learning = comparison.learning
    if learning is None:
        raise UsageError("this comparison holds no learning", hint="give compare() a LearningSetup.")
    setup = learning.setup
    arrow = "\N{RIGHTWARDS ARROW}"
    labels = [
        f"ideal, frozen {learning.loss_initial_ideal:.2g} {arrow} {learning.loss_final_ideal:.2g}",
        "plasticity off",
        f"analog, frozen {learning.loss_initial:.2g} {arrow} {learning.loss_final_analog:.2g}",
    ]
    with _style():
        sheet = _sheet(1, 5.6, 1, 2.75, 2.75, title, legend_rows=2)
        sheet.legend([Line2D([], [], **IDEAL), Patch(**FROZEN), Line2D([], [], **ANALOG)], labels, columns=2)
        axes = sheet.axes(0, 0, 0.0, 2.75)
        lowest: list[float] = []
        for curve, line in ((learning.curve_ideal, IDEAL), (learning.curve_analog, ANALOG)):
            positive = curve.loss > 0
            marker = "o" if np.count_nonzero(positive) <= 20 else None
            axes.plot(*envelope(curve.time[positive], curve.loss[positive]), marker=marker, markersize=4, **line)
            lowest.append(float(np.min(curve.loss[positive], initial=math.inf)))
        _shade(axes, setup)
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        if high < 100 * low:  # powers of ten alone would leave one or two ticks
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
        floor = 1e-4 * lowest[1]
        if lowest[0] < floor < math.inf:
            axes.set_ylim(bottom=floor)
        axes.set_xlim(min(setup.initial_window[0], learning.curve_ideal.time[0]), setup.final_window[1])
        axes.set_xlabel(TIME)
        sheet.ylabel(axes, "loss: mean (target \N{MINUS SIGN} output)²")
    return sheet.figure


def parameters(
    ideal: Waveforms, analog: Waveforms, learning: LearningSetup, *, title: str = "", limit: int = 12
) -> Figure:
    """Trajectories of the learned parameters, one panel each, with the teacher's value as a dotted line.

    Where most of the learning happens early the axis is the logarithm of the time since plasticity was switched on;
    otherwise it is plain time over the whole run, with the stretches in which plasticity is off shaded.

    Args:
        ideal: the reference's waveforms, model units.
        analog: the circuit's waveforms, model units, on any other time axis.
        learning: names the parameters, the teacher's values and the frozen stretches.
        title: over the figure.
        limit: most parameters drawn; the title says how many there are.

    Raises:
        UsageError: a parameter's signal is missing, or there is none.
        ComparisonError: a value is not finite, or the runs never overlap.
    """
    names = _names(ideal, analog, list(learning.parameters))
    shown = names[:limit]
    across = 1 if len(shown) == 1 else 2 if len(shown) <= 4 else 3
    rows = math.ceil(len(shown) / across)
    pairs = list(align(ideal, analog, shown))
    begin, end = learning.initial_window[1], learning.final_window[0]
    early = _first_move(pairs[0].time, [pair.ideal for pair in pairs], begin, end)
    lines: list[tuple[str, Artist]] = [("ideal", Line2D([], [], **IDEAL)), ("analog", Line2D([], [], **ANALOG))]
    if any(learning.parameters[name] is not None for name in shown):
        lines.append(("teacher", Line2D([], [], **TEACHER)))
    if early is None:
        lines.append(("plasticity off", Patch(**FROZEN)))
    with _style():
        width = (5.6, 6.4, 8.4)[across - 1]
        sheet = _sheet(across, width, rows, 1.65, 1.3, _count(title, len(shown), len(names)))
        sheet.legend([handle for _, handle in lines], [label for label, _ in lines])
        for index, pair in enumerate(pairs):
            axes = sheet.axes(index // across, index % across, 0.0, 1.3)
            for values, line in ((pair.ideal, IDEAL), (pair.analog, ANALOG)):
                if early is None:
                    axes.plot(*envelope(pair.time, values), **line)
                else:
                    kept = (pair.time >= begin + early) & (pair.time <= end)
                    axes.plot(*envelope(pair.time[kept] - begin, values[kept], log=True), **line)
            target = learning.parameters[pair.name]
            if target is not None:
                axes.axhline(target, **TEACHER)
            if early is None:
                _shade(axes, learning)
                axes.set_xlim(pair.time[0], pair.time[-1])
                axes.xaxis.set_major_locator(MaxNLocator(5 if across < 3 else 4))
            else:
                axes.set_xscale("log")
                axes.set_xlim(early, end - begin)
            axes.margins(y=0.12)
            axes.yaxis.set_major_locator(MaxNLocator(4))
            axes.set_title(pair.name, loc="left")
            axes.tick_params(labelbottom=index + across >= len(shown))
        sheet.xlabel(TIME if early is None else "time since learning starts (model units)")
    return sheet.figure


def portrait(ideal: Waveforms, analog: Waveforms, x: str, y: str, *, title: str = "", points: int = 20_000) -> Figure:
    """Signal ``y`` over signal ``x``: the ideal alone at the left, the analog run over the ideal at the right.

    Args:
        ideal: the reference's waveforms, model units.
        analog: the circuit's waveforms, model units, on any other time axis.
        x: signal along the horizontal axis.
        y: signal along the vertical axis.
        title: over the figure.
        points: at most as many samples are drawn per curve.

    Raises:
        UsageError: a signal is missing.
        ComparisonError: a value is not finite, or the runs never overlap.
    """
    horizontal, vertical = align(ideal, analog, (x, y), points)
    pale = {**IDEAL, "linewidth": 1.0}
    solid = {**ANALOG, "linewidth": 0.7, "linestyle": "-"}
    with _style():
        sheet = _sheet(2, 7.4, 1, 2.9, 2.9, title)
        handles = [Line2D([], [], **{**pale, "linewidth": 2.5}), Line2D([], [], **{**solid, "linewidth": 1.5})]
        sheet.legend(handles, ["ideal", "analog"])
        left = sheet.axes(0, 0, 0.0, 2.9)
        right = sheet.axes(0, 1, 0.0, 2.9, sharex=left, sharey=left)
        for axes, heading in ((left, "ideal"), (right, "analog over ideal")):
            axes.plot(horizontal.ideal, vertical.ideal, **pale)
            axes.set_xlabel(x)
            axes.set_title(heading, loc="left")
        right.plot(horizontal.analog, vertical.analog, **solid)
        right.tick_params(labelleft=False)
        left.set_ylabel(y)
    return sheet.figure


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as ``.png``, ``.svg`` or ``.pdf``; equal figures give equal bytes (no dates inside).

    Args:
        figure: from any function here.
        path: the suffix chooses the format; missing folders are made.

    Returns:
        The path.

    Raises:
        OutputError: an unknown suffix, or the file cannot be written.
    """
    undated: dict[str, dict[str, Any]] = {
        ".png": {"Software": None},
        ".svg": {"Date": None, "Creator": None},
        ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    }
    if path.suffix not in undated:
        raise OutputError(f"cannot write a figure as '{path.suffix}'", where=str(path), hint="known: .png, .svg, .pdf")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _style():
            figure.savefig(path, metadata=undated[path.suffix])
    except OSError as error:
        raise OutputError(f"cannot write the figure: {error.strerror}", where=str(path)) from error
    return path


def envelope(time: Array, values: Array, bins: int = BINS, *, log: bool = False) -> tuple[Array, Array]:
    """The lowest and the highest sample of each time bin, in order of time: looks the same, draws far fewer points.

    Args:
        time: increasing, shape (n,); positive where ``log``.
        values: shape (n,).
        bins: bins of equal width along the axis; at most ``2 bins + 2`` samples are kept.
        log: bins of equal width in the logarithm of time.

    Returns:
        Times and values of shape (m,), ``m <= n``; all of them where there are few, and always the first and the last.
    """
    if time.size <= 2 * bins + 2 and not log:
        return time, values
    axis = np.log(time) if log else time
    edges = np.linspace(axis[0], axis[-1], bins + 1)
    starts = np.unique(np.searchsorted(axis, edges[:-1]))
    stops = np.append(starts[1:], time.size)
    keep = {0, time.size - 1}
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        part = values[start:stop]
        keep.add(start + int(np.argmin(part)))
        keep.add(start + int(np.argmax(part)))
    chosen = np.array(sorted(keep))
    return time[chosen], values[chosen]


@dataclass(frozen=True)
class _Sheet:
    """A figure whose panels are placed in inches, so that no content can push them about."""

    figure: Figure
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

    def ylabel(self, axes: Axes, text: str) -> None:
        """A label at the same distance from every panel's axis."""
        axes.set_ylabel(text)
        axes.yaxis.set_label_coords(-0.62 / self.column, 0.5)

    def xlabel(self, text: str) -> None:
        """One label for all columns, at the lower edge."""
        height = self.figure.get_size_inches()[1]
        self.figure.text(0.5, 0.06 / height, text, ha="center", va="bottom")

    def legend(self, handles: Sequence[Artist], labels: Sequence[str], columns: int = 4) -> None:
        """The legend under the title, above all panels."""
        height = self.figure.get_size_inches()[1]
        top = 1 - (0.32 if self.figure.get_suptitle() else 0.04) / height
        columns = min(columns, len(labels))
        self.figure.legend(
            handles, labels, loc="upper center", bbox_to_anchor=(0.5, top), ncols=columns, borderaxespad=0
        )


def _sheet(
    across: int,
    width: float,
    rows: int,
    row: float,
    content: float,
    title: str,
    *,
    legend_rows: int = 1,
    gap: float = 0.62,
) -> _Sheet:
    """An empty sheet of ``across`` by ``rows`` cells; all lengths in inches.

    Args:
        across: number of columns.
        width: of the whole figure.
        rows: number of rows.
        row: from one row's upper edge to the next one's.
        content: height of what a row holds.
        title: over the figure.
        legend_rows: rows of the legend below the title.
        gap: between columns, room for the tick labels.
    """
    left, right, foot = 0.85, 0.3, 0.52
    head = 0.36 + 0.2 * legend_rows + (0.28 if title else 0.0)
    figure = Figure(figsize=(width, head + (rows - 1) * row + content + foot))
    if title:
        height = figure.get_size_inches()[1]
        figure.suptitle(title, y=1 - 0.07 / height, va="top")
    return _Sheet(figure, head, left, (width - left - right - gap * (across - 1)) / across, gap, row)


def _count(title: str, shown: int, total: int) -> str:
    return title if shown == total else f"{title} ({shown} of {total})".strip()


@contextmanager
def _style() -> Iterator[None]:
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(cast(Any, STYLE))
        yield


def _names(ideal: Waveforms, analog: Waveforms, signals: Iterable[str] | None) -> list[str]:
    names = [name for name in ideal.signals if name in analog.signals] if signals is None else list(signals)
    if not names:
        raise UsageError("no signals to draw", hint="name at least one that both runs hold.")
    return names


def _around(waveforms: Waveforms, start: float, stop: float) -> Waveforms:
    """The samples of a stretch and one more at each side, so that interpolation reaches its ends."""
    low = max(int(np.searchsorted(waveforms.time, start, "right")) - 2, 0)
    high = int(np.searchsorted(waveforms.time, stop, "left")) + 2
    return Waveforms(waveforms.time[low:high], {name: values[low:high] for name, values in waveforms.signals.items()})


def _stretches(
    ideal: Waveforms, analog: Waveforms, names: Sequence[str], windows: float | None
) -> list[tuple[float, float]]:
    """What stretches of time to draw: the whole run, or its first and its last ``windows`` model units."""
    grid = common_grid(ideal.time, analog.time)
    start, stop = float(grid[0]), float(grid[-1])
    if windows is None:
        period = min(_period(grid, interpolate(*samples(ideal, name, "ideal"), grid)) for name in names)
        windows = float(f"{PERIODS * period:.2g}") if stop - start > 4 * PERIODS * period else math.inf
    if 2 * windows >= stop - start:
        return [(start, stop)]
    return [(start, start + windows), (stop - windows, stop)]


def _period(time: Array, values: Array) -> float:
    """The mean period by counting how often a signal crosses its middle; infinite where it hardly does."""
    above = values > 0.5 * (values.min() + values.max())
    crossings = int(np.count_nonzero(above[1:] != above[:-1]))
    return 2 * float(time[-1] - time[0]) / crossings if crossings > 2 else math.inf


def _first_move(time: Array, trajectories: Sequence[Array], begin: float, end: float) -> float | None:
    """Where a logarithmic time axis should start, counted from ``begin``; None where plain time reads better.

    Logarithmic where half of the trajectories' travel is over within a twentieth of the learning time; it then starts
    where the first twentieth of the earliest travel is done, at most four decades before the end.
    """
    learning = (time >= begin) & (time <= end)
    if np.count_nonzero(learning) < 8:
        return None
    since = time[learning] - begin
    halves: list[float] = []
    starts: list[float] = []
    for trajectory in trajectories:
        distance = np.abs(trajectory[learning] - trajectory[learning][0])
        if distance.max() <= 1e-9 * np.max(np.abs(trajectory)):
            continue
        travel = np.maximum.accumulate(distance) / distance.max()
        halves.append(float(since[np.argmax(travel >= 0.5)]))
        starts.append(float(since[np.argmax(travel >= 0.05)]))
    if not halves or float(np.median(halves)) > (end - begin) / 20:
        return None
    return max(0.5 * float(min(starts)), 1e-4 * (end - begin), float(since[1]))


def _shade(axes: Axes, learning: LearningSetup) -> None:
    for start, stop in (learning.initial_window, learning.final_window):
        axes.axvspan(start, stop, **FROZEN)


def _residual(axes: Axes, time: Array, difference: Array) -> None:
    """The difference about zero, with ticks at plus and minus one round number and a line at zero."""
    axes.axhline(0, color="#bbbbbb", linewidth=0.8)
    axes.plot(*envelope(time, difference), **RESIDUAL)
    largest = float(np.max(np.abs(difference)))
    if largest == 0:
        axes.set_ylim(-1, 1)
        axes.yaxis.set_major_locator(FixedLocator([0]))
        return
    decade = 10.0 ** math.floor(math.log10(largest))
    tick = decade * max(step for step in (1, 2, 3, 5, 7) if step * decade <= largest * (1 + 1e-9))
    axes.set_ylim(-1.25 * largest, 1.25 * largest)
    axes.yaxis.set_major_locator(FixedLocator([-tick, tick]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}".replace("-", "\N{MINUS SIGN}")))


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2g} %" if fraction < 0.1 else f"{100 * fraction:.0f} %"
