"""Parts as catalogues list them: a circuit with its values rounded to E-series (IEC 60063).

What a stage does depends on ratios of resistances and products of resistance and capacitance. A common factor is
free: of all of a series' values for the first part that one is taken from which the others' wanted values lie
nearest to the series. A series is geometric but for its rounding to two or three digits: a ratio half a step off is
about half a step off from every base. Two series together, as ``E96+E24``, have no such gaps.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

import eseries

from vle_analog.circuit.cell.cell import Kind
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.technology import IDEAL, Technology
from vle_analog.errors import UsageError, nearest
from vle_analog.owner import Owner
from vle_analog.production.assemblies import with_bought
from vle_analog.production.design_law import Powers
from vle_analog.production.ratios import Stage, stages
from vle_analog.production.values import parts, with_values

#: a stage's free part goes this far up and down: beyond one decade a series repeats itself
_REACH = math.log(10) / 2
#: no improvement: what is left of equal errors by floating-point arithmetic
_SAME = 1e-12


def rounded(
    circuit: Circuit,
    resistors: str | None = "E96",
    capacitors: str | None = "E12",
    technology: Technology = IDEAL,
) -> Circuit:
    """The circuit with its board's values in their series, each stage's gains and time constants kept as far as can be.

    The largest relative error of a stage's gains and time constants is the least that there is with the stage's
    free part (the feedback's resistor or capacitor) within half a decade of its value; of equal ones that of the
    free part nearest to it. Parts of other cells, and parts outside of cells that join at no stage, are moved to
    their series' nearest, in ratio. No stage's largest error is larger than so.

    Args:
        circuit: any.
        resistors, capacitors: names of series, E3 to E192, or of several (``E96+E24``); None leaves the values
            as they are.
        technology: no part leaves its ranges for a better ratio.

    Raises:
        UsageError: no such series.
        CircuitError: a part cannot be reached or has no positive value.
    """
    names: dict[Kind, str | None] = {"resistor": resistors, "capacitor": capacitors}
    series = {kind: Series.named(name) for kind, name in names.items() if name is not None}
    ranges: dict[Kind, tuple[float, float]] = {"resistor": technology.resistors, "capacitor": technology.capacitors}
    old: dict[str, float] = {}
    shelves: dict[str, Shelf] = {}
    for part in parts(circuit):
        old[part.name] = part.value
        if part.kind in series and part.owner is Owner.BOARD:
            shelves[part.name] = Shelf(series[part.kind], *ranges[part.kind])
    new = {name: shelves[name].nearest(value) if name in shelves else value for name, value in old.items()}
    for stage in stages(circuit):
        new |= _Search(stage, old, new, shelves).found()
    found = with_values(circuit, lambda part: new[part.name])
    return with_bought(found, Shelf(series["resistor"], *ranges["resistor"]).nearest) if "resistor" in series else found


#: values as they come out of the design
EXACT = "exact"


@dataclass(frozen=True)
class Preferred:
    """The series of preferred values that a board's parts are bought in.

    Attributes:
        resistors, capacitors: names of series, E3 to E192, or of several (``E96+E24``).

    Raises:
        UsageError: no such series.
    """

    resistors: str = "E96"
    capacitors: str = "E12"

    def __post_init__(self) -> None:
        for name in (self.resistors, self.capacitors):
            Series.named(name)

    @staticmethod
    def parse(text: str) -> Preferred | None:
        """Series as people write them: ``E96,E12``, ``E96`` for resistors alone, or ``exact`` for values as designed.

        Raises:
            UsageError: no such series, or more than two.
        """
        words = [word.strip() for word in text.split(",")]
        if words == [EXACT]:
            return None
        if len(words) > 2:
            raise UsageError(
                f"`series` '{text}' is not a series of resistors and one of capacitors", hint="e.g. `series=E96,E12`"
            )
        return Preferred(*words)

    def applied(self, circuit: Circuit, technology: Technology = IDEAL) -> Circuit:
        """The circuit with its board's values in these series, as `rounded` chooses them.

        Raises:
            CircuitError: as `rounded`.
        """
        return rounded(circuit, self.resistors, self.capacitors, technology)

    def __str__(self) -> str:
        return f"{self.resistors},{self.capacitors}"


def on_sale(circuit: Circuit, series: Preferred | None) -> Circuit:
    """What one buys of a design: its values as its series round them; as the usual ones do where it is exact.

    Args:
        circuit: designed with that series.
        series: of its board; None where its values are as designed.
    """
    return circuit if series is not None else Preferred().applied(circuit)


def rounder(series: str) -> Callable[[float], float]:
    """The function that rounds a positive number to a series.

    Raises:
        UsageError: no such series.
    """
    found = Series.named(series)
    return lambda value: found.value(found.nearest(value))


class Series:
    """An E-series through all decades, its values numbered upwards; from `named`."""

    def __init__(self, decade: tuple[int, ...]) -> None:
        self.decade = decade  # whole numbers: 10 to 91, or 100 to 976
        self.digits = len(str(decade[0])) - 1
        self._values: dict[int, float] = {}

    @staticmethod
    def named(name: str) -> Series:
        """The series of a name, E3 to E192, or all values of several: ``E96+E24``.

        Raises:
            UsageError: there is none.
        """
        known = {str(key.name) for key in eseries.series_keys()}
        for each in name.split("+"):
            if each not in known:
                raise UsageError(f"there is no series '{each}' of part values", hint=nearest(each, known))
        return _series(name)

    @cached_property
    def between(self) -> list[float]:
        """Bounds at which one value's neighbourhood ends and the next one's begins, in the decade's whole numbers."""
        return [math.sqrt(low * high) for low, high in pairwise((*self.decade, 10 * self.decade[0]))]

    def nearest(self, value: float) -> int:
        """The number of the nearest value, in ratio."""
        exponent = math.floor(math.log10(value)) - self.digits
        return bisect(self.between, value / 10.0**exponent) + (exponent + self.digits) * len(self.decade)

    def value(self, number: int) -> float:
        """The value of a number."""
        if number not in self._values:
            exponent, place = divmod(number, len(self.decade))
            # from decimal digits, so that 10.2 k is 10200 and not a bit off it
            self._values[number] = float(f"{self.decade[place]}e{exponent - self.digits}")
        return self._values[number]


@cache
def _series(name: str) -> Series:
    decades = [tuple(eseries.series(key)) for key in eseries.series_keys() if str(key.name) in name.split("+")]
    most = max(decade[0] for decade in decades)
    return Series(tuple(sorted({value * (most // decade[0]) for decade in decades for value in decade})))


class Shelf:
    """The values that one part can have: a series between two bounds."""

    def __init__(self, series: Series, low: float, high: float) -> None:
        self.series, self.low, self.high = series, low, high

    def nearest(self, value: float) -> float:
        """The series' nearest, bounds or not."""
        return self.series.value(self.series.nearest(value))

    def around(self, value: float) -> Iterator[tuple[float, float]]:
        """Values and their distance (absolute logarithm of the ratio), nearest first; of two alike the smaller."""
        middle = self.series.nearest(value)
        ends = {1: middle, -1: middle - 1}
        heads = {step: self._at(number, value) for step, number in ends.items()}
        while heads:
            step = min(heads, key=lambda step: (heads[step][1], step))
            found = heads[step]
            if self.low <= found[0] <= self.high:
                yield found
            ends[step] += step
            heads[step] = self._at(ends[step], value)
            # once outside of the bounds and on the way out, there is nothing to come
            if (heads[step][0] < self.low and step < 0) or (heads[step][0] > self.high and step > 0):
                del heads[step]

    def _at(self, number: int, value: float) -> tuple[float, float]:
        found = self.series.value(number)
        return found, abs(math.log(found / value))


class _Search:
    """The values of a stage's parts with the least error, found by branch and bound from the nearest values on.

    A part that completes no quantity is free. One that completes some is sought around what these ask of it, and as
    long as its error is below the best whole choice's; where nothing depends on it further, the nearest will do.

    Args:
        stage: whose parts are chosen.
        old: their exact values, by full name, among others.
        near: the nearest of their series, by full name.
        shelves: what there is of each part, by full name; a part without one keeps its value.
    """

    def __init__(
        self, stage: Stage, old: Mapping[str, float], near: Mapping[str, float], shelves: Mapping[str, Shelf]
    ) -> None:
        self.old, self.shelves = old, shelves
        self.best = {part: near[part] for part in stage.parts}
        self.least = stage.error(old, near)
        self.completed = _completed(stage)
        late = {part for terms in self.completed.values() for _, others in terms for part, _ in others}
        self.heads = [part for part in stage.parts if part in late]
        self.tails = [part for part in stage.parts if part not in late and self.completed[part]]
        self.moved: dict[str, float] = {}  # logarithms of new over old value
        self.chosen = dict(self.best)

    def found(self) -> dict[str, float]:
        """The best values, by full name."""
        if self.least > _SAME:
            self._descend(0, 0.0)
        return self.best

    def _descend(self, number: int, worst: float) -> None:
        """Try all values of the head of a number and of those behind it, given the worst error of those before it."""
        if number < len(self.heads):
            for error in self._tried(self.heads[number], worst):
                self._descend(number + 1, error)
            return
        for part in self.tails:
            if (least := next(self._tried(part, worst), None)) is None:
                return
            worst = least
        self.least = worst
        self.best.update(self.chosen)

    def _tried(self, part: str, worst: float) -> Iterator[float]:
        """Give the part its values in turn; yields the error of each that is worth while."""
        asked = [
            -own * sum(power * self.moved[other] for other, power in others) for own, others in self.completed[part]
        ]
        for value in self._candidates(part, asked):
            self.moved[part] = math.log(value / self.old[part])
            error = max([worst, *(abs(self.moved[part] - each) for each in asked)])
            if error < self.least - _SAME:
                self.chosen[part] = value
                yield error
            elif asked:
                return  # candidates come nearest first

    def _candidates(self, part: str, asked: Sequence[float]) -> Iterator[float]:
        """The part's values, nearest first to what the quantities that it completes ask of it."""
        if part not in self.shelves:
            yield self.old[part]
            return
        middle = (min(asked) + max(asked)) / 2 if asked else 0.0
        for value, distance in self.shelves[part].around(self.old[part] * math.exp(middle)):
            if not asked and distance > _REACH:
                return
            yield value


def _completed(stage: Stage) -> dict[str, list[tuple[int, Powers]]]:
    """Quantities by part, whose last part it is: its own power, and the powers of the others."""
    place = {part: number for number, part in enumerate(stage.parts)}
    found: dict[str, list[tuple[int, Powers]]] = {part: [] for part in stage.parts}
    for powers in stage.quantities:
        last = max(powers, key=lambda each: place[each[0]])
        found[last[0]].append((last[1], tuple(power for power in powers if power != last)))
    return found
