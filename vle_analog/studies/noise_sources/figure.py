"""Noise of a signal drawn: density over frequency."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vle_analog.design.built import parts_of
from vle_analog.fleet.part_words import part_words
from vle_analog.report import palette
from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import Grid, new_sheet, style, typeset
from vle_analog.studies.noise_sources.result import NoiseBudget, Sampled
from vle_analog.units import engineering
from vle_analog.waveforms import Array

#: sources with a line of their own
_DRAWN = 5
_TOTAL: dict[str, Any] = {"color": "#000000", "linewidth": 1.6, "zorder": 4}
_SAMPLED: dict[str, Any] = {"color": palette.BAND, "linewidth": 3.2, "zorder": 1}
_COLORS = ("#8e5ea2", "#3d8fb5", "#7f7f2a", "#c2637f", "#4d9078")
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.8)), (0, (1.5, 1.2)), (0, (5, 1.2, 1, 1.2)), (0, (3, 1)))
#: points per decade of a transient run's spectrum as it is drawn
_PER_DECADE = 20
#: densities this far below the total's lowest are not drawn
_DEPTH = 30.0


def figure(budget: NoiseBudget) -> Figure:
    """Density over frequency: all of it, its largest sources, and a transient run's spectrum."""
    with style():
        title = f"{budget.name}{parts_of(budget.built)}: noise of {budget.output}"
        drawn, words = budget.contributions[:_DRAWN], part_words(budget.built)
        rows = math.ceil((len(drawn) + 1 + (budget.sampled is not None)) / 2)
        sheet = new_sheet(Grid(across=1, width=7.2, rows=1, row=3.2, content=3.2), title, legend_rows=rows)
        axes = sheet.axes(0, 0, 0.25, 2.9)
        handles, labels = [Line2D([], [], **_TOTAL)], ["all sources (.noise)"]
        scale = 1e6
        if budget.sampled is not None:
            hertz, density = _smoothed(budget.sampled)
            axes.plot(hertz, scale * density, **_SAMPLED)
            handles.append(Line2D([], [], **_SAMPLED))
            labels.append("transient run")
        axes.plot(budget.frequencies, scale * budget.density, **_TOTAL)
        for each, color, dashes in zip(drawn, _COLORS, _DASHES, strict=False):
            look: dict[str, Any] = {"color": color, "linestyle": dashes, "linewidth": 1.2, "zorder": 3}
            axes.plot(budget.frequencies, scale * np.maximum(each.density, 1e-30), **look)
            handles.append(Line2D([], [], **look))
            labels.append(f"{_named(words.get(each.name, each.name), each.kind)} ({100 * each.share:.3g} %)")
        largest, least = scale * budget.density.max(), scale * budget.density[budget.density > 0].min()
        LogAxis.of([least / _DEPTH, 2 * largest], least=0.0, most=math.inf).apply(axes, "y")
        LogAxis.of(budget.frequencies, least=0.0, most=math.inf).apply(axes, "x")
        axes.set_xlim(budget.frequencies[0], budget.frequencies[-1])
        low, high = budget.frequencies[0], budget.frequencies[-1]
        note = f"{engineering(budget.rms, 'V')} rms from {engineering(low, 'Hz')} to {engineering(high, 'Hz')}"
        axes.set_title(typeset(note), fontsize=8.5, color="#333333", loc="left", pad=3)
        sheet.ylabel(axes, "density (μV/√Hz)")
        sheet.xlabel("frequency (Hz)")
        sheet.legend(handles, labels, columns=2)
    return sheet.figure


def _smoothed(sampled: Sampled) -> tuple[Array, Array]:
    """A spectrum with the powers of neighbouring frequencies averaged where they lie densely."""
    places = np.floor(_PER_DECADE * np.log10(sampled.frequencies)).astype(int)
    _, which, counts = np.unique(places, return_inverse=True, return_counts=True)
    hertz = np.bincount(which, sampled.frequencies) / counts
    return hertz, np.sqrt(np.bincount(which, sampled.density**2) / counts)


def _named(name: str, kind: str) -> str:
    return name if kind == "resistors" else f"{kind}, {name}"
