"""Gain and phase of all rules' error paths over frequency."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MultipleLocator, NullFormatter

from vle_analog.learning.action import EXACT
from vle_analog.learning.colors import rule_color
from vle_analog.report.sheet import Grid, new_sheet, style
from vle_analog.studies.frequency.result import FrequencyResponses

_WIDTHS = {EXACT: {"linewidth": 5.0, "alpha": 0.4, "solid_capstyle": "round"}}
#: vle1 and vle2 lie upon others
_DASHES = {"vle1": ":", "vle2": (0, (5, 1.8))}
_SHAPES = {EXACT: "o", "bp": "s", "gle": "D", "vle1": "v", "vle2": "^", "vle3": "o"}
#: marks of rules that have none of their own, in turn
_OTHERS = "PX<>p"
_SINE: dict[str, Any] = {"color": "#d4d4d4", "linewidth": 1.0, "zorder": 0}


def _look(rule: str, rules: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A rule's line, and its marks; a rule without a mark of its own gets one by its place among such ``rules``."""
    color = rule_color(rule, rules)
    others = [each for each in rules if each not in _SHAPES]
    shape = _SHAPES[rule] if rule in _SHAPES else _OTHERS[others.index(rule) % len(_OTHERS)]
    line = {"color": color, "linestyle": _DASHES.get(rule, "-"), **_WIDTHS.get(rule, {"linewidth": 1.3})}
    return line, {"marker": shape, "markersize": 4, "markerfacecolor": "white", "markeredgecolor": color}


def figure(responses: FrequencyResponses) -> Figure:
    """Gain above, phase below, over frequency; lines are formulas, marks are measured, grey lines p's sines."""
    with style():
        title = f"Error path e/p against the exact adjoint (τm = {responses.tau_m:g}, τr = {responses.tau_r:g})"
        sheet = new_sheet(Grid(across=1, width=6.4, rows=2, row=2.8, content=2.45), title, legend_rows=2)
        gain = sheet.axes(0, 0, 0.1, 2.35)
        phase = sheet.axes(1, 0, 0.1, 2.35, sharex=gain)
        handles: list[Any] = []
        for rule, values in responses.symbolic.items():
            look, mark = _look(rule, list(responses.symbolic))
            for axes, part in ((gain, np.abs), (phase, lambda h: np.angle(h, deg=True))):
                axes.plot(responses.frequencies, part(values), **look)
                axes.plot(responses.points, part(responses.measured[rule]), **mark, linestyle="none", zorder=4)
            handles.append(Line2D([], [], **look, **mark))
        for axes in (gain, phase):
            for line in responses.spectrum:
                axes.axvline(line, **_SINE)
            axes.set_xscale("log")
        gain.set_yscale("log")
        gain.set_xlim(responses.frequencies[0] / 1.1, responses.frequencies[-1] * 1.1)
        gain.tick_params(labelbottom=False)
        # at least so much of each axis: small differences are not magnified until they look large
        low, high = gain.get_ylim()
        gain.set_ylim(min(low, 0.45), max(high, 2.2))
        if high < 30 * low:
            gain.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        low, high = phase.get_ylim()
        low, high = phase.set_ylim(min(low, (low + high) / 2 - 8), max(high, (low + high) / 2 + 8))
        for axis in (gain.yaxis, phase.xaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axis.set_minor_formatter(NullFormatter())
        phase.yaxis.set_major_locator(MultipleLocator(next((s for s in (5, 15, 30, 45) if high - low < 8 * s), 90)))
        # above the panels: no curve passes there, whatever the time constants
        note: dict[str, Any] = {"fontsize": 8.5, "color": "#333333", "loc": "left", "pad": 3}
        gain.set_title("gle: the exact gain times (1 + ω²τm²)/(1 + ω²τr²); vle: nearer to it where p has power", **note)
        phase.set_title("gle and vle1: the exact phase; bp: none", **note)
        sheet.ylabel(gain, "gain |e/p|")
        sheet.ylabel(phase, "phase of e/p (degrees)")
        sheet.xlabel("frequency (rad per model unit)")
        handles += [Line2D([], [], **{**_look("bp", ())[1], "marker": "o"}, linestyle="none"), Line2D([], [], **_SINE)]
        labels = [rule if rule != EXACT else "exact adjoint" for rule in responses.symbolic]
        sheet.legend(handles, [*labels, "marks: measured", "sines learned on"])
    return sheet.figure
