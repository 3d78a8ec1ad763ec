"""The adjoint is the gradient of the cost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vle_analog.learning.layers import Layer, Recurrent, inputs_of
from vle_analog.learning.learned import parameters_of
from vle_analog.reference.adjoint import Adjoint, Gradient
from vle_analog.stimulus import Sines

X = Sines((1.0, 0.5), (0.11, 0.37), (0.3, 1.1))
TARGET = Sines((0.8,), (0.23,), (0.0,))
#: of several inputs and outputs
XS = [X, Sines((0.7,), (0.19,), (2.0,)), Sines((0.4, 0.6), (0.07, 0.29), (0.0, 1.0))]
TARGETS = [TARGET, Sines((0.5, 0.3), (0.13, 0.31), (0.4, 0.0))]
SPAN = 12.0


def layers(seed: int) -> list[Layer]:
    rng = np.random.default_rng(seed)
    kinds = [("tanh", "tanh", "linear"), ("softplus", "tanh", "linear"), ("tanh", "softplus", "softplus")]
    kinds += [("tanh", "tanh", "linear")] * 2
    sizes = [(3, 2, 1), (2, 4, 1), (1, 3, 1), (4, 1, 2), (3, 2, 2)]
    found, below = [], inputs(seed)
    for size, kind in zip(sizes[seed], kinds[seed], strict=True):
        taus = rng.uniform(0.3, 2.0, size) if size > 1 else float(rng.uniform(0.3, 2.0))
        found.append(
            Layer(size, rng.normal(0, 1, (size, below)), taus, kind, tau_r=0.15, bias=rng.normal(0, 0.3, size))
        )
        below = size
    return recurrent(found, rng) if seed == 4 else found


def recurrent(network: list[Layer], rng: np.random.Generator) -> list[Layer]:
    """The network with layers that hear themselves, others above, and others far below."""

    def heard(layer: int, source: int, tau: float) -> Recurrent:
        shape = (network[layer - 1].size, network[source - 1].size)
        return Recurrent(source, rng.normal(0, 0.6, shape), tau)

    ways = {1: (heard(1, 1, 0.7), heard(1, 3, 1.3)), 2: (heard(2, 2, 0.4),), 3: (heard(3, 1, 0.9),)}
    return [replace(layer, recurrent=ways[number]) for number, layer in enumerate(network, 1)]


def inputs(seed: int) -> int:
    return 3 if seed >= 3 else 1


def gradient(network: list[Layer], step: float = 0.01) -> Gradient:
    return Adjoint(network).gradient(XS[: inputs_of(network)], TARGETS[: network[-1].size], SPAN, step)


@pytest.mark.parametrize("seed", [0, 1, 2, 3, pytest.param(4, marks=pytest.mark.slow)])
def test_it_is_the_gradient_by_finite_differences(seed: int) -> None:
    """All weights, biases and time constants of a random network, relative to each array's size."""
    network = layers(seed)
    found = gradient(network)
    for name, place in parameters_of(network).items():
        value = np.array(place.of(network), float)
        exact = np.broadcast_to(found.by[name].reshape(value.shape), value.shape)
        numeric = np.empty(value.shape)
        for at in np.ndindex(*value.shape):
            costs = []
            for sign in (1, -1):
                moved = value.copy()
                moved[at] += sign * 1e-5
                changed = list(network)
                changed[place.number - 1] = place.set(network[place.number - 1], moved if value.ndim else float(moved))
                costs.append(gradient(changed).cost)
            numeric[at] = (costs[0] - costs[1]) / 2e-5
        assert np.abs(numeric - exact).max() <= 1e-5 * np.abs(exact).max(), name


def test_it_is_the_gradient_of_other_costs() -> None:
    network = layers(3)[1:]
    network[0] = replace(network[0], weights=np.ones((1, 3)))

    def of(weights: np.ndarray) -> Gradient:
        changed = [network[0], replace(network[1], weights=weights)]
        return Adjoint(changed, cost="cross_entropy").gradient(XS, TARGETS, SPAN, 0.01)

    given = np.array(network[1].weights)
    moves = [1e-5 * np.eye(len(given))[:, :1] * sign for sign in (1, -1)]
    costs = [of(given + move).cost for move in moves]
    assert (costs[0] - costs[1]) / 2e-5 == pytest.approx(np.ravel(of(given).by["w2"])[0], rel=1e-5)


def test_errors_converge_with_the_methods_order() -> None:
    """Layer 1's error, behind two layers of adjoint filters, at the times that all runs share."""
    network = layers(0)
    fine = gradient(network, 0.0025)
    differences = []
    for step in (0.04, 0.02):
        coarse = gradient(network, step)
        at = np.abs(fine.time[:, None] - coarse.time[None, :]).argmin(axis=0)
        assert np.abs(fine.time[at] - coarse.time).max() < 1e-9
        exact = fine.errors["e1"][at]
        differences.append(np.abs(coarse.errors["e1"] - exact).max() / np.abs(exact).max())
    assert np.log2(differences[0] / differences[1]) > 3.5
    assert differences[1] < 1e-6
