"""Logistic function, the current share of one side of a differential pair."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy as sp

from vle_analog.laws.exponential import exponential
from vle_analog.laws.law import Law, Nonlinearity, Pair


class logistic(Nonlinearity):
    """``1 / (1 + exp(-x))``, the derivative of `softplus`."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return logistic(self.args[0]) * (1 - logistic(self.args[0]))


def exact_logistic(x: float) -> float:
    """1/(1 + exp(-x))."""
    return 1.0 / (1.0 + math.exp(-x))


def fast_logistic(x: float) -> float:
    """1/(1 + exp(-x))."""
    return 1.0 / (1.0 + exponential(-x))


def numeric_logistic(x: Any) -> Any:
    """1/(1 + exp(-x)) of arrays; overflows nowhere."""
    return 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x)))


LAW = Law(
    name="logistic",
    function=logistic,
    numeric=numeric_logistic,
    exact=exact_logistic,
    fast=fast_logistic,
    slope=lambda x: numeric_logistic(x) * (1 - numeric_logistic(x)),
    parts={"macromodel": "logistic_pair", "transistor": "logistic_ltp"},
    pair=Pair(thermal=1, steepest=0.25, formula=lambda x: 1 / (1 + sp.exp(-x))),
    spellings=("sigmoid", "sigma", "expit"),
)
