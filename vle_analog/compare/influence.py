"""What an outcome goes along with: rank correlations over many samples, and what chance alone would reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

#: parts that are named
STRONGEST = 10
#: columns whose ranks are in memory at once
_BLOCK = 256


@dataclass(frozen=True)
class Influence:
    """How a part goes along with the loss, over all boards.

    Attributes:
        name: the part's, in full.
        signed, absolute: rank correlation of the loss with its value, and with how far that is from the median.
    """

    name: str
    signed: float
    absolute: float

    @property
    def value(self) -> float:
        """The stronger one of the two."""
        return self.absolute if abs(self.absolute) > abs(self.signed) else self.signed


def rank_correlations(outcome: Sequence[float], table: np.ndarray) -> np.ndarray:
    """Spearman's correlation of an outcome with each column; 0 for a column or an outcome that does not vary.

    Args:
        outcome: shape (n,); infinite for the worst.
        table: shape (n, columns).

    Returns:
        Shape (columns,).
    """
    from scipy.stats import rankdata  # loads for most of a second, and few studies correlate

    found = np.zeros(table.shape[1])
    if len(outcome) < 2:
        return found
    first = rankdata(np.asarray(outcome, float))
    first -= first.mean()
    for start in range(0, table.shape[1], _BLOCK):
        place = np.s_[start : start + _BLOCK]
        ranks = rankdata(table[:, place], axis=0)
        ranks -= ranks.mean(axis=0)
        scale = np.sqrt(np.sum(first**2) * np.sum(ranks**2, axis=0))
        np.divide(first @ ranks, scale, out=found[place], where=scale > 0)
    return found


def strongest(outcome: Sequence[float], table: np.ndarray, names: Sequence[str]) -> tuple[list[Influence], int]:
    """The parts that go most along with an outcome, and how many parts vary at all.

    Args:
        outcome: shape (n,); infinite for the worst.
        table: values of the parts, shape (n, parts).
        names: of the parts.
    """
    if not len(outcome):
        return [], 0
    varied = np.flatnonzero(np.ptp(table, axis=0) > 0)
    values = table[:, varied]
    signed = rank_correlations(outcome, values)
    absolute = rank_correlations(outcome, np.abs(values - np.median(values, axis=0)))
    found = [
        Influence(names[column], float(one), float(other))
        for column, one, other in zip(varied.tolist(), signed, absolute, strict=True)
    ]
    return sorted(found, key=lambda each: (-abs(each.value), each.name))[:STRONGEST], len(varied)


def by_chance(samples: int, columns: int) -> float:
    """About the largest rank correlation that so many columns reach in so many samples if none has an influence."""
    if samples < 2 or columns < 1:
        return 1.0
    return min(1.0, NormalDist().inv_cdf(1 - 0.5 / (columns + 1)) / math.sqrt(samples - 1))
