"""Real power of a positive signal: a log amplifier, a gain, an antilog amplifier."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Nonlinearity, Reach


class pow(Nonlinearity):
    """``x**a`` of a positive signal, a constant."""

    nargs = 2

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        x, a = self.args
        return a * pow(x, a - 1)


def exact_pow(x: float, a: float) -> float:
    """x**a; of x below 0 the value at the smallest number, for a solver's trial steps."""
    return float(min(max(x, 2.3e-308) ** a, 1e300))


def numeric_pow(x: Any, a: Any) -> Any:
    """x**a of arrays; not a number below 0."""
    return np.power(np.asarray(x, float), a)


LAW = Law(
    name="pow",
    function=pow,
    numeric=numeric_pow,
    exact=exact_pow,
    slope=lambda x, a: a * numeric_pow(x, a - 1),
    constants=("a",),
    domain=(0.0, math.inf),
    closed=lambda a: bool(a > 0),
    spellings=("power",),
    parts={"macromodel": "power_unit", "transistor": "power_unit"},
    reach=Reach(0.05, 8, (0.5,)),
)
