"""Learning rules side by side: one figure per task.

Colours tell the rules apart and are the same in every figure; lines are medians over seeds, bands and bars reach over
the middle half of the seeds, or over all where they are few. Zero, which a logarithmic axis has no place for, has one
of its own at the lower edge; what diverged lies at the upper edge.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

from vle_analog.errors import UsageError
from vle_analog.learning.variant import Variant
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.report.log_axis import HUGE, LogAxis
from vle_analog.report.numbers import number
from vle_analog.report.sheet import Grid, new_sheet, style
from vle_analog.studies.learn.ideal.result import RuleComparison
from vle_analog.studies.learn.rules import (
    BAND,
    END,
    LINE,
    LOSS,
    Course,
    color_of,
    course_of,
    draw_course,
    look,
    mark_of,
    relative_loss,
    relative_online,
    spread,
    spread_words,
    time_axis,
    write_heading,
)

_ONLINE: dict[str, Any] = {"linewidth": 0.8, "linestyle": (0, (3, 2))}
_OTHER_LAYERS: dict[str, Any] = {"linewidth": 0.7, "alpha": 0.65}


def figure(comparison: RuleComparison, *, title: str | None = None) -> Figure:
    """How every rule learns at its best rate, and what the rates make of it.

    Panels: the loss with frozen weights over learning time, beside the loss with plasticity on; the fraction of right
    answers, if the task has any; the alignment with the exact gradient, if it is known; the angle of own feedback
    weights, if there are any; the final loss by rate.

    Args:
        comparison: with any number of rules, rates and seeds.
        title: over the figure; by default the task and how many seeds there are.

    Raises:
        UsageError: there are no runs.
    """
    if not comparison.runs:
        raise UsageError("no runs to draw")
    best = comparison.best()
    aligned = any(comparison.layers(rule, eta) for rule, eta in best.items())
    fed = any(comparison.feedback_layers(rule, eta) for rule, eta in best.items())
    panels: list[Callable[[Axes, RuleComparison, str], str]] = [
        _losses,
        *([_answers] if comparison.has_answers() else []),
        *([_alignments] if aligned else []),
        *([_feedbacks] if fed else []),
        _rates,
    ]
    most = max(len(comparison.at(rule, eta)) for rule, eta in best.items())
    if title is None:
        seeds = f"median and {spread_words(most)} over {most} seeds" if most > 1 else "one seed"
        title = f"{comparison.task.replace('_', ' ')}: each rule at its best rate, {seeds}"
    with style():
        names, meanings = _rule_handles(comparison), _meanings(comparison, most)
        across = math.ceil(len(names) / math.ceil(len(names) / 6))
        above = math.ceil(len(names) / across)
        rows = (len(panels) + 1) // 2
        sheet = new_sheet(
            Grid(across=2, width=8.4, rows=rows, row=3.12, content=2.33, gap=0.95), title, legend_rows=above + 1
        )
        sheet.legend([handle for _, handle in names], [label for label, _ in names], across)
        handles, labels = [handle for _, handle in meanings], [label for label, _ in meanings]
        sheet.legend(handles, labels, len(meanings), below=0.09 + 0.2 * above, borderpad=0)
        wide = replace(sheet, column=2 * sheet.column + sheet.gap)
        for place, (panel, letter) in enumerate(zip(panels, "ABCDE", strict=False)):
            if len(panels) % 2:  # the first one takes the first row
                own, row, column = (wide, 0, 0) if place == 0 else (sheet, (place + 1) // 2, (place - 1) % 2)
            else:
                own, row, column = sheet, place // 2, place % 2
            axes = own.axes(row, column, 0.0, 2.33)
            label = panel(axes, comparison, letter)
            own.ylabel(axes, label, 0.56)
    return sheet.figure


def _losses(axes: Axes, comparison: RuleComparison, letter: str) -> str:
    """Over time, with frozen weights and, dashed, with plasticity on."""
    best = comparison.best()
    frozen = {rule: course_of(comparison, rule, eta, relative_loss, math.inf) for rule, eta in best.items()}
    online = {rule: course_of(comparison, rule, eta, relative_online, math.inf) for rule, eta in best.items()}
    values = [x for course in frozen.values() for part in (course.low, course.high) for x in part]
    values += [x for course in online.values() for x in course.median]
    loss = LogAxis.of([*values, comparison.threshold])
    loss.apply(axes, "y")
    time = time_axis(axes, frozen.values())
    for rule in best:
        line = look(rule, comparison.rules)
        seen = np.isfinite(online[rule].median)
        drawn = draw_course(axes, frozen[rule], time, loss.place, line, _band(best))
        drawn.set_label(rule)
        thin = {**_ONLINE, "color": color_of(rule, comparison.rules)}
        axes.plot(time.place(online[rule].time[seen]), loss.place(online[rule].median[seen]), **thin, zorder=4)
    axes.axhline(comparison.threshold, **LINE)
    write_heading(axes, letter, "loss with frozen weights, fresh data")
    return LOSS


def _band(rules: Collection[Any]) -> float:
    """How opaque bands are: paler where many lie upon each other."""
    return BAND * min(1.0, 3 / len(rules))


def _answers(axes: Axes, comparison: RuleComparison, letter: str) -> str:
    """Right answers over time."""
    best = comparison.best()
    courses = {
        rule: course_of(comparison, rule, eta, lambda run: run.accuracy, -math.inf) for rule, eta in best.items()
    }
    time = time_axis(axes, courses.values())
    lowest = min((x for course in courses.values() for x in course.low if math.isfinite(x)), default=1.0)
    bottom = max(0.0, min(comparison.answers.chance - 0.05, lowest - 0.03))
    for rule, course in courses.items():
        line = look(rule, comparison.rules)
        drawn = draw_course(axes, course, time, lambda x: 100 * np.maximum(x, bottom), line, _band(best))
        drawn.set_label(rule)
    axes.axhline(100 * comparison.answers.chance, **LINE)
    axes.set_ylim(100 * bottom, 102)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    write_heading(axes, letter, f"{comparison.answers.noun} right, frozen weights (dots: chance)")
    return comparison.answers.share


def _by_layer(axes: Axes, comparison: RuleComparison, known: Mapping[tuple[Variant, int], Course]) -> None:
    """Courses by rule and layer: the lowest layer's with its band, the others' thin."""
    time = time_axis(axes, known.values())
    for (rule, place), course in known.items():
        line = look(rule, comparison.rules)
        if place == 0:
            draw_course(axes, course, time, np.asarray, line, _band(comparison.rules)).set_label(rule)
        else:
            axes.plot(time.place(course.time), course.median, **{**line, **_OTHER_LAYERS})


def _alignments(axes: Axes, comparison: RuleComparison, letter: str) -> str:
    """Cosine with the exact gradient over time; the bottom layer's with its band, the others' thin."""
    best = comparison.best()
    known = {
        (rule, place): course_of(comparison, rule, eta, partial(LearningRun.aligned, layer=layer), None)
        for rule, eta in best.items()
        for place, layer in enumerate(comparison.layers(rule, eta))
    }
    _by_layer(axes, comparison, known)
    lowest = min((x for course in known.values() for x in course.low), default=0.0)
    axes.set_ylim(max(-1.05, min(-0.1, lowest - 0.05)), 1.05)
    axes.axhline(0, **LINE)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    others = any(place for _, place in known)
    write_heading(axes, letter, "alignment of the bottom layer" + (" (thin: others)" if others else ""))
    return "cosine with exact gradient"


def _feedbacks(axes: Axes, comparison: RuleComparison, letter: str) -> str:
    """Angle between own feedback weights and forward weights over time; the lowest layer's with its band."""
    known = {
        (rule, place): course_of(comparison, rule, eta, partial(LearningRun.feedback_angles, layer=layer), None)
        for rule, eta in comparison.best().items()
        for place, layer in enumerate(comparison.feedback_layers(rule, eta))
    }
    _by_layer(axes, comparison, known)
    axes.set_ylim(0, max(95.0, *(5 + max(course.high, default=0.0) for course in known.values())))
    axes.axhline(90, **LINE)
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 3, 10]))
    others = any(place for _, place in known)
    write_heading(axes, letter, "angle of feedback weights" + (" (thin: upper)" if others else ""))
    return "angle (degrees)"


def _rates(axes: Axes, comparison: RuleComparison, letter: str) -> str:
    """Final losses by rate, or by rule where there is only one rate."""
    rules, best = comparison.rules, comparison.best()
    etas = sorted({run.eta for run in comparison.runs})
    finals = [run.relative for run in comparison.runs]
    loss = LogAxis.of([*finals, comparison.threshold])
    loss.apply(axes, "y")
    single = len(etas) == 1
    if single:
        axes.set_xlim(-0.6, len(rules) - 0.4)
        axes.xaxis.set_major_locator(FixedLocator(range(len(rules))))
        words = [f"{rule.rule}\n+ eligibility" if rule.eligibility else str(rule) for rule in rules]
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: words[round(x)]))
        width = sum(len(max(each.split("\n"), key=len)) for each in words)
        axes.tick_params(axis="x", length=0, rotation=0 if width < 36 else 25)
    else:
        _rate_axis(axes, etas, len(rules))
    for index, rule in enumerate(rules):
        color = color_of(rule, rules)
        mark: dict[str, Any] = {"marker": mark_of(rule, rules), "color": color, "linestyle": "none", "zorder": 4}
        line: list[tuple[float, float]] = []
        for eta in sorted(comparison.etas(rule)):
            finals = [run.relative for run in comparison.at(rule, eta)]
            values = loss.place(finals)
            at = float(index) if single else eta * _aside(index, len(rules), etas)
            median = float(np.median(finals))
            if single:
                beside = np.linspace(-0.2, 0.2, len(values)) if len(values) > 1 else np.zeros(1)
                finite = values < loss.beyond
                axes.plot(at + beside[finite], values[finite], **mark, markersize=5.5, alpha=0.75)
                axes.plot(at + beside[~finite], values[~finite], color=color, markersize=5, **END)
                if len(values) > 1 and median <= HUGE:
                    axes.plot([at - 0.32, at + 0.32], loss.place([median, median]), color=color, linewidth=2)
                continue
            axes.plot([at, at], spread(values.tolist()), color=color, linewidth=1.0, zorder=3)
            if max(finals) > HUGE:
                axes.plot([at], [loss.beyond], color=color, markersize=6 if median > HUGE else 4, **END)
            if median <= HUGE:
                line.append((at, float(loss.place([median])[0])))
                best_one = eta == best[rule]
                face = color if best_one else "white"
                axes.plot(*line[-1], **mark, markersize=7.5 if best_one else 4.5, markerfacecolor=face)
        if not single:
            axes.plot(*np.reshape(line, (-1, 2)).T, color=color, linewidth=0.8, alpha=0.6, label=rule, zorder=2)
    axes.axhline(comparison.threshold, **LINE)
    heading = f"final loss at rate {etas[0]:g} (bar: median)" if single else "final loss by rate (large: best)"
    write_heading(axes, letter, heading)
    axes.set_xlabel("rule" if single else "rate η", labelpad=2)
    return LOSS


def _aside(index: int, rules: int, etas: Sequence[float]) -> float:
    """What a rate is multiplied by to be drawn: rules stand beside each other, and apart from the next rate's."""
    closest = min(math.log(high / low) for low, high in pairwise(etas))
    step = min(0.035 * math.log(etas[-1] / etas[0]), 0.7 * closest / rules)
    return math.exp(step * (index - (rules - 1) / 2))


def _rate_axis(axes: Axes, etas: Sequence[float], rules: int) -> None:
    """Logarithmic, a tick at every rate and a label wherever it finds room."""
    edge = (etas[-1] / etas[0]) ** 0.06
    axes.set_xscale("log")
    axes.set_xlim(etas[0] * _aside(0, rules, etas) / edge, etas[-1] * _aside(rules - 1, rules, etas) * edge)
    labelled = [etas[0]]
    for eta in etas[1:]:
        if math.log(eta / labelled[-1]) > 0.11 * math.log(etas[-1] / etas[0]):
            labelled.append(eta)
    axes.xaxis.set_major_locator(FixedLocator(labelled))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.xaxis.set_minor_locator(FixedLocator(list(etas)))
    axes.xaxis.set_minor_formatter(NullFormatter())


def _rule_handles(comparison: RuleComparison) -> list[tuple[str, Any]]:
    handles = []
    for rule in comparison.rules:
        line, edge = look(rule, comparison.rules), color_of(rule, comparison.rules)
        mark: dict[str, Any] = {
            "marker": mark_of(rule, comparison.rules),
            "markersize": 5,
            "markerfacecolor": "white",
            "markeredgecolor": edge,
        }
        handles.append(("exact adjoint" if rule == "adjoint" else rule, Line2D([], [], **line, **mark)))
    return handles


def _meanings(comparison: RuleComparison, seeds: int) -> list[tuple[str, Any]]:
    """Labels and handles of lines and marks that all rules have."""
    dark = "#444444"
    handles: list[tuple[str, Any]] = []
    if any(len(run.online) for run in comparison.runs):
        handles.append(("loss with plasticity on", Line2D([], [], **{**_ONLINE, "color": dark, "linewidth": 1.0})))
    if seeds > 1:
        handles.append((spread_words(seeds), Patch(facecolor=dark, alpha=BAND)))
    handles.append((f"threshold {number(comparison.threshold)}", Line2D([], [], **LINE)))
    above = any(HUGE < run.relative < math.inf for run in comparison.runs)
    if above or any(run.diverged is not None for run in comparison.runs):
        label = f"diverged or above {number(HUGE)}" if above else "diverged"
        handles.append((label, Line2D([], [], color=dark, markersize=6, **END)))
    return handles
