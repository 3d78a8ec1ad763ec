"""Comparison -> figures."""

from vle_analog.report.figures import learning_curves, parameters, portrait, save, traces

__all__ = ["learning_curves", "parameters", "portrait", "save", "traces"]
