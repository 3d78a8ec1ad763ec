"""How circuits and their simulation grow with width, six panels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from vle_analog.report import palette
from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import Grid, Sheet, new_sheet, style, typeset
from vle_analog.studies.scaling.result import INFERENCE, LEARNER, Growth, Scaling, SizeRun

_LOOK: dict[str, dict[str, Any]] = {
    LEARNER: {"color": "#8e5ea2", "marker": "o", "markersize": 4.5, "linewidth": 1.3},
    INFERENCE: {"color": "#4d9078", "marker": "s", "markersize": 4.5, "linewidth": 1.3},
}
_ADDED: dict[str, Any] = {"linestyle": (0, (4, 1.6)), "markerfacecolor": "white"}
_LIMIT: dict[str, Any] = {"linewidth": 1.0, "linestyle": ":", "zorder": 1}
_HARDWARE: dict[str, Any] = {"color": palette.BAND, "linewidth": 4.0}
#: from the edge of one panel to that of the one below, and a panel's height, inches
_ROW, _HEIGHT = 2.35, 1.75


@dataclass(frozen=True)
class _Panel:
    """What one panel shows.

    Attributes:
        label: of its axis.
        name: among `GROWING`, of what the power laws over it are fitted to; none where empty.
        readings: of a run; the second one is dashed.
        percent: whether its axis is linear, of percentages.
    """

    label: str
    name: str
    readings: tuple[Callable[[SizeRun], float], ...]
    percent: bool = False


_PANELS = (
    _Panel("op-amps", "opamps", (lambda run: run.opamps,)),
    _Panel("matrix entries (dashed: fill-in)", "nonzeros", (lambda run: run.nonzeros, lambda run: run.fill_in)),
    _Panel("ngspice, μs per point", "per_point", (lambda run: 1e6 * run.per_point,)),
    _Panel("ngspice, s per model unit", "per_unit", (lambda run: run.per_unit,)),
    _Panel("ngspice, memory (MB)", "megabytes", (lambda run: run.megabytes,)),
    _Panel("factor, solve (% of time)", "", (lambda run: 100 * (run.factor + run.solve),), percent=True),
)


def figure(scaling: Scaling) -> Figure:
    """What the circuit takes, what its simulation takes, and the circuit's own time, over the width."""
    with style():
        sheet = new_sheet(
            Grid(across=2, width=8.0, rows=3, row=_ROW, content=_HEIGHT + 0.25, gap=1.0),
            scaling.title,
            legend_rows=1 + bool(scaling.limits),
        )
        for place, panel in enumerate(_PANELS):
            axes = sheet.axes(place // 2, place % 2, 0.25, _HEIGHT)
            _draw(axes, scaling, panel)
            sheet.ylabel(axes, panel.label, 0.62)
        sheet.xlabel("neurons in each hidden layer, N")
        _legend(sheet, scaling)
    return sheet.figure


def _draw(axes: Axes, scaling: Scaling, panel: _Panel) -> None:
    """One panel: a line for each network and reading, and the circuit's own time where that is the unit."""
    shown: list[float] = []
    for network in scaling.networks:
        runs = scaling.of(network)
        for reading, look in zip(panel.readings, ({}, _ADDED), strict=False):
            values = [reading(run) for run in runs]
            axes.plot([run.width for run in runs], values, **{**_LOOK[network], **look}, zorder=3)
            shown += values
    if panel.name == "per_unit":
        units = sorted({run.unit for run in scaling.runs})
        for unit in units:
            axes.axhline(unit, **_HARDWARE, zorder=1)
        shown += units
    if panel.percent:
        axes.set_ylim(0, max(100.0 if not shown else 1.15 * max(shown), 10.0))
    else:
        LogAxis.of(shown, most=math.inf).apply(axes, "y")
    _draw_widths(axes, scaling)
    if panel.name:
        axes.set_title(_note(scaling, panel.name), fontsize=8.5, color="#333333", loc="left", pad=3)


def _legend(sheet: Sheet, scaling: Scaling) -> None:
    called = {LEARNER: f"learner ({scaling.rule}, on chip)", INFERENCE: "inference (weights in resistors)"}
    handles = [Line2D([], [], **_LOOK[network]) for network in scaling.networks]
    labels = [called[network] for network in scaling.networks]
    handles.append(Line2D([], [], **_HARDWARE))
    labels.append("the circuit itself")
    if scaling.limits:
        handles.append(Line2D([], [], color="#333333", **_LIMIT))
        labels.append("could not be simulated")
    sheet.legend(handles, labels, columns=2 if scaling.limits else 3)


def _note(scaling: Scaling, name: str) -> str:
    """The power laws, the learner's first: fitted, and between the two largest widths."""
    growths = [growth for network in scaling.networks if (growth := scaling.growth(network, name))]
    if not growths:
        return ""
    fitted, last = (", ".join(f"N^{law:.2f}" for law in laws) for laws in zip(*map(_laws, growths), strict=True))
    return typeset(f"fit {fitted}; at the end {last}")


def _laws(growth: Growth) -> tuple[float, float]:
    return growth.exponent, growth.last


def _draw_widths(axes: Axes, scaling: Scaling) -> None:
    """Ticks at all widths, and lines at those that could not be simulated."""
    widths = sorted({run.width for run in scaling.runs} | {limit.width for limit in scaling.limits})
    for limit in scaling.limits:
        axes.axvline(limit.width, color=_LOOK[limit.network]["color"], **_LIMIT)
    axes.set_xscale("log")
    axes.set_xlim(widths[0] / 1.25, widths[-1] * 1.25)
    shown = [width for place, width in enumerate(widths) if place == 0 or width >= 1.3 * widths[place - 1]]
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
