"""What a learning rule is: an expression for the error e that drives plasticity, and what that gets right.

The exact error of a neuron, ``e = I+_{tau_m} D-_{tau_r} p`` (the adjoint), looks into the future. A rule says what
stands in its place: causal operators, with coefficients where these shall learn. Everything follows from that one
expression: the derivation's text (`action`), the error neuron's equations (`error_neuron`), the path over frequency.

A rule is a file of the folder ``rules`` that defines ``RULE``. It may have three coefficients. Each begins as gle's,
and learns by least mean squares on the residual of the Euler-Lagrange equation (`error_neuron`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import sympy as sp

from vle_analog.equations.operators import adjoint_prospective, adjoint_retrospective, prospective, retrospective
from vle_analog.equations.system import signal
from vle_analog.errors import UsageError

#: what the exact error is called where a rule's name stands
EXACT = "adjoint"


class Coefficients(NamedTuple):
    """The coefficients that a rule may have: symbols ka, kb, kc of a layer, or numbers.

    Attributes:
        gain: of v or of another signal; begins at 1.
        look_ahead: of `slope`, a time; begins at tau_m.
        look_back: of what is further behind; begins at 0.
    """

    gain: sp.Expr
    look_ahead: sp.Expr
    look_back: sp.Expr

    @classmethod
    def of(cls, layer: int, *indices: sp.Idx) -> Coefficients:
        """The signals of one layer's: ka, kb, kc and the layer's number."""
        return cls(*(signal(f"k{letter}{layer}", *indices) for letter in "abc"))


@dataclass(frozen=True)
class Rule:
    """A learning rule.

    Attributes:
        name: that it is asked for by.
        description: what it does to the exact error, and what that gets right.
        error: e from the exact error and the coefficients: linear in both, its operators causal ones of the neuron's
            tau_m and tau_r.
        alias_of: the rule that this is another name of; None for a rule of its own.
        family: a name that asks for whichever of several rules suits a task; None for a rule that stands alone.
        color: that figures draw it in, ``#rrggbb``; None for one that no other rule beside it has.

    Raises:
        UsageError: a color that is none.
    """

    name: str
    description: str
    error: Callable[[sp.Expr, Coefficients], sp.Expr]
    alias_of: str | None = None
    family: str | None = None
    color: str | None = None

    def __post_init__(self) -> None:
        if self.color is not None and not re.fullmatch("#[0-9a-fA-F]{6}", self.color):
            where = f"rule '{self.name}'"
            raise UsageError(f"'{self.color}' is no color", where=where, hint="give #rrggbb, e.g. '#d6619b'")


def causal(exact: sp.Expr) -> sp.Expr:
    """The exact error with look-aheads and leaky integrators in place of their adjoints: ``I+ -> D+``, ``D- -> I-``."""
    return exact.replace(adjoint_prospective, retrospective).replace(adjoint_retrospective, prospective)


def slope(v: sp.Expr) -> sp.Expr:
    """dv/dt of ``v = I-_tau x``, which obeys ``tau dv/dt = x - v``."""
    x, tau = v.args
    return (x - v) / tau
