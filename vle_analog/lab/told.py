"""What a folder's results are: the command that made them, when, and their answer; for who comes back to it later."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from vle_analog.lab.written import RECORDS
from vle_analog.report.report import Report
from vle_analog.version import __version__

#: folder of what is told, inside of that of records
_TOLD = f"{RECORDS}/told"


@dataclass(frozen=True)
class Told:
    """One report of a folder.

    Attributes:
        name: of the report.
        title: of it.
        command: that made it; empty for what was asked for in Python.
        made: when, as ISO 8601 has it, in UTC.
        version: of the tool.
        sentences: that it says.
        warnings: likewise.
        files: that were written, by name.
    """

    name: str
    title: str
    command: str
    made: str
    version: str
    sentences: Sequence[str]
    warnings: Sequence[str]
    files: Sequence[str]


def telling(report: Report, files: Sequence[str]) -> Mapping[str, str]:
    """The file that says what a report is, by its name in the report's folder.

    Args:
        report: any.
        files: names of its files.
    """
    told = Told(
        report.name,
        report.title,
        report.command,
        datetime.now(UTC).isoformat(timespec="seconds"),
        __version__,
        list(report.sentences),
        list(report.warnings),
        sorted(files),
    )
    return {f"{_TOLD}/{report.name}.json": json.dumps(asdict(told), indent=1) + "\n"}


def told_in(folder: Path) -> list[Told]:
    """All reports of a folder that say what they are, the oldest first; those that cannot be read are left out."""
    known = []
    for path in sorted((folder / _TOLD).glob("*.json")):
        try:
            known.append(Told(**json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError):
            continue
    return sorted(known, key=lambda each: each.made)
