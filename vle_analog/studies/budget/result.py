"""Error budget: what each kind of non-ideality costs alone, what its absence wins, and how kinds act together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from vle_analog.fleet.case import Case
from vle_analog.fleet.findings import FleetFindings
from vle_analog.fleet.sample import Outcome
from vle_analog.waveforms import Array

#: a relative loss beyond this is as bad as any; so variances exist
WORST = 10.0
#: kinds whose total indices differ by less than this are alike
ALIKE = 0.1


@dataclass(frozen=True)
class Contribution:
    """One kind of non-ideality.

    Attributes:
        kind: its name.
        size: how much of it boards have, in words.
        alone: boards with nothing else.
        without: boards with everything else.
        added: boards with it and all kinds that cost less alone.
    """

    kind: str
    size: str
    alone: Case
    without: Case
    added: Case

    def to_json(self, ideal: float) -> dict[str, Any]:
        """Plain data; the ideal's median loss is what losses are told over."""
        return {
            "kind": self.kind,
            "size": self.size,
            "alone": self.alone.to_json(ideal),
            "without": self.without.to_json(ideal),
            "added": self.added.to_json(ideal),
        }


class Index(NamedTuple):
    """A Sobol' index of one kind, and the ends of its 95 % interval."""

    value: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Sobol:
    """Sobol' indices of the logarithm of the loss with respect to how much of each kind there is.

    Attributes:
        kinds: names.
        first, total: indices, shape (kinds,): what a kind explains alone, and with all that it takes part in.
        first_interval, total_interval: 95 %, by bootstrap, shape (kinds, 2).
        rows: of the design; the loss was computed for (kinds + 2) times as many sets of scales.
        boards: whose median is taken.
        variance: of the logarithm, to the base of ten.
    """

    kinds: Sequence[str]
    first: Array
    total: Array
    first_interval: Array
    total_interval: Array
    rows: int
    boards: int
    variance: float

    def of(self, kind: str) -> tuple[Index, Index]:
        """First-order index of a kind, and its total one."""
        place = list(self.kinds).index(kind)
        pairs = ((self.first, self.first_interval), (self.total, self.total_interval))
        first, total = (Index(float(values[place]), tuple(intervals[place].tolist())) for values, intervals in pairs)
        return first, total

    @property
    def order(self) -> list[int]:
        """Places of kinds, the largest total index first."""
        return [int(place) for place in np.argsort(-self.total, kind="stable")]

    def rivals(self) -> list[str]:
        """Kinds whose total index may be the largest: their intervals reach into its own. It is the first of them."""
        largest, *others = self.order
        if not self.variance:
            return []
        low = self.total_interval[largest][0]
        return [self.kinds[place] for place in (largest, *others) if self.total_interval[place][1] >= low]

    def rows_to_rank(self) -> int:
        """Rows, a power of two, at which rivals' intervals should part, or tell that they differ by less than `ALIKE`.

        Intervals narrow as one over the root of the rows. At most the rows that there are if nothing is to be parted.
        """
        largest, *others = (list(self.kinds).index(name) for name in self.rivals() or self.kinds[:1])
        reach = self.total[largest] - self.total_interval[largest][0]
        needed = 0.0
        for place in others:
            between = reach + self.total_interval[place][1] - self.total[place]
            needed = max(needed, between / max(self.total[largest] - self.total[place], ALIKE))
        return 2 ** math.ceil(math.log2(max(1.0, self.rows * needed**2)))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "of": "log10 of the loss, median over boards",
            "rows": self.rows,
            "boards": self.boards,
            "variance": self.variance,
            "kinds": {
                name: {
                    "first": first.value,
                    "first_interval": list(first.interval),
                    "total": total.value,
                    "total_interval": list(total.interval),
                }
                for name in self.kinds
                for first, total in (self.of(name),)
            },
        }


@dataclass(frozen=True)
class ErrorBudget(FleetFindings):
    """Account of where a board's loss comes from.

    Attributes:
        boards: how many, the same ones in every case.
        ideal: without all kinds.
        contributions: in order of what they cost alone, least first.
        everything: with all kinds.
        untrimmed: with all kinds and multipliers that nobody trimmed; None where nobody did.
        sobol: None if not asked for.
    """

    boards: int
    ideal: Case
    contributions: Sequence[Contribution]
    everything: Case
    untrimmed: Case | None = None
    sobol: Sobol | None = None

    def record(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        ideal = self.ideal.median
        return {
            "task": self.task,
            "mode": self.mode,
            "boards": self.boards,
            "loss": f"{self.measured}; median over boards",
            "ideal": self.ideal.to_json(ideal),
            "everything": self.everything.to_json(ideal),
            "untrimmed": None if self.untrimmed is None else self.untrimmed.to_json(ideal),
            "kinds": [contribution.to_json(ideal) for contribution in self.contributions],
            "sobol": None if self.sobol is None else self.sobol.to_json(),
            "settings": dict(self.settings),
        }


def level(outcomes: Sequence[Outcome]) -> float:
    """The logarithm, to the base of ten, of the median loss, at most that of `WORST`."""
    return math.log10(min(max(Case(outcomes).median, 1e-30), WORST))
