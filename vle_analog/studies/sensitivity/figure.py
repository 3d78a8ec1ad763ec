"""What the parts that matter most move a quantity by, as bars."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from vle_analog.design.built import parts_of
from vle_analog.fleet.part_words import part_words
from vle_analog.report.sheet import Grid, new_sheet, style, tidy
from vle_analog.studies.sensitivity.result import PartsSensitivity

_COLORS = {"resistor": "#6f7fb5", "capacitor": "#9a8a2c"}
_DEVICE = "#555555"
_MOST, _LETTERS = 16, 40
_ROW, _WIDTH, _LABEL = 0.26, 7.4, 3.1


def figure(study: PartsSensitivity) -> Figure:
    """One bar a part: the change by one standard deviation of it."""
    told = [each for each in study.parts if each.effect][:_MOST][::-1]
    called = part_words(study.built)
    with style():
        high = _ROW * max(4, len(told))
        title = f"{study.name}{parts_of(study.built)}: what moves {study.quantity}, {study.value:.4g} as designed"
        grid = Grid(across=1, width=_WIDTH, rows=1, row=0.0, content=high + 0.1, left=_LABEL, foot=0.6)
        sheet = new_sheet(grid, title)
        axes = sheet.axes(0, 0, 0.05, high)
        axes.barh(
            range(len(told)),
            [each.effect or 0.0 for each in told],
            color=[_COLORS.get(each.kind, _DEVICE) for each in told],
            height=0.7,
        )
        axes.axvline(0.0, color="#888888", linewidth=0.8)
        axes.set_yticks(range(len(told)), [called.get(each.name, each.name)[:_LETTERS] for each in told])
        axes.set_ylim(-0.6, max(4, len(told)) - 0.4)
        axes.tick_params(axis="y", length=0)
        tidy(axes, "x")
        axes.set_xlabel(f"change of {study.quantity} by one standard deviation of the part")
        colors = {**_COLORS, "device": _DEVICE}
        sheet.legend([Patch(color=color) for color in colors.values()], [*_COLORS, "a device's error"], columns=3)
    return sheet.figure
