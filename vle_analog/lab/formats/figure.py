"""Figures as PNG."""

from __future__ import annotations

from collections.abc import Mapping

from vle_analog.report.report import Report

ORDER = 10


def files(report: Report) -> Mapping[str, bytes]:
    """One picture for each figure."""
    return {f"{name}.png": content for name, content in report.pictures.items()}
