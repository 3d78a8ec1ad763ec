"""The error paths of all rules as table, sentences and figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from vle_analog.report.report import Report, Table
from vle_analog.studies.frequency.result import FrequencyResponses

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def report(responses: FrequencyResponses) -> Report:
    """What is told of error paths."""
    title = f"Error paths e/p, tau_m {responses.tau_m:g}, tau_r {responses.tau_r:g}"
    sentences = [
        f"error: RMS of e - e(adjoint) over p's {len(responses.spectrum)} sine(s), relative; w in rad per model unit",
        f"the equations that run are within {responses.deviation():.1g} of these formulas",
    ]
    return Report(
        name="frequency",
        title=title,
        record=responses.record(),
        tables=[_table(responses, title)],
        sentences=sentences,
        figures=lambda: _figures(responses),
        document="",  # figure and numbers alone
    )


def _figures(responses: FrequencyResponses) -> Mapping[str, Figure]:
    from vle_analog.studies.frequency.figure import figure  # matplotlib takes long to load

    return {"frequency": figure(responses)}


def _table(responses: FrequencyResponses, title: str) -> Table:
    """Learned coefficients, error, and gain at p's lowest, middle and highest frequency, by rule."""
    spectrum = responses.spectrum
    order = np.argsort(spectrum, kind="stable").tolist()
    shown = sorted({order[0], order[len(order) // 2], order[-1]}, key=lambda place: float(spectrum[place]))
    header = ["rule", "ka", "kb", "kc", "error", *(f"gain at w = {spectrum[place]:.3g}" for place in shown)]
    rows = []
    for rule, error in responses.errors().items():
        learned = [f"{k:.4g}" for k in responses.learned.get(rule, ())] or [""] * 3
        gain = np.abs(responses.at_spectrum(rule))
        rows.append([rule, *learned, f"{error:.3g}", *(f"{gain[place]:.3g}" for place in shown)])
    return Table(title, header, rows)
