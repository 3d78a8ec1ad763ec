"""Two waveforms -> comparison."""

from vle_analog.compare.comparison import Comparison, compare
from vle_analog.compare.learning import (
    LearningCurve,
    LearningResult,
    LearningSetup,
    ParameterError,
    frozen_loss,
    learning_curve,
    time_to_threshold,
)
from vle_analog.compare.metrics import ComparisonError, delay, mean_squared, nrmse, resampled, trace_nrmse

__all__ = [
    "Comparison",
    "ComparisonError",
    "LearningCurve",
    "LearningResult",
    "LearningSetup",
    "ParameterError",
    "compare",
    "delay",
    "frozen_loss",
    "learning_curve",
    "mean_squared",
    "nrmse",
    "resampled",
    "time_to_threshold",
    "trace_nrmse",
]
