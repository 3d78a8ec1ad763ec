"""Learning rules side by side, ideally or as circuits."""

from __future__ import annotations

from vle_analog.report.report import Report
from vle_analog.studies.learn.analog import report as analog
from vle_analog.studies.learn.analog.result import AnalogComparison
from vle_analog.studies.learn.ideal import report as ideal
from vle_analog.studies.learn.ideal.result import RuleComparison


def report(comparison: RuleComparison | AnalogComparison) -> Report:
    """What is told of a comparison."""
    if isinstance(comparison, AnalogComparison):
        return analog.report(comparison)
    return ideal.report(comparison)
