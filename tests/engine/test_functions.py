"""The vector functions against numpy's."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from vle_analog.engine.functions import exponential, rectified, share, tangent

X = np.concatenate([np.linspace(-40, 40, 4001), np.linspace(-1, 1, 1001), [-1e-9, 0.0, 1e-9, 200.0, -200.0, 1e6, -1e6]])
LAWS: dict[str, tuple[Callable[[float], float], Callable[[np.ndarray], np.ndarray]]] = {
    "tanh": (tangent, np.tanh),
    "logistic": (share, lambda x: 1 / (1 + np.exp(-np.clip(x, -350, 350)))),
    "softplus": (rectified, lambda x: np.logaddexp(0, x)),
}


@pytest.mark.parametrize("name", LAWS)
def test_as_exact_as_double_precision_needs(name: str) -> None:
    mine, theirs = LAWS[name]

    found = np.array([mine(x) for x in X])

    assert np.abs(found - theirs(X)).max() <= 1e-13 * max(1.0, float(np.abs(theirs(X)).max()) * 1e-3)


def test_the_exponential_s_relative_error() -> None:
    x = np.linspace(-300, 300, 10_001)

    found = np.array([exponential(each) for each in x])

    assert np.abs(found / np.exp(x) - 1).max() < 1e-12
