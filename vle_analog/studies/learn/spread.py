"""Median and range over seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Median and range over seeds; all None without a number."""

    median: float | None
    low: float | None
    high: float | None

    @staticmethod
    def of(values: Sequence[float | None], worst: float = math.inf) -> Spread:
        """The spread of values; None among them, and what is not a number, counts as ``worst``."""
        numbers = [worst if value is None or math.isnan(value) else value for value in values]
        if not numbers:
            return Spread(None, None, None)
        figures = (median(numbers), min(numbers), max(numbers))
        return Spread(*(float(figure) if math.isfinite(figure) else None for figure in figures))

    def words(self, text: Callable[[float], str], missing: str) -> str:
        """``median [low .. high]``; the median alone where there is no range.

        Args:
            text: writes a number.
            missing: what is written for None.
        """
        middle, low, high = (missing if x is None else text(x) for x in (self.median, self.low, self.high))
        return middle if low == middle == high else f"{middle} [{low} .. {high}]"


def median(values: Sequence[float]) -> float:
    """The median; of an even number the mean of the middle two, infinite if one of them is."""
    ordered = sorted(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return low if low == high else (low + high) / 2
