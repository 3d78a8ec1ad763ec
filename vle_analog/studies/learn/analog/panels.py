"""Panels of networks of op-amps beside their ideal: lines, the circuit's own time, paths of weights, and answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from vle_analog.learning.learned import Kind
from vle_analog.lesson.chip_run import ChipRun
from vle_analog.report.log_axis import LogAxis
from vle_analog.report.numbers import MINUS, number
from vle_analog.report.sheet import REAL_PARTS, REFERENCE, TEACHER, tidy, typeset
from vle_analog.studies.learn.rules import color_of, mark_of, write_heading
from vle_analog.units import engineering
from vle_analog.waveforms import Array

SIDES = ("ideal", "analog")
TARGET: dict[str, Any] = {**TEACHER, "linewidth": 1.1, "zorder": 5}
#: learned values whose paths are drawn
_PATHS = 5
#: what counts as weights, in the words of a run
_WEIGHTS = {each.value for each in Kind if each.is_weight}


def pale(rule: str, rules: Sequence[str]) -> dict[str, Any]:
    """The line of a rule's ideal."""
    red, green, blue = (0.42 * part + 0.58 for part in to_rgb(color_of(rule, rules)))
    return {**REFERENCE, "linewidth": 4.2, "color": to_hex((red, green, blue)), "zorder": 2}


def dashed(rule: str, rules: Sequence[str]) -> dict[str, Any]:
    """The line of a rule's circuit."""
    return {**REAL_PARTS, "linewidth": 1.3, "color": color_of(rule, rules), "zorder": 4}


def marked(rule: str, rules: Sequence[str]) -> dict[str, Any]:
    """The same with the rule's mark where it was judged."""
    return {**dashed(rule, rules), "marker": mark_of(rule, rules), "markersize": 4.5}


def draw_real_time(axes: Axes, at: LogAxis, unit: float) -> None:
    """The circuit's own time along the upper edge: the end, and the decades that find room before it."""
    low, high = (math.log10(limit * unit) for limit in axes.get_xlim())
    places: list[float] = []
    for power in (math.log10(at.high * unit), *range(math.floor(high), math.ceil(low) - 1, -1)):
        clear = not places or (math.log10(places[-1] * unit) - power) / (high - low) > 0.15
        if clear and (power - low) / (high - low) > 0.3:
            places.append(10**power / unit)
    upper = axes.secondary_xaxis("top")
    upper.xaxis.set_major_locator(FixedLocator(places))
    upper.xaxis.set_minor_locator(FixedLocator([]))
    upper.xaxis.set_major_formatter(FuncFormatter(lambda x, _: _seconds(x * unit)))
    upper.tick_params(labelsize=8, labelcolor="#666666", color="#999999", length=3, pad=1.5)
    upper.spines["top"].set_visible(False)
    axes.annotate(
        "circuit's time",
        (0, 1),
        (0, 4.5),
        xycoords="axes fraction",
        textcoords="offset points",
        va="bottom",
        fontsize=8,
        color="#666666",
    )


def _seconds(time: float) -> str:
    return (
        f"{time:.3g} s"
        if 0.999 < time < 999.9
        else f"{time:.0f} s"
        if time >= 999.9
        else typeset(engineering(time, "s"))
    )


def draw_paths(axes: Axes, run: ChipRun, rules: Sequence[str], at: LogAxis) -> str:
    """What moved most in a run; counted from the start where starts lie far apart."""
    rule = run.ideal.rule
    courses = {"ideal": run.ideal_course, "analog": run.analog_course}
    known = run.ideal_course.learned
    travel = {name: max(_travel(course.learned[name]) for course in courses.values()) for name in known}
    names = sorted(known, key=lambda name: -travel[name])[:_PATHS]
    starts = [float(known[name][0]) for name in names]
    counted = bool(names) and max(travel[name] for name in names) < 0.3 * (max(starts) - min(starts))
    drawn: dict[str, list[Array]] = {side: [] for side in SIDES}
    for name, start in zip(names, starts, strict=True):
        for side, course in courses.items():
            values = course.learned[name] - (start if counted else 0.0)
            line = pale(rule, rules) if side == "ideal" else dashed(rule, rules)
            axes.plot(at.place(course.time), values, **line, label=f"{name} {side}")
            drawn[side].append(values)
    at.apply(axes, "x")
    _fit(axes, drawn["ideal"], drawn["analog"], 50)
    kind = "weights" if all(run.kinds.get(name) in _WEIGHTS for name in known) else "values"
    count = f"{len(names)} of {len(known)} {kind}" if len(names) < len(known) else kind
    write_heading(axes, "C", f"what {rule} learns: {count}, seed {run.ideal.seed}")
    label = "weight" if kind == "weights" else "learned value"
    return label + (f" {MINUS} start" if counted else "") + tidy(axes, "y", 5)


def _travel(path: Array) -> float:
    """How far a path leads away from its start."""
    finite = path[np.isfinite(path)]
    return float(np.max(np.abs(finite - finite[0]))) if finite.size else 0.0


def _fit(axes: Axes, shown: Sequence[Array], others: Sequence[Array], reach: float = 1) -> None:
    """Limits that hold all of ``shown``, and of ``others`` what is at most ``reach`` times its range away."""
    inside, far = (
        np.concatenate([np.zeros(0), *(path[np.isfinite(path)] for path in paths)]) for paths in (shown, others)
    )
    low, high = (float(inside.min()), float(inside.max())) if inside.size else (-1.0, 1.0)
    span = high - low or max(1e-6, 0.1 * abs(high))
    inside = np.append(np.clip(far, low - reach * span, high + reach * span), [low, high])
    low, high = float(inside.min()), float(inside.max())
    edge = 0.08 * (high - low) or span
    axes.set_ylim(low - edge, high + edge)


def draw_answer(axes: Axes, run: ChipRun, rules: Sequence[str], letter: str, last: bool) -> None:
    """The end of a run's last exam: what was asked for, and what both networks say."""
    rule, excerpt = run.ideal.variant, run.excerpt
    time, target, ideal, analog = (np.asarray(getattr(excerpt, name), float) for name in ("time", "target", *SIDES))
    axes.plot(time, target, **TARGET, label="target")
    axes.plot(time, ideal, **{**pale(rule, rules), "linewidth": 3.4}, label="ideal")
    axes.plot(time, analog, **dashed(rule, rules), label="analog")
    _fit(axes, [target, ideal], [analog])
    axes.set_xlim(time[0], time[-1])
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    axes.tick_params(labelbottom=last)
    if last:
        axes.set_xlabel("time in the last exam (model units)", labelpad=2)
    write_heading(axes, letter, f"{rule} answers: {_verdict(run)}")


def _verdict(run: ChipRun) -> str:
    ideal, analog = run.ideal.frozen_accuracy, run.analog.frozen_accuracy
    if ideal is not None and analog is not None:
        return f"{100 * analog:.1f} % right (reference {100 * ideal:.1f} %)"
    losses = [number(x) if math.isfinite(x) else "diverged" for x in (run.analog.relative, run.ideal.relative)]
    return f"loss {losses[0]} (reference {losses[1]})"
