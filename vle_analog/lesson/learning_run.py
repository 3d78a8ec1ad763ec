"""One network that learned: what judgements on the way found."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from vle_analog.learning.variant import Variant


@dataclass(frozen=True)
class LearningRun:
    """One network that learned: one rule, one rate, one seed.

    Lists run over the run's moments of judgement, the first of them before learning; they end where
    the run diverged, and are empty where it did before the first.

    Attributes:
        rule, eta, seed: of the run.
        eligibility: whether its synapses look back.
        validation: relative loss at the end on the data that a rate is chosen by; None where it was not asked for.
        time: the moments, model units.
        loss: mean of ``(target - output)^2``, weights frozen, fresh data.
        variance: of the target there.
        accuracy: fraction of right answers there; empty where answers are not right or wrong.
        online: mean of ``(target - output)^2`` since the moment before, plasticity on; one shorter, as there is
            none before the first.
        alignment: cosine with the exact gradient, by layer (``1`` is the bottom one); empty for the exact rule.
        feedback: cosine of own feedback weights with the forward ones, by the layer that they come from; empty where
            there are none.
        learned: final values of all parameters by instance, those of their teacher beside them.
        diverged: when, model units, or None.
        seconds: it took.
    """

    rule: str
    eta: float
    seed: int
    time: Sequence[float]
    loss: Sequence[float]
    variance: float
    accuracy: Sequence[float] = ()
    online: Sequence[float] = ()
    alignment: Mapping[str, Sequence[float]] = field(default_factory=dict)
    learned: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    diverged: float | None = None
    seconds: float = 0.0
    feedback: Mapping[str, Sequence[float]] = field(default_factory=dict)
    eligibility: bool = False
    validation: float | None = None

    @property
    def variant(self) -> Variant:
        """The rule with its synapses."""
        return Variant(self.rule, self.eligibility)

    @property
    def frozen_loss(self) -> float | None:
        """The last loss; None where the run diverged."""
        return None if self.diverged is not None or not math.isfinite(self.loss[-1]) else self.loss[-1]

    @property
    def frozen_accuracy(self) -> float | None:
        """The last accuracy; None where there is none."""
        return self.accuracy[-1] if len(self.accuracy) and self.diverged is None else None

    @property
    def relative(self) -> float:
        """The last loss over the target's variance; infinite where the run diverged."""
        return math.inf if self.frozen_loss is None else self.frozen_loss / self.variance

    @property
    def validated(self) -> float:
        """The relative loss on the data that a rate is chosen by, or else on the exam's; infinite where it diverged."""
        if self.diverged is not None:
            return math.inf
        return self.relative if self.validation is None else self.validation

    def aligned(self, layer: str) -> Sequence[float]:
        """The course of one layer's alignment; empty where it is not known."""
        return self.alignment.get(layer, ())

    def fed_back(self, layer: str) -> Sequence[float]:
        """The course of the cosine of one layer's feedback weights with its forward weights; empty without such."""
        return self.feedback.get(layer, ())

    def feedback_angles(self, layer: str) -> list[float]:
        """The same as angles, degrees."""
        return [math.degrees(math.acos(min(1.0, max(-1.0, cosine)))) for cosine in self.fed_back(layer)]

    def time_to(self, threshold: float) -> float | None:
        """The first moment from which on the relative loss stays at or below the threshold; None if there is none."""
        if self.diverged is not None:
            return None
        above = np.flatnonzero(~(np.asarray(self.loss) <= threshold * self.variance))
        first = int(above[-1]) + 1 if above.size else 0
        return float(self.time[first]) if first < len(self.time) else None

    def to_json(self) -> dict[str, Any]:
        """Plain data: numbers and lists; what is not finite is null."""
        return {each.name: plain(getattr(self, each.name)) for each in fields(self)}

    @staticmethod
    def from_json(record: Mapping[str, Any]) -> LearningRun:
        """The run that `to_json` wrote; null in a course is NaN."""
        courses = {name: _course(record[name]) for name in ("loss", "accuracy", "online") if name in record}
        layers = {
            name: {layer: _course(course) for layer, course in record.get(name, {}).items()}
            for name in ("alignment", "feedback")
        }
        return LearningRun(**{**record, **courses, **layers})


def plain(value: Any) -> Any:
    """Dictionaries, lists and plain numbers; None for numbers that are not finite, which JSON has no word for."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(each) for each in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return int(value) if isinstance(value, np.integer) else value


def _course(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]
