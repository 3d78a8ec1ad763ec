"""Sign: a comparator with a divided output."""

from __future__ import annotations

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Reach, always


def exact_sign(x: float) -> float:
    """-1, 0 or 1."""
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else 0.0)


LAW = Law(
    name="sign",
    function=sp.sign,
    numeric=np.sign,
    exact=exact_sign,
    odd=always,
    spellings=("sgn", "signum"),
    jumps=True,
    parts={"macromodel": "sign_comparator", "transistor": "sign_comparator"},
    reach=Reach(-4, 4),
)
