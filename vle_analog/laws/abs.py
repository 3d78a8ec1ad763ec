"""Absolute value: a full-wave precision rectifier, diodes within the loops of op-amps."""

from __future__ import annotations

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Reach


def exact_abs(x: float) -> float:
    """The number without its sign."""
    return abs(x)


LAW = Law(
    name="abs",
    function=sp.Abs,
    numeric=np.abs,
    exact=exact_abs,
    spellings=("Abs", "fabs"),
    parts={"macromodel": "full_wave_rectifier", "transistor": "full_wave_rectifier"},
    reach=Reach(-4, 4),
)
