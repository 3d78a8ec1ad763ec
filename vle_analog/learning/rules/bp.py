"""bp: ``e = p``, instantaneous errors, as backpropagation has them that knows of no time."""

from __future__ import annotations

import sympy as sp

from vle_analog.equations.operators import TemporalOperator
from vle_analog.learning.rule import Coefficients, Rule


def _error(exact: sp.Expr, k: Coefficients) -> sp.Expr:
    return exact.replace(lambda node: isinstance(node, TemporalOperator), lambda node: node.args[0])


RULE = Rule("bp", "operators dropped: errors are instantaneous, their phase is wrong", _error, color="#808080")
