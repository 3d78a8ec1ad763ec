"""Noise of a signal as tables and sentences."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from vle_analog.design.built import equations_of
from vle_analog.report.numbers import number
from vle_analog.report.report import Report, Table
from vle_analog.studies.noise_sources.result import NoiseBudget
from vle_analog.units import engineering

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: sources in the table that is printed
_ROWS = 15
_HEADER = ("source", "what of it", "share", "rms, V", "rms, model units", "block")
_BANDS = ("band, Hz", "transient, V", ".noise, V", "dB")


def report(budget: NoiseBudget) -> Report:
    """What is told of noise: the largest sources, a transient run octave by octave, and all sources."""
    title = f"{budget.name}: noise of {budget.output}, {budget.fidelity} fidelity"
    bands = [_bands(budget)] if budget.sampled is not None else []
    more = len(budget.contributions) > _ROWS
    return Report(
        name="noise-sources",
        title=title,
        record=budget.record(),
        tables=[_table(budget, title), *bands],
        sentences=_sentences(budget),
        figures=lambda: _figures(budget),
        equations=equations_of(budget.built),
        details=[_table(budget, "all sources", len(budget.contributions))] if more else [],
    )


def _figures(budget: NoiseBudget) -> Mapping[str, Figure]:
    from vle_analog.studies.noise_sources.figure import figure  # matplotlib takes long to load

    return {"noise-sources": figure(budget)}


def _table(budget: NoiseBudget, title: str, rows: int = _ROWS) -> Table:
    """The largest sources, all others together, and the total."""
    unit = abs(budget.volts_per_unit)
    listed = []
    for source in budget.contributions[:rows]:
        volts = [engineering(source.rms, "V"), number(source.rms / unit, 3)]
        listed.append([source.name, source.kind, _percent(source.share), *volts, source.block])
    if rest := budget.contributions[rows:]:
        rms = math.sqrt(sum(source.rms**2 for source in rest))
        share = _percent(sum(source.share for source in rest))
        listed.append([f"{len(rest)} others", "", share, engineering(rms, "V"), number(rms / unit, 3), ""])
    listed.append(["all", "", _percent(1.0), engineering(budget.rms, "V"), number(budget.rms_units, 3), ""])
    return Table(title, _HEADER, listed, frozenset(_HEADER[2:5]))


def _bands(budget: NoiseBudget) -> Table:
    """A transient run against the analysis, octave by octave."""
    rows = [
        [
            f"{band.low:.4g} to {band.high:.4g}",
            engineering(band.sampled, "V"),
            engineering(band.analysed, "V"),
            f"{band.decibels:+.2f}",
        ]
        for band in budget.bands()
    ]
    return Table("transient run against the analysis", _BANDS, rows, frozenset(_BANDS[1:]))


def _sentences(budget: NoiseBudget) -> list[str]:
    """Sentences that say what the ranking comes to."""
    low, high = engineering(budget.frequencies[0], "Hz"), engineering(budget.frequencies[-1], "Hz")
    unit = number(budget.rms_units, 3)
    said = [f"{budget.output}: {engineering(budget.rms, 'V')} rms from {low} to {high}, {unit} model units"]
    if budget.signal:
        decibels = 20 * math.log10(budget.signal / budget.rms_units)
        said[0] += f"; {decibels:.0f} dB below the signal's {number(budget.signal, 3)}"
    said.append("by kind: " + ", ".join(f"{kind} {_percent(share)}" for kind, share in budget.kinds().items()))
    if budget.sampled is not None:
        own, other = (engineering(rms, "V") for rms in budget.rms_over_bands())
        time = engineering(budget.sampled.seconds, "s")
        said.append(f"transient run, seed {budget.sampled.seed}, {time}: {own} rms where the analysis has {other}")
    return said


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
