"""What the parts that matter most move a quantity by, as bars."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from vle_analog.report.sheet import Grid, new_sheet, style, tidy
from vle_analog.studies.sensitivity.result import PartsSensitivity

_COLORS = {"resistor": "#0072b2", "capacitor": "#d55e00"}
_DEVICE = "#444444"
_MOST = 16
_ROW, _WIDTH, _LABEL = 0.26, 6.4, 1.5


def figure(study: PartsSensitivity) -> Figure:
    """One bar a part: the change by one standard deviation of it."""
    told = [each for each in study.parts if each.effect][:_MOST][::-1]
    with style():
        high = _ROW * max(4, len(told))
        title = f"{study.name}: what moves {study.quantity}"
        sheet = new_sheet(Grid(across=1, width=_WIDTH, rows=1, row=0.0, content=high + 0.75), title)
        axes = sheet.axes(0, 0, 0.15, high)
        box, inset = axes.get_position(), _LABEL / _WIDTH
        axes.set_position((box.x0 + inset, box.y0, box.width - inset, box.height))
        axes.barh(
            range(len(told)),
            [each.effect or 0.0 for each in told],
            color=[_COLORS.get(each.kind, _DEVICE) for each in told],
            height=0.7,
        )
        axes.axvline(0.0, color="#888888", linewidth=0.8)
        axes.set_yticks(range(len(told)), [each.name for each in told])
        tidy(axes, "x")
        axes.set_xlabel("change by one standard deviation of the part")
        colors = {**_COLORS, "device": _DEVICE}
        sheet.legend([Patch(color=color) for color in colors.values()], [*_COLORS, "a device's error"], columns=3)
    return sheet.figure
