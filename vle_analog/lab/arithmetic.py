"""A compiled sample of the engine's arithmetic, by whose results machines tell whether they compute alike."""

from __future__ import annotations

from typing import Any

from numba import njit


@njit(cache=True, error_model="numpy", fastmath={"contract", "nsz", "arcp"})
def compute(x: Any, y: Any) -> None:
    """A function of each x into y, both of shape (n,), compiled as the engine's kernel is."""
    for j in range(len(x)):
        y[j] = x[j] * (0.7 + 0.2 * x[j]) + 0.3 * x[j] / (2.0 + x[j] * x[j])
