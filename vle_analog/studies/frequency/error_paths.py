"""Error paths over frequency: what each rule makes of its input p, against the exact adjoint.

The exact error ``I+_{tau_m} D-_{tau_r} p`` leads p in phase and is smaller (tau_m > tau_r): no causal filter does both.
gle's ``D+_{tau_m} I-_{tau_r}`` has that phase at every frequency, because D+ and I+ share theirs and D- and I- too, but
its gain is too high by ``(1 + w^2 tau_m^2)/(1 + w^2 tau_r^2)``. Learned coefficients (vle) cannot
mend that everywhere: they minimise the Euler-Lagrange residual over the frequencies that the signal has. One frequency
is matched exactly by one coefficient; a broad spectrum is a compromise that each further coefficient betters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from vle_analog.equations.operators import prospective, retrospective
from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import Definition, EquationSystem, Input, Parameter
from vle_analog.learning.action import EXACT, error_path, residual
from vle_analog.learning.calculus import time_reversed, transfer_function
from vle_analog.learning.rules import DISTINCT
from vle_analog.reference.integrator import Integrator
from vle_analog.stimulus import Sines

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: that are shown unless told otherwise: the exact error, and all rules
RULES = (EXACT, *DISTINCT)

_P, _S = sp.symbols("p s")
_TAU_M, _TAU_R = sp.symbols("tau_m tau_r", positive=True)
_K = sp.symbols("ka kb kc", real=True)


@cache
def transfer(rule: str) -> sp.Expr:
    """e/p of a rule over the complex frequency ``s``, with the symbols tau_m, tau_r (positive), ka, kb, kc (real).

    Raises:
        UsageError: unknown rule.
    """
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
    free = learned(rule)
    values = dict(zip(_K, (1.0, tau_m, 0.0), strict=True))
    if free:
        left, right = (transfer_function(x, _P, _S) for x in residual(path, _P, _TAU_M, _TAU_R))
        w = np.atleast_1d(np.asarray(frequencies, float))
        size = np.broadcast_to(np.asarray(amplitudes, float), w.shape)
        columns = np.stack([size * _numbers(sp.diff(left, k), w, tau_m, tau_r) for k in free], axis=1)
        target = size * _numbers(right, w, tau_m, tau_r)
        found = np.linalg.lstsq(_real(columns), _real(target), rcond=None)[0]
        values.update(zip(free, found.tolist(), strict=True))
        if free == _K[:1]:  # a gain alone is that of all of gle's error
            values[_K[1]] = tau_m * values[_K[0]]
    return values[_K[0]], values[_K[1]], values[_K[2]]


def learned(rule: str) -> tuple[sp.Symbol, ...]:
    """Coefficients, of ka, kb, kc, that a rule has."""
    path = error_path(rule, _P, _TAU_M, _TAU_R, _K)
    return tuple(k for k in _K if path.has(k))


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
        if rule == EXACT:
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
            found[rule].append(complex(real, -imaginary if rule == EXACT else imaginary))
    return {rule: np.array(numbers) for rule, numbers in found.items()}


def _numbers(
    expression: sp.Expr, frequencies: Array, tau_m: float, tau_r: float, k: Sequence[float] = (1.0, 1.0, 0.0)
) -> Complex:
    function = sp.lambdify([_S, _TAU_M, _TAU_R, *_K], expression, "numpy")
    return np.asarray(function(1j * frequencies, tau_m, tau_r, *k) + 0j * frequencies, complex)


def _real(values: Complex) -> Array:
    """Real parts over imaginary parts: a complex least-squares problem for real unknowns."""
    return np.concatenate([values.real, values.imag])
