"""Yield against the size of each non-ideality, a panel each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import Grid, new_sheet, style, tidy
from vle_analog.studies.tolerance.result import Allowed, Point, Tolerances

_LINE: dict[str, Any] = {"color": "#0072b2", "linewidth": 1.5, "marker": "o", "markersize": 3.2}


_ALLOWED: dict[str, Any] = {"color": "#009e73", "linewidth": 1.4, "linestyle": "--"}


_HAS: dict[str, Any] = {"color": "#d55e00", "linewidth": 1.4, "linestyle": ":"}


_BAND, _WANTED = "#dfe9f1", "#999999"


_COLUMNS, _WIDTH, _HEIGHT, _CELL = 3, 9.6, 1.35, 2.2


#: sizes are drawn down to the allowed one, or to what boards have if that is less, over this
_INSIDE = 101.0


_SCALE = {
    "V": (1e3, "mV"), "A": (1e9, "nA"), "Hz": (1e-6, "MHz"), "s": (1e9, "ns"), "%": (100.0, "%"),
    "V/s": (1e-6, "V/μs"), "times": (1.0, "over what the parts make"),
}  # fmt: skip


#: what is measured, where the title does not say
_WHAT = {"Hz": "gain-bandwidth product, ", "times": ""}


def figure(study: Tolerances) -> Figure:
    """Yield against size, a panel for each kind that scatters or is shared."""
    kinds = study.tightest
    rows = max(1, math.ceil(len(kinds) / _COLUMNS))
    with style():
        wanted = str(study.criterion).replace("<=", " ≤ ").replace(">=", " ≥ ")
        title = f"{study.task}, {study.mode}: boards with {wanted} against the size of each non-ideality alone"
        sheet = new_sheet(Grid(across=_COLUMNS, width=_WIDTH, rows=rows, row=_CELL, content=_HEIGHT + 0.45), title)
        for place, each in enumerate(kinds):
            axes = sheet.axes(place // _COLUMNS, place % _COLUMNS, 0.25, _HEIGHT)
            _panel(axes, each, study.wanted)
            if place % _COLUMNS == 0:
                sheet.ylabel(axes, "yield, %", 0.45)
        handles: list[Any] = [
            Line2D([], [], **_LINE), Patch(color=_BAND), Line2D([], [], **_ALLOWED), Line2D([], [], **_HAS),
            Line2D([], [], color=_WANTED, linewidth=0.9),
        ]  # fmt: skip
        labels = ["yield", "95 % interval", "allowed", "boards have", f"wanted: {100 * study.wanted:g} %"]
        sheet.legend(handles, labels, columns=5)
    return sheet.figure


def _panel(axes: Axes, each: Allowed, wanted: float) -> None:
    scale, unit = (1.0, "V") if each.unit == "V" and each.inverse else _SCALE[each.unit]
    points = _drawn(each)
    places = np.array([scale * point.size for point in points])
    axis = LogAxis.of([*places, scale * each.size], least=0.0, most=math.inf)
    yields = 100 * np.array([point.yielded for point in points])
    if each.scatters:
        bands = 100 * np.array([point.interval for point in points])
        axes.fill_between(places, bands[:, 0], bands[:, 1], color=_BAND, linewidth=0, zorder=1)
    axes.plot(places, yields, zorder=4, clip_on=False, **_LINE)
    axes.axhline(100 * wanted, color=_WANTED, linewidth=0.9, zorder=2)
    said = "no" if each.least_bad is None else "every" if each.most is None else ""
    if said:
        axes.text(0.5, 0.45, f"{said} size that was tried is too much", ha="center", fontsize=8, zorder=6,
                  transform=axes.transAxes, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})  # fmt: skip
    elif each.most is not None:
        axes.axvline(scale * each.most.size, zorder=3, **_ALLOWED)
    axes.axvline(scale * each.size, zorder=3, **_HAS)
    axis.apply(axes, "x")
    axes.set_ylim(0, 104)
    tidy(axes, "y", 3)
    axes.set_title(each.kind, loc="left", fontsize=9.5)
    what = _WHAT.get(each.unit, "σ, " if each.scatters else "")
    axes.set_xlabel(f"{what}{unit}", fontsize=9, labelpad=1.5)


def _drawn(each: Allowed) -> list[Point]:
    """Points by size, without those far inside of what is allowed, where nothing happens."""
    least = 0.0 if each.most is None else min(each.most.factor, 1.0) / _INSIDE
    return sorted((point for point in each.points if point.factor >= least), key=lambda point: point.size)
