"""Boards by lessons: how many learn whichever data and start weights they are given, and what each lesson comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vle_analog.compare.confidence import independent, wilson
from vle_analog.compare.criterion import ACCURACY, LOSS
from vle_analog.report.report import Report, Table
from vle_analog.studies.montecarlo.result import Yield
from vle_analog.studies.montecarlo.words import amount

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class LessonYields:
    """Yields of several lessons, each by the same parts on a board that is designed for it.

    Attributes:
        seeds: of the lessons.
        yields: of each.
    """

    seeds: Sequence[int]
    yields: Sequence[Yield]

    @property
    def complete(self) -> bool:
        """Whether all boards that were asked for are there."""
        return all(each.complete for each in self.yields)

    @property
    def verdicts(self) -> list[bool]:
        """Whether each board is good, lesson by lesson."""
        return [good for each in self.yields for good in each.verdicts]

    @property
    def same(self) -> bool:
        """Whether lessons differ in nothing: boards come to the same in all of them."""
        first, *others = ([(board.loss, board.accuracy) for board in each.samples] for each in self.yields)
        return bool(others) and all(other == first for other in others)

    @property
    def independent(self) -> float:
        """As how many independent boards they count: those of a lesson have it in common, those of a number parts."""
        if self.same:
            return float(len(self.yields[0].samples))
        lessons = [seed for seed, each in zip(self.seeds, self.yields, strict=True) for _ in each.samples]
        return independent(self.verdicts, lessons, [each.board for one in self.yields for each in one.samples])

    @property
    def yielded(self) -> float | None:
        """The fraction of good boards; None without boards."""
        good = self.verdicts
        return sum(good) / len(good) if good else None

    @property
    def interval(self) -> tuple[float, float]:
        """Interval in which the yield over boards and lessons lies with 95 % confidence."""
        number = self.independent
        return wilson((self.yielded or 0.0) * number, number)

    def record(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        rows = [{"lesson": seed, **each.record()} for seed, each in zip(self.seeds, self.yields, strict=True)]
        return {
            "task": self.yields[0].task,
            "mode": self.yields[0].mode,
            "criterion": str(self.yields[0].criterion),
            "complete": self.complete,
            "samples": len(self.verdicts),
            "yield": self.yielded,
            "yield_interval": list(self.interval),
            "independent": self.independent,
            "lessons": rows,
        }


def lessons_report(result: LessonYields) -> Report:
    """What is told of boards by lessons."""
    first, state = result.yields[0], "" if result.complete else ", interrupted"
    return Report(
        "montecarlo",
        f"Boards of {first.task}, {first.mode}: {len(result.verdicts)} of them by {len(result.seeds)} lessons{state}",
        result.record(),
        [_by_lesson(result)],
        _sentences(result),
        lambda: _figures(result),
    )


def _by_lesson(result: LessonYields) -> Table:
    """A row for each lesson."""
    rows = []
    beside = ["ideal"] if any(each.criterion.ideal is not None for each in result.yields) else []
    for seed, each in zip(result.seeds, result.yields, strict=True):
        low, high = each.interval
        metric = LOSS if each.accuracies is None else ACCURACY
        values = each.losses if each.accuracies is None else -each.accuracies
        middle, worst = (abs(float(np.quantile(values, q, method="inverted_cdf"))) for q in (0.5, 1.0))
        good = f"{sum(each.verdicts)} of {len(each.samples)}"
        between = f"{100 * low:.3g} to {100 * high:.3g} %"
        ideal = [] if each.criterion.ideal is None else [amount(metric, each.criterion.ideal)]
        rows.append([str(seed), good, between, *ideal, amount(metric, middle), amount(metric, worst)])
    return Table(
        f"{result.yields[0].task}, {result.yields[0].mode}: boards by lessons",
        ["lesson", "good boards", "95 % interval", *beside, "median", "worst"],
        rows,
    )


def _sentences(result: LessonYields) -> list[str]:
    """Sentences that say what the yields come to."""
    if result.yielded is None:
        return ["no board is finished"]
    (low, high), good = result.interval, result.verdicts
    why = "lessons are all the same" if result.same else "lessons share their boards, and boards their lesson"
    return [
        f"yield over boards and lessons {100 * result.yielded:.3g} % ({sum(good)} of {len(good)}; 95 % interval "
        f"{100 * low:.3g} to {100 * high:.3g} %; {why}: they count as {result.independent:.3g}), "
        f"{result.yields[0].criterion}" + ("" if result.complete else "; interrupted, not all boards are there")
    ]


def _figures(result: LessonYields) -> Mapping[str, Figure]:
    from vle_analog.studies.montecarlo.figure import lessons_figure  # matplotlib takes long to load

    return {"montecarlo": lessons_figure(result.seeds, result.yields)}
