"""What every figure must keep: no warnings, all letters inside, ticks and panels apart."""

from __future__ import annotations

import warnings
from itertools import pairwise
from pathlib import Path

from matplotlib.figure import Figure

from vle_analog.report.sheet import save


def legible(figure: Figure, folder: Path, hidden: bool = False) -> None:
    """Matplotlib's warnings (missing glyphs, bad limits) are errors, and all letters are inside and apart.

    ``hidden``: panels share axes, and the labels that one of them hides count for nothing.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert save(figure, folder / "figure.png").stat().st_size > 10_000
    width, height = figure.get_size_inches() * figure.dpi
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box is not None
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height
        for part in (axes, *axes.child_axes):
            for side, axis in (("x", part.xaxis), ("y", part.yaxis)):
                labels = [tick.label2 if part is not axes else tick.label1 for tick in axis.get_major_ticks()]
                shown = [label for label in labels if label.get_text() and (label.get_visible() or not hidden)]
                boxes = [label.get_window_extent() for label in shown]
                ends = sorted((getattr(box, f"{side}0"), getattr(box, f"{side}1")) for box in boxes)
                assert all(end <= start for (_, end), (start, _) in pairwise(ends)), axes.get_title("left")
    legends = [legend.get_window_extent() for legend in figure.legends]
    assert all(box.x0 >= 0 and box.x1 <= width for box in legends)
