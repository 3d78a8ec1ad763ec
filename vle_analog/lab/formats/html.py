"""A page of HTML that stands alone."""

from __future__ import annotations

from collections.abc import Mapping

from vle_analog.report.page import page
from vle_analog.report.report import Report

ORDER = 40


def files(report: Report) -> Mapping[str, str]:
    """One page; none of a report without a record, which is only shown."""
    return {f"{report.page or report.name}.html": page(report)} if report.record else {}
