"""gle: ``e = D+_{tau_m} I-_{tau_r} p``, GLE's published error neuron (arXiv 2403.16933)."""

from __future__ import annotations

import sympy as sp

from vle_analog.learning.rule import Coefficients, Rule, causal


def _error(exact: sp.Expr, k: Coefficients) -> sp.Expr:
    return causal(exact)


RULE = Rule("gle", "I+ by D+ and D- by I-: the right phase, too much gain", _error, color="#e08a00")
