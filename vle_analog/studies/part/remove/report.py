"""What is told of a part that was removed."""

from __future__ import annotations

from pathlib import Path

from vle_analog.report.report import Report


def report(file: Path) -> Report:
    """Which file is gone."""
    return Report("part", "Removed", sentences=[f"removed: {file}"])
