"""Hyperbolic sine: diodes back to back."""

from __future__ import annotations

import math

import numpy as np

from vle_analog.laws.hyperbolic import sinh
from vle_analog.laws.law import Law, Reach, always


def exact_sinh(x: float) -> float:
    """sinh x; the value at 700 beyond, where double precision ends."""
    return math.sinh(max(min(x, 700.0), -700.0))


LAW = Law(
    name="sinh",
    function=sinh,
    numeric=np.sinh,
    exact=exact_sinh,
    slope=np.cosh,
    odd=always,
    latex=r"\sinh",
    parts={"macromodel": "sinh_generator", "transistor": "sinh_generator"},
    reach=Reach(-3, 3),
)
