"""Figures as PNG."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from vle_analog.report.report import Report

ORDER = 10


def files(report: Report) -> Mapping[str, bytes]:
    """One picture for each figure."""
    pictures = {}
    figures = report.figures()
    if not figures:
        return {}
    from vle_analog.report.sheet import save  # matplotlib takes long to load

    with tempfile.TemporaryDirectory() as place:
        for name, figure in figures.items():
            pictures[f"{name}.png"] = save(figure, Path(place) / "figure.png").read_bytes()
    return pictures
