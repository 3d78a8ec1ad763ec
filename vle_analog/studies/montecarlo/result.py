"""Yield: which fraction of many boards meets a criterion, how surely, and what tells good boards from bad ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vle_analog.compare.confidence import (
    independent,
    wilson,
)
from vle_analog.compare.criterion import (
    ACCURACY,
    LOSS,
    Criterion,
)
from vle_analog.compare.influence import Influence, by_chance
from vle_analog.fleet.sample import (
    Check,
    Sample,
)

#: shown of a distribution
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
#: boards that are named
WORST = 10


@dataclass(frozen=True)
class YieldStudy:
    """Boards of one design, judged.

    Attributes:
        task: its name.
        mode: what boards are for.
        engine: what computed them.
        criterion: of good boards.
        variance: of the target on the exam.
        samples: by number of board.
        lots: of each.
        levels: correlation of the loss with what lots and boards have in common, by name.
        parts: those that go most along with the loss.
        counted: parts that vary.
        checks: boards that ran in ngspice, too.
        complete: whether all boards that were asked for are there.
        settings: what all boards have in common, by name, for the record.
        parameters: names of what is learned.
    """

    task: str
    mode: str
    engine: str
    criterion: Criterion
    variance: float
    samples: Sequence[Sample]
    lots: Sequence[int] = ()
    levels: Mapping[str, float] = field(default_factory=dict)
    parts: Sequence[Influence] = ()
    counted: int = 0
    checks: Sequence[Check] = ()
    complete: bool = True
    settings: Mapping[str, Any] = field(default_factory=dict)
    parameters: Sequence[str] = ()

    @property
    def verdicts(self) -> list[bool]:
        """Whether each board is good."""
        return [self.criterion.met(each, self.variance) for each in self.samples]

    @property
    def yielded(self) -> float | None:
        """The fraction of good boards; None without boards."""
        return sum(self.verdicts) / len(self.samples) if self.samples else None

    @property
    def interval(self) -> tuple[float, float]:
        """In which the yield lies with 95 % confidence."""
        good = self.verdicts
        number = independent(good, self.lots) if self.lots else float(len(good))
        return wilson(sum(good) / len(good) * number if good else 0.0, number)

    @property
    def losses(self) -> np.ndarray:
        """Relative losses, infinite where a board did not stay finite, shape (n,)."""
        return np.array([math.inf if each.loss is None else each.loss / self.variance for each in self.samples])

    @property
    def accuracies(self) -> np.ndarray | None:
        """Fractions of right answers, 0 where there was none to read, shape (n,); None where a task has no answers."""
        if all(each.accuracy is None for each in self.samples):
            return None
        return np.array([each.accuracy or 0.0 for each in self.samples])

    @property
    def worst(self) -> list[Sample]:
        """The worst boards by the criterion's metric, worst first."""
        key = self.losses if self.criterion.metric == LOSS else -np.array([each.accuracy or 0 for each in self.samples])
        order = sorted(range(len(self.samples)), key=lambda place: (-key[place], -self.losses[place], place))
        return [self.samples[place] for place in order[:WORST]]

    @property
    def disagreement(self) -> float | None:
        """The fraction of checked boards on whose verdict engine and ngspice differ; None without a check."""
        return sum(not each.agrees for each in self.checks) / len(self.checks) if self.checks else None

    def distributions(self) -> dict[str, dict[str, float | None]]:
        """Quantiles of relative loss and, where there is one, accuracy; None for one that is not finite."""
        found = {LOSS: self.losses} | ({} if self.accuracies is None else {ACCURACY: self.accuracies})
        if not self.samples:
            return {}
        return {
            name: {f"{q:g}": _finite(float(np.quantile(values, q, method="inverted_cdf"))) for q in QUANTILES}
            for name, values in found.items()
        }

    def to_json(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        return {
            "task": self.task,
            "mode": self.mode,
            "engine": self.engine,
            "samples": len(self.samples),
            "complete": self.complete,
            "yield": self.yielded,
            "yield_interval": list(self.interval),
            "criterion": str(self.criterion),
            "ngspice_checked": len(self.checks),
            "ngspice_disagreement": self.disagreement,
            "ngspice": [
                {**vars(each), "loss": None if each.loss is None else each.loss / self.variance} for each in self.checks
            ],
            "variance": self.variance,
            "distributions": self.distributions(),
            "not_finite": sum(each.loss is None for each in self.samples),
            "worst": [self._row(each) for each in self.worst],
            "correlations": {
                "of": LOSS,
                "levels": dict(self.levels),
                "parts": [
                    {"part": each.name, "deviation": each.signed, "absolute_deviation": each.absolute}
                    for each in self.parts
                ],
                "parts_counted": self.counted,
                "strongest_by_chance": by_chance(len(self.samples), 2 * self.counted),
            },
            "settings": dict(self.settings),
            "parameters": list(self.parameters),
            "boards": [self._row(each) for each in self.samples],
            "seconds": sum(each.seconds for each in self.samples),
        }

    def _row(self, sample: Sample) -> dict[str, Any]:
        loss = None if sample.loss is None else sample.loss / self.variance
        good = self.criterion.met(sample, self.variance)
        return {"board": sample.board, "loss": loss, "accuracy": sample.accuracy, "good": good}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
