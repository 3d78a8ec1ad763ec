"""Rates that adapt: Adam, whose steps are those of Euler's method."""

from __future__ import annotations

import numpy as np
import sympy as sp

from vle_analog.equations.system import EquationSystem, Input, Parameter, State
from vle_analog.reference.adaptive import Adaptation, adaptive
from vle_analog.reference.codegen import EULER
from vle_analog.reference.integrator import Integrator
from vle_analog.stimulus import Sines

STEP, STEPS, ETA = 0.1, 200, 0.03


def test_a_weight_moves_by_what_drives_it_over_its_root_mean_square() -> None:
    w, still, x, eta = sp.symbols("w still x eta")
    states = State(w, eta * x - eta * w, 0.5), State(still, x - eta * still)
    drive = Input(x, Sines((1.0,), (0.3,), (0.4,)))
    system = EquationSystem("adam", states, (), (drive,), (Parameter(eta, ETA),))
    made = adaptive(system, ["w", "still"], Adaptation(mean=1.0, square=10.0, floor=1e-3))
    integrator = Integrator(made, EULER)
    state, times = integrator.initial(), STEP * np.arange(STEPS + 1)
    integrator.march(state, integrator.driving(times), np.full(STEPS, STEP))

    value, mean, square, other = 0.5, 0.0, 1e-3, 0.0
    for heard in drive.stimulus(times[:-1]):  # type: ignore[operator]
        asked = heard - value
        value += STEP * ETA * mean / (np.sqrt(square) + 1e-3)
        mean, square = mean + STEP / 1.0 * (asked - mean), square + STEP / 10.0 * (asked**2 - square)
        other += STEP * (heard - ETA * other)  # its rate is not proportional to eta: as it was
    found = integrator.shaped(state)
    np.testing.assert_allclose([found["w"], found["still"]], [value, other], rtol=1e-12)
