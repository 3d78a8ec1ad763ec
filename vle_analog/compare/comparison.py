"""Two waveforms -> comparison: everything that a report states about an analog run against its ideal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vle_analog.compare.learning import LearningResult, LearningSetup, learning_result
from vle_analog.compare.metrics import align, delay, nrmse
from vle_analog.compare.timing import EventTiming, event_timings
from vle_analog.errors import UsageError
from vle_analog.waveforms import Waveforms

_DELAY_SAMPLES = 20_000  # the last so many samples tell a delay as well as all


@dataclass(frozen=True)
class Comparison:
    """An analog run against its ideal.

    Attributes:
        trace_nrmse: per signal, RMS of the difference over the ideal's range (defined in ``compare/metrics.py``).
        delay: per signal that does not learn, by how much the analog lags, in model units of time.
        learning: losses and parameters, or None where nothing is learned.
        events: per event, when it happened in both, and how often.
    """

    trace_nrmse: Mapping[str, float]
    delay: Mapping[str, float]
    learning: LearningResult | None = None
    events: Mapping[str, EventTiming] = field(default_factory=dict)

    @property
    def trace_nrmse_max(self) -> float:
        """The largest NRMSE of all signals."""
        return max(self.trace_nrmse.values())

    @property
    def events_complete(self) -> bool:
        """Whether every event happens as often as in the ideal."""
        return all(timing.complete for timing in self.events.values())

    def to_metrics(self) -> dict[str, Any]:
        """The numbers as JSON takes them: plain dicts and floats; None for what is not finite."""
        metrics: dict[str, Any] = {
            "trace_nrmse": {name: _json(value) for name, value in self.trace_nrmse.items()},
            "trace_nrmse_max": _json(self.trace_nrmse_max),
            "delay": {name: _json(value) for name, value in self.delay.items()},
        }
        if (learning := self.learning) is not None:
            metrics["learning"] = {
                "loss_initial": _json(learning.loss_initial),
                "loss_initial_ideal": _json(learning.loss_initial_ideal),
                "loss_final_ideal": _json(learning.loss_final_ideal),
                "loss_final_analog": _json(learning.loss_final_analog),
                "parameters": {
                    name: {
                        "ideal": _json(error.ideal),
                        "analog": _json(error.analog),
                        "target": _json(error.target),
                        "trajectory_nrmse": _json(error.trajectory_nrmse),
                    }
                    for name, error in learning.parameters.items()
                },
            }
        return metrics


def compare(
    ideal: Waveforms,
    analog: Waveforms,
    *,
    signals: Iterable[str] | None = None,
    learning: LearningSetup | None = None,
) -> Comparison:
    """Compare an analog run with its ideal over the time that both cover.

    Args:
        ideal: the reference's waveforms, model units.
        analog: the circuit's waveforms, model units, on any other time axis.
        signals: which to compare; by default all of the ideal's that the analog run has too.
        learning: where a learning run keeps its results.

    Raises:
        UsageError: a signal is missing, or there is none to compare.
        ComparisonError: a value is not finite, a window leaves a run, or the runs never overlap.
    """
    names = [name for name in ideal.signals if name in analog.signals] if signals is None else list(signals)
    if not names:
        raise UsageError("no signals to compare", hint="name at least one that both runs hold.")
    errors, delays = {}, {}
    for pair in align(ideal, analog, names):
        errors[pair.name] = nrmse(pair.ideal, pair.analog, pair.time)
        if learning is None or pair.name not in learning.parameters:  # a weight's path has no delay to speak of
            delays[pair.name] = delay(*(values[-_DELAY_SAMPLES:] for values in (pair.time, pair.ideal, pair.analog)))
    learned = None if learning is None else learning_result(ideal, analog, learning)
    return Comparison(errors, delays, learned, event_timings(ideal, analog))


def _json(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
