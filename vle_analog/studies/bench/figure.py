"""A part's curves as measured."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from vle_analog.design.built import called
from vle_analog.report import palette
from vle_analog.report.numbers import MINUS
from vle_analog.report.sheet import (
    REAL_PARTS,
    REFERENCE,
    Grid,
    Sheet,
    decades,
    new_sheet,
    style,
    ticks_of,
    tidy,
    typeset,
)
from vle_analog.studies.bench.result import Bench, Curves
from vle_analog.units import engineering

_WIDTH, _HEIGHT, _ROW = 6.4, 1.75, 2.0
#: panels without titles of their own, nor a legend, stand closer to the figure's title
_BARE = -0.25
_LINE: dict[str, Any] = {"color": palette.REAL_PARTS, "linewidth": 1.4}
_GUIDE: dict[str, Any] = {"color": "#444444", "linewidth": 0.8, "linestyle": ":"}


def figure(bench: Bench, curves: Curves) -> Figure:
    """An op-amp's open-loop gain and phase, a multiplier's error over its square, or a curve and its error."""
    with style():
        if bench.role == "opamp":
            return _gain(bench, curves)
        return _square(bench, curves) if bench.role.startswith("multiplier") else _curve(bench, curves)


def _sheet(bench: Bench, rows: int) -> Sheet:
    return new_sheet(
        Grid(across=1, width=_WIDTH, rows=rows, row=_ROW, content=_HEIGHT + 0.1, head=_BARE),
        _title(bench, "open loop"),
        legend_rows=0,
    )


def _title(bench: Bench, what: str) -> str:
    return f"{called(bench.cell)} as measured: {what}"


def _stated(bench: Bench, name: str) -> str:
    """What the data sheet says of a quantity, in brackets; nothing where it says nothing."""
    stated = bench[name].stated
    return "" if stated is None else typeset(f" (stated {engineering(stated, bench[name].unit)})")


def _gain(bench: Bench, curves: Curves) -> Figure:
    sheet = _sheet(bench, 2)
    hertz, gain = curves.x, curves.y
    upper = sheet.axes(0, 0, 0.1, _HEIGHT)
    lower = sheet.axes(1, 0, 0.1, _HEIGHT, sharex=upper)
    unity = bench["unity_gain_frequency"].measured
    upper.plot(hertz, 20 * np.log10(np.abs(gain)), **_LINE)
    lower.plot(hertz, np.degrees(np.unwrap(np.angle(gain))), **_LINE)
    for axes, name in ((upper, "open-loop gain (dB)"), (lower, "phase (deg)")):
        axes.set_xscale("log")
        if math.isfinite(unity):
            axes.axvline(unity, **_GUIDE)
        sheet.ylabel(axes, name)
    ticks_of(upper.yaxis, (20, 40, 60))
    ticks_of(lower.yaxis, (45, 90))
    upper.axhline(0.0, **_GUIDE)
    lower.axhline(-180.0, **_GUIDE)
    if math.isfinite(unity):
        margin = f"phase margin {bench['phase_margin'].measured:.0f}°"
        note = f"gain of 1 at {engineering(unity, 'Hz')}{_stated(bench, 'unity_gain_frequency')}, {margin}"
        upper.text(0.02, 0.08, note, transform=upper.transAxes)
    upper.tick_params(labelbottom=False)
    decades(lower.xaxis, minor=False)
    sheet.xlabel("frequency (Hz)")
    return sheet.figure


def _square(bench: Bench, curves: Curves) -> Figure:
    volts, error = curves.x, curves.y
    sheet = new_sheet(
        Grid(across=1, width=5.0, rows=1, row=3.6, content=3.5, head=_BARE),
        _title(bench, "error, % of full scale"),
        legend_rows=0,
    )
    axes = sheet.axes(0, 0, 0.1, 3.4)
    largest = float(np.max(np.abs(error))) or 1.0
    look: dict[str, Any] = {"cmap": "PuOr_r", "vmin": -largest, "vmax": largest, "shading": "gouraud"}
    image = axes.pcolormesh(volts, volts, error, **look)
    levels = [x for x in MaxNLocator(6).tick_values(error.min(), error.max()) if error.min() < x < error.max()]
    lines = axes.contour(volts, volts, error, levels=levels, colors="#555555", linewidths=0.6)
    axes.set(xlabel="x (V)", ylabel="y (V)")
    tidy(axes, "x")
    tidy(axes, "y")
    scale = sheet.figure.colorbar(image, ax=axes, format=lambda value, _: f"{value:.3g}".replace("-", MINUS))
    scale.add_lines(lines, erase=False)  # beside the map: on it their values would be cut off at its edges
    scale.set_ticks(levels)
    return sheet.figure


def _curve(bench: Bench, curves: Curves) -> Figure:
    sheet = new_sheet(Grid(across=1, width=_WIDTH, rows=2, row=_ROW, content=_HEIGHT + 0.1), _title(bench, bench.role))
    volts, output, law = curves.x, curves.y, curves.ideal
    assert law is not None
    upper = sheet.axes(0, 0, 0.1, _HEIGHT)
    lower: Axes = sheet.axes(1, 0, 0.1, _HEIGHT, sharex=upper)
    (ideal,) = upper.plot(volts, law, **REFERENCE)
    (part,) = upper.plot(volts, output, **REAL_PARTS)
    lower.plot(volts, output - law, **_LINE)
    tidy(upper, "y")
    sheet.ylabel(upper, "output (V)")
    sheet.ylabel(lower, "error (V" + tidy(lower, "y") + ")")
    tidy(lower, "x", 8)
    upper.tick_params(labelbottom=False)
    sheet.legend([ideal, part], ["law", "part as measured"])
    sheet.xlabel("input (V)")
    return sheet.figure
