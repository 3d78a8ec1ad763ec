"""vle3: ``e = ka v + kb dv/dt + kc I-_{tau_m} v``, v = I-_{tau_r} p: vle2 with a look back that learns, too."""

from __future__ import annotations

import sympy as sp

from vle_analog.equations.operators import prospective, retrospective
from vle_analog.learning.rule import Coefficients, Rule, causal, slope


def _error(exact: sp.Expr, k: Coefficients) -> sp.Expr:
    def learned(v: sp.Expr, tau_m: sp.Expr) -> sp.Expr:
        return k.gain * v + k.look_ahead * slope(v) + k.look_back * retrospective(v, tau_m)

    return causal(exact).replace(prospective, learned)


RULE = Rule("vle3", "as vle2, with a learned look back", _error, family="vle", color="#14457a")
