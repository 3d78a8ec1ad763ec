"""Reciprocal of a signal that stays positive: no cell, but an op-amp with a multiplier in its feedback."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Nonlinearity


class reciprocal(Nonlinearity):
    """``1 / x``."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return -(reciprocal(self.args[0]) ** 2)


def exact_reciprocal(x: float) -> float:
    """1/x."""
    return 1.0 / x


LAW = Law(
    name="reciprocal",
    function=reciprocal,
    numeric=lambda x: 1.0 / np.asarray(x),
    exact=exact_reciprocal,
    slope=lambda x: -1.0 / np.asarray(x) ** 2,
    domain=(0.0, math.inf),
    cell=False,
    spellings=("inv",),
)
