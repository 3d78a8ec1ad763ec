"""Networks of op-amps beside their ideal: one figure per task and kind of board.

Colours tell the rules apart and are those of all figures. The ideal is a thick pale line, the circuit a thin dashed one
over it: where they agree there is one line with a dashed core.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from vle_analog.errors import UsageError
from vle_analog.learning.variant import Variant
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.report.log_axis import HUGE, LogAxis
from vle_analog.report.numbers import number
from vle_analog.report.sheet import REAL_PARTS, Grid, Sheet, new_sheet, style
from vle_analog.studies.learn.analog.panels import (
    SIDES,
    TARGET,
    draw_answer,
    draw_paths,
    draw_real_time,
    marked,
    pale,
)
from vle_analog.studies.learn.analog.result import AnalogComparison
from vle_analog.studies.learn.rules import (
    END,
    LINE,
    LOSS,
    TIME,
    Course,
    color_of,
    course_of,
    draw_course,
    mark_of,
    relative_loss,
    relative_online,
    spread_words,
    write_heading,
)
from vle_analog.studies.learn.spread import Spread
from vle_analog.waveforms import Array

_DARK = "#444444"
#: what both are called
_REFERENCE, _CIRCUIT = "equations (reference)", "circuit"
_DEPLOYED: dict[str, Any] = {"linewidth": 1.0, "linestyle": (0, (6, 2, 1, 2)), "zorder": 2}
_STAR: dict[str, Any] = {"marker": "*", "markersize": 10, "markerfacecolor": "white", "linestyle": "none", "zorder": 7}
#: opacity of the ranges over seeds: two of them, ideal and circuit, lie over each other
_BAND = 0.13
#: heights in inches: of a panel, from one row of panels to the next, and the same of a strip of output over time
_HEIGHT, _ROW = 2.33, 3.15
_STRIP, _NEXT = 0.95, 1.38


def figure(comparison: AnalogComparison, *, title: str | None = None) -> Figure:
    """How networks of op-amps learn and answer, beside the same networks' equations.

    Panels, where the boards learn: the loss with frozen weights over learning time; the fraction of right answers, or
    the loss while learning if the task has none; the paths of what moved most in the best rule's first run; the end of
    the last exam, of the best rule and of the worst. Where nothing learns: final losses and right answers by rule, and
    the end of the exam of every rule.

    Args:
        comparison: with any number of rules and seeds.
        title: over the figure; by default the task, what the boards are used for, and how many seeds there are.

    Raises:
        UsageError: there are no runs.
    """
    if not comparison.runs:
        raise UsageError("no runs to draw")
    seeds = max(len(comparison.at(rule)) for rule in comparison.rules)
    with style():
        return (_learning if comparison.learns() else _deployed)(
            comparison, _title(comparison, seeds) if title is None else title
        )


def ranked(comparison: AnalogComparison) -> list[Variant]:
    """The rules by their circuits' median relative loss, the best one first."""
    medians = {
        rule: Spread.of([run.analog.relative for run in comparison.at(rule)]).median for rule in comparison.rules
    }
    return sorted(comparison.rules, key=lambda rule: math.inf if medians[rule] is None else float(medians[rule] or 0.0))


def _title(comparison: AnalogComparison, seeds: int) -> str:
    what = {
        "on-chip": "networks of op-amps learn, beside their equations",
        "fine-tune": "learned weights put onto op-amps, which learn on",
        "deploy": "learned weights put onto op-amps",
    }.get(comparison.mode, comparison.mode)
    together = f"{seeds} seeds" if seeds > 1 else "one seed"
    if seeds > 1 and comparison.learns():
        together = f"median and {spread_words(seeds)} over {together}"
    return f"{comparison.task.replace('_', ' ')}: {what}, {together}"


def _learning(comparison: AnalogComparison, title: str) -> Figure:
    sheet = _sheet(comparison, 2 * _ROW - (_ROW - _HEIGHT), title)
    times = {moment for run in comparison.runs for side in (run.ideal, run.analog) for moment in side.time}
    times |= {float(mark) for run in comparison.runs for mark in run.ideal_course.time}
    at = LogAxis.of(sorted(times), least=1e-12, most=math.inf)
    upper = [sheet.axes(0, column, 0.0, _HEIGHT) for column in range(2)]
    sheet.ylabel(
        upper[0], _losses(upper[0], comparison, at, relative_loss, "A", "loss, weights frozen, fresh data"), 0.56
    )
    if comparison.has_answers():
        sheet.ylabel(upper[1], _answers(upper[1], comparison, at), 0.56)
    else:
        sheet.ylabel(upper[1], _losses(upper[1], comparison, at, relative_online, "B", "loss while learning"), 0.56)
    for axes in upper:
        at.apply(axes, "x")
        draw_real_time(axes, at, comparison.unit)
    order = ranked(comparison)
    paths = sheet.axes(1, 0, 0.0, _HEIGHT)
    sheet.ylabel(paths, draw_paths(paths, comparison.at(order[0])[0], comparison.rules, at), 0.56)
    for axes in (*upper, paths):
        axes.set_xlabel(TIME, labelpad=2)
    shown = order if len(order) == 1 else [order[0], order[-1]]
    height = _HEIGHT if len(shown) == 1 else (_HEIGHT - 0.34) / 2
    for place, rule in enumerate(shown):
        axes = sheet.axes(1, 1, place * (_HEIGHT - height), height)
        draw_answer(
            axes, comparison.at(rule)[0], comparison.rules, "D" if place == 0 else " ", last=place == len(shown) - 1
        )
        sheet.ylabel(axes, "output", 0.56)
    return sheet.figure


def _deployed(comparison: AnalogComparison, title: str) -> Figure:
    rules = comparison.rules
    sheet = _sheet(comparison, _ROW - 0.2 + _NEXT * (len(rules) - 1) + _STRIP, title)
    panels = [_final_losses, _final_answers] if comparison.has_answers() else [_final_losses]
    wide = replace(sheet, column=2 * sheet.column + sheet.gap)
    for column, panel in enumerate(panels):
        own = sheet if len(panels) > 1 else wide
        axes = own.axes(0, column, 0.0, _HEIGHT)
        own.ylabel(axes, panel(axes, comparison), 0.56)
    for place, rule in enumerate(rules):
        axes = wide.axes(0, 0, _ROW - 0.2 + place * _NEXT, _STRIP)
        draw_answer(
            axes,
            comparison.at(rule)[0],
            comparison.rules,
            "ABC"[len(panels)] if place == 0 else " ",
            last=place == len(rules) - 1,
        )
        wide.ylabel(axes, "output", 0.56)
    return sheet.figure


def _sheet(comparison: AnalogComparison, content: float, title: str) -> Sheet:
    """An empty sheet with its legends: rules above, what lines and marks mean below."""
    groups = [(_rule_handles(comparison), 6), (_meanings(comparison), 5)]
    rows = [math.ceil(len(handles) / most) for handles, most in groups]
    sheet = new_sheet(
        Grid(across=2, width=8.4, rows=1, row=_ROW, content=content, gap=0.95),
        title,
        legend_rows=sum(rows) + comparison.learns(),
    )
    below = 0.09
    for (handles, _), count in zip(groups, rows, strict=True):
        lines, labels = [handle for _, handle in handles], [label for label, _ in handles]
        sheet.legend(lines, labels, math.ceil(len(handles) / count), below=below, handlelength=2.8, borderpad=0)
        below += 0.2 * count + 0.03
    return sheet


def _rule_handles(comparison: AnalogComparison) -> list[tuple[str, Any]]:
    rules = comparison.rules
    return [(rule, (_handle(pale(rule, rules)), _handle(marked(rule, rules)))) for rule in rules]


def _meanings(comparison: AnalogComparison) -> list[tuple[str, Any]]:
    """Labels and handles of lines and marks that all rules have."""
    ideal, analog = {**pale("", [""]), "color": "#c4c4c4"}, {**REAL_PARTS, "linewidth": 1.3, "color": _DARK}
    handles: list[tuple[str, Any]] = [(_REFERENCE, _handle(ideal)), (_CIRCUIT, _handle(analog))]
    if not comparison.learns():
        mark: dict[str, Any] = {"marker": "o", "linestyle": "none", "color": _DARK}
        handles = [
            (_REFERENCE, (_handle(ideal), _handle({**mark, "markersize": 8, "color": "#c4c4c4"}))),
            (_CIRCUIT, (_handle(analog), _handle({**mark, "markersize": 4.5}))),
        ]
    handles.append(("target", _handle(TARGET)))
    handles.append((f"threshold {number(comparison.threshold)}", _handle(LINE)))
    seeds = max(len(comparison.at(rule)) for rule in comparison.rules)
    if comparison.learns() and seeds > 1:
        handles.append((f"{spread_words(seeds)} over seeds", Patch(facecolor=_DARK, alpha=2 * _BAND)))
    if comparison.learns() and any(run.deployed is not None for run in comparison.runs):
        both = (_handle({**_DEPLOYED, "color": _DARK}), _handle({**_STAR, "color": _DARK}))
        handles.append(("deployed, not learning", both))
    runs = [side for run in comparison.runs for side in (run.ideal, run.analog)]
    above = any(HUGE < run.relative < math.inf for run in runs)
    if above or any(run.frozen_loss is None for run in runs):
        label = f"diverged or above {number(HUGE)}" if above else "diverged"
        handles.append((label, _handle({**END, "color": _DARK, "markersize": 6})))
    return handles


def _handle(line: dict[str, Any]) -> Line2D:
    return Line2D([], [], **line)


def _courses(
    comparison: AnalogComparison, of: Callable[[LearningRun], Sequence[float]], lost: float
) -> dict[tuple[Variant, str], Course]:
    """Courses by rule and side."""
    courses = {}
    for rule in comparison.rules:
        for side in SIDES:
            courses[rule, side] = course_of(comparison.side(side), rule, comparison.at(rule)[0].ideal.eta, of, lost)
    return courses


def _draw(
    axes: Axes,
    comparison: AnalogComparison,
    at: LogAxis,
    courses: dict[tuple[Variant, str], Course],
    place: Callable[[Array], Array],
) -> None:
    """Draw every rule's ideal, and its circuit over it."""
    for (rule, side), course in courses.items():
        line = pale(rule, comparison.rules) if side == "ideal" else marked(rule, comparison.rules)
        draw_course(axes, course, at, place, line, _BAND).set_label(f"{rule} {side}")


def _losses(
    axes: Axes,
    comparison: AnalogComparison,
    at: LogAxis,
    of: Callable[[LearningRun], list[float]],
    letter: str,
    heading: str,
) -> str:
    """Relative losses over time; those with frozen weights beside what they were with the weights in resistors."""
    courses = _courses(comparison, of, math.inf)
    deployed: dict[Variant, float] = {}
    if of is relative_loss:
        for rule in comparison.rules:
            known = [run.deployed / run.ideal.variance for run in comparison.at(rule) if run.deployed is not None]
            if known:
                deployed[rule] = float(np.median(known))
    values = [x for course in courses.values() for part in (course.low, course.high) for x in part]
    loss = LogAxis.of([*values, *deployed.values(), comparison.threshold])
    loss.apply(axes, "y")
    _draw(axes, comparison, at, courses, loss.place)
    for rule, value in deployed.items():
        color, height = color_of(rule, comparison.rules), float(loss.place([value])[0])
        axes.axhline(height, **_DEPLOYED, color=color)
        axes.plot(at.place([0.0]), [height], **_STAR, color=color, label=f"{rule} deployed")
    axes.axhline(comparison.threshold, **LINE)
    write_heading(axes, letter, heading, pad=17)
    return LOSS


def _answers(axes: Axes, comparison: AnalogComparison, at: LogAxis) -> str:
    """Right answers over time."""
    courses = _courses(comparison, lambda run: run.accuracy, -math.inf)
    bottom = _percent_axis(axes, comparison.answers.chance, [x for course in courses.values() for x in course.low])
    _draw(axes, comparison, at, courses, lambda x: 100 * np.maximum(x, bottom))
    write_heading(axes, "B", f"{comparison.answers.noun} right, weights frozen (dots: chance)", pad=17)
    return comparison.answers.share


def _percent_axis(axes: Axes, chance: float, fractions: Sequence[float]) -> float:
    """Let the axis reach from below chance or the lowest to just above 100 %; its lower end as a fraction."""
    lowest = min((x for x in fractions if math.isfinite(x)), default=1.0)
    bottom = max(0.0, min(chance - 0.05, lowest - 0.03))
    axes.set_ylim(100 * bottom, 103)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.axhline(100 * chance, **LINE)
    return bottom


def _final_losses(axes: Axes, comparison: AnalogComparison) -> str:
    finals = [run.relative for side in SIDES for run in comparison.side(side).runs]
    loss = LogAxis.of(
        [*(wide * final for final in finals for wide in (0.85, 1.15)), comparison.threshold]
    )  # room for marks
    loss.apply(axes, "y")
    axes.axhline(comparison.threshold, **LINE)
    _finals(axes, comparison, lambda run: float(loss.place([run.relative])[0]), loss.beyond)
    write_heading(axes, "A", "loss, fresh data, by seed")
    return LOSS


def _final_answers(axes: Axes, comparison: AnalogComparison) -> str:
    known = [run.frozen_accuracy for side in SIDES for run in comparison.side(side).runs]
    _percent_axis(axes, comparison.answers.chance, [x for x in known if x is not None])
    _finals(
        axes, comparison, lambda run: math.nan if run.frozen_accuracy is None else 100 * run.frozen_accuracy, math.inf
    )
    write_heading(axes, "B", f"{comparison.answers.noun} right, by seed (dots: chance)")
    return comparison.answers.share


def _finals(axes: Axes, comparison: AnalogComparison, of: Callable[[LearningRun], float], beyond: float) -> None:
    """Draw ideal and circuit of every seed, joined, side by side; what diverged is a cross at ``beyond``."""
    rules = comparison.rules
    axes.set_xlim(-0.6, len(rules) - 0.4)
    axes.xaxis.set_major_locator(FixedLocator(range(len(rules))))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: rules[round(x)]))
    axes.tick_params(axis="x", length=0, rotation=0 if sum(map(len, rules)) < 32 else 25)
    for index, rule in enumerate(rules):
        runs = comparison.at(rule)
        beside = np.linspace(-0.28, 0.28, len(runs)) if len(runs) > 1 else np.zeros(1)
        light, color = pale(rule, rules)["color"], color_of(rule, rules)
        for place, run in zip(index + beside, runs, strict=True):
            pair = [of(run.ideal), of(run.analog)]
            axes.plot([place, place], pair, color=color, linewidth=0.9, zorder=2)
            for value, size, face, order in zip(pair, (8.5, 4.5), (light, color), (3, 4), strict=True):
                if value >= beyond:
                    axes.plot([place], [value], color=face, markersize=6, **END)
                else:
                    mark = {"marker": mark_of(rule, rules), "markersize": size, "color": face, "zorder": order}
                    axes.plot([place], [value], **cast(Any, mark), linestyle="none")
