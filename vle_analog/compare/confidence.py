"""How sure a yield is: intervals of fractions, and how many boards are enough."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

#: a study that stops by itself looks every so many boards, whatever batches they run in
EVERY = 16


_CONFIDENCE = 0.95


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


def independent(good: Sequence[bool], *groupings: Sequence[int]) -> float:
    """As how many independent boards these count that have something in common.

    The number over the design effect ``1 + sum (m - 1) rho`` (Kish, Survey Sampling, 1965): m boards per group, rho the
    correlation within groups. Of several groupings that cross, as boards that are all tried with several lessons, what
    each has in common adds up.

    Args:
        good: whether each board is.
        groupings: each board's lot, or lesson, or which parts it has.
    """
    values = np.asarray(good, float)
    return len(values) / (1 + sum(_shared(values, np.asarray(groups)) for groups in groupings)) if len(values) else 0.0


def _shared(values: np.ndarray, groups: np.ndarray) -> float:
    """``(m - 1) rho``, rho by analysis of variance and at least 0; one group alone counts once."""
    names, counts = np.unique(groups, return_counts=True)
    number, between = len(values), len(names) - 1
    if between < 1 or number == len(names):
        return float(number - 1 if between < 1 else 0)
    means = np.array([values[groups == name].mean() for name in names])
    square_between = float(np.sum(counts * (means - values.mean()) ** 2)) / between
    square_within = float(np.sum((values - means[np.searchsorted(names, groups)]) ** 2)) / (number - len(names))
    size = (number - float(np.sum(counts**2)) / number) / between
    spread = square_between + (size - 1) * square_within
    rho = max(0.0, (square_between - square_within) / spread) if spread else 0.0
    return (float(np.sum(counts**2)) / number - 1) * rho


def enough(good: Sequence[bool], width: float) -> int | None:
    """After how many boards, a multiple of 16, the interval is at most so wide; None if it never is."""
    total = np.cumsum(np.asarray(good, float)) if len(good) else np.zeros(0)
    for number in range(EVERY, len(good) + 1, EVERY):
        low, high = wilson(float(total[number - 1]), number)
        if high - low <= width:
            return number
    return None
