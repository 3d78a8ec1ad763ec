"""Linoid, the opening rate of ion channels: a line over an exponential that pass zero together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Nonlinearity, Reach

#: nearer to zero than this, its series is more exact than the quotient
_NEAR = 1e-3


class linoid(Nonlinearity):
    """``x / (1 - exp(-x))``, 1 at 0 (Hodgkin and Huxley, J. Physiol. 117, 1952, equations 12 and 20)."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        raise NotImplementedError("the linoid's derivative has no form that holds at zero")


def exact_linoid(x: float) -> float:
    """x/(1 - exp(-x))."""
    if abs(x) < 1e-3:
        return 1.0 + x / 2.0 + x * x / 12.0
    return x / (1.0 - math.exp(-max(x, -700.0)))


def numeric_linoid(x: Any) -> Any:
    """x/(1 - exp(-x)) of arrays."""
    x = np.asarray(x, float)
    near = np.abs(x) < _NEAR
    away = np.where(near, 1.0, np.maximum(x, -700.0))
    return np.where(near, 1 + x / 2 + x * x / 12, x / -np.expm1(-away))


LAW = Law(
    name="linoid",
    function=linoid,
    numeric=numeric_linoid,
    exact=exact_linoid,
    parts={"macromodel": "linoid_generator", "transistor": "linoid_generator"},
    reach=Reach(-4, 4),
)
