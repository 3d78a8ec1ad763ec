"""A design's margins as table, warnings and figure."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from vle_analog.report.sheet import MINUS, new_sheet, style, tidy
from vle_analog.studies.margins.result import (
    BANDWIDTH,
    DRIFT,
    GAIN,
    HEADROOM,
    LEARNING,
    NOISE,
    OFFSET,
    SLEW,
    BlockMargins,
    Margin,
    MarginStudy,
    Warned,
)

#: blocks in the figure and, unless all are asked for, in the table
WORST = 20
#: columns of the table behind block, kind, instances and what binds; drift and false learning rate share one
_COLUMNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("peak", (HEADROOM,)),
    ("slope", (SLEW,)),
    ("bandwidth", (BANDWIDTH,)),
    ("gain", (GAIN,)),
    ("offset", (OFFSET,)),
    ("drift, false learning", (DRIFT, LEARNING)),
    ("noise", (NOISE,)),
)
_COLOURS = {
    HEADROOM: "#666666",
    SLEW: "#d55e00",
    BANDWIDTH: "#e69f00",
    GAIN: "#b8a800",
    OFFSET: "#0072b2",
    DRIFT: "#56b4e9",
    LEARNING: "#009e73",
    NOISE: "#cc79a7",
}
_NAMES = {LEARNING: "false learning"}
_ROW, _WIDTH = 0.235, 8.0
#: the figure shows so many decibels, at least and at most
_LEAST, _MOST = 10.0, 80.0


def table(study: MarginStudy, every: bool = False) -> list[list[str]]:
    """Rows of text, the first of them the header: one per block, worst first; ``!`` marks what does not hold.

    Args:
        study: any.
        every: all blocks, not only the worst.
    """
    rows = [["block", "kind", "instances", "binds", "margin", *(name for name, _ in _COLUMNS)]]
    for block in study.blocks if every else study.blocks[:WORST]:
        binding = block.binding
        row = [block.name, block.kind, str(block.instances), _NAMES.get(binding.kind, binding.kind), decibels(binding)]
        for _, kinds in _COLUMNS:
            found = next((each for kind in kinds if (each := block.get(kind)) is not None), None)
            row.append("" if found is None else value(found) + ("" if found.holds else " !"))
        rows.append(row)
    return rows


def sentences(study: MarginStudy) -> list[str]:
    """What the table comes to."""
    parts = ", ".join(f"{role} {name}" for role, name in study.parts.items()) or "laws alone"
    binding = ", ".join(f"{_NAMES.get(kind, kind)} {number}" for kind, number in study.binding().items())
    warned = len({each.block for each in study.warnings})
    return [
        f"parts: {parts}",
        f"what binds, by blocks: {binding}",
        f"{len(study.warnings)} warnings about {warned} of {len(study.blocks)} blocks"
        if warned
        else f"all {len(study.blocks)} blocks hold",
        *(
            f"of stage '{cell}' headroom and slew alone are known: its parts hang as in none of circuits/stages"
            for cell in study.unknown
        ),
    ]


def warning(each: Warned) -> str:
    """A warning in one line or two: block, figure, remedy."""
    margin = each.margin
    where = f"'{each.block}'" + (f" (worst in {margin.instance})" if margin.instance != each.block else "")
    said = f"{where}: {_NAMES.get(margin.kind, margin.kind)} {value(margin)}, at most {value(margin, margin.limit)}"
    said += f" ({margin.detail})" if margin.detail else ""
    return f"{said}\n  {each.remedy}" if each.remedy else said


def markdown(study: MarginStudy) -> str:
    """Table of all blocks and all warnings as Markdown."""
    header, *rows = table(study, every=True)
    lines = ["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows)]
    warned = [f"- {warning(each)}" for each in study.warnings]
    head = [f"Margins of {study.name}, {study.fidelity} fidelity.", "", *(f"- {each}" for each in sentences(study)), ""]
    return "\n".join([*head, *lines, "", *warned]).rstrip() + "\n"


def figure(study: MarginStudy) -> Figure:
    """The worst blocks' smallest margins as bars in decibels, dots for their other kinds."""
    blocks = study.blocks[:WORST]
    with style():
        title = f"{study.name}: margins of the worst {len(blocks)} of {len(study.blocks)} blocks"
        shown = [kind for kind in _COLOURS if any(block.get(kind) for block in blocks)]
        sheet = new_sheet(1, _WIDTH, 1, 0.0, _ROW * len(blocks) + 0.2, title, legend_rows=len(shown) // 5)
        axes = sheet.axes(0, 0, 0.1, _ROW * len(blocks) + 0.1)
        box = axes.get_position()
        inset = 1.25 / _WIDTH  # names of blocks are longer than numbers
        axes.set_position((box.x0 + inset, box.y0, box.width - inset, box.height))
        drawn = [_clipped(each.decibels) for block in blocks for each in block.margins]
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
        sheet.legend(handles, [*(_NAMES.get(kind, kind) for kind in shown), "not the smallest"], columns=5)
    return sheet.figure


def decibels(margin: Margin) -> str:
    """A margin in decibels."""
    if math.isinf(margin.decibels):
        return "none needed" if margin.decibels > 0 else "none"
    return f"{margin.decibels:+.0f} dB".replace("-", MINUS)


def value(margin: Margin, number: float | None = None) -> str:
    """A margin's figure, or another number of its kind, as one reads it."""
    number = margin.figure if number is None else number
    if margin.kind == HEADROOM:
        return f"{number:.3g} V"
    if margin.kind == SLEW:
        return f"{1e-6 * number:.2g} V/µs"
    if margin.kind == NOISE:
        return f"{20 * math.log10(number):.0f} dB".replace("-", MINUS) if number > 0 else "none"
    if math.isinf(number):
        return "no signal"
    if number >= 10:
        return f"{number:.3g} times"
    return f"{100 * number:.{3 if number >= 1 else 2}g} %"


def _label(block: BlockMargins) -> str:
    name = block.name if len(block.name) <= 22 else block.name[:21] + "…"
    return f"{name} ({block.instances})" if block.instances > 1 else name


def _clipped(value: float) -> float:
    return max(-_MOST, min(_MOST, value))
