"""A logarithmic axis with places of their own for zero and for what lies beyond."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from vle_analog.report.sheet import number
from vle_analog.waveforms import Array

#: relative losses below are rounding, and drawn as zero
TINY = 1e-32
#: relative losses above are drawn at the upper edge, else one failed rate would flatten all others
HUGE = 1e4
EDGE = 0.045
"""Between the data and an axis' ends, as a fraction of the axis."""


@dataclass(frozen=True)
class LogAxis:
    """A logarithmic axis from ``low`` to ``high`` with a place for ``zero`` below and one for ``beyond`` above."""

    low: float
    high: float
    has_zero: bool

    @staticmethod
    def of(values: Iterable[float], least: float = TINY, most: float = HUGE) -> LogAxis:
        """An axis for the values; it spans a decade at least."""
        known = [min(x, most) for x in values if math.isfinite(x)]
        positive = [x for x in known if x >= least] or [1.0]
        low, high = min(positive), max(positive)
        if high < 10 * low:
            middle = math.sqrt(low * high)
            low, high = middle / math.sqrt(10), middle * math.sqrt(10)
        return LogAxis(low, high, any(x < least for x in known))

    @property
    def decades(self) -> float:
        return math.log10(self.high / self.low)

    @property
    def zero(self) -> float:
        return self.low * 10 ** (-2.5 * EDGE * self.decades)

    @property
    def beyond(self) -> float:
        return self.high * 10 ** (EDGE * self.decades)

    def place(self, values: Iterable[float]) -> Array:
        """Places at which values are drawn: zeros at the lower end, what lies beyond at the upper one, NaN nowhere."""
        array = np.asarray(list(values), float)
        placed = np.where(array < self.low, self.zero if self.has_zero else self.low, array)
        return np.asarray(np.where(placed > self.high, self.beyond, placed), float)

    def apply(self, axes: Axes, which: Literal["x", "y"]) -> None:
        """Set scale, limits and ticks."""
        edge = 10 ** (EDGE * self.decades)
        bottom = (self.zero if self.has_zero else self.low) / edge
        if which == "x":
            axes.set_xscale("log")
            axes.set_xlim(bottom, self.beyond)
        else:
            axes.set_yscale("log")
            axes.set_ylim(bottom, self.beyond * edge**0.7)  # a cross beyond stays inside
        axis = axes.xaxis if which == "x" else axes.yaxis
        first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.beyond) + 1e-9)
        powers = list(range(first, last + 1))
        if self.decades < 1.7:
            places = [m * 10.0**k for k in range(first - 1, last + 1) for m in (1, 2, 5)]
        else:
            step = math.ceil(len(powers) / 7)
            places = [10.0**k for k in powers if k % step == 0]
        every = [m * 10.0**k for k in range(first - 1, last + 1) for m in (range(1, 10) if len(powers) <= 7 else (1,))]
        majors = [x for x in places if self.low / 1.001 <= x <= self.beyond]
        minors = [x for x in every if self.low / 1.001 <= x <= self.beyond]
        zero = [self.zero] if self.has_zero else []
        axis.set_major_locator(FixedLocator(zero + majors))
        axis.set_minor_locator(FixedLocator(minors))
        axis.set_minor_formatter(NullFormatter())
        plain = all(1e-3 / 1.001 < x < 1.001e4 for x in majors)
        axis.set_major_formatter(FuncFormatter(lambda x, _: self._label(x, plain)))

    def _label(self, place: float, plain: bool) -> str:
        if self.has_zero and place <= self.zero * (1 + 1e-9):
            return "0"
        return f"{place:.3g}" if plain and place < 1000 else f"{place:.0f}" if plain else number(place)
