"""Formulas of templates as text for a terminal, and in LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from vle_analog.equations.operators import (
    TemporalOperator,
    adjoint_prospective,
    adjoint_retrospective,
    prospective,
    retrospective,
)
from vle_analog.equations.system import Signal, indices_of, name_of
from vle_analog.laws import LAWS


@dataclass(frozen=True)
class Notation:
    """How formulas are spelled; every function gets finished strings."""

    signal: Callable[[str, tuple[str, ...]], str]
    operator: Callable[[str, str, str], str]
    call: Callable[[str, str], str]
    ratio: Callable[[str, str], str]
    power: Callable[[str, str], str]
    sum: Callable[[str, str], str]
    rate: Callable[[str, str, bool], str]
    integral: Callable[[str, str], str]
    brackets: Callable[[str], str]
    times: str
    minus: str


_OPERATORS = {
    prospective: ("D", "+"),
    retrospective: ("I", "-"),
    adjoint_prospective: ("D", "-"),
    adjoint_retrospective: ("I", "+"),
}
_SIGNS = {"+": "\N{SUPERSCRIPT PLUS SIGN}", "-": "\N{SUPERSCRIPT MINUS}"}


def _text_call(name: str, x: str) -> str:
    return f"{name}({x})"


def _text_operator(kind: str, x: str, tau: str) -> str:
    return f"{kind[0]}{_SIGNS[kind[1]]}{{{x}; {tau}}}"


def _text_power(base: str, exponent: str) -> str:
    return f"{base}²" if exponent == "2" else f"{base}^{exponent}"


TEXT = Notation(
    signal=lambda name, indices: f"{name}[{','.join(indices)}]" if indices else name,
    operator=_text_operator,
    call=_text_call,
    ratio=lambda above, below: "½" if (above, below) == ("1", "2") else f"{above}/{below}",
    power=_text_power,
    sum=lambda over, body: f"Σ_{over} {body}",
    rate=lambda x, by, simple: f"d{x}/d{by}" if simple else f"d/d{by} {x}",
    integral=lambda x, by: f"∫ {x} d{by}",
    brackets=lambda x: f"({x})",
    times=" ",
    minus="\N{MINUS SIGN}",
)

_LETTERS = {
    "tau_m": (r"\tau", r"\mathrm{m}"),
    "tau_r": (r"\tau", r"\mathrm{r}"),
    "eta": (r"\eta", ""),
    "eta_tau": (r"\eta", r"\tau"),
    "beta": (r"\beta", ""),
    "udot": (r"\dot{u}", ""),
    "ka": ("k", r"\mathrm{a}"),
    "kb": ("k", r"\mathrm{b}"),
    "kc": ("k", r"\mathrm{c}"),
    "d": (r"\varphi'", ""),
    "target": ("y^{*}", ""),
}


def _latex_signal(name: str, indices: tuple[str, ...]) -> str:
    letter, layer = re.fullmatch(r"(.*?)(\d*)", name).groups()  # type: ignore[union-attr]
    symbol, mark = _LETTERS.get(letter, (letter, ""))
    below = ",".join([mark, *indices] if mark else indices)
    raised = layer and (f"{{{symbol}}}^{{({layer})}}" if "'" in symbol else f"{symbol}^{{({layer})}}")
    return (raised or symbol) + (f"_{{{below}}}" if below else "")


def _latex_operator(kind: str, x: str, tau: str) -> str:
    return rf"\mathcal{{{kind[0]}}}^{{{kind[1]}}}_{{{tau}}}\left\{{{x}\right\}}"


def _latex_call(name: str, x: str) -> str:
    symbol = LAWS[name].latex if name in LAWS else ""
    return (symbol or rf"\mathrm{{{name}}}") + rf"\left({x}\right)"


LATEX = Notation(
    signal=_latex_signal,
    operator=_latex_operator,
    call=_latex_call,
    ratio=lambda above, below: rf"\frac{{{above}}}{{{below}}}",
    power=lambda base, exponent: f"{{{base}}}^{{{exponent}}}",
    sum=lambda over, body: rf"\sum_{{{over}}} {body}",
    rate=lambda x, by, simple: (
        rf"\frac{{\mathrm{{d}}{x}}}{{\mathrm{{d}}{by}}}" if simple else rf"\frac{{\mathrm{{d}}}}{{\mathrm{{d}}{by}}}{x}"
    ),
    integral=lambda x, by: rf"\int {x}\,\mathrm{{d}}{by}",
    brackets=lambda x: rf"\left({x}\right)",
    times=r"\,",
    minus="-",
)


def written(expression: sp.Expr, notation: Notation = TEXT) -> str:
    """A template expression spelled out on one line.

    Args:
        expression: signals, temporal operators, sums, products, nonlinearities.
        notation: `TEXT` or `LATEX`.
    """
    return _Writer(notation).expression(expression)


@dataclass(frozen=True)
class _Writer:
    notation: Notation

    def expression(self, x: sp.Expr) -> str:
        """Any expression, without brackets around it."""
        writers: tuple[tuple[Any, Callable[[Any], str]], ...] = (
            (sp.UnevaluatedExpr, lambda held: self.expression(held.args[0])),
            (sp.Idx, self.index),
            (sp.Symbol | sp.Indexed, self.signal),
            (sp.Add, self.add),
            (sp.Mul | sp.Rational, self.product),
            (sp.Pow, self.power),
            (sp.Sum, self.sum),
            (sp.Derivative, self.rate),
            (sp.Integral, self.integral),
            (TemporalOperator, self.operator),
        )
        return next((write for kind, write in writers if isinstance(x, kind)), self.call)(x)

    def power(self, x: sp.Pow) -> str:
        """A power; a quotient where the exponent is negative."""
        return self.product(x) if x.exp.is_negative else self.notation.power(self.factor(x.base), str(x.exp))

    def sum(self, x: sp.Sum) -> str:
        """A sum over indices."""
        body = self.factor(x.function)
        for limit in reversed(x.limits):
            body = self.notation.sum(self.index(limit[0]), body)
        return body

    def rate(self, x: sp.Derivative) -> str:
        """A derivative."""
        inner = x.expr.args[0] if isinstance(x.expr, sp.UnevaluatedExpr) else x.expr
        simple = isinstance(inner, sp.Symbol | sp.Indexed)
        return self.notation.rate(self.factor(inner), self.expression(x.variables[0]), simple)

    def integral(self, x: sp.Integral) -> str:
        """An integral without limits."""
        return self.notation.integral(self.expression(x.function), self.expression(x.variables[0]))

    def operator(self, x: TemporalOperator) -> str:
        """A temporal operator."""
        letter, sign = _OPERATORS[type(x)]
        return self.notation.operator(letter + sign, *(self.expression(argument) for argument in x.args))

    def call(self, x: sp.Function) -> str:
        """A nonlinear function of its arguments."""
        return self.notation.call(type(x).__name__, ", ".join(self.expression(argument) for argument in x.args))

    def signal(self, x: Signal) -> str:
        return self.notation.signal(name_of(x), tuple(self.index(each) for each in indices_of(x)))

    def index(self, n: sp.Idx) -> str:
        return self.notation.signal(str(n), ()) if self.notation is TEXT else re.sub(r"(\d+)$", r"_{\1}", str(n))

    def factor(self, x: sp.Expr) -> str:
        """Text in brackets where it is a sum of terms."""
        return self.notation.brackets(self.expression(x)) if isinstance(x, sp.Add) else self.expression(x)

    def add(self, x: sp.Expr) -> str:
        """Positive terms first; sums over an index last among their like."""
        terms = sorted(
            x.args, key=lambda term: (term.could_extract_minus_sign(), term.has(sp.Sum), _rank(term), str(term))
        )
        text = ""
        for term in terms:
            negative = term.could_extract_minus_sign()
            sign = self.notation.minus if negative else "+"
            body = self.factor(-term if negative else term)
            text = f"{text} {sign} {body}" if text else (sign if negative else "") + body
        return text

    def product(self, x: sp.Expr) -> str:
        """A product or quotient, its factors in reading order."""
        if x.could_extract_minus_sign():
            return self.notation.minus + self.factor(-x)
        if isinstance(x, sp.Integer):
            return str(x)
        number, rest = x.as_coeff_Mul()
        text = self._quotient(number, rest)
        if number.q == 1:
            return text
        part = self.notation.ratio(str(number.p), str(number.q))
        return part + self.notation.times + text if rest != 1 else part

    def _quotient(self, number: sp.Rational, rest: sp.Expr) -> str:
        """Factors above and below one line; of the number only what is an integer."""
        above = [str(number.p)] if number.p != 1 and number.q == 1 else []
        below: list[str] = []
        for factor in sorted(sp.Mul.make_args(rest), key=lambda factor: (_rank(factor), str(factor))):
            if isinstance(factor, sp.Pow) and factor.exp.is_negative:
                below.append(self.factor(1 / factor))
            elif factor != 1:
                above.append(self.factor(factor))
        text = self.notation.times.join(above) or "1"
        if not below:
            return text
        under = self.notation.times.join(below)
        if len(above) == 1 and self.notation is LATEX and text.startswith(r"\left("):  # a fraction needs no brackets
            text = text.removeprefix(r"\left(").removesuffix(r"\right)")
        return self.notation.ratio(text, under if len(below) == 1 else self.notation.brackets(under))


_ORDER = ("eta", "eta_tau", "beta", "ka", "kb", "kc", "tau_m", "tau_r", "d", "w", "e")


def _rank(factor: sp.Expr) -> int:
    """Rank of a factor in a product: constants, slopes, weights, errors, other signals, brackets, sums."""
    if isinstance(factor, sp.Symbol | sp.Indexed):
        letter = name_of(factor).rstrip("0123456789")
        return _ORDER.index(letter) if letter in _ORDER else len(_ORDER)
    if isinstance(factor, sp.Sum):
        return 99
    return 50 if isinstance(factor, sp.Add | TemporalOperator) else 20
