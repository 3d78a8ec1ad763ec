"""Sine, by a shaper of bipolar pairs."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Reach, always


def exact_sin(x: float) -> float:
    """sin x, x in radians."""
    return math.sin(x)


LAW = Law(
    name="sin",
    function=sp.sin,
    numeric=np.sin,
    exact=exact_sin,
    slope=np.cos,
    odd=always,
    latex=r"\sin",
    parts={"macromodel": "sine_pairs", "transistor": "sine_shaper"},
    reach=Reach(-4, 4),
)
