"""Boards with the same amount of each kind of non-ideality: what is typical of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.fleet.sample import Outcome
from vle_analog.waveforms import Array


@dataclass(frozen=True)
class Case:
    """Boards with the same amount of each kind.

    Attributes:
        outcomes: board by board.
    """

    outcomes: Sequence[Outcome]

    @property
    def losses(self) -> Array:
        """Losses over the target's variance, infinite where a board did not stay finite, shape (boards,)."""
        return np.array([math.inf if outcome.loss is None else outcome.loss for outcome in self.outcomes])

    @property
    def median(self) -> float:
        """The median of the losses."""
        return float(np.median(self.losses))

    @property
    def accuracy(self) -> float | None:
        """The median of right answers; None where a task has none."""
        right = [outcome.accuracy for outcome in self.outcomes]
        if all(fraction is None for fraction in right):
            return None
        return float(np.median([fraction or 0.0 for fraction in right]))

    def quantile(self, fraction: float) -> float:
        """A quantile of the losses, which is one of them."""
        return float(np.quantile(self.losses, fraction, method="inverted_cdf"))

    def to_json(self, ideal: float) -> dict[str, Any]:
        """Plain data, all numbers finite or None.

        Args:
            ideal: the median loss without non-idealities.
        """
        return {
            "loss": finite(self.median),
            "over_ideal": finite(self.median / ideal) if ideal else None,
            "quartiles": [finite(self.quantile(0.25)), finite(self.quantile(0.75))],
            "accuracy": self.accuracy,
            "losses": [outcome.loss for outcome in self.outcomes],
        }


def finite(value: float) -> float | None:
    """A number that JSON can hold; None for one that is not finite."""
    return value if math.isfinite(value) else None
