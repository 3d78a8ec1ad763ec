"""Izhikevich's neuron, and an independent integration of it (IEEE Trans. Neural Networks 14, 2003)."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

import vle_analog as va


def neuron(span: float) -> va.EquationSystem:
    """A regularly spiking one under a constant current, 1 ms per model unit."""
    return va.system(
        "neuron", v="0.04*v**2 + 5*v + 140 - u + 10", u="0.02*(0.2*v - u)", initial={"v": -65.0, "u": -13.0},
        events={"spike": ("v >= 30", {"v": "-65", "u": "u + 8"})}, span=span,
    )  # fmt: skip


def integrated_neuron(span: float) -> tuple[np.ndarray, np.ndarray]:
    """Times of its spikes and its state at the end, by scipy."""

    def fired(t: float, y: np.ndarray) -> float:
        return float(y[0] - 30)

    fired.terminal = fired.direction = 1  # type: ignore[attr-defined]
    y, begin, spikes = np.array([-65.0, -13.0]), 0.0, []
    while True:
        run = solve_ivp(
            lambda t, y: [0.04 * y[0] ** 2 + 5 * y[0] + 140 - y[1] + 10, 0.02 * (0.2 * y[0] - y[1])],
            (begin, span), y, "DOP853", rtol=1e-11, atol=1e-13, events=fired,
        )  # fmt: skip
        if run.status != 1:
            return np.array(spikes), run.y[:, -1]
        begin, y = run.t[-1], np.array([-65.0, run.y[1, -1] + 8])
        spikes.append(begin)
