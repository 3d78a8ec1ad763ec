"""Figures as PNG."""

from __future__ import annotations

from collections.abc import Mapping

from vle_analog.report.report import Report

ORDER = 10


def files(report: Report) -> Mapping[str, bytes]:
    """One picture for each figure."""
    if not (figures := report.figures()):
        return {}
    from vle_analog.report.sheet import picture  # matplotlib takes long to load

    return {f"{name}.png": picture(figure) for name, figure in figures.items()}
