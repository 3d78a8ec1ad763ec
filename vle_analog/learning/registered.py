"""Rules that a Python session makes known: objects, not files, known by name wherever a rule is asked for.

Such a rule becomes an expression in p, tau_m, tau_r and its coefficients when it is registered. So it goes to worker
processes and other machines with the lessons that need it (`lesson.lesson.Lesson`), as no function of a session could.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy as sp

from vle_analog.equations.operators import adjoint_prospective, adjoint_retrospective
from vle_analog.errors import UsageError
from vle_analog.learning.rule import Coefficients, Rule

_P, _TAU_M, _TAU_R = sp.symbols("p tau_m tau_r")
_COEFFICIENTS = Coefficients(*sp.symbols("ka kb kc"))
_HINT = "return an expression that is made of `exact` by `causal` and the coefficients"

_REGISTERED: dict[str, Rule] = {}


@dataclass(frozen=True)
class ErrorExpression:
    """A rule's error as an expression, in the place of a function.

    Attributes:
        expression: in p, tau_m, tau_r, ka, kb and kc.
    """

    expression: sp.Expr

    def __call__(self, exact: sp.Expr, k: Coefficients) -> sp.Expr:
        ahead, tau_m = exact.args
        p, tau_r = ahead.args
        own = (_P, _TAU_M, _TAU_R, *_COEFFICIENTS)
        return self.expression.xreplace(dict(zip(own, (p, tau_m, tau_r, *k), strict=True)))


def settled(rule: Rule) -> Rule:
    """The rule with its error as an expression.

    Raises:
        UsageError: its function returns none, or one of other symbols.
    """
    if isinstance(rule.error, ErrorExpression):
        return rule
    exact = adjoint_retrospective(adjoint_prospective(_P, _TAU_R), _TAU_M)
    found, where = rule.error(exact, _COEFFICIENTS), f"rule '{rule.name}'"
    if not isinstance(found, sp.Expr) or not found.has(_P):
        raise UsageError(f"its error is no expression of p, but {found!r:.60}", where=where, hint=_HINT)
    if unknown := found.free_symbols - {_P, _TAU_M, _TAU_R, *_COEFFICIENTS}:
        raise UsageError(f"its error has a symbol of its own, {min(map(str, unknown))}", where=where, hint=_HINT)
    return replace(rule, error=ErrorExpression(found))


def keep(rule: Rule) -> Rule:
    """Make a rule known in this process, in the place of an earlier one of its name; the rule as it is kept."""
    _REGISTERED[rule.name] = settled(rule)
    return _REGISTERED[rule.name]


def registered(name: str) -> Rule | None:
    """The rule that was made known by that name."""
    return _REGISTERED.get(name)


def registered_rules() -> tuple[str, ...]:
    """Names of all rules that were made known."""
    return tuple(_REGISTERED)


def source(rule: Rule) -> str:
    """What tells a rule that was made known from another one of its name."""
    assert isinstance(rule.error, ErrorExpression)
    return sp.srepr(rule.error.expression)
