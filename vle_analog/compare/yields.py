"""Yield: which fraction of many boards meets a criterion, how surely, and what tells good boards from bad ones."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np

from vle_analog.compare.influence import Influence, by_chance
from vle_analog.errors import UsageError, nearest

#: what a criterion can be about
LOSS, ACCURACY = "loss", "accuracy"
#: shown of a distribution
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
#: boards that are named
WORST = 10
#: a study that stops by itself looks every so many boards, whatever batches they run in
EVERY = 16
_CONFIDENCE = 0.95
_CRITERION = re.compile(r"\s*([A-Za-z_]+)\s*(>=|<=)\s*(\S+)\s*")


@dataclass(frozen=True)
class Sample:
    """One board, judged with its weights held, on fresh data.

    Attributes:
        board: its number.
        loss: mean squared error on the exam; None where the board did not stay finite.
        accuracy: fraction of right answers; None where there are none, or none to read.
        online: mean squared error in consecutive stretches of learning; None where it is not finite.
        learned: what it learned, by the task's order.
        seconds: of computing, its share of the batch.
        silent: loss of the same board with the noise of its parts switched off in the exam; None without noise.
        signal_to_noise: on the exam, power of the output then, about its mean, over the power of what noise adds.
    """

    board: int
    loss: float | None
    accuracy: float | None
    online: tuple[float | None, ...] = ()
    learned: tuple[float | None, ...] = ()
    seconds: float = 0.0
    silent: float | None = None
    signal_to_noise: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**vars(self), "online": list(self.online), "learned": list(self.learned)}

    @staticmethod
    def from_json(record: Mapping[str, Any]) -> Sample:
        """What `to_json` wrote."""
        return Sample(**{**record, "online": tuple(record["online"]), "learned": tuple(record["learned"])})


@dataclass(frozen=True)
class Criterion:
    """What a board must reach.

    Attributes:
        metric: ``loss``, over the target's variance, or ``accuracy``, the fraction of right answers.
        relation: ``<=`` for losses, ``>=`` for accuracies.
        value: the bound.
    """

    metric: str
    relation: str
    value: float

    @staticmethod
    def parsed(text: str) -> Criterion:
        """A criterion from its text, ``loss<=0.2`` or ``accuracy>=0.95``.

        Raises:
            UsageError: no such text, unknown metric, the wrong relation, or a bound that makes no sense.
        """
        found = _CRITERION.fullmatch(text)
        if found is None:
            raise UsageError(
                f"--criterion '{text}' is not METRIC>=NUMBER or METRIC<=NUMBER",
                hint="e.g. 'accuracy>=0.95' or 'loss<=0.2', in quotes",
            )
        metric, relation, number = found.groups()
        if metric not in (LOSS, ACCURACY):
            raise UsageError(f"--criterion: no metric '{metric}'", hint=nearest(metric, (LOSS, ACCURACY)))
        wanted = "<=" if metric == LOSS else ">="
        if relation != wanted:
            raise UsageError(f"--criterion '{text}' asks for a bad board", hint=f"write {metric}{wanted}{number}")
        try:
            value = float(number)
        except ValueError:
            raise UsageError(f"--criterion '{text}': '{number}' is not a number", hint="e.g. loss<=0.2") from None
        if not (0 < value < math.inf) or (metric == ACCURACY and value > 1):
            most = "over 0 and at most 1" if metric == ACCURACY else "over 0"
            raise UsageError(f"--criterion '{text}': the bound must be {most}")
        return Criterion(metric, relation, value)

    def met(self, sample: Sample, variance: float) -> bool:
        """Whether a board is good; one that did not stay finite is not."""
        if self.metric == LOSS:
            return sample.loss is not None and sample.loss / variance <= self.value
        return sample.accuracy is not None and sample.accuracy >= self.value

    def __str__(self) -> str:
        return f"{self.metric}{self.relation}{self.value:g}"


@dataclass(frozen=True)
class Check:
    """One board that ran in ngspice, too.

    Attributes:
        board: its number.
        loss, accuracy: ngspice's, the loss as a mean square.
        good: its verdict.
        agrees: whether the engine's is the same.
        loss_error: difference of the engine's loss from ngspice's, over ngspice's; None where one is not finite.
        weights_nrmse: RMS difference of what the two learned over the range of ngspice's; None where nothing learns
            or a board did not stay finite.
        seconds: of ngspice.
    """

    board: int
    loss: float | None
    accuracy: float | None
    good: bool
    agrees: bool
    loss_error: float | None
    weights_nrmse: float | None
    seconds: float


def wilson(good: float, number: float, confidence: float = _CONFIDENCE) -> tuple[float, float]:
    """Wilson's score interval of a fraction (J. Am. Stat. Assoc. 22, 1927); (0, 1) without a sample.

    Args:
        good: how many.
        number: of how many; not whole where samples depend on one another.
        confidence: that the interval holds the true fraction.
    """
    if number <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    fraction, spread = good / number, z * z / number
    middle = (fraction + spread / 2) / (1 + spread)
    half = z / (1 + spread) * math.sqrt(fraction * (1 - fraction) / number + spread / (4 * number))
    low = 0.0 if good <= 0 else max(0.0, middle - half)
    return low, 1.0 if good >= number else min(1.0, middle + half)


def independent(good: Sequence[bool], lots: Sequence[int]) -> float:
    """As how many independent boards these count whose lots have something in common.

    The number over the design effect ``1 + (m - 1) rho`` (Kish, Survey Sampling, 1965): m boards per lot, rho the
    correlation within lots, by analysis of variance and at least 0.
    """
    values, groups = np.asarray(good, float), np.asarray(lots)
    names, counts = np.unique(groups, return_counts=True)
    number, between = len(values), len(names) - 1
    if between < 1 or number == len(names):
        return float(1 if between < 1 and number else number)
    means = np.array([values[groups == name].mean() for name in names])
    square_between = float(np.sum(counts * (means - values.mean()) ** 2)) / between
    square_within = float(np.sum((values - means[np.searchsorted(names, groups)]) ** 2)) / (number - len(names))
    size = (number - float(np.sum(counts**2)) / number) / between
    spread = square_between + (size - 1) * square_within
    rho = max(0.0, (square_between - square_within) / spread) if spread else 0.0
    return number / (1 + (float(np.sum(counts**2)) / number - 1) * rho)


def enough(good: Sequence[bool], width: float) -> int | None:
    """After how many boards, a multiple of 16, the interval is at most so wide; None if it never is."""
    total = np.cumsum(np.asarray(good, float)) if len(good) else np.zeros(0)
    for number in range(EVERY, len(good) + 1, EVERY):
        low, high = wilson(float(total[number - 1]), number)
        if high - low <= width:
            return number
    return None


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
