"""What a good board must reach: a bound of its loss or of its right answers."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Protocol

from vle_analog.errors import UsageError, nearest

#: what a criterion can be about
LOSS, ACCURACY = "loss", "accuracy"

_CRITERION = re.compile(r"\s*([A-Za-z_]+)\s*(>=|<=)\s*(\S+)\s*")


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

    def met(self, sample: Judged, variance: float) -> bool:
        """Whether a board is good; one that did not stay finite is not."""
        if self.metric == LOSS:
            return sample.loss is not None and sample.loss / variance <= self.value
        return sample.accuracy is not None and sample.accuracy >= self.value

    def __str__(self) -> str:
        return f"{self.metric}{self.relation}{self.value:g}"
