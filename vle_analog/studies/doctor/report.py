"""What the tool stands on, as a table."""

from __future__ import annotations

from vle_analog.report.report import Report, Table
from vle_analog.studies.doctor.result import Health


def report(health: Health) -> Report:
    """What is told of it."""
    rows = [[finding.name, finding.state, finding.remedy] for finding in health.findings]
    missing = [finding.name for finding in health.missing]
    return Report(
        "doctor",
        "What the tool stands on",
        tables=[Table("", ["what", "here", "to mend it"], rows)],
        sentences=["all that the tool needs is here" if not missing else f"missing: {', '.join(missing)}"],
        missed=bool(missing),
    )
