"""The adjoint's errors satisfy the Euler-Lagrange equations as they are derived, to the integrator's accuracy.

The numerical errors lie on a smooth curve that obeys the equations but for a defect of the method's order, so the
residual ``D-_{tau_m} e - D-_{tau_r} p`` along them is that defect: it needs no exact solution to compare with. Time
derivatives are central differences of tenth order on the recorded grid.
"""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray

from vle_analog.equations.operators import adjoint_prospective
from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import EquationSystem, Input, evaluate, instance_names
from vle_analog.equations.templates import free_indices
from vle_analog.learning.action import derive
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import PlasticEquations
from vle_analog.learning.network import forward, learning
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference.adjoint import Adjoint
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.tableau import HEUN, RK4, Tableau
from vle_analog.stimulus import Sines

Array = NDArray[np.float64]

X = Sines((1.0, 0.5), (0.11, 0.37), (0.3, 1.1))
TARGET = Sines((0.8, 0.3), (0.23, 0.05), (0.0, 0.7))
SPAN, BETA = 12.0, 0.7
SIZES = (4, 4, 1)
LAW = derive(SIZES).euler_lagrange  # tanh, the top layer linear
#: weights of f(t + kh) - f(t - kh), k = 1..5, in h f'(t), order ten (Fornberg, Math. Comp. 51 (1988) 699)
CENTRAL = (5 / 6, -5 / 21, 5 / 84, -5 / 504, 1 / 1260)


def network(seed: int) -> list[Layer]:
    """1-4-4-1: tanh, tanh, linear; time constants of both kinds differ from neuron to neuron."""
    rng = np.random.default_rng(seed)
    found, below = [], 1
    for size, kind in zip(SIZES, ("tanh", "tanh", "linear"), strict=True):
        weights = rng.normal(0, 1.2 / np.sqrt(below), (size, below))
        taus = rng.uniform(0.3, 2.0, (2, size)) * [[1.0], [0.2]]
        tau_m, tau_r = taus if size > 1 else taus[:, 0]
        found.append(Layer(size, weights, tau_m, kind, tau_r, rng.normal(0, 0.3, size)))
        below = size
    return found


def derivative(values: Array, step: float) -> Array:
    """Along the first axis; five points at each end are lost."""
    count, result = len(values) - 10, np.zeros((len(values) - 10, *values.shape[1:]))
    for k, weight in enumerate(CENTRAL, 1):
        result += weight / step * (values[5 + k : 5 + k + count] - values[5 - k : 5 - k + count])
    return result


def signals(seed: int, time: Array, recorded: dict[str, Array]) -> dict[str, Array]:
    """All that the derived law names, in its templates' shapes; axes of one neuron are dropped."""
    found = {**recorded, "beta": np.asarray(BETA), "r0": X(time), "target": TARGET(time)}
    for number, layer in enumerate(network(seed), 1):
        found |= {f"{name}{number}": np.asarray(getattr(layer, name)) for name in ("tau_m", "tau_r")}
        found[f"w{number}"] = np.asarray(layer.weights)
    return {name: array.squeeze() for name, array in found.items()}


def residuals(values: dict[str, Array], step: float) -> list[float]:
    """By layer: RMS of the Euler-Lagrange equation's left minus right side, relative to that of the right."""

    def side(expression: sp.Expr) -> Array:
        assert isinstance(expression, adjoint_prospective)
        inner, tau = (evaluate(each, free_indices(expression), values) for each in expression.args)
        return inner[5:-5] - tau * derivative(inner, step)

    found = []
    for law in LAW:
        left, right = side(law.lhs), side(law.rhs)
        assert left.shape == right.shape
        found.append(float(np.sqrt(np.mean((left - right) ** 2) / np.mean(right**2))))
    return found


def adjoint_residuals(seed: int, method: Tableau, count: int) -> list[float]:
    """With so many steps over the window, rates and slopes from the forward run that the gradient takes."""
    adjoint, step = Adjoint(network(seed), BETA, method), SPAN / count
    gradient = adjoint.gradient([X], [TARGET], SPAN, step)
    steps = adjoint.substeps * count
    times = np.linspace(0, SPAN, 2 * steps + 1)
    inputs = np.stack([X(times), TARGET(times)], axis=1)
    names = ["r1", "r2", "r3", "d1", "d2"]
    records = adjoint.forward.march(adjoint.forward.initial(), inputs, np.full(steps, SPAN / steps), names)
    blocks = np.split(records[:: adjoint.substeps], np.cumsum([4, 4, 1, 4]), axis=1)
    # the forward run is recorded at the steps' starts, the adjoint at their ends
    time = gradient.time[:-1]
    np.testing.assert_allclose(time, np.arange(1, count) * step, rtol=1e-12)
    recorded = {name: block[1:] for name, block in zip(names, blocks, strict=True)}
    recorded |= {name: errors[:-1] for name, errors in gradient.errors.items()}
    return residuals(signals(seed, time, recorded), step)


def gle_residuals(seed: int, count: int) -> list[float]:
    """The same for gle's error neurons in the same network, which do not learn."""
    equations, x, target, layers = PlasticEquations(), sp.Symbol("x"), sp.Symbol("target"), network(seed)
    learning(equations, forward(equations, layers, x), target, Plasticity("gle", eta=0.0, beta=BETA))
    system = EquationSystem(
        "gle",
        tuple(equations.states),
        tuple(equations.definitions),
        (Input(x, X), Input(target, TARGET)),
        tuple(equations.parameters),
    )
    integrator = Integrator(resolve(system))
    names = ["r1", "r2", "r3", "d1", "d2", "e1", "e2", "e3"]
    waves = integrator.run(SPAN / count, span=SPAN, record=names).waveforms
    recorded = {
        name: np.stack([waves.signals[each] for each in instance_names(integrator.layout.symbols[name])], axis=-1)
        for name in names
    }
    return residuals(signals(seed, waves.time, recorded), SPAN / count)


def test_the_derivative_is_far_better_than_what_it_measures() -> None:
    time, w = np.linspace(0, SPAN, 601), 2 * np.pi * np.array(X.frequencies)
    exact = np.cos(w * time[:, None] + X.phases) @ (w * X.amplitudes)
    assert np.abs(derivative(X(time), time[1]) - exact[5:-5]).max() < 1e-12


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_adjoint_satisfies_the_derived_equations(seed: int) -> None:
    assert max(adjoint_residuals(seed, RK4, 1200)) <= 1e-8


@pytest.mark.parametrize("method", [RK4, HEUN], ids=lambda method: method.name)
def test_the_residual_falls_with_the_methods_order(method: Tableau) -> None:
    found = np.array([adjoint_residuals(0, method, count) for count in (600, 1200, 2400)])
    slopes = np.log2(found[:-1] / found[1:])
    assert np.abs(slopes - method.order).max() < 0.1, slopes


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gles_errors_do_not(seed: int) -> None:
    """The right phase alone does not satisfy them."""
    assert min(gle_residuals(seed, 1200)) > 1e-2
