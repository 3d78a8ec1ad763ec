"""Learning rules side by side: many runs of one task, and what they say together.

Losses here are taken with the weights frozen, on fresh data; *relative* ones are over the variance of
the target on the same data, so that 1 is what a constant output reaches. A run whose solution left
all bounds counts as worse than any that did not. Medians and ranges are over seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from vle_analog.compare.metrics import ComparisonError
from vle_analog.learning.variant import Variant
from vle_analog.lesson.learning_run import LearningRun, plain
from vle_analog.studies.learn.findings import LearningFindings
from vle_analog.studies.learn.spread import Spread, median


@dataclass(frozen=True)
class RuleComparison(LearningFindings):
    """All runs of one task, compared by rule and rate.

    Attributes:
        runs: in order of rule, rate, seed.
    """

    runs: Sequence[LearningRun]

    @property
    def rules(self) -> list[Variant]:
        """The rules with their synapses, in order of appearance."""
        variants = dict.fromkeys(run.variant for run in self.runs)
        return [Variant(each.rule, each.eligibility, self.colors.get(each.rule)) for each in variants]

    def etas(self, rule: str) -> list[float]:
        """The rule's rates, in order of appearance."""
        return list(dict.fromkeys(run.eta for run in self.runs if run.variant == rule))

    def at(self, rule: str, eta: float) -> list[LearningRun]:
        """The runs of one rule at one rate, by seed.

        Raises:
            ComparisonError: there is none.
        """
        runs = [run for run in self.runs if run.variant == rule and run.eta == eta]
        if not runs:
            raise ComparisonError(f"no run of rule '{rule}' at rate {eta:g}")
        return sorted(runs, key=lambda run: run.seed)

    def best(self) -> dict[Variant, float]:
        """The rate with the lowest median relative loss on the data to validate by, by rule."""
        return {
            rule: min(self.etas(rule), key=lambda eta: (median([run.validated for run in self.at(rule, eta)]), eta))
            for rule in self.rules
        }

    def has_answers(self) -> bool:
        """Whether the task's answers are right or wrong."""
        return any(len(run.accuracy) for run in self.runs)

    def moments(self, rule: str, eta: float) -> list[float]:
        """Moments at which any of these runs was judged, model units."""
        return sorted({moment for run in self.at(rule, eta) for moment in run.time})

    def layers(self, rule: str, eta: float) -> list[str]:
        """The layers whose alignment is known, from the bottom up."""
        return _in_order(layer for run in self.at(rule, eta) for layer in run.alignment)

    def feedback_layers(self, rule: str, eta: float) -> list[str]:
        """The layers that send errors down by feedback weights of their own, from the bottom up."""
        return _in_order(layer for run in self.at(rule, eta) for layer in run.feedback)

    def courses(self, rule: str, eta: float, of: Callable[[LearningRun], Sequence[float]]) -> list[list[float | None]]:
        """One list per moment (`moments`) with one entry per seed; None where a run has none, as after its end.

        Args:
            of: a run's course; one that is shorter than its times by one starts at the second moment (``online``).
        """
        runs = self.at(rule, eta)
        known = [dict(zip(run.time[len(run.time) - len(of(run)) :], of(run), strict=True)) for run in runs]
        return [[course.get(moment) for course in known] for moment in self.moments(rule, eta)]

    def summary(self, rule: str, eta: float) -> dict[str, Spread]:
        """Spreads over seeds.

        Of ``loss``, ``relative``, ``accuracy``, ``time_to_threshold``, ``alignment_<layer>_start``,
        ``alignment_<layer>`` (the mean over all later moments), ``feedback_<layer>_start`` and
        ``feedback_<layer>`` (the first and the last angle between feedback weights and forward weights, degrees).
        Alignment is that of the moments before divergence.
        """
        runs = self.at(rule, eta)
        accuracies = [run.frozen_accuracy for run in runs] if any(len(run.accuracy) for run in runs) else []
        spreads = {
            "loss": Spread.of([run.frozen_loss for run in runs]),
            "relative": Spread.of([run.relative for run in runs]),
            "accuracy": Spread.of(accuracies, worst=-math.inf),
            "time_to_threshold": Spread.of([run.time_to(self.threshold) for run in runs]),
        }
        for layer in self.layers(rule, eta):
            courses = [[x for x in run.aligned(layer) if math.isfinite(x)] for run in runs]
            spreads[f"alignment_{layer}_start"] = Spread.of([course[0] for course in courses if course])
            spreads[f"alignment_{layer}"] = Spread.of([float(np.mean(course[1:])) for course in courses if course[1:]])
        for layer in self.feedback_layers(rule, eta):
            angles = [run.feedback_angles(layer) for run in runs if run.feedback]
            spreads[f"feedback_{layer}_start"] = Spread.of([course[0] for course in angles])
            spreads[f"feedback_{layer}"] = Spread.of([course[-1] for course in angles])
        return spreads

    def record(self) -> dict[str, Any]:
        """Plain data.

        ``{"task", "threshold", "settings", "seeds", "rules": {rule: {eta: {...}}}, "best": {rule: eta}, "at_best":
        {rule: {...}}}``; the last has every rule's rate, the spreads of `summary` and all seeds' accuracies there.

        ``rules`` has a rule with its synapses, as ``gle + eligibility``. By rule and rate: ``rule`` and
        ``eligibility``; ``validation_loss`` (relative, by which the best rate was chosen), ``frozen_loss``,
        ``frozen_accuracy``, ``relative_loss``, ``time_to_threshold``, ``variance``, ``diverged`` and ``seconds`` hold
        one entry per seed (null where there is none); ``time`` the moments of judgement; ``loss``, ``accuracy`` and
        ``online_loss`` one list per moment with one entry per seed (null after its run's end); ``alignment`` the same
        by layer, and so ``feedback``, cosines of feedback weights with forward weights, of layers that have such;
        ``learned`` [value, teacher's] by parameter, one per seed.
        """
        rules: dict[str, dict[str, Any]] = {}
        for rule in self.rules:
            for eta in self.etas(rule):
                runs = self.at(rule, eta)
                learned = dict.fromkeys(name for run in runs for name in run.learned)
                rules.setdefault(rule, {})[f"{eta:.15g}"] = {
                    "seeds": [run.seed for run in runs],
                    "rule": rule.rule,
                    "eligibility": rule.eligibility,
                    "validation_loss": [run.validated for run in runs],
                    "frozen_loss": [run.frozen_loss for run in runs],
                    "frozen_accuracy": [run.frozen_accuracy for run in runs],
                    "relative_loss": [run.relative for run in runs],
                    "time_to_threshold": [run.time_to(self.threshold) for run in runs],
                    "time": self.moments(rule, eta),
                    "loss": self.courses(rule, eta, lambda run: run.loss),
                    "accuracy": self.courses(rule, eta, lambda run: run.accuracy) if self.has_answers() else [],
                    "online_loss": self.courses(rule, eta, lambda run: run.online),
                    "alignment": {
                        layer: self.courses(rule, eta, partial(LearningRun.aligned, layer=layer))
                        for layer in self.layers(rule, eta)
                    },
                    "feedback": {
                        layer: self.courses(rule, eta, partial(LearningRun.fed_back, layer=layer))
                        for layer in self.feedback_layers(rule, eta)
                    },
                    "learned": {name: [run.learned.get(name) for run in runs] for name in learned},
                    "variance": [run.variance for run in runs],
                    "diverged": [run.diverged for run in runs],
                    "seconds": [run.seconds for run in runs],
                }
        return {
            "task": self.task,
            "threshold": self.threshold,
            "settings": plain(self.settings),
            "seeds": sorted({run.seed for run in self.runs}),
            "rules": plain(rules),
            "best": self.best(),
            "at_best": {rule: self._at(rule, eta) for rule, eta in self.best().items()},
        }

    def _at(self, rule: str, eta: float) -> dict[str, Any]:
        """What a rule's runs at one rate say together, as plain data."""
        spreads = {name: vars(spread) for name, spread in self.summary(rule, eta).items()}
        right = [run.frozen_accuracy for run in self.at(rule, eta)]
        return {"eta": eta, **plain(spreads), "accuracies": right}


def _in_order(layers: Iterable[str]) -> list[str]:
    """The layers once each, from the bottom up."""
    return sorted(set(layers), key=lambda layer: (len(layer), layer))
