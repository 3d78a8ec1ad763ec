"""Costs of the outputs: what the top error neurons receive."""

from __future__ import annotations

import numpy as np
import pytest

from vle_analog.equations.system import evaluate, indices_of, signal
from vle_analog.errors import UsageError
from vle_analog.learning.action import derive
from vle_analog.learning.cost import COSTS
from vle_analog.learning.layers import LayerShape
from vle_analog.learning.plasticity import Plasticity

SHAPES = [LayerShape(2), LayerShape(3, "linear")]
OUTPUT, TARGET = np.array([0.3, -1.2, 2.0]), np.array([0.0, 1.0, 0.0])
ANSWERS = {
    "squared": OUTPUT,
    "cross_entropy": np.exp(OUTPUT) / np.exp(OUTPUT).sum(),
    "binary_cross_entropy": 1 / (1 + np.exp(-OUTPUT)),
}


@pytest.mark.parametrize("cost", COSTS)
def test_the_top_receives_the_target_less_the_answer(cost: str) -> None:
    derivation = derive(SHAPES, cost=cost)
    top = derivation.layers[-1]
    values = {"r2": OUTPUT, "target": TARGET, "beta": np.asarray(0.7)}
    found = evaluate(derivation.error_input(2), (top.n,), values)
    np.testing.assert_allclose(found, 0.7 * (TARGET - ANSWERS[cost]), rtol=1e-12)
    assert COSTS[cost].description in {step.note for step in derivation.steps}


def test_a_costs_error_is_its_gradient_against_differences() -> None:
    n = indices_of(derive(SHAPES).layers[-1].r)[0]
    target, output = signal("target", n), signal("r2", n)
    for cost in COSTS.values():
        found = evaluate(cost.error(target, output, n), (n,), {"target": TARGET, "r2": OUTPUT})
        for place in range(3):
            high, low = OUTPUT.copy(), OUTPUT.copy()
            high[place], low[place] = high[place] + 1e-6, low[place] - 1e-6
            costs = [evaluate(cost.of(target, output, n), (), {"target": TARGET, "r2": each}) for each in (high, low)]
            assert found[place] == pytest.approx(-float(costs[0] - costs[1]) / 2e-6, abs=1e-8)


def test_what_is_no_cost_is_refused() -> None:
    with pytest.raises(UsageError, match="unknown cost 'crossentropy'") as caught:
        Plasticity(cost="crossentropy")
    assert "cross_entropy" in str(caught.value.hint)
    with pytest.raises(UsageError, match="one output") as caught:
        derive([2, 1], cost="cross_entropy")
    assert "binary_cross_entropy" in str(caught.value.hint)
    derive([2, 1], cost="binary_cross_entropy")
