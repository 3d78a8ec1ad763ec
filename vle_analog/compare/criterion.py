"""What a good board must reach: a bound of its loss, of its right answers, or of a quantity that is measured on it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Protocol

from vle_analog.compare.quantity import NRMSE, Quantity
from vle_analog.errors import UsageError, nearest

#: what a criterion of a task can be about
LOSS, ACCURACY = "loss", "accuracy"
#: a loss in words
LOSS_WORDS = "loss over variance"

_CRITERION = re.compile(r"\s*(\S.*?)\s*(>=|<=)\s*(\S+)\s*", re.DOTALL)
#: a bound by the ideal's own loss, and the least that it is
_BESIDE = re.compile(r"(?:max\((?P<least>[^,]+),)?(?P<times>[^*,()]+)\*ideal(?P<end>\))?")


def without_value(measured: str) -> str:
    """What is said of boards that have nothing to judge: a network's losses are finite or not, a quantity may be none.

    Args:
        measured: what boards are judged by, for people.
    """
    if measured == LOSS_WORDS:
        return "did not stay finite"
    return f"had no finite {measured}, as where a run is too short to measure it (--span)"


class Judged(Protocol):
    """A board that was judged."""

    @property
    def loss(self) -> float | None:
        """Mean squared error; None where the board did not stay finite."""

    @property
    def accuracy(self) -> float | None:
        """Fraction of right answers; None where there are none."""


@dataclass(frozen=True)
class Criterion:
    """What a board must reach.

    Attributes:
        metric: of a task ``loss``, over the target's variance, or ``accuracy``, the fraction of right answers; of a
            system the text of a `Quantity`.
        relation: ``<=`` for losses and errors, ``>=`` for accuracies.
        value: the bound; of one by the ideal's loss the least that it is.
        times: of the loss that the ideal equations of the same lesson come to, over variance; 0 where nothing is asked
            of it.
        ideal: that loss, once it is known.
    """

    metric: str
    relation: str
    value: float
    times: float = 0.0
    ideal: float | None = None

    @staticmethod
    def parsed(text: str) -> Criterion:
        """A criterion from its text: ``loss<=0.2``, ``accuracy>=0.95``, ``nrmse(x)<=0.02``; ``loss<=2*ideal``,
        ``loss<=max(0.02,2*ideal)``.

        Raises:
            UsageError: no such text, unknown metric, the wrong relation, or a bound that makes no sense.
        """
        found = _CRITERION.fullmatch(text)
        if found is None:
            raise UsageError(
                f"--criterion '{text}' is not METRIC>=NUMBER or METRIC<=NUMBER",
                hint="e.g. 'accuracy>=0.95', 'loss<=0.2' or, of a system, 'nrmse(x)<=0.02', in quotes",
            )
        metric, relation, number = found.groups()
        if metric == LOSS and relation == "<=" and (beside := _BESIDE.fullmatch(number)):
            return Criterion._beside(text, beside)
        try:
            value = float(number)
        except ValueError:
            raise UsageError(f"--criterion '{text}': '{number}' is not a number", hint="e.g. loss<=0.2") from None
        if metric not in (LOSS, ACCURACY):
            if not math.isfinite(value):
                raise UsageError(f"--criterion '{text}': the bound must be finite")
            if metric.isidentifier() and metric != NRMSE:
                raise UsageError(
                    f"--criterion: no metric '{metric}'",
                    hint=f"{nearest(metric, (LOSS, ACCURACY, NRMSE))}; of a system e.g. 'final({metric})'",
                )
            quantity = Quantity.parsed(metric)
            if quantity.is_error and relation == ">=":
                raise UsageError(f"--criterion '{text}' asks for a bad board", hint=f"write {metric}<={number}")
            return Criterion(quantity.text, relation, value)
        wanted = "<=" if metric == LOSS else ">="
        if relation != wanted:
            raise UsageError(f"--criterion '{text}' asks for a bad board", hint=f"write {metric}{wanted}{number}")
        if not (0 < value < math.inf) or (metric == ACCURACY and value > 1):
            most = "over 0 and at most 1" if metric == ACCURACY else "over 0"
            raise UsageError(f"--criterion '{text}': the bound must be {most}")
        return Criterion(metric, relation, value)

    @staticmethod
    def _beside(text: str, found: re.Match[str]) -> Criterion:
        """A criterion whose bound is so many times the ideal's loss, and at least so much.

        Raises:
            UsageError: numbers that are none.
        """
        try:
            least, times = float(found["least"] or 0.0), float(found["times"])
        except ValueError:
            least = times = math.nan
        if not (0 <= least < math.inf and 0 < times < math.inf) or (found["least"] is None) != (found["end"] is None):
            raise UsageError(f"--criterion '{text}' has no such bound", hint="e.g. 'loss<=max(0.02,2*ideal)'")
        return Criterion(LOSS, "<=", least, times)

    @property
    def bound(self) -> float:
        """What a good board must reach.

        Raises:
            ValueError: the ideal's loss is not known yet.
        """
        if not self.times:
            return self.value
        if self.ideal is None:
            raise ValueError(f"'{self}' is not known without the ideal's loss")
        return max(self.value, self.times * self.ideal)

    def beside(self, ideal: float) -> Criterion:
        """The criterion where the ideal comes to such a loss over variance."""
        return replace(self, ideal=ideal)

    @property
    def of_task(self) -> bool:
        """Whether it is about what a network learned."""
        return self.metric in (LOSS, ACCURACY)

    def met(self, sample: Judged, variance: float) -> bool:
        """Whether a board is good; one that did not stay finite is not."""
        value = sample.accuracy if self.metric == ACCURACY else sample.loss
        if value is None:
            return False
        if self.metric == LOSS:
            value /= variance
        return value <= self.bound if self.relation == "<=" else value >= self.bound

    def __str__(self) -> str:
        if self.times:
            number = f"{self.times:g}*ideal"
            return f"{self.metric}{self.relation}" + (f"max({self.value:g},{number})" if self.value else number)
        return f"{self.metric}{self.relation}{self.value:g}"
