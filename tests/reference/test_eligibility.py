"""Synapses that look back give the exact gradient wherever what they receive is exact.

From rest, that is, where the operators' ends vanish. A bias does not start from rest: ``D+ I- 1`` is one only after a
while, which is all that learning asks for; so biases are left out here.
"""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from vle_analog.learning.layers import Layer
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference import learners
from vle_analog.reference.adjoint import Adjoint
from vle_analog.reference.learners import OnlineLearner
from vle_analog.reference.tableau import RK4
from vle_analog.stimulus import Gate, Sines
from vle_analog.tasks.task import Stream, plastic_system

X = Sines((1.0, 0.7), (0.11, 0.37), (0.3, 1.1))
TARGET = Sines((0.8, 0.3), (0.23, 0.05), (0.0, 0.7))
Array = NDArray[np.float64]
SPAN, STEP = 12.0, 0.01


@pytest.fixture(autouse=True)
def _more_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that move a little more, so that rounding takes fewer digits of their changes."""
    monkeypatch.setattr(learners, "_VANISHING", 1e-7)


def network(seed: int, upper_tau: float) -> tuple[Layer, ...]:
    """1-4-1 with learned conductances; the output neuron's time constants are ``upper_tau`` and 0.2."""
    rng = np.random.default_rng(seed)
    hidden = Layer(4, rng.normal(size=(4, 1)), rng.uniform(0.3, 2.0, 4), "tanh", 0.1, rng.normal(0, 0.3, 4), True)
    return hidden, Layer(1, rng.normal(size=(1, 4)), upper_tau, "tanh", 0.2, 0.1, True)


def both(layers: tuple[Layer, ...], rule: str, eligibility: bool) -> tuple[dict[str, Array], dict[str, Array]]:
    """From rest over the span: what the rule would do to every parameter, and the exact descent."""
    plasticity = Plasticity(rule, eta=1.0, eta_tau=1.0, eligibility=eligibility)
    system, learned = plastic_system("exact", layers, plasticity, Stream(X, TARGET, Gate(0.0, SPAN)), SPAN)
    found = OnlineLearner(system, learned, STEP, RK4).direction(SPAN)
    adjoint = Adjoint(layers, method=RK4)
    by = adjoint.gradient([X], [TARGET], SPAN, STEP, adjoint.forward.initial(), 0.0).by
    return found, {name: by[f"tau_m{name[1:]}"] if name[0] == "g" else -by[name] for name in found}


def apart(found: Array, wanted: Array) -> float:
    """Distance over the length of what is wanted."""
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


@pytest.mark.parametrize("rule", ["bp", "gle", "vle1"])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_top_layer_learns_by_the_exact_gradient(rule: str, seed: int) -> None:
    """Whatever the rule: it decides what is passed down. Conductances, too."""
    found, exact = both(network(seed, 1.5), rule, eligibility=True)
    for name in ("w2", "g2"):
        assert apart(found[name], exact[name]) < 2e-5, name


def test_all_layers_do_where_the_error_above_is_exact() -> None:
    """With equal time constants ``I+_{tau_m} D-_{tau_r}`` is one, and so is what bp puts in its place."""
    found, exact = both(network(2, 0.2), "bp", eligibility=True)
    assert set(found) == {"w1", "b1", "g1", "w2", "b2", "g2"}
    for name in ("w1", "g1", "w2", "g2"):
        assert apart(found[name], exact[name]) < 2e-5, name


def test_an_error_in_their_place_does_not() -> None:
    found, exact = both(network(0, 1.5), "gle", eligibility=False)
    assert apart(found["w2"], exact["w2"]) > 0.1
