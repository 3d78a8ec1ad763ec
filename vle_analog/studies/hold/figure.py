"""What boards lose against how long their weights are held."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vle_analog.lab.study import duration
from vle_analog.report.palette import BOARDS, BOUND, REAL_PARTS
from vle_analog.report.sheet import Grid, decades, new_sheet, style, tidy
from vle_analog.studies.hold.result import Held

_LINE: dict[str, Any] = {"color": REAL_PARTS, "linewidth": 1.8, "marker": "o", "markersize": 3.8}
_MOST: dict[str, Any] = {"color": BOUND, "linewidth": 1.1, "linestyle": (0, (5, 1.6)), "zorder": 0}
_WIDTH, _HEIGHT = 8.4, 3.4


def figure(study: Held) -> Figure:
    """Right answers, or loss, of the median board over time, and the range of nine boards of ten."""
    with style():
        sheet = new_sheet(
            Grid(across=1, rows=1, width=_WIDTH, row=_HEIGHT, content=_HEIGHT, foot=0.6),
            f"{study.task}: boards whose weights are held, {study.conditions}",
        )
        axes = sheet.axes(0, 0, 0.05, _HEIGHT)
        held = study.moments[1:]
        times = [moment.seconds for moment in held]
        boards = [
            100 * moment.rights if moment.rights is not None else np.minimum(moment.case.losses, 1e3) for moment in held
        ]
        low, middle, high = (
            [float(np.quantile(each, fraction, method="inverted_cdf")) for each in boards]
            for fraction in (0.05, 0.5, 0.95)
        )
        axes.fill_between(times, low, high, color=BOARDS, alpha=0.3, linewidth=0)
        axes.plot(times, middle, **_LINE)
        axes.set_xscale("log")
        axes.set_xticks(times, [duration(each) for each in times], fontsize=8)
        axes.minorticks_off()
        if study.promise:
            axes.axvline(study.promise, **_MOST)
        if study.of_answers:
            axes.set_ylim(min(45.0, *low), 102)
        else:
            axes.set_yscale("log")
            decades(axes.yaxis)
        axes.set_title("right answers, %" if study.of_answers else "loss over the target's variance", loc="left")
        if study.of_answers:
            tidy(axes, "y")
        axes.set_xlabel("weights held for")
        handles: list[Any] = [Line2D([], [], **_LINE), Patch(color=BOARDS, alpha=0.3), Line2D([], [], **_MOST)]
        sheet.legend(handles, ["median", "nine boards of ten", "95 % of boards keep what they have"], 3)
    return sheet.figure
