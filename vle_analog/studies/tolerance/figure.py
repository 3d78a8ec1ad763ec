"""How much of each non-ideality is allowed, over what boards have: a row each, the tightest first."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vle_analog.design.built import parts_of
from vle_analog.report import palette
from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import Grid, new_sheet, style, typeset
from vle_analog.studies.tolerance.result import Allowed, Point, Tolerances
from vle_analog.units import measured

_ROW, _WIDTH, _LABEL, _WORDS = 0.4, 9.4, 2.1, 2.35
_HAVE: dict[str, Any] = {"color": palette.BOARDS, "linewidth": 2.0, "zorder": 3}
_MOST: dict[str, Any] = {"color": palette.GOOD, "linewidth": 2.4, "zorder": 5}
_YIELD = "#cfe6dd"
#: sizes are drawn so far beyond what is allowed, and what boards have, as factors
_BEYOND = 30.0


def figure(study: Tolerances) -> Figure:
    """Yield over the size of each kind alone, all sizes over what boards have by themselves."""
    kinds = study.tightest
    high = _ROW * max(2, len(kinds))
    with style():
        share = f"sizes that leave {100 * study.wanted:g} % of boards good"
        title = f"{study.task}, {study.mode}{parts_of(study.built)}: {share}"
        grid = Grid(across=1, width=_WIDTH, rows=1, row=0.0, content=high + 0.3, left=_LABEL, right=_WORDS, foot=0.6)
        sheet = new_sheet(grid, title)
        axes = sheet.axes(0, 0, 0.25, high)
        axis = LogAxis.of([1.0, *(point.factor for kind in kinds for point in _drawn(kind))], least=0.0, most=math.inf)
        axes.axvline(1.0, **_HAVE)
        for row, each in enumerate(kinds):
            _draw_row(axes, row, each, axis)
        axis.apply(axes, "x")
        axes.set_ylim(max(1, len(kinds)) - 0.4, -0.6)
        axes.set_yticks(range(len(kinds)), [each.kind for each in kinds], fontsize=8.5)
        axes.tick_params(axis="y", length=0)
        axes.set_title(
            f"good: {typeset(str(study.criterion))}; each kind alone, {study.boards} boards", loc="left", fontsize=9
        )
        axes.text(1.02, 1.0, "boards have / allowed", transform=axes.transAxes, fontsize=8.5, va="bottom")
        sheet.xlabel("size over what boards have (to the right: worse parts)")
        handles: list[Any] = [Patch(color=_YIELD), Line2D([], [], **_HAVE), Line2D([], [], **_MOST)]
        sheet.legend(handles, ["yield, 0 to 100 % in each row", "what boards have", "what is allowed"])
    return sheet.figure


def _draw_row(axes: Axes, row: int, each: Allowed, axis: LogAxis) -> None:
    """One kind: its yield as an area, the allowed size as a mark, both sizes in words."""
    points = _drawn(each)
    factors = [float(place) for place in axis.place([point.factor for point in points])]
    base = row + 0.38
    heights = [base - 0.76 * point.yielded for point in points]
    axes.fill_between([axis.low, *factors], [heights[0], *heights], base, color=_YIELD, linewidth=0, zorder=1)
    axes.plot([axis.low, *factors], [heights[0], *heights], color=palette.GOOD, linewidth=0.9, zorder=4)
    axes.axhline(base, color="#dddddd", linewidth=0.6, zorder=0)
    if each.most is not None and each.least_bad is not None:
        axes.plot([each.most.factor] * 2, [base, base - 0.76], **_MOST)
    tight = each.most is None or each.most.factor < 1
    axes.text(1.02, row, f"{_size(each, each.size)} / {_allowed(each)}", transform=axes.get_yaxis_transform(),
              va="center", fontsize=8.5, color=palette.BAD if tight else "black",
              fontweight="bold" if tight else "normal")  # fmt: skip


def _allowed(each: Allowed) -> str:
    """The allowed size in words."""
    if each.most is None:
        return f"{'over' if each.inverse else 'under'} {_size(each, each.points[0].size)}"
    bound = "" if each.least_bad is not None else " or less" if each.inverse else " or more"
    return _size(each, each.most.size) + bound


def _size(each: Allowed, size: float) -> str:
    return typeset(measured(size, each.unit))


def _drawn(each: Allowed) -> list[Point]:
    """Points by factor, without those far from all that matters, where nothing happens."""
    edges = [1.0, *(point.factor for point in (each.most, each.least_bad) if point is not None)]
    low, high = min(edges) / _BEYOND, max(edges) * _BEYOND
    inside = [point for point in each.points if low <= point.factor <= high]
    return sorted(inside or each.points, key=lambda point: point.factor)
