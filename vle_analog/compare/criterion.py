"""What a good board must reach: a bound of its loss, of its right answers, or of a quantity that is measured on it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Protocol

from vle_analog.compare.quantity import NRMSE, Quantity
from vle_analog.errors import UsageError, nearest

#: what a criterion of a task can be about
LOSS, ACCURACY = "loss", "accuracy"
#: a loss in words
LOSS_WORDS = "loss over variance"

_CRITERION = re.compile(r"\s*(\S.*?)\s*(>=|<=)\s*(\S+)\s*", re.DOTALL)


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
        value: the bound.
    """

    metric: str
    relation: str
    value: float

    @staticmethod
    def parsed(text: str) -> Criterion:
        """A criterion from its text: ``loss<=0.2``, ``accuracy>=0.95``, ``nrmse(x)<=0.02``.

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
        return value <= self.value if self.relation == "<=" else value >= self.value

    def __str__(self) -> str:
        return f"{self.metric}{self.relation}{self.value:g}"
