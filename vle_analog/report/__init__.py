"""Comparison -> figures."""

from vle_analog.report import learning_study
from vle_analog.report.figures import learning_curves, parameters, portrait, traces
from vle_analog.report.sheet import save

__all__ = ["learning_curves", "learning_study", "parameters", "portrait", "save", "traces"]
