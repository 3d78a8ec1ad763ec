"""An error budget: what each kind costs alone, what is left without it, and Sobol' indices; a panel each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vle_analog.design.built import parts_of
from vle_analog.report import palette
from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import Grid, new_sheet, style, tidy, typeset
from vle_analog.studies.budget.result import Contribution, ErrorBudget, Sobol

_ROW, _WIDTH, _LABEL = 0.36, 9.4, 2.15
_MARK: dict[str, Any] = {"marker": "o", "color": palette.REAL_PARTS, "markersize": 5.5, "linestyle": "", "zorder": 5}
_NONE: dict[str, Any] = {"color": palette.REFERENCE, "linewidth": 2.6, "zorder": 1}
_ALL: dict[str, Any] = {"color": palette.BOARDS, "linewidth": 2.0, "zorder": 1}
_INTERVAL: dict[str, Any] = {"color": palette.BOUND, "linewidth": 0.9, "marker": "|", "markersize": 4, "zorder": 3}
_UNTRIMMED: dict[str, Any] = {**_ALL, "linestyle": ":"}
#: losses over the variance are drawn up to here
_MOST = 100.0
#: end of the axis of indices
_WHOLE = 1.05
#: what sizes are
_FOOT = (
    "medians over boards, bars: quartiles. Sizes of mismatch, offsets, bias currents and gain errors are standard\n"
    "deviations; of bandwidth, lag and feedthrough the parts' own figures. The table has them added one by one."
)


def figure(study: ErrorBudget) -> Figure:
    """A row for each kind, the costliest first: alone; all but this; and Sobol' indices, where there are any."""
    kinds = list(study.contributions)[::-1]
    high = _ROW * max(2, len(kinds))
    panels: list[Callable[[Axes], None]] = [
        lambda axes: _alone(axes, study, kinds),
        lambda axes: _without(axes, study, kinds),
    ]
    if (sobol := study.sobol) is not None:
        panels.append(lambda axes: _indices(axes, kinds, sobol))
    with style():
        title = f"{study.task}, {study.mode}{parts_of(study.built)}: what costs how much, {study.boards} boards"
        grid = Grid(
            across=len(panels), width=_WIDTH, rows=1, row=0.0, content=high + 0.35, gap=0.35, left=_LABEL, foot=0.95
        )
        sheet = new_sheet(grid, title)
        for column, panel in enumerate(panels):
            axes = sheet.axes(0, column, 0.3, high)
            panel(axes)
            axes.set_ylim(len(kinds) - 0.4, -0.6)
            names = [f"{kind.kind}\n{typeset(kind.size)}" for kind in kinds] if column == 0 else []
            axes.set_yticks(range(len(names)), names, fontsize=8, linespacing=1.1)
            axes.tick_params(axis="y", length=0)
            axes.grid(axis="x", color="#e6e6e6", linewidth=0.6, zorder=0)
            axes.set_axisbelow(True)
        height = sheet.figure.get_size_inches()[1]
        sheet.figure.text(0.5, 0.08 / height, _FOOT, ha="center", va="bottom", fontsize=8, color="#444444")
        sheet.legend(*_keys(study), columns=6)
    return sheet.figure


def _keys(study: ErrorBudget) -> tuple[list[Any], list[str]]:
    """What the legend has."""
    keys: list[tuple[Any, str]] = [
        (Line2D([], [], **_NONE), "none of them"),
        (Line2D([], [], **_ALL), "all of them"),
        (Line2D([], [], **_MARK), "by the panel"),
    ]
    if study.untrimmed is not None:
        keys.insert(2, (Line2D([], [], **_UNTRIMMED), "all, not trimmed"))
    if study.sobol is not None:
        keys += [(Patch(color=palette.FAINT), "Sobol, first order"), (Patch(color=palette.BAND), "Sobol, total")]
    return [handle for handle, _ in keys], [words for _, words in keys]


def _scale(study: ErrorBudget) -> LogAxis:
    """The axis of losses, the same in both panels."""
    values = [case.median for case in (study.ideal, study.everything, study.untrimmed) if case is not None]
    for kind in study.contributions:
        values += [kind.alone.median, kind.alone.quantile(0.25), kind.alone.quantile(0.75), kind.without.median]
    return LogAxis.of(values, most=_MOST)


def _place(scale: LogAxis, value: float) -> float:
    return float(scale.place([min(value, 10 * _MOST)])[0])


def _framed(axes: Axes, study: ErrorBudget) -> LogAxis:
    """Lines of boards without all kinds and with all."""
    scale = _scale(study)
    axes.axvline(_place(scale, study.ideal.median), **_NONE)
    axes.axvline(_place(scale, study.everything.median), **_ALL)
    if study.untrimmed is not None:
        axes.axvline(_place(scale, study.untrimmed.median), **_UNTRIMMED)
    scale.apply(axes, "x")
    axes.set_xlabel(study.measured, fontsize=9, labelpad=2)
    return scale


def _alone(axes: Axes, study: ErrorBudget, kinds: list[Contribution]) -> None:
    """From none to each kind alone."""
    scale = _framed(axes, study)
    start = _place(scale, study.ideal.median)
    for row, kind in enumerate(kinds):
        end = _place(scale, kind.alone.median)
        axes.plot([start, end], [row, row], color=palette.BAND, linewidth=5, zorder=2, solid_capstyle="butt")
        quartiles = [_place(scale, kind.alone.quantile(q)) for q in (0.25, 0.75)]
        axes.plot(quartiles, [row, row], color=palette.REAL_PARTS, linewidth=1.1, zorder=4)
        axes.plot(end, row, **_MARK)
    axes.set_title("this alone", loc="left")


def _without(axes: Axes, study: ErrorBudget, kinds: list[Contribution]) -> None:
    """From all to all but each kind."""
    scale = _framed(axes, study)
    start = _place(scale, study.everything.median)
    for row, kind in enumerate(kinds):
        end = _place(scale, kind.without.median)
        axes.plot([start, end], [row, row], color=palette.BAND, linewidth=5, zorder=2, solid_capstyle="butt")
        axes.plot(end, row, **_MARK)
    axes.set_title("all but this", loc="left")


def _indices(axes: Axes, kinds: list[Contribution], sobol: Sobol) -> None:
    """How much of the loss's variation goes with each kind's size."""
    for row, kind in enumerate(kinds):
        first, total = sobol.of(kind.kind)
        for above, color, index in ((-0.16, palette.FAINT, first), (0.16, palette.BAND, total)):
            axes.barh(row + above, max(index.value, 0.0), height=0.26, color=color, zorder=2)
            axes.plot([min(max(end, 0.0), _WHOLE) for end in index.interval], [row + above] * 2, **_INTERVAL)
    axes.set_title("Sobol indices, 95 %", loc="left")
    axes.set_xlim(0, _WHOLE)  # none is larger than 1, however wide the interval of few rows is
    axes.set_xlabel("part of what sizes change", fontsize=9, labelpad=2)
    tidy(axes, "x", 3)
