"""Algebraic saturation: steeper than a hyperbolic tangent near zero, slower to its end."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Nonlinearity, always


class squash(Nonlinearity):
    """``x / sqrt(1 + x^2)``."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return (1 + self.args[0] ** 2) ** sp.Rational(-3, 2)


def exact_squash(x: float) -> float:
    """x / sqrt(1 + x^2)."""
    return x / math.sqrt(1.0 + x * x)


LAW = Law(
    name="squash",
    function=squash,
    numeric=lambda x: x / np.sqrt(1 + np.square(x)),
    exact=exact_squash,
    slope=lambda x: (1 + np.square(x)) ** -1.5,
    odd=always,
)
