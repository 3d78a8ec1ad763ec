"""A compiled sample of the engine's arithmetic, by whose results machines tell whether they compute alike."""

from __future__ import annotations

from typing import Any

from numba import njit

from vle_analog.engine.functions import exponential, rectified, share, tangent

assert exponential is not None  # the others are built on it


@njit(cache=True, error_model="numpy", fastmath={"contract", "nsz", "arcp"})
def compute(x: Any, y: Any) -> None:
    """A function of each x into y, both of shape (n,), compiled as the engine's kernel is."""
    for j in range(len(x)):
        y[j] = tangent(x[j]) + share(x[j]) * rectified(x[j]) + 0.3 * x[j] / (2.0 + x[j] * x[j])
