"""Cosine, by a shaper of bipolar pairs."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Reach


def exact_cos(x: float) -> float:
    """cos x, x in radians."""
    return math.cos(x)


LAW = Law(
    name="cos",
    function=sp.cos,
    numeric=np.cos,
    exact=exact_cos,
    slope=lambda x: -np.sin(x),
    latex=r"\cos",
    parts={"macromodel": "cosine_shaper", "transistor": "cosine_shaper"},
    reach=Reach(-4, 4),
)
