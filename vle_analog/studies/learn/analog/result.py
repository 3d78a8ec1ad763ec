"""Learning rules side by side, each as a circuit beside its ideal: several seeds, and what they say together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.compare.metrics import ComparisonError
from vle_analog.learning.variant import Variant
from vle_analog.lesson.chip_run import ChipRun
from vle_analog.lesson.learning_run import plain
from vle_analog.studies.learn.findings import LearningFindings
from vle_analog.studies.learn.ideal.result import RuleComparison
from vle_analog.studies.learn.spread import Spread


@dataclass(frozen=True)
class AnalogComparison(LearningFindings):
    """All runs of one task on one kind of board.

    Attributes:
        mode: what the boards are used for.
        unit: seconds of circuit time per model unit.
        runs: in order of rule and seed; one rate per rule.
    """

    mode: str
    unit: float
    runs: Sequence[ChipRun]

    @property
    def rules(self) -> list[Variant]:
        """The rules with their synapses, in order of appearance."""
        return self.side("ideal").rules

    def at(self, rule: str) -> list[ChipRun]:
        """The runs of one rule, by seed.

        Raises:
            ComparisonError: there is none.
        """
        runs = [run for run in self.runs if run.ideal.variant == rule]
        if not runs:
            raise ComparisonError(f"no run of rule '{rule}'")
        return sorted(runs, key=lambda run: run.ideal.seed)

    def side(self, which: str) -> RuleComparison:
        """The ``ideal`` or the ``analog`` runs as a comparison of their own."""
        runs = [getattr(run, which) for run in self.runs]
        return RuleComparison(
            runs,
            task=self.task,
            threshold=self.threshold,
            settings=self.settings,
            colors=self.colors,
            answers=self.answers,
        )

    def has_answers(self) -> bool:
        """Whether the task's answers are right or wrong."""
        return self.side("ideal").has_answers()

    def learns(self) -> bool:
        """Whether anything is learned on the boards."""
        return any(len(run.ideal.time) > 1 for run in self.runs)

    def summary(self, rule: str) -> dict[str, Spread]:
        """Spreads over seeds: relative losses ``ideal`` and ``analog``, ``ratio`` of losses, ``ideal_accuracy`` and
        ``analog_accuracy``, ``accuracy_difference``, ``time_ratio`` to the threshold, ``weight_nrmse`` (the worst of a
        run) and ``weight_nrmse_median`` (of a run's), ``output_nrmse`` on the exam, ``deployed`` (relative) and
        ``won_back``. What a run does not have does not count."""
        runs = self.at(rule)
        errors = [list(run.weight_nrmse().values()) for run in runs] if self.learns() else []
        variance = [run.ideal.variance for run in runs]
        deployed = [None if run.deployed is None else run.deployed / v for run, v in zip(runs, variance, strict=True)]
        return {
            "ideal": Spread.of([run.ideal.relative for run in runs]),
            "analog": Spread.of([run.analog.relative for run in runs]),
            "ratio": _known([run.loss_ratio() for run in runs]),
            "ideal_accuracy": _known([run.ideal.frozen_accuracy for run in runs]),
            "analog_accuracy": _known([run.analog.frozen_accuracy for run in runs]),
            "accuracy_difference": _known([run.accuracy_difference() for run in runs]),
            "time_ratio": _known([run.time_ratio(self.threshold) for run in runs]),
            "weight_nrmse": _known([max(paths) for paths in errors]),
            "weight_nrmse_median": _known([float(np.median(paths)) for paths in errors]),
            "output_nrmse": _known([run.excerpt.nrmse for run in runs]),
            "deployed": _known(deployed),
            "won_back": _known([run.won_back() for run in runs]),
        }

    def record(self) -> dict[str, Any]:
        """Plain data.

        ``{"task", "mode", "threshold", "unit_seconds", "settings", "seeds", "rules": {rule: {...}}}``.

        ``rules`` has a rule with its synapses. By rule: ``rule``, ``eligibility`` and ``eta``; one entry per seed of
        ``frozen_loss`` and ``frozen_accuracy`` (``ideal`` and ``analog``), ``loss_ratio``, ``accuracy_difference``,
        ``time_ratio``, ``weight_nrmse`` (worst), ``output_nrmse``, ``deployed_loss``, ``won_back``, ``variance``,
        ``seconds``, ``points``; ``time`` the moments of judgement with ``loss`` and ``accuracy`` of both, one list per
        seed; ``parts`` of the circuit. Null where there is none.
        """
        rules: dict[str, Any] = {}
        for rule in self.rules:
            runs = self.at(rule)
            both = {side: [getattr(run, side) for run in runs] for side in ("ideal", "analog")}
            rules[rule] = {
                "rule": rule.rule,
                "eligibility": rule.eligibility,
                "eta": runs[0].ideal.eta,
                "seeds": [run.ideal.seed for run in runs],
                "frozen_loss": {side: [run.frozen_loss for run in sides] for side, sides in both.items()},
                "frozen_accuracy": {side: [run.frozen_accuracy for run in sides] for side, sides in both.items()},
                "loss_ratio": [run.loss_ratio() for run in runs],
                "accuracy_difference": [run.accuracy_difference() for run in runs],
                "time_ratio": [run.time_ratio(self.threshold) for run in runs],
                "weight_nrmse": [max(run.weight_nrmse().values()) for run in runs] if self.learns() else [],
                "output_nrmse": [run.excerpt.nrmse for run in runs],
                "deployed_loss": [run.deployed for run in runs],
                "won_back": [run.won_back() for run in runs],
                "variance": [run.ideal.variance for run in runs],
                "seconds": [run.analog.seconds for run in runs],
                "points": [run.points for run in runs],
                "time": [list(run.ideal.time) for run in runs],
                "loss": {side: [list(run.loss) for run in sides] for side, sides in both.items()},
                "accuracy": {side: [list(run.accuracy) for run in sides] for side, sides in both.items()},
                "parts": dict(runs[0].parts),
            }
        return {
            "task": self.task,
            "mode": self.mode,
            "threshold": self.threshold,
            "unit_seconds": self.unit,
            "settings": plain(self.settings),
            "seeds": sorted({run.ideal.seed for run in self.runs}),
            "rules": plain(rules),
        }


def _known(values: Sequence[float | None]) -> Spread:
    return Spread.of([value for value in values if value is not None and not math.isnan(value)])
