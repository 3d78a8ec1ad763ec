"""Exponential function: the collector current of a transistor, with a buffer (antilog amplifier)."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Reach


def exact_exp(x: float) -> float:
    """exp x; the value at 700 beyond, where double precision ends."""
    return math.exp(min(x, 700.0))


LAW = Law(
    name="exp",
    function=sp.exp,
    numeric=np.exp,
    exact=exact_exp,
    slope=np.exp,
    latex=r"\exp",
    parts={"macromodel": "antilog", "transistor": "antilog"},
    reach=Reach(-3, 2),
)
