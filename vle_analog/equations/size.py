"""How large an expression may be: its numbers, its powers, and all of it multiplied out."""

from __future__ import annotations

import math

import sympy as sp

from vle_analog.errors import EquationError

MAX_POWER = 20
"""Highest power of anything."""
_EXACT_POWER = 64
"""Highest power, and root, of a fraction that is kept as such."""
MAX_DEGREE = 20
"""Most factors in one monomial of the multiplied-out expression."""
MAX_TERMS = 5000
"""Most monomials of the multiplied-out expression."""


def check_size(expression: sp.Expr, where: str) -> None:
    """Refuses powers over MAX_POWER, and what would be huge when multiplied out.

    Raises:
        EquationError: with what was found and what the limit is.
    """
    degree, terms = degree_and_terms(expression)
    check_size_of(degree, where)
    if terms > MAX_TERMS:
        raise too_large("multiplied out, more than", MAX_TERMS, "terms", where)
    for power in expression.atoms(sp.Pow):
        exponent = power.exp
        if exponent.is_Integer and abs(int(exponent)) > MAX_POWER:
            raise EquationError(
                f"powers combine to '{short(str(power))}', above {MAX_POWER}",
                where=where,
                hint=f"powers are {-MAX_POWER} to {MAX_POWER}",
            )


def check_size_of(degree: int, where: str) -> None:
    """Refuses a monomial of more than MAX_DEGREE factors."""
    if degree > MAX_DEGREE:
        raise EquationError(
            f"products and powers nest to degree {degree if degree < 10**6 else 'over a million'}",
            where=where,
            hint=f"powers are {-MAX_POWER} to {MAX_POWER}, and a product has at most {MAX_DEGREE} factors",
        )


def degree_and_terms(expression: sp.Expr) -> tuple[int, int]:
    """Degree and number of monomials (at most) of the multiplied-out expression; a call counts as one factor.

    A call's own arguments were, or are, checked as expressions of their own.
    """
    if expression.is_Number:
        return 0, 1
    if isinstance(expression, sp.Add):
        parts = [degree_and_terms(each) for each in expression.args]
        return max(degree for degree, _ in parts), sum(terms for _, terms in parts)
    if isinstance(expression, sp.Mul):
        parts = [degree_and_terms(each) for each in expression.args]
        return sum(degree for degree, _ in parts), math.prod(terms for _, terms in parts)
    if isinstance(expression, sp.Pow) and expression.exp.is_Integer:
        degree, terms = degree_and_terms(expression.base)
        power = abs(int(expression.exp))
        expanded = 1 if terms == 1 or power > MAX_POWER else math.comb(terms + power - 1, power)
        return degree * power, expanded
    inner = [degree_and_terms(arg)[1] for arg in expression.args if isinstance(arg, sp.Expr)]
    return 1, max([1, *inner])


def numbers_finite(value: sp.Expr) -> bool:
    """Whether all numbers that it is, or is at once made of, are finite and real."""
    if value.has(sp.nan, sp.zoo, sp.oo, -sp.oo, sp.I):
        return False
    candidates = [value, *value.args]
    return all(math.isfinite(_as_float(candidate)) for candidate in candidates if candidate.is_Number)


def finite_power(base: sp.Expr, exponent: sp.Expr) -> bool:
    """Whether a power of numbers is a finite real number, found without computing a huge one."""
    try:
        value = float(base) ** float(exponent)
    except (OverflowError, ZeroDivisionError, TypeError):
        return False
    return isinstance(value, float) and math.isfinite(value)


def is_short_power(base: sp.Expr, exponent: sp.Expr) -> bool:
    """Whether a power of constants may be kept as it is: of another it would take more digits than memory holds."""
    whole = exponent.is_Rational and max(abs(exponent.p), exponent.q) <= _EXACT_POWER
    return bool(base.is_Number and (whole or exponent.is_Float))


def _as_float(number: sp.Expr) -> float:
    """The number as the nearest float, infinite beyond all floats."""
    try:
        return float(number)
    except OverflowError:
        return math.inf


def tidy(value: sp.Expr) -> sp.Expr:
    """Exact fractions of many digits become floats, so that arithmetic stays cheap, and what is under all floats 0."""
    if value.is_Float and _as_float(value) == 0.0:
        return sp.S.Zero
    if value.is_Rational and max(abs(int(value.p)), int(value.q)).bit_length() > 64:
        return sp.Float(_as_float(value))
    return value


def short(text: str) -> str:
    """The text, made printable and cut to a length that fits a message."""
    shown = "".join(each if each.isprintable() else " " for each in text)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."


def too_large(relation: str, limit: int, things: str, where: str) -> EquationError:
    """Error about an expression that is ``relation`` so many ``things``."""
    return EquationError(
        f"the expression is {relation} {limit} {things}",
        where=where,
        hint="split it into definitions with names of their own",
    )
