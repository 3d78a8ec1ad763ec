"""A quantity over a parameter: the equations as a line, each board as a point."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.figure import Figure

from vle_analog.design.built import parts_of
from vle_analog.report import palette
from vle_analog.report.sheet import REFERENCE, Grid, new_sheet, parts_line, style, tidy
from vle_analog.studies.sweep.result import Sweep


def figure(study: Sweep) -> Figure:
    """The equations' quantity, and those of all boards, over the parameter."""
    with style():
        title = f"{study.name}{parts_of(study.built)}: {study.quantity} over {study.parameter}"
        sheet = new_sheet(Grid(across=1, width=6.4, rows=1, row=3.4, content=3.1), title)
        axes = sheet.axes(0, 0, 0.1, 3.0)
        values = [point.value for point in study.points]
        ideal = [math.nan if point.ideal is None else point.ideal for point in study.points]
        known: dict[str, Any] = {**REFERENCE, "marker": "o", "markersize": 6}
        (line,) = axes.plot(values, ideal, **known)
        pairs = [(point.value, board) for point in study.points for board in point.known]
        size = 5 if study.boards == 1 else 3
        real = study.built is not None and study.built.is_real
        color = parts_line(real)["color"] if study.boards == 1 else palette.BOARDS
        mark: dict[str, Any] = {"marker": "o", "markersize": size, "linestyle": "none", "color": color, "alpha": 0.75}
        (marks,) = axes.plot(*zip(*pairs, strict=True), **mark) if pairs else axes.plot([], [], **mark)
        for point in study.points:
            if point.reason is not None:
                axes.axvline(point.value, color="#d4d4d4", linewidth=1.0, zorder=0)
        tidy(axes, "x")
        tidy(axes, "y")
        sheet.ylabel(axes, study.quantity)
        sheet.xlabel(study.parameter)
        boards = f"{study.boards} boards at each value" if study.boards > 1 else "circuit"
        sheet.legend([line, marks], ["equations (reference)", boards])
    return sheet.figure
