"""Sequences at once, weights held, against the network's equations step by step, and the exact gradient against
differences of the cost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from vle_analog.errors import UsageError
from vle_analog.learning.cost import COSTS
from vle_analog.learning.layers import Layer, Recurrent
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference.held import HeldNetwork
from vle_analog.reference.learners import OnlineLearner
from vle_analog.reference.tableau import EULER
from vle_analog.stimulus import Constant, Gate, Piecewise
from vle_analog.tasks.task import Stream, plastic_system

TIMES, STEP = 40, 0.1
SIZES = 2, 5, 4, 3
RNG = np.random.default_rng(5)
SEQUENCES, LABELS = RNG.normal(size=(4, TIMES, SIZES[0])), np.array([1, 0, 2, 1])


def network() -> list[Layer]:
    """Three layers, in which some neurons share both time constants, some one, some none."""
    rng = np.random.default_rng(0)

    def layer(number: int, activation: str) -> Layer:
        n, below = SIZES[number], SIZES[number - 1]
        taus = rng.choice([0.6, 1.2], n), rng.choice([0.3, 0.4], n)
        return Layer(n, rng.normal(size=(n, below)), taus[0], activation, taus[1], rng.normal(0, 0.3, n))

    return [layer(1, "tanh"), layer(2, "softplus"), layer(3, "linear")]


def plasticity(**changes: Any) -> Plasticity:
    return Plasticity(**{"eta": 1.0, "averaging": 5.0, "eta_backward": 0.0, **changes})


def held(given: Plasticity, **options: Any) -> HeldNetwork:
    return HeldNetwork(network(), given, STEP, kind=np.float64, **options)


@pytest.mark.parametrize(
    ("rule", "eligibility", "cost"),
    [
        ("gle", True, "cross_entropy"),
        ("vle3", False, "squared"),
        pytest.param("bp", False, "binary_cross_entropy", marks=pytest.mark.slow),
        pytest.param("vle1", True, "squared", marks=pytest.mark.slow),
    ],
)
def test_it_asks_for_what_the_network_asks_for_as_it_runs(rule: str, eligibility: bool, cost: str) -> None:
    given, span = plasticity(rule=rule, eligibility=eligibility, cost=cost), TIMES * STEP
    times = STEP * np.arange(TIMES + 1)
    heard = tuple(Piecewise(times, np.append(column, column[-1])) for column in SEQUENCES[0].T)
    wanted = tuple(Constant(float(place == LABELS[0])) for place in range(SIZES[-1]))
    system, learned = plastic_system("held", network(), given, Stream(heard, wanted, Gate(0.0, span)), span)
    stepped = OnlineLearner(system, learned, STEP, EULER).direction(span)
    made = held(given)
    found = made.asked(made.start(), SEQUENCES[:1], LABELS[:1])
    for name in (f"{letter}{number}" for letter in "wb" for number in (1, 2, 3)):
        size = np.abs(stepped[name]).max()  # weights that as good as stand still leave six digits of their changes
        np.testing.assert_allclose(span * found.by[name], stepped[name], rtol=0, atol=1e-5 * size)


@pytest.mark.parametrize("cost", COSTS)
def test_the_exact_errors_are_the_costs_gradient(cost: str) -> None:
    made = held(plasticity(rule="gle", cost=cost), exact=True)
    start = made.start()
    by = made.asked(start, SEQUENCES, LABELS).by
    for name, at in (("w1", (2, 1)), ("w2", (0, 3)), ("b2", (1,)), ("w3", (2, 2))):
        costs = []
        for sign in (1, -1):
            moved = {**start, name: start[name].copy()}
            moved[name][at] += sign * 1e-6
            costs.append(made.asked(moved, SEQUENCES, LABELS).cost)
        assert -(costs[0] - costs[1]) / 2e-6 == pytest.approx(by[name][at], rel=1e-5)


def test_threads_share_a_batch() -> None:
    given = plasticity(rule="vle1", eligibility=True)
    alone, shared = held(given), held(given, threads=3)
    wanted, found = (each.asked(each.start(), SEQUENCES, LABELS) for each in (alone, shared))
    assert found.right == wanted.right and found.cost == pytest.approx(wanted.cost, rel=1e-12)
    assert found.by.keys() == wanted.by.keys() >= {"ka1", "ka3", "w1", "b3"}
    for name, value in wanted.by.items():
        np.testing.assert_allclose(found.by[name], value, rtol=0, atol=1e-12 * np.abs(value).max())


def test_what_comes_before_is_heard_and_not_learned_from() -> None:
    """Outputs of another sequence's end move nothing; with the weights of a rest, all else is as it was."""
    given, before = plasticity(rule="gle", cost="cross_entropy"), 10
    made = held(given, exact=True)
    start = made.start()
    follow = np.concatenate([SEQUENCES[::-1, -before:], SEQUENCES], axis=1)
    by = made.asked(start, follow, LABELS, before)
    costs = []
    for sign in (1, -1):
        moved = {**start, "w2": start["w2"].copy()}
        moved["w2"][1, 2] += sign * 1e-6
        costs.append(made.asked(moved, follow, LABELS, before).cost)
    assert -(costs[0] - costs[1]) / 2e-6 == pytest.approx(by.by["w2"][1, 2], rel=1e-5)


def test_what_cannot_be_held_is_refused() -> None:
    layer = Layer(2, np.ones((2, 1)), 1.0, bias=np.zeros(2), recurrent=(Recurrent(1, np.eye(2)),))
    with pytest.raises(UsageError, match="cannot be held"):
        HeldNetwork([layer], plasticity(), STEP)
