"""What the parts that matter most move a quantity by, as bars."""

from __future__ import annotations

from matplotlib.figure import Figure
from matplotlib.patches import Patch

from vle_analog.design.built import parts_of
from vle_analog.fleet.part_words import part_words
from vle_analog.report.sheet import Grid, new_sheet, style, tidy
from vle_analog.studies.sensitivity.result import PartsSensitivity

_COLORS = {"resistor": "#6f7fb5", "capacitor": "#9a8a2c"}
_DEVICES, _DEVICE = "a device's error", "#555555"
_MOST, _LETTERS = 16, 40
_ROW, _AXES = 0.26, 4.3


def figure(study: PartsSensitivity) -> Figure:
    """One bar a part: the change by one standard deviation of it."""
    told = [each for each in study.parts if each.effect][:_MOST][::-1]
    called = part_words(study.built)
    with style():
        high = _ROW * max(4, len(told))
        title = f"{study.name}{parts_of(study.built)}: what moves {study.quantity}, {study.value:.4g} as designed"
        names = [called.get(each.name, each.name)[:_LETTERS] for each in told]
        left = max(1.2, 0.35 + 0.08 * max(map(len, names), default=0))
        grid = Grid(across=1, width=_AXES + left, rows=1, row=0.0, content=high + 0.1, left=left, foot=0.6)
        sheet = new_sheet(grid, title)
        axes = sheet.axes(0, 0, 0.05, high)
        axes.barh(
            range(len(told)),
            [each.effect or 0.0 for each in told],
            color=[_COLORS.get(each.kind, _DEVICE) for each in told],
            height=0.7,
        )
        axes.axvline(0.0, color="#888888", linewidth=0.8)
        axes.set_yticks(range(len(told)), names)
        axes.set_ylim(-0.6, max(4, len(told)) - 0.4)
        axes.tick_params(axis="y", length=0)
        tidy(axes, "x", 6)
        sheet.xlabel(f"change of {study.quantity}, in its own unit, by one standard deviation of the part")
        kinds = dict.fromkeys(each.kind if each.kind in _COLORS else _DEVICES for each in told[::-1])
        sheet.legend([Patch(color=_COLORS.get(kind, _DEVICE)) for kind in kinds], list(kinds))
    return sheet.figure
