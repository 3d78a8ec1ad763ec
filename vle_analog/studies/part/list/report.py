"""The parts of a user's own as a table."""

from __future__ import annotations

from vle_analog.report.report import Report, Table
from vle_analog.studies.part.shelf import OwnPart


def report(parts: tuple[OwnPart, ...]) -> Report:
    """One row per part; what is wrong with those that cannot be read is a warning."""
    if not parts:
        return Report("parts", "Parts of your own", sentences=["no parts of your own: vle-analog part add FILE"])
    rows = [
        [
            part.name,
            part.cell.sheet.summary if part.cell else "cannot be read",
            part.cell.sheet.source if part.cell else "",
            str(part.file),
        ]
        for part in parts
    ]
    return Report(
        "parts",
        "Parts of your own",
        tables=[Table("Parts of your own", ["part", "what it is", "source", "file"], rows)],
        warnings=[str(part.wrong) for part in parts if part.wrong is not None],
    )
