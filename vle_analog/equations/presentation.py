"""A system's equations as they are read: plain symbols with letters as subscripts, for LaTeX, MathML and notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Protocol

import sympy as sp

from vle_analog.laws.reciprocal import reciprocal

#: subscripts of a signal's instances, in the order in which a template has them; further ones are numbered
_LETTERS = "ijkl"
#: a symbol that is a word, as LaTeX has it: Greek letters begin otherwise
_WORD = re.compile(r"^[A-Za-z]{2,}")
_TIME = sp.Symbol("t")
_MINUS = "\N{MINUS SIGN}"


class Equations(Protocol):
    """What has states and definitions: a system, which shows itself in these words."""

    @property
    def states(self) -> Iterable[Any]:
        """Those with a derivative."""

    @property
    def definitions(self) -> Iterable[Any]:
        """Those with an expression."""


def presented(system: Equations) -> list[sp.Eq]:
    """One equation for every state and definition, in the order in which they are declared.

    A template of many instances is one equation with subscripts: ``d/dt w2_ij = eta e2_i r1_j``.
    """
    states = [_equation(each.symbol, each.derivative, rate=True) for each in system.states]
    return states + [_equation(each.symbol, each.expression, rate=False) for each in system.definitions]


def latex(system: Equations) -> str:
    """All equations as one aligned block of LaTeX (amsmath)."""
    rows = []
    for each in presented(system):
        upright = {symbol: _upright(sp.latex(symbol)) for symbol in each.free_symbols}
        sign = _product_sign(each)
        rows.append(" &= ".join(sp.latex(side, symbol_names=upright, mul_symbol=sign) for side in (each.lhs, each.rhs)))
    return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"


def mathml(equation: sp.Eq) -> str:
    """An equation as presentation MathML; differentials are plain letters, as fonts draw double-struck ones oddly."""
    from sympy.printing.mathml import mathml as printed  # takes long to load

    return str(printed(equation, printer="presentation", mul_symbol=_product_sign(equation))).replace("&dd;", "d")


def _product_sign(equation: sp.Eq) -> str | None:
    """What sympy's printers put between factors: a dot where symbols are words, else nothing, as between letters."""
    return "dot" if any(_WORD.match(sp.latex(symbol)) for symbol in equation.free_symbols) else None


def _upright(word: str) -> str:
    """A symbol whose name is a word is not a product of letters."""
    return _WORD.sub(lambda name: rf"\mathrm{{{name[0]}}}", word)


def _equation(symbol: sp.Symbol | sp.Indexed, value: sp.Expr, rate: bool) -> sp.Eq:
    own = {index: _letter(place) for place, index in enumerate(getattr(symbol, "indices", ()))}
    others = sorted(value.atoms(sp.Idx) - own.keys(), key=str)
    letters = own | {index: _letter(len(own) + place) for place, index in enumerate(others)}
    left = _plain(symbol, letters)
    return sp.Eq(sp.Derivative(left, _TIME) if rate else left, _plain(value, letters), evaluate=False)


def _letter(place: int) -> sp.Symbol:
    return sp.Symbol(_LETTERS[place] if place < len(_LETTERS) else f"i{place}")


def _plain(expression: Any, letters: dict[Any, sp.Symbol]) -> Any:
    """An expression with plain symbols in the place of signals with indices, and letters in that of indices."""
    if isinstance(expression, sp.Indexed):
        return sp.Symbol(f"{expression.base.label}_{''.join(str(letters[index]) for index in expression.indices)}")
    if isinstance(expression, sp.Idx):
        return letters[expression]
    if not expression.args:
        return expression
    if isinstance(expression, reciprocal):
        return 1 / _plain(expression.args[0], letters)
    arguments = [_plain(argument, letters) for argument in expression.args]
    kept = {"evaluate": False} if isinstance(expression, (sp.Add, sp.Mul)) else {}
    return expression.func(*arguments, **kept)


def written(expression: str) -> str:
    """An expression with signs and powers as they are written by hand: ``y·(1 − x²)``."""
    for plain, sign in (("**2", "²"), ("**3", "³"), ("*", "·"), ("-", _MINUS)):
        expression = expression.replace(plain, sign)
    return expression
