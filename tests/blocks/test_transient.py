"""Each block's circuit follows the exact solution from the given initial value (`.tran`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.blocks.bench import Array, built, system, transient
from vle_analog.stimulus import Constant, Sines

OMEGA, PHASE = 2 * np.pi * 0.3, 0.7
SINE = Sines((1.0,), (0.3,), (PHASE,))


def lagged(t: Array, tau: float, start: float) -> Array:
    """The y with tau y' = -y + sin(omega t + phase), y(0) = start."""
    gain = 1 / (1 + 1j * OMEGA * tau)
    steady = (gain * np.exp(1j * (OMEGA * t + PHASE))).imag
    return np.asarray(steady + (start - (gain * np.exp(1j * PHASE)).imag) * np.exp(-t / tau))


def looking_ahead(t: Array) -> Array:
    """(1 + 2 s)/(1 + 2 s/20) sin: the band-limited stage starts settled, its hidden state at sin(phase)."""
    z = lagged(t, 2 / 20, np.sin(PHASE))
    return np.asarray(z + 20 * (np.sin(OMEGA * t + PHASE) - z))


def differentiating(t: Array) -> Array:
    """sin + 2 s/(1 + 2 s/20) sin."""
    x = np.sin(OMEGA * t + PHASE)
    return np.asarray(x + 20 * (x - lagged(t, 2 / 20, np.sin(PHASE))))


STEP, SWING = {"x": Constant(1.0)}, {"x": SINE}
SOLUTIONS: dict[str, tuple[object, str, Callable[[Array], Array]]] = {
    "leaky integrator, step": (
        system({"u": ("(-u + 2*x)/1.5", -0.5)}, inputs=STEP), "algebraic", lambda t: 2 - 2.5 * np.exp(-t / 1.5),
    ),
    "leaky integrator, sine": (
        system({"u": ("(-u + x)/1.5", 0.8)}, inputs=SWING), "algebraic", lambda t: lagged(t, 1.5, 0.8),
    ),
    "leaky integrator without an input": (system({"u": ("-u/3", 0.9)}), "algebraic", lambda t: 0.9 * np.exp(-t / 3)),
    "leaky integrator towards a constant": (
        system({"u": ("-u/3 - 1/4", 0.9)}), "algebraic", lambda t: -0.75 + 1.65 * np.exp(-t / 3),
    ),
    "integrator, step": (system({"u": ("-x/5", 0.5)}, inputs=STEP), "algebraic", lambda t: 0.5 - t / 5),
    "integrator, sine": (
        system({"u": ("x", -0.3)}, inputs=SWING), "algebraic",
        lambda t: -0.3 + (np.cos(PHASE) - np.cos(OMEGA * t + PHASE)) / OMEGA,
    ),
    "growth": (system({"u": ("u/4", 0.2)}), "algebraic", lambda t: 0.2 * np.exp(t / 4)),
    "nothing happens": (system({"u": ("0", 0.7)}), "algebraic", lambda t: np.full(t.shape, 0.7)),
    "weighted sum": (
        system(definitions={"u": "1 - 3*x"}, inputs=SWING), "algebraic", lambda t: 1 - 3 * np.sin(OMEGA * t + PHASE),
    ),
    "lead stage": (system(definitions={"u": "prospective(x, 2)"}, inputs=SWING), "lead", looking_ahead),
    "differentiator": (system(definitions={"u": "prospective(x, 2)"}, inputs=SWING), "differentiator", differentiating),
}  # fmt: skip


@pytest.mark.parametrize("name", SOLUTIONS)
def test_circuit_follows_the_exact_solution(name: str, tmp_path: Path) -> None:
    given, realisation, exact = SOLUTIONS[name]
    circuit = built(given, {"u": 3.0}, realisation=realisation, bandwidth=20.0)  # type: ignore[arg-type]
    run = transient(circuit, tmp_path, 5.0, 0.002, ["u"])
    assert run["u"][0] == pytest.approx(exact(run.time)[0], abs=1e-4)
    np.testing.assert_allclose(run["u"], exact(run.time), atol=2e-4)
