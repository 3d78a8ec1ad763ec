"""Positive part: a half-wave precision rectifier, a diode within the loop of an op-amp."""

from __future__ import annotations

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Nonlinearity, Reach


class rectifier(Nonlinearity):
    """``max(x, 0)``."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        raise NotImplementedError("the rectifier has no derivative at its corner")


def exact_rectifier(x: float) -> float:
    """The number where it is positive, else 0."""
    return max(x, 0.0)


LAW = Law(
    name="rectifier",
    function=rectifier,
    numeric=lambda x: np.maximum(x, 0.0),
    exact=exact_rectifier,
    spellings=("relu", "ReLU"),
    parts={"macromodel": "half_wave_rectifier", "transistor": "half_wave_rectifier"},
    reach=Reach(-4, 4),
)
