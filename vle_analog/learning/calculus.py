"""Calculus on templates: derivatives through sums and named signals, and the algebra of temporal operators."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from vle_analog.equations.operators import (
    TemporalOperator,
    adjoint_prospective,
    adjoint_retrospective,
    prospective,
    retrospective,
)
from vle_analog.equations.system import (
    Definition,
    Signal,
    indices_of,
    name_of,
    names_in,
    signal,
    signals_in,
    size,
    total,
)
from vle_analog.equations.templates import equal, reindexed
from vle_analog.errors import UsageError


def algebraic(expression: sp.Expr) -> sp.Expr:
    """``D+`` and ``D-`` of a leaky integrator without a derivative: ``tau dy/dt = x - y`` for ``y = I-_tau x``."""

    def ahead(y: sp.Expr, tau: sp.Expr) -> sp.Expr:
        if not isinstance(y, retrospective):
            return prospective(y, tau)
        return y + tau / y.args[1] * (y.args[0] - y)

    def behind(y: sp.Expr, tau: sp.Expr) -> sp.Expr:
        if not isinstance(y, retrospective):
            return adjoint_prospective(y, tau)
        return y + tau / y.args[1] * (y - y.args[0])

    return expression.replace(prospective, ahead).replace(adjoint_prospective, behind)


def instantaneous(expression: sp.Expr, tau: sp.Expr) -> sp.Expr:
    """The expression where a time constant is zero: without the operators that have it."""
    whole = expression.replace(
        lambda node: isinstance(node, TemporalOperator) and node.args[1] == tau, lambda node: node.args[0]
    )
    return whole.xreplace({tau: sp.S.Zero})


#: of every operator the one in reversed time, which is its L2 adjoint, too
_REVERSED = {
    prospective: adjoint_prospective,
    adjoint_prospective: prospective,
    retrospective: adjoint_retrospective,
    adjoint_retrospective: retrospective,
}


def time_reversed(expression: sp.Expr) -> sp.Expr:
    """The expression in reversed time, d -> -d: ``I+ <-> I-``, ``D- <-> D+``."""
    if not expression.args or isinstance(expression, sp.Indexed):
        return expression
    kind = _REVERSED.get(type(expression), expression.func)
    return kind(*[time_reversed(argument) for argument in expression.args])


def moved(expression: sp.Expr, factor: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """``x`` and ``A* factor`` of an expression ``A x``: all its operators moved over to the factor, as their adjoints.

    Integration by parts: ``int (A x) factor dt = int x (A* factor) dt`` for signals that vanish at both ends.
    """
    while isinstance(expression, TemporalOperator):
        factor = _REVERSED[type(expression)](factor, expression.args[1])
        expression = expression.args[0]
    return expression, factor


def transfer_function(expression: sp.Expr, source: Signal, s: sp.Expr) -> sp.Expr:
    """The Laplace transform of an expression linear in the source, over that of the source.

    Raises:
        UsageError: a term that does not contain the source exactly once as a factor.
    """
    if expression == source:
        return sp.S.One
    if isinstance(expression, sp.Add):
        return sp.Add(*[transfer_function(term, source, s) for term in expression.args])
    if isinstance(expression, TemporalOperator):
        x, tau = expression.args
        return type(expression).transfer_function(s, tau) * transfer_function(x, source, s)
    if isinstance(expression, sp.Mul):
        inside = [factor for factor in expression.args if factor.has(source)]
        if len(inside) == 1:
            return sp.Mul(*[f for f in expression.args if f != inside[0]]) * transfer_function(inside[0], source, s)
    raise UsageError(f"'{expression}' is not linear in {name_of(source)}")


def jet(expression: sp.Expr) -> sp.Expr:
    """``D+_tau u`` written with the independent symbols u and udot."""
    return expression.replace(
        prospective, lambda u, tau: u + tau * signal(f"udot{name_of(u).removeprefix('u')}", *indices_of(u))
    )


def collapsed(expression: sp.Expr) -> sp.Expr:
    """The expression with every sum over a Kronecker delta carried out, and constants pulled out of sums."""
    if isinstance(expression, sp.Sum):
        return sp.Add(*[_summed(term, expression.limits) for term in sp.Add.make_args(collapsed(expression.function))])
    if not expression.has(sp.Sum):
        return expression
    return expression.func(*[collapsed(argument) for argument in expression.args])


def _summed(term: sp.Expr, limits: Sequence[sp.Tuple]) -> sp.Expr:
    if term == 0:
        return term
    factors = sp.Mul.make_args(term)
    for delta in factors:
        if isinstance(delta, sp.KroneckerDelta):
            for bound, other in (delta.args, delta.args[::-1]):
                kept = [limit for limit in limits if limit[0] != bound]
                if len(kept) < len(limits):
                    rest = sp.Mul(*[factor for factor in factors if factor != delta]).xreplace({bound: other})
                    return _summed(rest, kept) if kept else rest
    if any(isinstance(factor, sp.Add) and factor.has(sp.KroneckerDelta) for factor in factors):
        return sp.Add(*[_summed(each, limits) for each in sp.Add.make_args(sp.expand_mul(term))])
    bounds = {limit[0] for limit in limits}
    inside = [factor for factor in factors if factor.atoms(sp.Idx) & bounds]
    outside = [factor for factor in factors if not factor.atoms(sp.Idx) & bounds]
    return sp.Mul(*outside) * sp.Sum(sp.Mul(*inside), *limits)


class Chain:
    """Derivatives by the chain rule through named signals, so that results keep the names.

    Sums run over primed copies of the layers' indices (``n1_``), one more prime per link of the chain.
    """

    def __init__(self) -> None:
        self.definitions: dict[str, Definition] = {}
        self.slopes: dict[str, Signal | None] = {}

    def define(self, symbol: Signal, expression: sp.Expr, slope: Signal | None = None) -> None:
        """Add ``symbol = expression``; ``slope`` names the derivative of a nonlinearity in it."""
        self.definitions[name_of(symbol)] = Definition(symbol, expression)
        if slope is not None:
            self.slopes[name_of(symbol)] = slope

    def gradient(self, expression: sp.Expr, symbol: Signal) -> sp.Expr:
        """d expression / d symbol, for the symbol's own indices."""
        result = sp.Add(
            *[
                term if term.has(sp.Sum) else sp.factor_terms(term)
                for term in sp.Add.make_args(self.derivative(expression, _primed(symbol, 1), 2))
            ]
        )
        primed = {each: sp.Idx(str(each).rstrip("_"), size(each)) for each in result.atoms(sp.Idx)}
        return result.xreplace(primed)

    def derivative(self, expression: sp.Expr, x: Signal, primes: int) -> sp.Expr:
        result = collapsed(sp.diff(expression, x))
        for name in sorted(names_in(expression) & self.definitions.keys()):
            definition = self.definitions[name]
            here = _primed(definition.symbol, primes)
            if name in self.slopes:
                inner = self.slope(name, here) * self.derivative(self.potential(name, here), x, primes + 1)
            else:
                inner = self.derivative(reindexed(definition.expression, definition.symbol, here), x, primes + 1)
            if inner != 0:
                result += collapsed(total(collapsed(sp.diff(expression, here)) * inner, *indices_of(here)))
        return result

    def slope(self, name: str, here: Signal) -> sp.Expr:
        return reindexed(self.slopes[name], self.definitions[name].symbol, here)

    def potential(self, name: str, here: Signal) -> sp.Expr:
        """What the nonlinearity is applied to."""
        definition = self.definitions[name]
        (argument,) = signals_in(definition.expression)
        return reindexed(argument, definition.symbol, here)


def _primed(symbol: Signal, primes: int) -> Signal:
    return symbol.xreplace({each: sp.Idx(f"{each}{'_' * primes}", size(each)) for each in indices_of(symbol)})


def pairs(by_u: sp.Expr, by_udot: sp.Expr, taus: Sequence[Signal]) -> list[tuple[sp.Expr, sp.Expr]]:
    """The terms X of dE/du, each with the tau for which tau X is in dE/dudot."""
    left = list(sp.Add.make_args(by_udot))
    found = []
    for x in sp.Add.make_args(by_u):
        partners = [(tau, term) for tau in taus for term in left if equal(term, tau * x)]
        if not partners:
            raise ValueError(f"no tau times {x} in dE/dudot")
        tau, term = partners[0]
        left.remove(term)
        found.append((x, tau))
    if left:
        raise ValueError(f"terms of dE/dudot without a partner in dE/du: {left}")
    return found


def negative(expression: sp.Expr) -> sp.Expr:
    """-expression, the sign put into a difference where there is one: ``beta (r - y)`` gives ``beta (y - r)``."""
    factors = list(sp.Mul.make_args(expression))
    for position, factor in enumerate(factors):
        if isinstance(factor, sp.Add):
            factors[position] = sp.Add(*[-term for term in factor.args])
            return sp.Mul(*factors)
    return -expression
