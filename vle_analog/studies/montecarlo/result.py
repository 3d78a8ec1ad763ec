"""Yield: which fraction of many boards meets a criterion, how surely, and what tells good boards from bad ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vle_analog.compare.confidence import independent, wilson
from vle_analog.compare.criterion import ACCURACY, LOSS, Criterion
from vle_analog.compare.influence import Influence, by_chance
from vle_analog.compare.quantity import Quantity
from vle_analog.fleet.case import finite
from vle_analog.fleet.findings import FleetFindings
from vle_analog.fleet.sample import Check, Sample
from vle_analog.netlist.testbench import Deck

#: shown of a distribution
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
#: boards that are named
WORST = 10


@dataclass(frozen=True)
class Yield(FleetFindings):
    """Boards of one design, judged: which fraction is good.

    Attributes:
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
        parameters: names of what is learned.
        unseen: by part, what scatters or drifts by figures that nobody saw in a sheet (`DataSheet.unseen`).
    """

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
    parameters: Sequence[str] = ()
    unseen: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def verdicts(self) -> list[bool]:
        """Whether each board is good."""
        return [self.criterion.met(sample, self.variance) for sample in self.samples]

    @property
    def not_finite(self) -> int:
        """How many boards did not stay finite."""
        return sum(sample.loss is None for sample in self.samples)

    @property
    def yielded(self) -> float | None:
        """The fraction of good boards; None without boards."""
        return sum(self.verdicts) / len(self.samples) if self.samples else None

    @property
    def interval(self) -> tuple[float, float]:
        """Interval in which the yield lies with 95 % confidence."""
        good = self.verdicts
        number = independent(good, self.lots) if self.lots else float(len(good))
        return wilson(sum(good) / len(good) * number if good else 0.0, number)

    @property
    def losses(self) -> np.ndarray:
        """Relative losses, infinite where a board did not stay finite, shape (n,)."""
        return np.array([math.inf if sample.loss is None else sample.loss / self.variance for sample in self.samples])

    @property
    def accuracies(self) -> np.ndarray | None:
        """Fractions of right answers, 0 where there was none to read, shape (n,); None where a task has no answers."""
        right = [sample.accuracy for sample in self.samples]
        if all(fraction is None for fraction in right):
            return None
        return np.array([fraction or 0.0 for fraction in right])

    @property
    def is_error(self) -> bool:
        """Whether what is measured is positive, and the smaller the better: a loss, or an error against the ideal."""
        return self.criterion.of_task or Quantity(self.criterion.metric).is_error

    @property
    def subject(self) -> str:
        """What boards are judged by, in a sentence."""
        return "the loss" if self.criterion.of_task else self.measured

    @property
    def worst(self) -> list[Sample]:
        """The worst boards by the criterion's metric, worst first."""
        right = -np.array([sample.accuracy or 0 for sample in self.samples])
        key = right if self.criterion.metric == ACCURACY else self.losses
        if not self.criterion.of_task and self.criterion.relation == ">=":
            key = np.where(np.isfinite(key), -key, key)
        order = sorted(range(len(self.samples)), key=lambda place: (-key[place], -self.losses[place], place))
        return [self.samples[place] for place in order[:WORST]]

    @property
    def disagreement(self) -> float | None:
        """The fraction of checked boards on whose verdict engine and ngspice differ; None without a check."""
        return sum(not check.agrees for check in self.checks) / len(self.checks) if self.checks else None

    def distributions(self) -> dict[str, dict[str, float | None]]:
        """Quantiles of relative loss and, where there is one, accuracy; None for one that is not finite."""
        judged = {LOSS: self.losses} | ({} if self.accuracies is None else {ACCURACY: self.accuracies})
        if not self.samples:
            return {}
        return {
            name: {f"{q:g}": finite(float(np.quantile(values, q, method="inverted_cdf"))) for q in QUANTILES}
            for name, values in judged.items()
        }

    def record(self) -> dict[str, Any]:
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
            **({"ideal": self.criterion.ideal} if self.criterion.times else {}),
            "ngspice_checked": len(self.checks),
            "ngspice_disagreement": self.disagreement,
            "ngspice": [{**vars(check), "loss": self.over(check.loss)} for check in self.checks],
            "measured": self.measured,
            "variance": self.variance,
            "distributions": self.distributions(),
            "not_finite": self.not_finite,
            "worst": [self.row(sample) for sample in self.worst],
            "correlations": {
                "of": LOSS,
                "levels": dict(self.levels),
                "parts": [
                    {"part": part.name, "deviation": part.signed, "absolute_deviation": part.absolute}
                    for part in self.parts
                ],
                "parts_counted": self.counted,
                "strongest_by_chance": by_chance(len(self.samples), 2 * self.counted),
            },
            "settings": dict(self.settings),
            "parameters": list(self.parameters),
            "unseen": {part: list(figures) for part, figures in self.unseen.items()},
            "boards": [self.row(sample) for sample in self.samples],
            "seconds": sum(sample.seconds for sample in self.samples),
        }

    def row(self, sample: Sample) -> dict[str, Any]:
        """What a record has of one board."""
        good = self.criterion.met(sample, self.variance)
        return {"board": sample.board, "loss": self.over(sample.loss), "accuracy": sample.accuracy, "good": good}

    def over(self, loss: float | None) -> float | None:
        """A mean squared error over the target's variance; None for one that is not finite."""
        return None if loss is None else loss / self.variance


@dataclass(frozen=True)
class OneBoard:
    """One board of a design, written out.

    Attributes:
        number: its number, which decides its parts' draws.
        deck: its netlist, which runs alone.
        parts: all that it is made of, as CSV (`parts_table`).
    """

    number: int
    deck: Deck
    parts: str
