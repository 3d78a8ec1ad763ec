"""A design's margins drawn: its worst blocks."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vle_analog.report.sheet import Grid, new_sheet, style, tidy
from vle_analog.studies.margins.result import (
    BANDWIDTH,
    CALLED,
    DRIFT,
    GAIN,
    HEADROOM,
    LEARNING,
    LOOP,
    NOISE,
    OFFSET,
    SLEW,
    WORST,
    BlockMargins,
    Margins,
)

_COLOURS = {
    HEADROOM: "#666666",
    SLEW: "#d55e00",
    BANDWIDTH: "#e69f00",
    GAIN: "#b8a800",
    OFFSET: "#0072b2",
    DRIFT: "#56b4e9",
    LOOP: "#8c564b",
    LEARNING: "#009e73",
    NOISE: "#cc79a7",
}
_ROW, _WIDTH = 0.235, 8.0
#: the figure shows so many decibels, at least and at most
_LEAST, _MOST = 10.0, 80.0


def figure(study: Margins) -> Figure:
    """The worst blocks' smallest margins as bars in decibels, dots for their other kinds."""
    blocks = study.blocks[:WORST]
    with style():
        title = f"{study.name}: margins of the worst {len(blocks)} of {len(study.blocks)} blocks"
        shown = [kind for kind in _COLOURS if any(block.get(kind) for block in blocks)]
        sheet = new_sheet(
            Grid(across=1, width=_WIDTH, rows=1, row=0.0, content=_ROW * len(blocks) + 0.2),
            title,
            legend_rows=len(shown) // 5,
        )
        axes = sheet.axes(0, 0, 0.1, _ROW * len(blocks) + 0.1)
        box = axes.get_position()
        inset = 1.25 / _WIDTH  # names of blocks are longer than numbers
        axes.set_position((box.x0 + inset, box.y0, box.width - inset, box.height))
        drawn = [_clipped(margin.decibels) for block in blocks for margin in block.margins]
        low = min([-_LEAST, *drawn]) - 4
        high = max(min(max(drawn, default=_LEAST), _MOST), _LEAST) + 4
        axes.axvspan(low, 0, color="#fbe9e4", zorder=0, linewidth=0)
        axes.axvline(0, color="#444444", linewidth=0.8, zorder=1)
        for place, block in enumerate(blocks):
            binding = block.binding
            length = _clipped(binding.decibels)
            axes.barh(place, length, height=0.62, color=_COLOURS[binding.kind], zorder=2)
            for each in block.margins:
                if each is not binding:
                    axes.plot(_clipped(each.decibels), place, "o", markersize=3.6, color=_COLOURS[each.kind],
                              markeredgecolor="white", markeredgewidth=0.4, zorder=3, clip_on=False)  # fmt: skip
        axes.set_xlim(low, high)
        axes.set_ylim(len(blocks) - 0.4, -0.6)
        axes.set_yticks(range(len(blocks)), [_label(block) for block in blocks])
        axes.tick_params(axis="y", length=0)
        tidy(axes, "x", 6)
        sheet.xlabel("margin (dB): what is allowed over what is needed")
        handles: list[Any] = [Patch(color=_COLOURS[kind]) for kind in shown]
        handles.append(Line2D([], [], marker="o", linestyle="", color="#888888", markersize=4))
        sheet.legend(handles, [*(CALLED.get(kind, kind) for kind in shown), "not the smallest"], columns=5)
    return sheet.figure


def _label(block: BlockMargins) -> str:
    name = block.name if len(block.name) <= 22 else block.name[:21] + "…"
    return f"{name} ({block.instances})" if block.instances > 1 else name


def _clipped(value: float) -> float:
    return max(-_MOST, min(_MOST, value))
