"""Rates that adapt."""

from __future__ import annotations

import numpy as np
import pytest

from vle_analog.reference.adam import Adam


def test_what_is_always_asked_for_is_moved_by_the_rate() -> None:
    parameters, adam = {"w": np.zeros(2), "still": np.ones(1)}, Adam()
    for _ in range(7):
        adam.move(parameters, {"w": np.array([1e-6, -300.0])}, 0.01)
    np.testing.assert_allclose(parameters["w"], [0.07, -0.07], rtol=0.02)
    assert parameters["still"] == 1.0


def test_it_is_adam() -> None:
    """Two moves by hand (Kingma and Ba 2015, algorithm 1)."""
    parameters, adam = {"w": np.zeros(1)}, Adam(0.8, 0.9, 1e-3)
    for asked in (2.0, -1.0):
        adam.move(parameters, {"w": np.array([asked])}, 0.1)
    first = 0.1 * 2.0 / (2.0 + 1e-3)
    mean, square = 0.8 * 0.4 - 0.2, 0.9 * 0.4 + 0.1
    second = 0.1 * mean / (1 - 0.64) / (np.sqrt(square / (1 - 0.81)) + 1e-3)
    assert parameters["w"][0] == pytest.approx(first + second, rel=1e-12)
