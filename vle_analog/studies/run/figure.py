"""A circuit's run against its reference, drawn: traces, loss, learned parameters, portrait.

Units are the model's; beside them stand the circuit's own: milliseconds along the upper edge, volts at the right.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from vle_analog.compare.comparison import Comparison
from vle_analog.compare.learning import LearningSetup
from vle_analog.compare.metrics import Aligned, align
from vle_analog.errors import UsageError
from vle_analog.report.sheet import (
    FROZEN,
    MINUS,
    REFERENCE,
    RESIDUAL,
    TEACHER,
    Grid,
    Sheet,
    decades,
    new_sheet,
    number,
    style,
    tidy,
)
from vle_analog.studies.run.heading import (
    ABOVE,
    BESIDE,
    EQUATIONS_LABEL,
    TIME,
    Heading,
    in_volts,
    seconds_above,
    volts_beside,
)
from vle_analog.studies.run.selection import around, envelope, first_move, moved_most, stretches
from vle_analog.waveforms import Array, Waveforms

_NONE = Heading()


def traces(
    ideal: Waveforms,
    analog: Waveforms,
    signals: Sequence[str] | None = None,
    *,
    heading: Heading = _NONE,
    comparison: Comparison | None = None,
    windows: float | None = None,
    limit: int = 12,
) -> Figure:
    """Signals over time, the reference under the circuit, each with a small panel of the difference below it.

    A run much longer than its fastest oscillation is drawn as two columns, its first and its last stretch. Any other
    run has one column, or two columns of signals where there are more than six.

    Args:
        ideal: the reference's waveforms, model units.
        analog: the circuit's waveforms, model units, on any other time axis.
        signals: which to draw; by default all that both runs hold.
        heading: over the figure.
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
    parts = stretches(ideal, analog, shown, windows)
    split = len(parts) > 1
    across, rows, places = _layout(len(shown), len(parts))
    labels = [EQUATIONS_LABEL, heading.circuit, "difference"]
    known = heading.built is not None
    errors = {} if comparison is None else comparison.trace_nrmse
    with style():
        handles = [Line2D([], [], **line) for line in (REFERENCE, heading.line, RESIDUAL)]
        grid = Grid(across, rows, 5.6 if across == 1 else 8.4, 1.68 if comparison is None else 1.9, 1.52)
        sheet = new_sheet(_with_volts(grid, split, known), _count(str(heading), len(shown), len(names)))
        sheet.legend(handles, labels)
        for index, name in enumerate(shown):
            lowest = index == len(shown) - 1 or places[index][0][0] == rows - 1
            uppers = _panels(sheet, places[index], parts, (ideal, analog), name, lowest, heading)
            highest = places[index][0][0] == 0
            pad = 17.0 if known and highest else 4.0  # milliseconds stand between
            if split and index == 0:
                for axes, which, (start, stop) in zip(uppers, ("first", "last"), parts, strict=True):
                    axes.set_title(f"{which} {stop - start:.4g} units", loc="left", pad=pad)
            if name in errors:
                uppers[-1].set_title(f"NRMSE {_percent(errors[name])}", loc="right", fontsize=9, pad=pad)
            if highest:
                for axes in uppers:
                    seconds_above(axes, heading)
    return sheet.figure


def _with_volts(grid: Grid, split: bool, known: bool) -> Grid:
    """A grid of traces with room for milliseconds above it, and for volts at the right of each signal, if known."""
    if not known:
        return replace(grid, gap=0.7 if split else 1.0)
    gap = 0.7 if split else 0.7 + BESIDE
    return replace(grid, width=grid.width + 0.6 * (BESIDE - 0.3), gap=gap, right=BESIDE, head=ABOVE)


def learning_curves(comparison: Comparison, *, heading: Heading = _NONE) -> Figure:
    """Loss over time of both runs on a logarithmic axis; stretches with plasticity off are shaded.

    Above the axes stand the losses before and after learning, both with plasticity off. The axis ends four decades
    below the analog run's lowest loss: an ideal that goes on falling, to 1e-25, would flatten everything else.

    Args:
        comparison: of two learning runs.
        heading: over the figure.

    Raises:
        UsageError: the comparison holds no learning.
    """
    learning = comparison.learning
    if learning is None:
        raise UsageError("this comparison holds no learning", hint="give compare() a LearningSetup.")
    setup = learning.setup
    frozen = [
        f"{name} {number(first)} \N{RIGHTWARDS ARROW} {number(last)}"
        for name, first, last in (
            ("reference", learning.loss_initial_ideal, learning.loss_final_ideal),
            ("circuit", learning.loss_initial, learning.loss_final_analog),
        )
    ]
    with style():
        above = 0.0 if heading.built is None else ABOVE
        sheet = new_sheet(Grid(across=1, width=5.6, rows=1, row=2.75, content=2.75, head=above), str(heading))
        handles = [Line2D([], [], **REFERENCE), Line2D([], [], **heading.line), Patch(**FROZEN)]
        sheet.legend(handles, [EQUATIONS_LABEL, heading.circuit, "plasticity off"])
        axes = sheet.axes(0, 0, 0.0, 2.75)
        lowest: list[float] = []
        for curve, line in ((learning.curve_ideal, REFERENCE), (learning.curve_analog, heading.line)):
            positive = curve.loss > 0
            marker = "o" if np.count_nonzero(positive) <= 20 else None
            axes.plot(*envelope(curve.time[positive], curve.loss[positive]), marker=marker, markersize=4, **line)
            lowest.append(float(np.min(curve.loss[positive], initial=math.inf)))
        _shade(axes, setup)
        axes.set_yscale("log")
        pad = 17.0 if above else 4.0
        axes.set_title(f"plasticity off: {', '.join(frozen)}", loc="left", fontsize=9, pad=pad)
        low, high = axes.get_ylim()
        if high < 10 * low:
            middle = math.sqrt(low * high)
            low, high = axes.set_ylim(middle / math.sqrt(10), middle * math.sqrt(10))
        if high < 100 * low:  # powers of ten alone would leave one or two ticks
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
            axes.yaxis.set_minor_formatter(NullFormatter())
        else:
            decades(axes.yaxis)
        floor = 1e-4 * lowest[1]
        if lowest[0] < floor < math.inf:
            axes.set_ylim(bottom=floor)
        axes.set_xlim(min(setup.initial_window[0], learning.curve_ideal.time[0]), setup.final_window[1])
        axes.set_xlabel(TIME)
        seconds_above(axes, heading)
        sheet.ylabel(axes, f"loss: mean (target {MINUS} output)²")
    return sheet.figure


def parameters(
    ideal: Waveforms, analog: Waveforms, learning: LearningSetup, *, heading: Heading = _NONE, limit: int = 12
) -> Figure:
    """Trajectories of the learned parameters, one panel each, with the teacher's value as a dotted line.

    Where most of the learning happens early the axis is the logarithm of the time since plasticity was switched on;
    otherwise it is plain time over the whole run, with the stretches in which plasticity is off shaded.

    Args:
        ideal: the reference's waveforms, model units.
        analog: the circuit's waveforms, model units, on any other time axis.
        learning: names the parameters, the teacher's values and the frozen stretches.
        heading: over the figure.
        limit: most parameters drawn, those that moved most; the title says so, and how many there are.

    Raises:
        UsageError: a parameter's signal is missing, or there is none.
        ComparisonError: a value is not finite, or the runs never overlap.
    """
    names = _names(ideal, analog, list(learning.parameters))
    shown = names if len(names) <= limit else moved_most(ideal, names, limit)
    across = 1 if len(shown) == 1 else 2 if len(shown) <= 4 else 3
    rows = math.ceil(len(shown) / across)
    pairs = list(align(ideal, analog, shown))
    begin, end = learning.initial_window[1], learning.final_window[0]
    early = first_move(pairs[0].time, [pair.ideal for pair in pairs], begin, end)
    with style():
        width = (5.6, 6.4, 8.4)[across - 1]
        title = _count(str(heading), len(shown), len(names), ", those that moved most")
        gap = 0.7 if heading.built is None else 0.5 + BESIDE
        right = 0.3 if heading.built is None else BESIDE
        grid = Grid(across=across, width=width, rows=rows, row=1.65, content=1.3, gap=gap, right=right)
        sheet = new_sheet(replace(grid, width=width + across * (gap - 0.7)), title)
        lines = _keys(heading, any(learning.parameters[name] is not None for name in shown), frozen=early is None)
        sheet.legend(list(lines.values()), list(lines))
        for index, pair in enumerate(pairs):
            axes = sheet.axes(index // across, index % across, 0.0, 1.3)
            if early is None:
                _whole_course(axes, pair, learning, heading, ticks=5 if across < 3 else 4)
            else:
                _early_course(axes, pair, learning, heading, early)
            axes.margins(y=0.12)
            axes.set_title(pair.name + tidy(axes, "y"), loc="left")
            axes.tick_params(labelbottom=index + across >= len(shown))
            volts_beside(axes, heading, pair.name)
        sheet.xlabel(heading.time if early is None else heading.time.replace("time", "time since learning starts"))
    return sheet.figure


def portrait(
    ideal: Waveforms, analog: Waveforms, x: str, y: str, *, heading: Heading = _NONE, points: int = 20_000
) -> Figure:
    """Signal ``y`` over signal ``x``: the reference at the left, the circuit at the right, alike in all but colour.

    One over the other would tell nothing where trajectories are dense, and where they part, as those of chaos do.

    Args:
        ideal: the reference's waveforms, model units.
        analog: the circuit's waveforms, model units, on any other time axis.
        x: signal along the horizontal axis.
        y: signal along the vertical axis.
        heading: over the figure.
        points: at most as many samples are drawn per curve.

    Raises:
        UsageError: a signal is missing.
        ComparisonError: a value is not finite, or the runs never overlap.
    """
    horizontal, vertical = align(ideal, analog, (x, y), points)
    thin = {"linewidth": 0.8, "linestyle": "-"}
    runs = [
        (EQUATIONS_LABEL, {**REFERENCE, **thin}, horizontal.ideal, vertical.ideal),
        (heading.circuit, {**heading.line, **thin}, horizontal.analog, vertical.analog),
    ]
    with style():
        sheet = new_sheet(Grid(across=2, width=7.4, rows=1, row=2.9, content=2.9), str(heading), legend_rows=0)
        left = sheet.axes(0, 0, 0.0, 2.9)
        right = sheet.axes(0, 1, 0.0, 2.9, sharex=left, sharey=left)
        for axes, (words, line, across, up) in zip((left, right), runs, strict=True):
            axes.plot(across, up, **line)
            axes.plot(across[0], up[0], marker="o", markersize=4, color=line["color"])
            axes.set_title(f"{words}, from the dot", loc="left")
        label = in_volts(x + tidy(left, "x"), heading.volts(x))
        for axes in (left, right):
            axes.set_xlabel(label)
        right.tick_params(labelleft=False)
        sheet.ylabel(left, in_volts(y + tidy(left, "y", 5), heading.volts(y)), 0.64)
    return sheet.figure


def _keys(heading: Heading, teacher: bool, frozen: bool) -> dict[str, Artist]:
    """What the legend of the parameters' figure has, by its words."""
    lines: dict[str, Artist] = {
        EQUATIONS_LABEL: Line2D([], [], **REFERENCE),
        heading.circuit: Line2D([], [], **heading.line),
    }
    if teacher:
        lines["teacher"] = Line2D([], [], **TEACHER)
    if frozen:
        lines["plasticity off"] = Patch(**FROZEN)
    return lines


def _whole_course(axes: Axes, pair: Aligned, learning: LearningSetup, heading: Heading, ticks: int) -> None:
    """One parameter over plain time, the frozen stretches shaded."""
    for values, line in ((pair.ideal, REFERENCE), (pair.analog, heading.line)):
        axes.plot(*envelope(pair.time, values), **line)
    _teacher(axes, pair, learning)
    _shade(axes, learning)
    axes.set_xlim(pair.time[0], pair.time[-1])
    axes.xaxis.set_major_locator(MaxNLocator(ticks))


def _early_course(axes: Axes, pair: Aligned, learning: LearningSetup, heading: Heading, early: float) -> None:
    """One parameter over the logarithm of the time since learning started."""
    begin, end = learning.initial_window[1], learning.final_window[0]
    kept = (pair.time >= begin + early) & (pair.time <= end)
    for values, line in ((pair.ideal, REFERENCE), (pair.analog, heading.line)):
        axes.plot(*envelope(pair.time[kept] - begin, values[kept], log=True), **line)
    _teacher(axes, pair, learning)
    axes.set_xscale("log")
    decades(axes.xaxis, minor=False)
    axes.set_xlim(early, end - begin)


def _teacher(axes: Axes, pair: Aligned, learning: LearningSetup) -> None:
    """The teacher's value, where there is one."""
    if (target := learning.parameters[pair.name]) is not None:
        axes.axhline(target, **TEACHER)


def _count(title: str, shown: int, total: int, which: str = "") -> str:
    return title if shown == total else f"{title} ({shown} of {total}{which})".strip()


def _names(ideal: Waveforms, analog: Waveforms, signals: Iterable[str] | None) -> list[str]:
    names = [name for name in ideal.signals if name in analog.signals] if signals is None else list(signals)
    if not names:
        raise UsageError("no signals to draw", hint="name at least one that both runs hold.")
    return names


def _shade(axes: Axes, learning: LearningSetup) -> None:
    for start, stop in (learning.initial_window, learning.final_window):
        axes.axvspan(start, stop, **FROZEN)


def _layout(signals: int, stretches: int) -> tuple[int, int, list[list[tuple[int, int]]]]:
    """Columns, rows, and row and column of each stretch of each signal."""
    if stretches > 1:
        return 2, signals, [[(index, column) for column in range(stretches)] for index in range(signals)]
    across = 2 if signals > 6 else 1
    rows = math.ceil(signals / across)
    return across, rows, [[(index % rows, index // rows)] for index in range(signals)]


def _panels(
    sheet: Sheet,
    places: Sequence[tuple[int, int]],
    parts: Sequence[tuple[float, float]],
    runs: tuple[Waveforms, Waveforms],
    name: str,
    lowest: bool,
    heading: Heading,
) -> list[Axes]:
    """One signal of both runs, and their difference below it; the upper panels.

    Args:
        sheet: to draw on.
        places: row and column of each stretch.
        parts: the stretches of time.
        runs: ideal and analog.
        name: of the signal.
        lowest: whether the axis of time is labelled.
        heading: whose circuit it is.
    """
    ideal, analog = runs
    uppers: list[Axes] = []
    lowers: list[Axes] = []
    for (row, column), (start, stop) in zip(places, parts, strict=True):
        upper = sheet.axes(row, column, 0.0, 1.02, sharey=uppers[0] if uppers else None)
        lower = sheet.axes(row, column, 1.12, 0.4, sharex=upper)
        _trace(upper, lower, next(align(around(ideal, start, stop), around(analog, start, stop), [name])), heading)
        upper.set_xlim(start, stop)
        upper.tick_params(labelbottom=False, labelleft=not uppers)
        lower.tick_params(labelbottom=lowest)
        if lowest:
            lower.set_xlabel(TIME)
        uppers.append(upper)
        lowers.append(lower)
    sheet.ylabel(uppers[0], name + tidy(uppers[0], "y"))
    sheet.ylabel(lowers[0], "diff.")
    volts_beside(uppers[-1], heading, name)
    return uppers


def _trace(upper: Axes, lower: Axes, pair: Aligned, heading: Heading) -> None:
    """One signal of both runs, and their difference."""
    upper.plot(*envelope(pair.time, pair.ideal), **REFERENCE)
    upper.plot(*envelope(pair.time, pair.analog), **heading.line)
    lower.xaxis.set_major_locator(MaxNLocator(5))
    _residual(lower, pair.time, pair.analog - pair.ideal)


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
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def _percent(fraction: float) -> str:
    return f"{number(100 * fraction)} %" if fraction < 0.1 else f"{100 * fraction:.0f} %"
