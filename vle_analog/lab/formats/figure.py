"""Figures as PNG, or as SVG or PDF where these are asked for."""

from __future__ import annotations

from collections.abc import Mapping

from vle_analog.report.report import Report

ORDER = 10


def files(report: Report) -> Mapping[str, bytes]:
    """A picture for each figure and ending."""
    return {
        f"{name}{ending}": content
        for ending in report.drawn_as
        for name, content in (report.pictures if ending == ".png" else report.pictures_as(ending)).items()
    }
