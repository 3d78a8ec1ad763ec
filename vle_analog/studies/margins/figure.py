"""A design's margins drawn: a row for each of its worst blocks, a column for each kind, in decibels."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from vle_analog.design.built import parts_of
from vle_analog.equations.presentation import written
from vle_analog.report import palette
from vle_analog.report.sheet import MINUS, Grid, new_sheet, style
from vle_analog.studies.margins.result import CALLED, KINDS, WORST, BlockMargins, Margin, Margins

_ROW, _COLUMN, _LABEL = 0.27, 0.72, 3.3
#: letters of what a block computes, and of its kind, that find room beside its row
_LETTERS, _KIND = 30, 16
#: decibels at which a margin is ample, and at which it has all of the colour of those that fail
_AMPLE, _FAR = 20.0, 20.0
_FOOT = "decibels of what is allowed over what is needed: under 0 it fails; 6 dB are a factor of 2; framed: what binds"


def figure(study: Margins) -> Figure:
    """Margins of the worst blocks as numbers on colours; the one that binds is framed."""
    blocks = study.blocks[:WORST]
    kinds = [kind for kind in KINDS if any(block.get(kind) for block in blocks)]
    with style():
        width = _LABEL + _COLUMN * max(len(kinds), 6) + 0.3
        which = (
            f"the worst {len(blocks)} of {len(study.blocks)} blocks"
            if len(blocks) < len(study.blocks)
            else "all blocks"
        )
        height = _ROW * max(1, len(blocks))
        grid = Grid(across=1, width=width, rows=1, row=0.0, content=height + 0.12, left=_LABEL, foot=0.36)
        title = f"{study.name}{parts_of(study.built)}: margins of {which}"
        sheet = new_sheet(grid, title, legend_rows=0)
        axes = sheet.axes(0, 0, 0.12, height)
        for row, block in enumerate(blocks):
            for column, kind in enumerate(kinds):
                if (margin := block.get(kind)) is not None:
                    _cell(axes, row, column, margin, margin is block.binding)
        axes.set_xlim(0, max(len(kinds), 6))
        axes.set_ylim(max(1, len(blocks)), 0)
        axes.set_xticks([column + 0.5 for column in range(len(kinds))], [_called(kind) for kind in kinds])
        axes.set_yticks([row + 0.5 for row in range(len(blocks))], [_label(block) for block in blocks])
        axes.tick_params(length=0, labeltop=True, labelbottom=False, labelsize=8.5)
        axes.spines[:].set_visible(False)
        sheet.figure.text(0.5, 0.1 / sheet.figure.get_size_inches()[1], _FOOT, ha="center", fontsize=8, color="#444444")
    return sheet.figure


def _cell(axes: Axes, row: int, column: int, margin: Margin, binds: bool) -> None:
    """One margin: deep where it fails, pale where it is small, white where it is ample; unknown ones say so."""
    decibels, unknown = margin.decibels, bool(margin.unknown) and not margin.fails
    color, part = (
        (palette.BAD, min(1.0, 0.55 - decibels / _FAR))
        if decibels < 0
        else (palette.GOOD, 0.35 * (1 - min(decibels, _AMPLE) / _AMPLE))
    )
    face = "#eeeeee" if unknown else tuple(1 - max(part, 0.04) * (1 - tone) for tone in to_rgb(color))
    axes.add_patch(Rectangle((column + 0.03, row + 0.05), 0.94, 0.9, facecolor=face, linewidth=0))
    if binds:
        frame: dict[str, Any] = {"fill": False, "edgecolor": palette.BOUND, "linewidth": 1.3, "zorder": 3}
        axes.add_patch(Rectangle((column + 0.03, row + 0.05), 0.94, 0.9, **frame))
    words = "?" if unknown else "∞" if decibels > 999 else f"{decibels:.0f}".replace("-0", "0").replace("-", MINUS)
    white = decibels < 0 and part > 0.75 and not unknown
    axes.text(
        column + 0.5, row + 0.52, words, ha="center", va="center", fontsize=8.5, color="white" if white else "black"
    )


def _called(kind: str) -> str:
    return CALLED.get(kind, kind).replace(" ", "\n")


def _label(block: BlockMargins) -> str:
    """What a block computes, as an equation is written, and its kind."""
    name = written(block.reading or block.name)
    name = name if len(name) <= _LETTERS else name[: _LETTERS - 1] + "…"
    count = f" ×{block.instances}" if block.instances > 1 else ""
    return f"{name}{count}   {block.kind[:_KIND]}"
