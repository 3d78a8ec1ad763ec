"""What goes along with a loss, and what would by chance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vle_analog.compare.influence import by_chance, rank_correlations, strongest


def test_rank_correlations_by_hand_and_by_chance() -> None:
    outcome = [1.0, 2.0, 3.0, 4.0, math.inf]
    table = np.array([[1, 5, 7, 1], [2, 4, 7, 2], [3, 3, 7, 2], [4, 2, 7, 3], [99, 1, 7, 4]], float)
    assert rank_correlations(outcome, table) == pytest.approx([1, -1, 0, 9.5 / (10 * 9.5) ** 0.5])
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((200, 400))
    largest = [np.abs(rank_correlations(rng.random(200), noise)).max() for _ in range(20)]
    assert np.median(largest) == pytest.approx(by_chance(200, 400), rel=0.15)


def test_parts_that_matter_by_sign_or_by_size() -> None:
    rng = np.random.default_rng(4)
    table = rng.standard_normal((300, 30))
    table[:, 7] = 5.0
    loss = np.exp(table[:, 3]) + 2 * np.abs(table[:, 11]) + 0.1 * rng.random(300)
    found, counted = strongest(loss.tolist(), table, [f"p{k}" for k in range(30)])
    assert counted == 29 and {each.name for each in found[:2]} == {"p3", "p11"} and len(found) == 10
    both = {each.name: each for each in found}
    assert both["p3"].value == both["p3"].signed > 0.4 and both["p11"].value == both["p11"].absolute > 0.4
    assert strongest([], table[:0], []) == ([], 0)
