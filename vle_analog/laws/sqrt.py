"""Square root: an op-amp with a multiplier as squarer in its feedback, or a log/antilog pair."""

from __future__ import annotations

import math

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Nonlinearity, Reach, always


class sqrt(Nonlinearity):
    """``sqrt(x)`` of a signal that is not negative."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return 1 / (2 * sqrt(self.args[0]))


def exact_sqrt(x: float) -> float:
    """Square root; 0 below 0, for a solver's trial steps."""
    return math.sqrt(max(x, 0.0))


LAW = Law(
    name="sqrt",
    function=sqrt,
    numeric=np.sqrt,
    exact=exact_sqrt,
    slope=lambda x: 0.5 / np.sqrt(x),
    domain=(0.0, math.inf),
    closed=always,
    latex=r"\sqrt",
    parts={"macromodel": "square_rooter", "transistor": "square_rooter"},
    reach=Reach(0.05, 8),
)
