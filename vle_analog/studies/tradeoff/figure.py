"""A trade-off drawn: yield against what a board takes, the front, and what is wanted."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vle_analog.report.palette import BAD, BOUND, GOOD, PLAIN
from vle_analog.report.sheet import Grid, new_sheet, style, tidy, typeset
from vle_analog.studies.tradeoff.result import Tradeoff

_POINT: dict[str, Any] = {"marker": "o", "markersize": 4.5, "linestyle": "none", "capsize": 2.5, "elinewidth": 0.9}
_FRONT: dict[str, Any] = {"color": PLAIN, "linewidth": 1.0, "drawstyle": "steps-post", "zorder": 1}
_WIDTH, _HEIGHT = 9.0, 3.9
#: what is minimised, on the axis
_OVER = {"cost": "price of a board's parts, euro", "power": "power of a board at rest, W", "parts": "parts of a board"}
#: points with their choices written beside them, at most
_NAMED = 8


def figure(study: Tradeoff) -> Figure:
    """Each way that ran: its yield, with the interval, over what is minimised."""
    with style():
        title = f"{study.task}, {study.mode}: boards with {typeset(str(study.criterion))}, by how they are built"
        sheet = new_sheet(Grid(across=1, rows=1, width=_WIDTH, row=_HEIGHT, content=_HEIGHT, foot=0.6), title)
        axes = sheet.axes(0, 0, 0.05, _HEIGHT)
        for amount, each in study.built:
            if each.yielded is None:
                continue
            good, (low, high) = 100 * each.yielded, each.interval
            color = GOOD if study.suffices(each) else BAD if study.misses(each) else PLAIN
            axes.errorbar([amount], [good], yerr=[[good - 100 * low], [100 * high - good]], color=color, **_POINT)
        front = [(amount, each) for amount, each in study.built if each in study.front]
        axes.plot([amount for amount, _ in front], [100 * (each.yielded or 0.0) for _, each in front], **_FRONT)
        for amount, each in front[-_NAMED:]:
            place = (amount, 100 * (each.yielded or 0.0))
            behind = {"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
            axes.annotate(each.name, place, (6, -12), textcoords="offset points", fontsize=7.5, bbox=behind, zorder=6)
        axes.axhline(100 * study.wanted, color=BOUND, linewidth=1.1, linestyle=(0, (5, 1.6)), zorder=0)
        axes.set_ylim(-3, 103)
        axes.margins(x=0.15)
        axes.set_title("good boards, %", loc="left")
        tidy(axes, "y")
        tidy(axes, "x", 6)
        axes.set_xlabel(_OVER[study.minimised])
        handles: list[Any] = [
            Line2D([], [], color=GOOD, marker="o", linestyle="none"),
            Line2D([], [], color=BAD, marker="o", linestyle="none"),
            Line2D([], [], color=PLAIN, marker="o", linestyle="none"),
            Line2D([], [], **_FRONT),
            Line2D([], [], color=BOUND, linestyle=(0, (5, 1.6))),
        ]
        sheet.legend(handles, ["yields enough", "yields too little", "not told yet", "front", "wanted"], 5)
    return sheet.figure
