"""Unit step: a comparator with a divided output."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Nonlinearity, Reach


class heaviside(Nonlinearity):
    """``1`` of a positive signal, ``0`` of a negative one, one half of 0."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        raise NotImplementedError("the step has no derivative at its jump")


def exact_heaviside(x: float) -> float:
    """0, 1/2 or 1."""
    return 1.0 if x > 0.0 else (0.0 if x < 0.0 else 0.5)


def numeric_heaviside(x: Any) -> Any:
    """0, 1/2 or 1, of arrays."""
    return np.heaviside(np.asarray(x, float), 0.5)


LAW = Law(
    name="heaviside",
    function=heaviside,
    numeric=numeric_heaviside,
    exact=exact_heaviside,
    spellings=("Heaviside", "step"),
    jumps=True,
    parts={"macromodel": "step_comparator", "transistor": "step_comparator"},
    reach=Reach(-4, 4),
)
