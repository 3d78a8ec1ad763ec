"""Tangent within a quarter turn: a sine shaper over a cosine shaper."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Reach, always


def exact_tan(x: float) -> float:
    """tan x, x in radians."""
    return math.tan(x)


LAW = Law(
    name="tan",
    function=sp.tan,
    numeric=np.tan,
    exact=exact_tan,
    slope=lambda x: 1 + np.tan(x) ** 2,
    odd=always,
    domain=(-math.pi / 2, math.pi / 2),
    latex=r"\tan",
    parts={"macromodel": "tangent_shaper", "transistor": "tangent_shaper"},
    reach=Reach(-1.3, 1.3),
)
