"""Arc tangent, by a diode function generator."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Reach, always


def exact_atan(x: float) -> float:
    """atan x, in radians."""
    return math.atan(x)


LAW = Law(
    name="atan",
    function=sp.atan,
    numeric=np.arctan,
    exact=exact_atan,
    slope=lambda x: 1 / (1 + np.square(x)),
    odd=always,
    spellings=("arctan",),
    latex=r"\arctan",
    parts={"macromodel": "atan_generator", "transistor": "atan_generator"},
    reach=Reach(-4, 4),
)
