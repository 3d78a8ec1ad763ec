"""The learning networks that benchmarks use: 1-N-N-1 with the sizes of the complex-signal task."""

from __future__ import annotations

import numpy as np
import sympy as sp

from vle_analog.equations.system import EquationSystem, Input
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import PlasticEquations
from vle_analog.learning.network import forward, learning
from vle_analog.learning.plasticity import Plasticity
from vle_analog.stimulus import Sines


def learning_network(n: int, plasticity: Plasticity, taught: bool = True) -> EquationSystem:
    """A student that learns from ten sines.

    Args:
        n: neurons in each hidden layer.
        plasticity: its rule and rates.
        taught: whether a teacher network in the system gives the target, or a sine from outside does.
    """
    rng = np.random.default_rng(1)

    def layers() -> list[Layer]:
        taus = (np.geomspace(0.2, 3, n), np.geomspace(0.2, 3, n), 0.5)
        weights = [rng.normal(0, 1.2 / np.sqrt(below), (here, below)) for below, here in ((1, n), (n, n), (n, 1))]
        kinds = "tanh", "tanh", "linear"
        return [Layer(len(w), w, tau, kind) for w, tau, kind in zip(weights, taus, kinds, strict=True)]

    equations, x, target = PlasticEquations(), sp.Symbol("x"), sp.Symbol("target")
    frequencies, phases = np.geomspace(0.3, 10, 10) / (2 * np.pi), rng.uniform(0, 2 * np.pi, 10)
    inputs = [Input(x, Sines((0.2**0.5,) * 10, tuple(frequencies), tuple(phases)))]
    if taught:
        equations.define(target, forward(equations, layers(), x, prefix="t", plastic=False).output)
    else:
        inputs.append(Input(target, Sines((1.0,), (0.2,), (1.0,))))
    student = layers()
    learning(equations, forward(equations, student, x), target, plasticity)
    groups = tuple(equations.states), tuple(equations.definitions), tuple(inputs), tuple(equations.parameters)
    return EquationSystem("network", *groups, outputs=("r3",), span=5.0)
