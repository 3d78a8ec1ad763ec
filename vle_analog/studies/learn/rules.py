"""How learning rules are drawn, alike in all figures: colours, marks, and courses over seeds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from vle_analog.learning.action import EXACT
from vle_analog.learning.colors import base_of, rule_color
from vle_analog.learning.variant import Variant
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.report.log_axis import LogAxis
from vle_analog.studies.learn.ideal.result import RuleComparison
from vle_analog.waveforms import Array

TIME = "learning time (model units)"
LOSS = "loss / variance of target"
_MARKS = {"adjoint": "o", "bp": "s", "gle": "D", "vle": "^", "vle1": "v", "vle2": "<", "vle3": "h"}
#: of rules without a mark of their own, in turn
_OTHERS = "pP*>Xd"
LINE: dict[str, Any] = {"color": "#444444", "linewidth": 0.8, "linestyle": ":", "zorder": 1}
END: dict[str, Any] = {"marker": "x", "markeredgewidth": 1.4, "linestyle": "none", "zorder": 6}
BAND = 0.2
#: fewer seeds have no quartiles
FEW = 6


def look(rule: str, rules: Sequence[str]) -> dict[str, Any]:
    """A rule's line among those of other ``rules``; the exact one's is wide and pale, under all others.

    Where a rule stands beside itself with eligibility, it is dashed.
    """
    exact = rule == EXACT
    line: dict[str, Any] = {"color": color_of(rule, rules), "linewidth": 4.0 if exact else 1.5, "zorder": 3 - exact}
    if exact:
        line |= {"alpha": 0.4, "solid_capstyle": "round"}
    if not (isinstance(rule, Variant) and rule.eligibility) and Variant(base_of(rule), True) in rules:
        line["linestyle"] = "--"
    return line


def mark_of(rule: str, rules: Sequence[str]) -> str:
    """A rule's marker; those without one of their own get one by their place among such ``rules``."""
    unknown = list(dict.fromkeys(base_of(other) for other in rules if base_of(other) not in _MARKS))
    base = base_of(rule)
    return _MARKS[base] if base in _MARKS else _OTHERS[unknown.index(base) % len(_OTHERS)]


def color_of(rule: str, rules: Sequence[str]) -> str:
    """A rule's color among other ``rules``."""
    return rule_color(rule, rules)


@dataclass(frozen=True)
class Course:
    """Median and `spread` over seeds, each of shape (n,); infinite where a run had diverged."""

    time: Array
    median: Array
    low: Array
    high: Array


def course_of(
    comparison: RuleComparison, rule: str, eta: float, of: Callable[[LearningRun], Sequence[float]], lost: float | None
) -> Course:
    """A course over seeds; runs that have diverged count as ``lost``, or not at all, and those that ended do not."""
    runs = comparison.at(rule, eta)
    kept = []
    for moment, row in zip(comparison.moments(rule, eta), comparison.courses(rule, eta, of), strict=True):
        values = []
        for run, value in zip(runs, row, strict=True):
            gone = run.diverged is not None and (not len(run.time) or moment > run.time[-1])
            counted = lost if value is None and gone else value
            if counted is not None and not math.isnan(counted):
                values.append(counted)
        if values:
            with np.errstate(invalid="ignore"):  # the mean of two infinities is one
                kept.append((moment, float(np.median(values)), *spread(values)))
    return Course(*(np.array(column, float) for column in (zip(*kept, strict=True) if kept else ((), (), (), ()))))


def spread(values: Sequence[float]) -> tuple[float, float]:
    """What bands and bars reach over: quartiles, else bands of several rules cover each other; of few seeds the range.

    A quartile is a value that a seed has, so that one that diverged does not make others infinite.
    """
    ordered = sorted(values)
    outside = len(ordered) // 4 if len(ordered) >= FEW else 0
    return ordered[outside], ordered[-1 - outside]


def spread_words(seeds: int) -> str:
    """What `spread` is of so many seeds."""
    return "quartiles" if seeds >= FEW else "range"


def time_axis(axes: Axes, courses: Iterable[Course]) -> LogAxis:
    """Make the axis of time logarithmic, zero at the left."""
    times = sorted({float(moment) for course in courses for moment in course.time})
    axis = LogAxis.of(times, least=1e-12, most=math.inf)
    axis.apply(axes, "x")
    axes.set_xlabel(TIME, labelpad=2)
    return axis


def draw_course(
    axes: Axes, course: Course, at: LogAxis, place: Callable[[Array], Array], line: dict[str, Any], band: float = BAND
) -> Line2D:
    """Draw a median with its band, ``band`` opaque; the median ends with a cross where it diverges."""
    seen = np.isfinite(course.median)
    time = at.place(course.time)
    if np.any(course.low < course.high):
        axes.fill_between(
            time, place(course.low), place(course.high), color=line["color"], alpha=band, linewidth=0, zorder=1.5
        )
    (drawn,) = axes.plot(time[seen], place(course.median[seen]), **line)
    if np.count_nonzero(seen) == 1:
        drawn.set(marker="o", markersize=4)
    if seen.any() and not seen.all():
        axes.plot(time[seen][-1:], place(course.median[seen][-1:]), color=line["color"], markersize=6, **END)
    return drawn


def relative_loss(run: LearningRun) -> list[float]:
    """Losses with frozen weights over the target's variance."""
    return [loss / run.variance for loss in run.loss]


def relative_online(run: LearningRun) -> list[float]:
    """Losses with plasticity on over the target's variance."""
    return [loss / run.variance for loss in run.online]


def write_heading(axes: Axes, letter: str, text: str, pad: float = 4) -> None:
    """Write a panel's letter and what it shows, ``pad`` points above it."""
    axes.set_title(f"{letter}   {text}", loc="left", fontsize=9.5, pad=pad)
