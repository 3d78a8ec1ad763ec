"""vle1: ``e = ka (v + tau_m dv/dt)``, v = I-_{tau_r} p: gle's error with a gain that learns."""

from __future__ import annotations

import sympy as sp

from vle_analog.learning.rule import Coefficients, Rule, causal


def _error(exact: sp.Expr, k: Coefficients) -> sp.Expr:
    return k.gain * causal(exact)


RULE = Rule("vle1", "gle with a learned gain", _error, family="vle", color="#6b8e00")
