"""How circuits and their simulation grow with width: figure and table."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import IDEAL, new_sheet, number, style
from vle_analog.studies.scaling.result import GROWING, INFERENCE, LEARNER, Growth, ScalingStudy, SizeRun

_LOOK: dict[str, dict[str, Any]] = {
    LEARNER: {"color": "#c04a00", "marker": "o", "markersize": 4.5, "linewidth": 1.3},
    INFERENCE: {"color": "#003a70", "marker": "s", "markersize": 4.5, "linewidth": 1.3},
}
_ADDED: dict[str, Any] = {"linestyle": (0, (4, 1.6)), "markerfacecolor": "white"}
_WALL: dict[str, Any] = {"linewidth": 1.0, "linestyle": ":", "zorder": 1}
_HARDWARE: dict[str, Any] = {**IDEAL, "linewidth": 4.0}
#: from the edge of one panel to that of the one below, and a panel's height, inches
_ROW, _HEIGHT = 2.35, 1.75


def figure(study: ScalingStudy) -> Figure:
    """Six panels over the width: what the circuit takes, what its simulation takes, and the circuit's own time."""
    with style():
        sheet = new_sheet(
            2,
            8.0,
            3,
            _ROW,
            _HEIGHT + 0.25,
            "1-N-N-1 networks as circuits: parts, simulation, real time",
            legend_rows=1 + bool(study.walls),
            gap=1.0,
        )
        panels: list[tuple[str, str, tuple[Callable[[SizeRun], float], ...]]] = [
            ("op-amps", "opamps", (lambda run: run.opamps,)),
            ("elements (dashed: fill-in)", "nonzeros", (lambda run: run.nonzeros, lambda run: run.fill_in)),
            ("ngspice, μs per point", "per_point", (lambda run: 1e6 * run.per_point,)),
            ("ngspice, s per model unit", "per_unit", (lambda run: run.per_unit,)),
            ("ngspice, memory (MB)", "megabytes", (lambda run: run.megabytes,)),
            ("factor, solve (% of time)", "", (lambda run: 100 * (run.factor + run.solve),)),
        ]
        for place, (label, name, readings) in enumerate(panels):
            axes = sheet.axes(place // 2, place % 2, 0.25, _HEIGHT)
            shown: list[float] = []
            for network in study.networks:
                runs = study.of(network)
                for reading, look in zip(readings, ({}, _ADDED), strict=False):
                    values = [reading(run) for run in runs]
                    axes.plot([run.width for run in runs], values, **{**_LOOK[network], **look}, zorder=3)
                    shown += values
            if name == "per_unit":
                units = {run.unit for run in study.runs}
                for unit in sorted(units):
                    axes.axhline(unit, **_HARDWARE, zorder=1)
                shown += units
            if place < 5:
                LogAxis.of(shown, most=math.inf).apply(axes, "y")
            else:
                axes.set_ylim(0, max(100.0 if not shown else 1.15 * max(shown), 10.0))
            _widths(axes, study)
            sheet.ylabel(axes, label, 0.62)
            if name:
                axes.set_title(_note(study, name), fontsize=8.5, color="#333333", loc="left", pad=3)
        sheet.xlabel("neurons in each hidden layer, N")
        handles = [Line2D([], [], **_LOOK[network]) for network in study.networks]
        labels = [_called(study, network) for network in study.networks]
        handles.append(Line2D([], [], **_HARDWARE))
        labels.append("the circuit itself")
        if study.walls:
            handles.append(Line2D([], [], color="#333333", **_WALL))
            labels.append("could not be simulated")
        sheet.legend(handles, labels, columns=2 if study.walls else 3)
    return sheet.figure


def _called(study: ScalingStudy, network: str) -> str:
    return f"learner ({study.rule}, on chip)" if network == LEARNER else "inference (weights in resistors)"


def _note(study: ScalingStudy, name: str) -> str:
    """The power laws, the learner's first: fitted, and between the two largest widths."""
    found = [growth for network in study.networks if (growth := study.growth(network, name))]
    if not found:
        return ""
    fitted, last = (", ".join(f"N^{law:.2f}" for law in laws) for laws in zip(*map(_laws, found), strict=True))
    return f"fit {fitted}; at the end {last}"


def _laws(growth: Growth) -> tuple[float, float]:
    return growth.exponent, growth.last


def _widths(axes: Axes, study: ScalingStudy) -> None:
    """Ticks at the study's widths."""
    widths = sorted({run.width for run in study.runs} | {wall.width for wall in study.walls})
    for wall in study.walls:
        axes.axvline(wall.width, color=_LOOK[wall.network]["color"], **_WALL)
    axes.set_xscale("log")
    axes.set_xlim(widths[0] / 1.25, widths[-1] * 1.25)
    shown = [w for n, w in enumerate(widths) if n == 0 or w >= 1.3 * widths[n - 1]]
    axes.xaxis.set_major_locator(FixedLocator(shown))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())


def table(study: ScalingStudy) -> list[list[str]]:
    """Rows of text, the first of them the header: one per network and width."""
    header = ["network", "N", "weights", "op-amps", "multipliers", "equations", "elements", "fill-in"]
    header += ["Newton steps per point", "μs per point", "s per model unit", "times slower than the circuit", "MB"]
    rows = [header]
    for network in study.networks:
        for run in study.of(network):
            counts = [
                run.weights,
                run.opamps,
                run.parts.get("multipliers", 0),
                run.equations,
                run.nonzeros,
                run.fill_in,
            ]
            cells = [network, str(run.width), *map(str, counts), f"{run.iterations / run.points:.2f}"]
            cells += [number(1e6 * run.per_point, 3), number(run.per_unit, 3), number(run.slower, 3)]
            rows.append([*cells, f"{run.megabytes:.0f}"])
    return rows


def sentences(study: ScalingStudy) -> list[str]:
    """What the table comes to, one sentence each."""
    said = []
    for network in study.networks:
        laws = [f"{title} N^{_law(g)}" for name, title in GROWING.items() if (g := study.growth(network, name))]
        if laws:
            said.append(f"{network}: {', '.join(laws)} (fit over all widths; between the two largest alone)")
        last = study.of(network)[-1]
        units = 100_000
        said.append(
            f"{network}, N = {last.width}: {units:,} model units take the circuit {_duration(units * last.unit)} and "
            f"ngspice {_duration(units * last.per_unit)}"
        )
    said += [f"{wall.network}: the wall is at N = {wall.width}: {wall.reason}" for wall in study.walls]
    return said


def _law(growth: Growth) -> str:
    error = "" if growth.error is None else f" ± {growth.error:.2f}"
    return f"{growth.exponent:.2f}{error} ({growth.last:.2f})"


def _duration(seconds: float) -> str:
    for size, name in ((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {name}"
    return f"{seconds:.3g} s"


def markdown(study: ScalingStudy) -> str:
    """Table and sentences as Markdown."""
    header, *rows = table(study)
    lines = ["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows)]
    return "\n".join([*lines, "", *(f"- {each}" for each in sentences(study))]) + "\n"
