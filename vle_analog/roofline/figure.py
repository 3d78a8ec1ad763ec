"""Roofs of a core, and steps under them, drawn from a record of both."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from vle_analog.report.palette import BOUND, PLAIN, REAL_PARTS, REFERENCE

#: operations per byte from and to which roofs are drawn, and the least rate
_SPAN, _LEAST = (0.02, 30.0), 0.9
#: where a roof's words begin, over the axis's left end, and how far from the roof they are, relative
_WORDS, _OFF = 1.1, 0.07


def drawn(record: Mapping[str, Any], without: Collection[str] = ()) -> Figure:
    """Roofs, and numbered steps under them; a line leads from each to what its own operations and bytes allow.

    Args:
        record: ``flops``, ``bandwidth`` and ``steps`` of a machine, the latter as `Bounded.record` has them.
        without: names of steps that are left out.
    """
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.subplots()
    most = record["flops"] / 1e9
    axes.set(xlabel="floating-point operations per byte", ylabel="Gflop/s", xscale="log", yscale="log")
    axes.set(xlim=_SPAN, ylim=(_LEAST, 1.6 * most))
    _roofs(axes, {name: rate / 1e9 for name, rate in record["bandwidth"].items()}, most)
    shown = {name: step for name, step in record["steps"].items() if name not in without}
    for number, (name, step) in enumerate(shown.items(), 1):
        is_engine = name.startswith("engine")
        color, letters = (REAL_PARTS, "white") if is_engine else (REFERENCE, "black")
        x, times = step["intensity"], step["microseconds"]
        reached, allowed = (step["flops"] / times[key] / 1e3 for key in ("seconds", "attainable"))
        axes.plot([x, x], [reached, allowed], color=color, lw=1.2)
        axes.plot([x], [allowed], "_", color=color, ms=9)
        label = f"{number}  {name}: {100 * step['share']:.0f} %"
        axes.plot([x], [reached], "o", color=color, ms=9.5, label=label, zorder=3)
        axes.text(x, reached, str(number), color=letters, fontsize=7, ha="center", va="center_baseline", zorder=4)
    axes.grid(alpha=0.3)
    title = "share of what its operations and bytes allow"
    axes.legend(loc="lower right", fontsize=7, title=title, title_fontsize=7, markerscale=0.7)
    return figure


def _roofs(axes: Axes, rates: Mapping[str, float], most: float) -> None:
    """What each level of memory allows, and what arithmetic does; words stand beside lines, the wider gap's side.

    Args:
        axes: to draw on.
        rates: gigabytes per second by level, the fastest first.
        most: operations per nanosecond.
    """
    intensity = np.geomspace(*_SPAN, 200)
    known = list(rates.values())
    for place, (name, rate) in enumerate(rates.items()):
        axes.plot(intensity, np.minimum(most, rate * intensity), color=BOUND, lw=0.8)
        above = known[place - 1] / rate if place else math.inf
        below = rate / known[place + 1] if place + 1 < len(known) else math.inf
        is_above = above >= below
        x = _WORDS * _SPAN[0] * (1.0 if is_above else 1.2)
        axes.text(
            x,
            rate * x * (1 + _OFF if is_above else 1 - _OFF),
            f"{name}, {rate:.0f} GB/s",
            fontsize=7,
            color=PLAIN,
            rotation=math.degrees(math.atan(rate)),
            transform_rotates_text=True,
            rotation_mode="anchor",
            va="bottom" if is_above else "top",
        )
    axes.text(4, most * 1.06, f"{most:.0f} Gflop/s", fontsize=7, color=PLAIN)
