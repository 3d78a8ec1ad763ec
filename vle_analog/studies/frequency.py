"""The error path over frequency: what each rule makes of its input p, against the exact adjoint.

The exact error ``I+_{tau_m} D-_{tau_r} p`` leads p in phase and is smaller than p: a lead that no causal filter has.
gle's ``D+_{tau_m} I-_{tau_r}`` has that phase at every frequency, because D+ and I+ share theirs and D- and I- too, but
its gain is too high by ``(1 + w^2 tau_m^2)/(1 + w^2 tau_r^2)`` (theory: operators). Learned coefficients (vle) cannot
mend that everywhere: they minimise the Euler-Lagrange residual over the frequencies that the signal has. One frequency
is matched exactly by one coefficient; a broad spectrum is a compromise that each further coefficient betters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sympy as sp
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy.typing import ArrayLike, NDArray

from vle_analog.equations.action import ERROR_RULES, error_path, residual
from vle_analog.equations.calculus import time_reversed, transfer_function
from vle_analog.equations.operators import prospective, retrospective
from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import Definition, EquationSystem, Input, Parameter
from vle_analog.errors import UsageError, nearest
from vle_analog.reference.integrator import Integrator
from vle_analog.report.sheet import FROZEN, IDEAL, new_sheet, style
from vle_analog.stimulus import Sines

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

RULES = ("adjoint", "bp", "gle", "vle1", "vle2", "vle3")
#: seven sines, the spectrum that coefficients are learned on unless told otherwise, radians per model unit
SEVEN_SINES = tuple(np.geomspace(0.1, 2, 7).tolist())

_P, _S = sp.symbols("p s")
_TAU_M, _TAU_R = sp.symbols("tau_m tau_r", positive=True)
_K = sp.symbols("ka kb kc", real=True)


@cache
def transfer(rule: str) -> sp.Expr:
    """e/p of a rule over the complex frequency ``s``, with the symbols tau_m, tau_r (positive), ka, kb, kc (real)."""
    if rule not in ERROR_RULES:
        raise UsageError(f"unknown rule '{rule}'", hint=nearest(rule, ERROR_RULES))
    return transfer_function(error_path(rule, _P, _TAU_M, _TAU_R, _K), _P, _S)


def coefficients(
    rule: str,
    frequencies: ArrayLike,
    tau_m: float = 1.0,
    tau_r: float = 0.1,
    amplitudes: ArrayLike = 1.0,
) -> tuple[float, float, float]:
    """ka, kb, kc at which least mean squares on the Euler-Lagrange residual settles.

    They minimise the mean square of ``y - R e``, a sum over the signal's frequencies (`action.residual`). Rules
    without coefficients answer gle's: ``1, tau_m, 0``.

    Args:
        rule: of the error neuron.
        frequencies: of p, radians per model unit.
        tau_m, tau_r: of the neuron.
        amplitudes: of p's sines, one or one per frequency.
    """
    path = error_path(rule, _P, _TAU_M, _TAU_R, _K)
    free = [k for k in _K if path.has(k)]
    values = dict(zip(_K, (1.0, tau_m, 0.0), strict=True))
    if free:
        left, right = (transfer_function(x, _P, _S) for x in residual(path, _P, _TAU_M, _TAU_R))
        w = np.atleast_1d(np.asarray(frequencies, float))
        size = np.broadcast_to(np.asarray(amplitudes, float), w.shape)
        columns = np.stack([size * _numbers(sp.diff(left, k), w, tau_m, tau_r) for k in free], axis=1)
        target = size * _numbers(right, w, tau_m, tau_r)
        found = np.linalg.lstsq(_real(columns), _real(target), rcond=None)[0]
        values.update(zip(free, found.tolist(), strict=True))
        if rule == "vle1":
            values[_K[1]] = tau_m * values[_K[0]]
    return values[_K[0]], values[_K[1]], values[_K[2]]


def response(
    rule: str, frequencies: ArrayLike, tau_m: float = 1.0, tau_r: float = 0.1, k: Sequence[float] = (1.0, 1.0, 0.0)
) -> Complex:
    """e/p at the frequencies (radians per model unit), complex; k: ka, kb, kc where the rule has them."""
    return _numbers(transfer(rule), np.asarray(frequencies, float), tau_m, tau_r, k)


def measured(
    frequencies: ArrayLike,
    tau_m: float = 1.0,
    tau_r: float = 0.1,
    k: Mapping[str, Sequence[float]] | None = None,
    rules: Sequence[str] = RULES,
) -> dict[str, Complex]:
    """e/p by rule, measured: the error neuron's own equations, driven with one sine after the other.

    The adjoint runs in reversed time, where it is causal; its response there is the conjugate.

    Args:
        frequencies: radians per model unit.
        tau_m, tau_r: of the neuron.
        k: ka, kb, kc by rule.
        rules: which.
    """
    values: dict[sp.Symbol, float] = {_TAU_M: tau_m, _TAU_R: tau_r}
    definitions = []
    for rule in rules:
        own = sp.symbols(" ".join(f"{each}_{rule}" for each in _K))
        path = error_path(rule, _P, _TAU_M, _TAU_R, own)
        if rule == "adjoint":
            # I-_{tau_m} D+_{tau_r}, the two exchanged: then what looks ahead has a derivative at hand
            assert time_reversed(path) == retrospective(prospective(_P, _TAU_R), _TAU_M)
            path = prospective(retrospective(_P, _TAU_M), _TAU_R)
        definitions.append(Definition(sp.Symbol(f"e_{rule}"), path))
        given = (k or {}).get(rule, (1.0, tau_m, 0.0))
        values |= {each: number for each, number in zip(own, given, strict=True) if path.has(each)}
    found: dict[str, list[complex]] = {rule: [] for rule in rules}
    for w in np.atleast_1d(np.asarray(frequencies, float)).tolist():
        system = EquationSystem(
            "error_neuron",
            (),
            tuple(definitions),
            (Input(_P, Sines((1.0,), (w / (2 * np.pi),), (0.0,))),),
            tuple(Parameter(symbol, number) for symbol, number in values.items()),
        )
        settled, period = 25 * max(tau_m, tau_r), 2 * np.pi / w
        span, step = settled + 2 * period, min(tau_r / 10, tau_m / 10, period / 100)
        names = [f"e_{rule}" for rule in rules]
        waves = Integrator(resolve(system)).run(step, span=span, record=names).waveforms
        late = waves.time >= settled
        phase = w * waves.time[late]
        basis = np.stack([np.sin(phase), np.cos(phase)], axis=1)
        for rule, name in zip(rules, names, strict=True):
            # p = Im exp(iwt), so e = Re(H) sin + Im(H) cos
            (real, imaginary), *_ = np.linalg.lstsq(basis, waves.signals[name][late], rcond=None)
            found[rule].append(complex(real, -imaginary if rule == "adjoint" else imaginary))
    return {rule: np.array(numbers) for rule, numbers in found.items()}


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
        ``measured_deviation``: largest relative distance of a measured point from its formula.
        """
        error, deviation = {}, 0.0
        size = self.amplitudes
        exact = response("adjoint", self.spectrum, self.tau_m, self.tau_r)
        for rule in self.symbolic:
            k = self.coefficients[rule]
            own = response(rule, self.spectrum, self.tau_m, self.tau_r, k)
            error[rule] = float(np.linalg.norm(size * (own - exact)) / np.linalg.norm(size * exact))
            formula = response(rule, self.points, self.tau_m, self.tau_r, k)
            deviation = max(deviation, float(np.max(np.abs(self.measured[rule] / formula - 1))))
        return {
            "tau_m": self.tau_m,
            "tau_r": self.tau_r,
            "spectrum": self.spectrum.tolist(),
            "amplitudes": self.amplitudes.tolist(),
            "coefficients": {rule: list(k) for rule, k in self.coefficients.items() if rule.startswith("vle")},
            "error": error,
            "measured_deviation": deviation,
        }


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
        UsageError: time constants or frequencies that are not positive, or an unknown rule.
    """
    lines = np.atleast_1d(np.asarray(spectrum, float))
    sizes = np.broadcast_to(np.asarray(amplitudes, float), lines.shape)
    if not (tau_m > 0 and tau_r > 0 and lines.size and lines.min() > 0 and np.isfinite(lines).all()):
        raise UsageError("time constants and frequencies must be positive")
    low, high = min(0.1 / max(tau_m, tau_r), lines.min() / 2), max(10 / min(tau_m, tau_r), 2 * lines.max())
    frequencies, places = np.geomspace(low, high, 400), np.geomspace(low, high, points)
    k = {rule: coefficients(rule, lines, tau_m, tau_r, sizes) for rule in rules}
    symbolic = {rule: response(rule, frequencies, tau_m, tau_r, k[rule]) for rule in rules}
    return FrequencyView(
        tau_m, tau_r, lines, sizes, k, frequencies, symbolic, places, measured(places, tau_m, tau_r, k, rules)
    )


_LINES: dict[str, dict[str, Any]] = {
    "adjoint": {**IDEAL, "linewidth": 5.0},
    "bp": {"color": "#7a7a7a", "linewidth": 1.3},
    "gle": {"color": "#c04a00", "linewidth": 1.3},
    "vle1": {"color": "#007a5a", "linewidth": 1.3, "linestyle": ":"},
    "vle2": {"color": "#007a5a", "linewidth": 1.3, "linestyle": (0, (5, 1.8))},
    "vle3": {"color": "#003a70", "linewidth": 1.3},
}
_MARKS = {"adjoint": "o", "bp": "s", "gle": "D", "vle1": "v", "vle2": "^", "vle3": "o"}


def figure(view: FrequencyView) -> Figure:
    """Gain above, phase below, over frequency; lines are formulas, marks are measured; learned band shaded."""
    with style():
        title = f"Error path e/p against the exact adjoint (τm = {view.tau_m:g}, τr = {view.tau_r:g})"
        sheet = new_sheet(1, 6.4, 2, 2.75, 2.45, title, legend_rows=2)
        gain = sheet.axes(0, 0, 0.0, 2.45)
        phase = sheet.axes(1, 0, 0.0, 2.45, sharex=gain)
        handles: list[Any] = []
        for rule, values in view.symbolic.items():
            mark: dict[str, Any] = {
                "marker": _MARKS[rule],
                "markersize": 4,
                "markerfacecolor": "white",
                "linestyle": "none",
            }
            mark |= {"color": "#4a90c0" if rule == "adjoint" else _LINES[rule]["color"], "zorder": 4}
            for axes, part in ((gain, np.abs), (phase, lambda h: np.rad2deg(np.angle(h)))):
                axes.plot(view.frequencies, part(values), **_LINES[rule])
                axes.plot(view.points, part(view.measured[rule]), **mark)
            looks = {key: value for key, value in mark.items() if key not in ("linestyle", "color", "zorder")}
            handles.append(Line2D([], [], **{**_LINES[rule], **looks, "markeredgecolor": mark["color"]}))
        band = view.spectrum.min(), view.spectrum.max()
        for axes in (gain, phase):
            axes.axvspan(*(band if band[0] < band[1] else (band[0] / 1.03, band[1] * 1.03)), **FROZEN)
            axes.set_xscale("log")
        gain.set_yscale("log")
        gain.set_xlim(view.frequencies[0], view.frequencies[-1])
        gain.tick_params(labelbottom=False)
        gain.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))
        phase.yaxis.set_major_locator(MultipleLocator(15))
        note: dict[str, Any] = {"fontsize": 8.5, "color": "#333333"}
        gain.text(0.03, 0.9, "gle: too much gain, by (1 + ω²τm²)/(1 + ω²τr²)", transform=gain.transAxes, **note)
        gain.text(0.03, 0.1, "vle: its gain brought down where p has power", transform=gain.transAxes, **note)
        phase.text(0.03, 0.9, "gle and vle1: the exact phase", transform=phase.transAxes, **note)
        sheet.ylabel(gain, "gain |e/p|")
        sheet.ylabel(phase, "phase of e/p (degrees)")
        sheet.xlabel("frequency (rad per model unit)")
        labels = [rule if rule != "adjoint" else "exact adjoint" for rule in view.symbolic]
        sheet.legend([*handles, Patch(**FROZEN)], [*labels, "learned on"])
    return sheet.figure


def _numbers(
    expression: sp.Expr, frequencies: Array, tau_m: float, tau_r: float, k: Sequence[float] = (1.0, 1.0, 0.0)
) -> Complex:
    function = sp.lambdify([_S, _TAU_M, _TAU_R, *_K], expression, "numpy")
    return np.asarray(function(1j * frequencies, tau_m, tau_r, *k) + 0j * frequencies, complex)


def _real(values: Complex) -> Array:
    """Real parts over imaginary parts: a complex least-squares problem for real unknowns."""
    return np.concatenate([values.real, values.imag])
