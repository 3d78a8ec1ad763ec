"""An error budget as a waterfall, and Sobol' indices beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vle_analog.fleet.case import Case
from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import Grid, new_sheet, style, tidy
from vle_analog.studies.budget.result import ErrorBudget, Sobol

_UP, _DOWN, _TOTAL, _PALE = "#d55e00", "#009e73", "#444444", "#b9b9b9"
_ALONE: dict[str, Any] = {"marker": "o", "color": "#0072b2", "markersize": 5, "linestyle": ""}
_WITHOUT: dict[str, Any] = {"marker": "D", "color": "#222222", "markerfacecolor": "white", "markersize": 4.6,
                            "linestyle": ""}  # fmt: skip
_ROW, _WIDTH, _LABEL = 0.34, 9.4, 1.7
#: losses over the variance are drawn up to here
_MOST = 100.0
#: what sizes and marks are
_FOOT = (
    "medians over boards. Sizes of mismatch, offsets, bias currents and gain errors are\n"
    "standard deviations; of bandwidth, lag and feedthrough they are the parts' own figures"
)


def figure(study: ErrorBudget) -> Figure:
    """Kinds added one after another as a waterfall, each alone and all but it beside; and Sobol' indices."""
    rows = len(study.contributions) + 2 + (study.untrimmed is not None)
    high = _ROW * rows
    with style():
        title = f"{study.task}, {study.mode}: loss by non-ideality, median of {study.boards} boards"
        sheet = new_sheet(Grid(across=1, width=_WIDTH, rows=1, row=0.0, content=high + 0.25), title, legend_rows=1)
        axes = sheet.axes(0, 0, 0.15, high)
        box = axes.get_position()
        inset, share = _LABEL / _WIDTH, 0.72 if study.sobol is not None else 1.0
        axes.set_position((box.x0 + inset, box.y0, share * (box.width - inset), box.height))
        _waterfall(axes, study, rows)
        axes.set_title(study.measured, loc="left")
        handles: list[Any] = [
            Patch(color=_UP),
            Patch(color=_DOWN),
            Line2D([], [], **_ALONE),
            Line2D([], [], **_WITHOUT),
        ]
        labels = ["one after another: worse", "better", "alone, quartiles", "all but this"]
        if study.sobol is not None:
            left = box.x0 + inset + (share + 0.03) * (box.width - inset)
            panel = sheet.figure.add_axes((left, box.y0, box.x0 + box.width - left, box.height))
            _indices(panel, study, study.sobol, rows)
            handles += [Patch(color=_TOTAL), Patch(color=_PALE)]
            labels += ["first order", "total"]
        axes.set_xlabel(_FOOT, fontsize=8, loc="left", labelpad=6)
        sheet.legend(handles, labels, columns=6)
    return sheet.figure


def _waterfall(axes: Axes, study: ErrorBudget, rows: int) -> None:
    kinds = study.contributions
    together = [study.ideal, study.everything, *([study.untrimmed] if study.untrimmed else [])]
    values = [case.median for case in together]
    for kind in kinds:
        values += [kind.alone.median, kind.alone.quantile(0.25), kind.alone.quantile(0.75), kind.without.median]
        values.append(kind.added.median)
    scale = LogAxis.of(values, most=_MOST)

    def place(value: float) -> float:
        return float(scale.place([min(value, 10 * _MOST)])[0])

    start = scale.zero if scale.has_zero else scale.low
    whole: list[tuple[int, Case]] = [(0, study.ideal), (len(kinds) + 1, study.everything)]
    whole += [(len(kinds) + 2, study.untrimmed)] if study.untrimmed else []
    edge = start / 10 ** (0.045 * scale.decades)
    for row, case in whole:
        axes.barh(row, place(case.median) - edge, left=edge, height=0.5, color="#c9d6df", zorder=2)
        axes.plot([place(case.median)] * 2, [row - 0.25, row + 0.25], color=_TOTAL, linewidth=1.6, zorder=3)
    before = study.ideal.median
    for row, kind in enumerate(kinds, 1):
        after = kind.added.median
        ends = sorted((place(before), place(after)))
        axes.barh(row, ends[1] - ends[0], left=ends[0], height=0.5, color=_UP if after >= before else _DOWN, zorder=2)
        axes.plot([place(before)] * 2, [row - 1 + 0.25, row + 0.25], color="#888888", linewidth=0.7, zorder=1)
        axes.plot([place(after)] * 2, [row - 0.25, row + 0.25], color="#888888", linewidth=0.9, zorder=2)
        quartiles = [place(kind.alone.quantile(q)) for q in (0.25, 0.75)]
        axes.plot(quartiles, [row, row], color=_ALONE["color"], linewidth=1.1, zorder=4)
        axes.plot(place(kind.alone.median), row, zorder=5, **_ALONE)
        axes.plot(place(kind.without.median), row, zorder=6, **_WITHOUT)
        before = after
    axes.plot([place(before)] * 2, [len(kinds) + 0.25, len(kinds) + 1.25], color="#888888", linewidth=0.7, zorder=1)
    names = ["ideal", *(f"{kind.kind}\n{kind.size}" for kind in kinds), "all"]
    names += ["all, not trimmed"] if study.untrimmed else []
    axes.set_yticks(range(rows), names, fontsize=8, linespacing=1.15)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(rows - 0.4, -0.6)
    scale.apply(axes, "x")
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)


def _indices(axes: Axes, study: ErrorBudget, sobol: Sobol, rows: int) -> None:
    for row, kind in enumerate(study.contributions, 1):
        first, total, (low, high) = sobol.of(kind.kind)
        axes.barh(row - 0.16, max(first, 0.0), height=0.26, color=_TOTAL, zorder=2)
        axes.barh(row + 0.16, max(total, 0.0), height=0.26, color=_PALE, zorder=2)
        axes.plot([max(low, 0.0), max(high, 0.0)], [row + 0.16] * 2, color=_TOTAL, linewidth=0.9, zorder=3)
    axes.set_title("Sobol indices", loc="left")
    axes.set_ylim(rows - 0.4, -0.6)
    axes.set_yticks([])
    axes.set_xlim(0, max(1.0, float(np.max(sobol.total_interval, initial=0.0))))
    tidy(axes, "x", 3)
