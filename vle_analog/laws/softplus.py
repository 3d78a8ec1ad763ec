"""Softplus, a smooth rectifier: the soft maximum of two emitter followers with common emitters."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from vle_analog.laws.exponential import exponential
from vle_analog.laws.law import Law, Nonlinearity, Pair
from vle_analog.laws.logistic import logistic, numeric_logistic


class softplus(Nonlinearity):
    """``log(1 + exp(x))``."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return logistic(self.args[0])


def exact_softplus(x: float) -> float:
    """ln(1 + exp(x))."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def fast_softplus(x: float) -> float:
    """ln(1 + exp(x)), by ln(1 + z) = 2 artanh(s) with s up to 1/3."""
    z = exponential(-abs(x))
    s = z / (2.0 + z)
    q = s * s
    p = 1 / 27.0
    p = p * q + 1 / 25.0
    p = p * q + 1 / 23.0
    p = p * q + 1 / 21.0
    p = p * q + 1 / 19.0
    p = p * q + 1 / 17.0
    p = p * q + 1 / 15.0
    p = p * q + 1 / 13.0
    p = p * q + 1 / 11.0
    p = p * q + 1 / 9.0
    p = p * q + 1 / 7.0
    p = p * q + 1 / 5.0
    p = p * q + 1 / 3.0
    p = p * q + 1.0
    return max(x, 0.0) + 2.0 * s * p


LAW = Law(
    name="softplus",
    function=softplus,
    numeric=lambda x: np.logaddexp(0.0, x),
    exact=exact_softplus,
    fast=fast_softplus,
    slope=numeric_logistic,
    parts={"macromodel": "softplus_pair", "transistor": "softplus_translinear"},
    pair=Pair(thermal=1, steepest=1.0, formula=lambda x: sp.log(1 + sp.exp(x))),
)
