"""The learning networks that benchmarks use: 1-N-N-1 with the sizes of the complex-signal task, and of any width."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import sympy as sp

from vle_analog.equations.system import EquationSystem, Input
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import Learned, PlasticEquations
from vle_analog.learning.network import forward, learning
from vle_analog.learning.plasticity import Plasticity
from vle_analog.stimulus import Gate, Sines
from vle_analog.tasks.task import Stream, plastic_system


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


def sines(sizes: Sequence[int], seed: int = 0) -> tuple[tuple[Sines, ...], tuple[Sines, ...]]:
    """What a network of so many neurons hears, and shall answer: sines in random phases."""
    rng = np.random.default_rng(seed)

    def of(count: int) -> tuple[Sines, ...]:
        phases = rng.uniform(0, 2 * np.pi, count)
        return tuple(Sines((0.7,), (0.1 + 0.05 * n,), (float(phase),)) for n, phase in enumerate(phases))

    return of(sizes[0]), of(sizes[-1])


def wide_network(sizes: Sequence[int], plasticity: Plasticity) -> tuple[EquationSystem, tuple[Learned, ...]]:
    """A network of so many inputs and neurons per layer that learns all the time, and what learns in it."""
    rng, top = np.random.default_rng(0), len(sizes) - 1
    layers = [
        Layer(
            here,
            rng.normal(0, 1.2 / np.sqrt(below), (here, below)),
            0.5 if number == top else np.geomspace(0.2, 3, here),
            "linear" if number == top else "tanh",
            bias=np.zeros(here),
        )
        for number, (below, here) in enumerate(itertools.pairwise(sizes), 1)
    ]
    heard, wanted = (each if len(each) > 1 else each[0] for each in sines(sizes))
    stream = Stream(heard, wanted, Gate(0.0, 1e9))
    return plastic_system("wide", layers, plasticity, stream, span=100.0, teacher=None, unit=1e-3)
