"""All numbers as JSON; written last: whoever finds it finds a complete report."""

from __future__ import annotations

import json
from collections.abc import Mapping

from vle_analog.report.report import Report

ORDER = 100


def files(report: Report) -> Mapping[str, str]:
    """One file; none of a report without a record."""
    if not report.record:
        return {}
    return {f"{report.name}.json": text(report)}


def text(report: Report) -> str:
    """All numbers of a report."""
    return json.dumps(report.record, indent=1, allow_nan=False) + "\n"
