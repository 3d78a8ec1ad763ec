"""Hyperbolic cosine: two antilog amplifiers."""

from __future__ import annotations

import math

import numpy as np

from vle_analog.laws.hyperbolic import cosh
from vle_analog.laws.law import Law, Reach


def exact_cosh(x: float) -> float:
    """cosh x; the value at 700 beyond, where double precision ends."""
    return math.cosh(max(min(x, 700.0), -700.0))


LAW = Law(
    name="cosh",
    function=cosh,
    numeric=np.cosh,
    exact=exact_cosh,
    slope=np.sinh,
    latex=r"\cosh",
    parts={"macromodel": "cosh_generator", "transistor": "cosh_generator"},
    reach=Reach(-3, 3),
)
