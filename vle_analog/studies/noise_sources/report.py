"""Noise of a signal: figure and table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from vle_analog.report.log_axis import LogAxis
from vle_analog.report.sheet import IDEAL, new_sheet, number, style
from vle_analog.studies.noise_sources.result import NoiseBudget, Sampled
from vle_analog.units import engineering
from vle_analog.waveforms import Array

#: sources with a line of their own in the figure, and in a table
_DRAWN, _ROWS = 5, 15
_TOTAL: dict[str, Any] = {"color": "#000000", "linewidth": 1.6, "zorder": 4}
_SAMPLED: dict[str, Any] = {**IDEAL, "linewidth": 3.2, "zorder": 1}
_COLORS = ("#c04a00", "#007a5a", "#003a70", "#a0558a", "#b08900")
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.8)), (0, (1.5, 1.2)), (0, (5, 1.2, 1, 1.2)), (0, (3, 1)))
#: points per decade of a transient run's spectrum as it is drawn
_PER_DECADE = 20
#: densities this far below the total's lowest are not drawn
_DEPTH = 30.0


def figure(budget: NoiseBudget) -> Figure:
    """Density over frequency: all of it, its largest sources, and a transient run's spectrum."""
    with style():
        title = f"{budget.name}: noise of {budget.output}, {budget.fidelity} fidelity"
        drawn = budget.contributions[:_DRAWN]
        rows = math.ceil((len(drawn) + 1 + (budget.sampled is not None)) / 3)
        sheet = new_sheet(1, 7.2, 1, 3.2, 3.2, title, legend_rows=rows)
        axes = sheet.axes(0, 0, 0.25, 2.9)
        handles, labels = [Line2D([], [], **_TOTAL)], ["all sources, .noise"]
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
            labels.append(f"{_named(each.name, each.kind)} ({_percent(each.share)})")
        largest, least = scale * budget.density.max(), scale * budget.density[budget.density > 0].min()
        LogAxis.of([least / _DEPTH, 2 * largest], least=0.0, most=math.inf).apply(axes, "y")
        LogAxis.of(budget.frequencies, least=0.0, most=math.inf).apply(axes, "x")
        axes.set_xlim(budget.frequencies[0], budget.frequencies[-1])
        low, high = budget.frequencies[0], budget.frequencies[-1]
        note = f"{engineering(budget.rms, 'V')} rms from {engineering(low, 'Hz')} to {engineering(high, 'Hz')}"
        axes.set_title(note, fontsize=8.5, color="#333333", loc="left", pad=3)
        sheet.ylabel(axes, "density (μV/√Hz)")
        sheet.xlabel("frequency (Hz)")
        sheet.legend(handles, labels, columns=3)
    return sheet.figure


def _smoothed(sampled: Sampled) -> tuple[Array, Array]:
    """A spectrum with the powers of neighbouring frequencies averaged where they lie densely."""
    places = np.floor(_PER_DECADE * np.log10(sampled.frequencies)).astype(int)
    _, which, counts = np.unique(places, return_inverse=True, return_counts=True)
    hertz = np.bincount(which, sampled.frequencies) / counts
    return hertz, np.sqrt(np.bincount(which, sampled.density**2) / counts)


def _named(name: str, kind: str) -> str:
    return f"{name} {kind.removeprefix('op-amp ')}" if kind.startswith("op-amp") else name


def table(budget: NoiseBudget, rows: int = _ROWS) -> list[list[str]]:
    """Rows of text, the first of them the header: the largest sources, all others, and the total."""
    unit = abs(budget.volts_per_unit)
    found = [["source", "what of it", "share", "rms, V", "rms, model units", "block"]]
    shown = budget.contributions[:rows]
    for each in shown:
        volts = [engineering(each.rms, "V"), number(each.rms / unit, 3)]
        found.append([each.name, each.kind, _percent(each.share), *volts, each.block])
    rest = budget.contributions[rows:]
    if rest:
        rms = math.sqrt(sum(each.rms**2 for each in rest))
        share = _percent(sum(each.share for each in rest))
        found.append([f"{len(rest)} others", "", share, engineering(rms, "V"), number(rms / unit, 3), ""])
    found.append(["all", "", _percent(1.0), engineering(budget.rms, "V"), number(budget.rms_units, 3), ""])
    return found


def bands(budget: NoiseBudget) -> list[list[str]]:
    """Rows of text, the first of them the header: a transient run against the analysis, octave by octave."""
    found = [["band, Hz", "transient, V", ".noise, V", "dB"]]
    for each in budget.bands():
        volts = [engineering(each.sampled, "V"), engineering(each.analysed, "V")]
        found.append([f"{each.low:.4g} to {each.high:.4g}", *volts, f"{each.decibels:+.2f}"])
    return found


def sentences(budget: NoiseBudget) -> list[str]:
    """What it comes to."""
    low, high = engineering(budget.frequencies[0], "Hz"), engineering(budget.frequencies[-1], "Hz")
    unit = number(budget.rms_units, 3)
    said = [f"{budget.output}: {engineering(budget.rms, 'V')} rms from {low} to {high}, {unit} model units"]
    if budget.signal:
        decibels = 20 * math.log10(budget.signal / budget.rms_units)
        said[0] += f"; {decibels:.0f} dB below the signal's {number(budget.signal, 3)}"
    said.append("by kind: " + ", ".join(f"{kind} {_percent(share)}" for kind, share in budget.kinds().items()))
    if budget.sampled is not None:
        total = budget.to_json()["transient"]
        own, other = engineering(total["rms_volts"], "V"), engineering(total["rms_volts_analysis"], "V")
        time = engineering(budget.sampled.seconds, "s")
        said.append(f"transient run, seed {budget.sampled.seed}, {time}: {own} rms where the analysis has {other}")
    return said


def markdown(budget: NoiseBudget) -> str:
    """Tables and sentences as Markdown."""
    lines: list[str] = []
    for each in (table(budget, len(budget.contributions)), *([bands(budget)] if budget.sampled else [])):
        header, *rows = each
        lines += ["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows)] + [""]
    return "\n".join([*lines, *(f"- {each}" for each in sentences(budget))]) + "\n"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
