"""The error paths of all rules beside each other, gain and phase over frequency: figure and numbers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MultipleLocator, NullFormatter
from numpy.typing import ArrayLike, NDArray

from vle_analog.errors import UsageError
from vle_analog.lab.folder import claimed, write_whole
from vle_analog.learning.action import EXACT
from vle_analog.report.sheet import IDEAL, new_sheet, save, style
from vle_analog.studies.frequency.error_paths import RULES, coefficients, learned, measured, response

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: the files of a view
FIGURE, METRICS = "frequency.png", "frequency.json"
#: seven sines, the spectrum that coefficients are learned on unless told otherwise, radians per model unit
SEVEN_SINES = tuple(np.geomspace(0.1, 2, 7).tolist())
#: how far apart the fastest and the slowest of time constants and sines may be: steps follow the one, spans the other
WIDEST = 1000.0


@dataclass(frozen=True)
class FrequencyView:
    """Gain and phase of all rules' error paths.

    Attributes:
        tau_m, tau_r: of the neuron.
        spectrum, amplitudes: of the p that the coefficients were learned on; radians per model unit.
        coefficients: ka, kb, kc by rule.
        frequencies, symbolic: where and what the formulas say, e/p by rule.
        points, measured: where and what the equations do, e/p by rule.
    """

    tau_m: float
    tau_r: float
    spectrum: Array
    amplitudes: Array
    coefficients: Mapping[str, tuple[float, float, float]]
    frequencies: Array
    symbolic: Mapping[str, Complex]
    points: Array
    measured: Mapping[str, Complex]

    def metrics(self) -> dict[str, Any]:
        """What the figure shows, in numbers.

        ``error``: ``|e - e_adjoint| / |e_adjoint|`` by rule, both root mean squares over p's spectrum;
        ``gain``, ``phase``: of e/p by rule at the spectrum's frequencies, from the formulas, phases in degrees;
        ``measured``: the same from the equations that run, at frequencies of its own;
        ``measured_deviation``: largest relative distance of a measured point from its formula.
        """
        error, deviation, gain, phase = {}, 0.0, {}, {}
        size = self.amplitudes
        exact = response(EXACT, self.spectrum, self.tau_m, self.tau_r)
        for rule in self.symbolic:
            k = self.coefficients[rule]
            own = response(rule, self.spectrum, self.tau_m, self.tau_r, k)
            error[rule] = float(np.linalg.norm(size * (own - exact)) / np.linalg.norm(size * exact))
            gain[rule], phase[rule] = np.abs(own).tolist(), np.angle(own, deg=True).tolist()
            formula = response(rule, self.points, self.tau_m, self.tau_r, k)
            deviation = max(deviation, float(np.max(np.abs(self.measured[rule] / formula - 1))))
        return {
            "tau_m": self.tau_m,
            "tau_r": self.tau_r,
            "spectrum": self.spectrum.tolist(),
            "amplitudes": self.amplitudes.tolist(),
            "coefficients": {rule: list(k) for rule, k in self.coefficients.items() if learned(rule)},
            "error": error,
            "gain": gain,
            "phase": phase,
            "measured": {
                "frequencies": self.points.tolist(),
                "gain": {rule: np.abs(values).tolist() for rule, values in self.measured.items()},
                "phase": {rule: np.angle(values, deg=True).tolist() for rule, values in self.measured.items()},
            },
            "measured_deviation": deviation,
        }

    def save(self, folder: Path | str) -> dict[str, Any]:
        """Write ``frequency.png`` and ``frequency.json``: both or neither. An earlier view's are replaced.

        Returns:
            The metrics as written.

        Raises:
            OutputError: the folder cannot be written, or another run is writing to it.
        """
        metrics, place = self.metrics(), Path(folder)
        with claimed(place), tempfile.TemporaryDirectory() as new:
            picture = save(figure(self), Path(new) / FIGURE).read_bytes()
            write_whole(place, {FIGURE: picture, METRICS: json.dumps(metrics, indent=2) + "\n"})
        return metrics


def frequency_view(
    tau_m: float = 1.0,
    tau_r: float = 0.1,
    spectrum: ArrayLike = SEVEN_SINES,
    amplitudes: ArrayLike = 1.0,
    points: int = 13,
    rules: Sequence[str] = RULES,
) -> FrequencyView:
    """Compute and measure all rules' error paths.

    Args:
        tau_m, tau_r: of the neuron.
        spectrum: frequencies of p that the coefficients are learned on, radians per model unit.
        amplitudes: of p there, one or one per frequency.
        points: how many frequencies to measure at.
        rules: which.

    Raises:
        UsageError: time constants or frequencies that are not positive or too far apart, or an unknown rule.
    """
    lines = np.atleast_1d(np.asarray(spectrum, float))
    check_times(tau_m, tau_r, lines.tolist())
    sizes = np.broadcast_to(np.asarray(amplitudes, float), lines.shape)
    low, high = min(0.1 / max(tau_m, tau_r), lines.min() / 2), max(10 / min(tau_m, tau_r), 2 * lines.max())
    frequencies, places = np.geomspace(low, high, 400), np.geomspace(low, high, points)
    k = {rule: coefficients(rule, lines, tau_m, tau_r, sizes) for rule in rules}
    symbolic = {rule: response(rule, frequencies, tau_m, tau_r, k[rule]) for rule in rules}
    return FrequencyView(
        tau_m, tau_r, lines, sizes, k, frequencies, symbolic, places, measured(places, tau_m, tau_r, k, rules)
    )


def check_times(
    tau_m: float, tau_r: float, spectrum: Sequence[float], names: Sequence[str] = ("tau_m", "tau_r", "spectrum")
) -> None:
    """Refuse time constants (model units) and frequencies (radians per model unit) that a view cannot be made of.

    Raises:
        UsageError: one is not positive, there is no frequency, or they lie too far apart; with the name and what to do.
    """
    for name, numbers in zip(names, ([tau_m], [tau_r], spectrum), strict=True):
        for number in numbers:
            if not 0 < number < np.inf:
                raise UsageError(f"{name} must be positive and finite, not {number:g}", hint="give a number above 0")
    if not len(spectrum):
        raise UsageError(f"{names[2]} has no positive frequency", hint="give at least one")
    times = [tau_m, tau_r, *(1 / line for line in spectrum)]
    if max(times) > WIDEST * min(times):
        raise UsageError(
            f"{names[0]}, {names[1]} and 1/frequency reach from {min(times):.3g} to {max(times):.3g} model units",
            hint=f"keep {names[0]}, {names[1]} and one over each of {names[2]} within a factor of {WIDEST:g}",
        )


_LINES: dict[str, dict[str, Any]] = {
    "adjoint": {**IDEAL, "linewidth": 5.0},
    "bp": {"color": "#7a7a7a", "linewidth": 1.3},
    "gle": {"color": "#c04a00", "linewidth": 1.3},
    "vle1": {"color": "#007a5a", "linewidth": 1.3, "linestyle": ":"},
    "vle2": {"color": "#007a5a", "linewidth": 1.3, "linestyle": (0, (5, 1.8))},
    "vle3": {"color": "#003a70", "linewidth": 1.3},
}
_SHAPES = {"adjoint": "o", "bp": "s", "gle": "D", "vle1": "v", "vle2": "^", "vle3": "o"}
#: lines and marks of rules that have none of their own, in turn
_OTHERS = (("#8e44ad", "P"), ("#b08a00", "X"), ("#a0305c", "<"), ("#2a8fa8", ">"), ("#5c3a1e", "p"))
_SINE: dict[str, Any] = {"color": "#d4d4d4", "linewidth": 1.0, "zorder": 0}


def _look(rule: str, rules: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A rule's line, and its marks; a rule without a look of its own gets one by its place among such ``rules``."""
    if rule in _LINES:
        line, shape = _LINES[rule], _SHAPES[rule]
    else:
        color, shape = _OTHERS[[each for each in rules if each not in _LINES].index(rule) % len(_OTHERS)]
        line = {"color": color, "linewidth": 1.3}
    edge = "#4a90c0" if rule == EXACT else line["color"]
    return line, {"marker": shape, "markersize": 4, "markerfacecolor": "white", "markeredgecolor": edge}


def figure(view: FrequencyView) -> Figure:
    """Gain above, phase below, over frequency; lines are formulas, marks are measured, grey lines p's sines."""
    with style():
        title = f"Error path e/p against the exact adjoint (τm = {view.tau_m:g}, τr = {view.tau_r:g})"
        sheet = new_sheet(1, 6.4, 2, 2.8, 2.45, title, legend_rows=2)
        gain = sheet.axes(0, 0, 0.1, 2.35)
        phase = sheet.axes(1, 0, 0.1, 2.35, sharex=gain)
        handles: list[Any] = []
        for rule, values in view.symbolic.items():
            look, mark = _look(rule, list(view.symbolic))
            for axes, part in ((gain, np.abs), (phase, lambda h: np.angle(h, deg=True))):
                axes.plot(view.frequencies, part(values), **look)
                axes.plot(view.points, part(view.measured[rule]), **mark, linestyle="none", zorder=4)
            handles.append(Line2D([], [], **look, **mark))
        for axes in (gain, phase):
            for line in view.spectrum:
                axes.axvline(line, **_SINE)
            axes.set_xscale("log")
        gain.set_yscale("log")
        gain.set_xlim(view.frequencies[0] / 1.1, view.frequencies[-1] * 1.1)
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
        labels = [rule if rule != EXACT else "exact adjoint" for rule in view.symbolic]
        sheet.legend(handles, [*labels, "marks: measured", "sines learned on"])
    return sheet.figure
