"""vle2: ``e = ka v + kb dv/dt``, v = I-_{tau_r} p: both of gle's coefficients learn."""

from __future__ import annotations

import sympy as sp

from vle_analog.equations.operators import prospective
from vle_analog.learning.rule import Coefficients, Rule, causal, slope


def _error(exact: sp.Expr, k: Coefficients) -> sp.Expr:
    return causal(exact).replace(prospective, lambda v, tau_m: k.gain * v + k.look_ahead * slope(v))


RULE = Rule("vle2", "gle with both coefficients learned: gain and look-ahead", _error, family="vle", color="#00916a")
