"""A derivation to read: one line per step for a terminal, or a LaTeX document.

Each layer's templates are printed once, with the number of neurons that they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

import sympy as sp

from vle_analog.equations.operators import (
    TemporalOperator,
    adjoint_prospective,
    adjoint_retrospective,
    prospective,
    retrospective,
)
from vle_analog.equations.system import EquationSystem, Signal, indices_of, name_of, shape_of, size
from vle_analog.errors import UsageError
from vle_analog.laws import LAWS
from vle_analog.learning.action import Derivation, Step
from vle_analog.learning.layers import LayerShape


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
        notation = self.notation
        if isinstance(x, sp.UnevaluatedExpr):
            return self.expression(x.args[0])
        if isinstance(x, sp.Idx):
            return self.index(x)
        if isinstance(x, sp.Symbol | sp.Indexed):
            return self.signal(x)
        if isinstance(x, sp.Add):
            return self.add(x)
        if isinstance(x, sp.Mul | sp.Rational):
            return self.product(x)
        if isinstance(x, sp.Pow):
            return self.product(x) if x.exp.is_negative else notation.power(self.factor(x.base), str(x.exp))
        if isinstance(x, sp.Sum):
            body = self.factor(x.function)
            for limit in reversed(x.limits):
                body = notation.sum(self.index(limit[0]), body)
            return body
        if isinstance(x, sp.Derivative):
            inner = x.expr.args[0] if isinstance(x.expr, sp.UnevaluatedExpr) else x.expr
            return notation.rate(
                self.factor(inner), self.expression(x.variables[0]), isinstance(inner, sp.Symbol | sp.Indexed)
            )
        if isinstance(x, sp.Integral):
            return notation.integral(self.expression(x.function), self.expression(x.variables[0]))
        if isinstance(x, TemporalOperator):
            letter, sign = _OPERATORS[type(x)]
            return notation.operator(letter + sign, *(self.expression(argument) for argument in x.args))
        return notation.call(type(x).__name__, ", ".join(self.expression(argument) for argument in x.args))

    def signal(self, x: Signal) -> str:
        return self.notation.signal(name_of(x), tuple(self.index(each) for each in indices_of(x)))

    def index(self, n: sp.Idx) -> str:
        return self.notation.signal(str(n), ()) if self.notation is TEXT else re.sub(r"(\d+)$", r"_{\1}", str(n))

    def factor(self, x: sp.Expr) -> str:
        """In brackets where it is a sum of terms."""
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
        above = [str(number.p)] if number.p != 1 and number.q == 1 else []
        below: list[str] = []
        for each in sorted(sp.Mul.make_args(rest), key=lambda factor: (_rank(factor), str(factor))):
            if each == 1:
                continue
            if isinstance(each, sp.Pow) and each.exp.is_negative:
                below.append(self.factor(1 / each))
            else:
                above.append(self.factor(each))
        text = self.notation.times.join(above) or "1"
        if below:
            under = self.notation.times.join(below)
            bare = len(above) == 1 and self.notation is LATEX and text.startswith(r"\left(")
            text = text.removeprefix(r"\left(").removesuffix(r"\right)") if bare else text
            text = self.notation.ratio(text, under if len(below) == 1 else self.notation.brackets(under))
        if number.q == 1:
            return text
        half = self.notation.ratio(str(number.p), str(number.q))
        return half + self.notation.times + text if rest != 1 else half


_ORDER = ("eta", "eta_tau", "beta", "ka", "kb", "kc", "tau_m", "tau_r", "d", "w", "e")


def _rank(factor: sp.Expr) -> int:
    """Where a factor stands in a product: constants, slopes, weights, errors, other signals, brackets, sums."""
    if isinstance(factor, sp.Symbol | sp.Indexed):
        letter = name_of(factor).rstrip("0123456789")
        return _ORDER.index(letter) if letter in _ORDER else len(_ORDER)
    if isinstance(factor, sp.Sum):
        return 99
    return 50 if isinstance(factor, sp.Add | TemporalOperator) else 20


def shapes_of(system: EquationSystem) -> tuple[LayerShape, ...]:
    """The layers of a network that `network.forward` put into a system.

    Raises:
        UsageError: the system is no layered network.
    """
    rates = {name_of(each.symbol): each.expression for each in system.definitions}
    shapes: list[LayerShape] = []
    while (u := system.symbols.get(f"u{len(shapes) + 1}")) is not None and f"r{len(shapes) + 1}" in rates:
        number = len(shapes) + 1
        rate = rates[f"r{number}"]
        own = [
            bool(shape_of(system.symbols[name])) if name in system.symbols else bool(shape_of(u))
            for name in (f"tau_m{number}", f"tau_r{number}")
        ]
        activation = "linear" if isinstance(rate, sp.Symbol | sp.Indexed) else type(rate).__name__
        shapes.append(LayerShape(int(sp.prod(shape_of(u))), activation, f"b{number}" in system.symbols, *own))
    if not shapes:
        raise UsageError(f"'{system.name}' is no layered network", hint="only learning tasks have a derivation")
    return tuple(shapes)


def render_text(derivation: Derivation) -> str:
    """The derivation for a terminal: chapters, layers, one line per step, and below it why, told once."""
    lines = ["Network: " + " -> ".join(["input r0", *map(_described, derivation.shapes)])]
    lines.append("D⁺{x; tau} = x + tau dx/dt     I⁻{x; tau}: the y with y + tau dy/dt = x")
    lines.append("D⁻{x; tau} = x \N{MINUS SIGN} tau dx/dt     I⁺{x; tau}: the y with y \N{MINUS SIGN} tau dy/dt = x")
    told: set[str] = set()
    for part, heading, steps in _chapters(derivation):
        if part:
            lines += ["", part, "=" * len(part)]
        lines += ["", heading] if heading else [""]
        width = max(len(step.title) for step in steps)
        for step in steps:
            lines.append(f"  {step.title:<{width}}  {written(step.equation.lhs)} = {written(step.equation.rhs)}")
            if step.note not in told:
                lines.append(f"  {'':<{width}}    ({step.note})")
                told.add(step.note)
    return "\n".join(lines) + "\n"


def render_latex(derivation: Derivation) -> str:
    """The derivation as a LaTeX document that compiles alone (amsmath)."""
    lines = [
        r"\documentclass{article}",
        r"\usepackage{amsmath}",
        r"\usepackage[a4paper,margin=2cm]{geometry}",
        r"\begin{document}",
        r"\noindent Network: " + r" $\to$ ".join(["input $r^{(0)}$", *map(_described, derivation.shapes)]) + ".",
        r"\begin{align*}",
        r"\mathcal{D}^{\pm}_{\tau}\{x\} &= x \pm \tau \frac{\mathrm{d}x}{\mathrm{d}t} &",
        r"y = \mathcal{I}^{\mp}_{\tau}\{x\} &\Leftrightarrow y \pm \tau \frac{\mathrm{d}y}{\mathrm{d}t} = x",
        r"\end{align*}",
    ]
    told: set[str] = set()
    for part, heading, steps in _chapters(derivation):
        if part:
            lines.append(rf"\section*{{{part.replace('-', '--')}}}")
        if heading:
            lines.append(rf"\subsection*{{{_heading_latex(heading)}}}")
        notes = dict.fromkeys(_prose(f"{step.title}: {step.note}.") for step in steps if step.note not in told)
        told.update(step.note for step in steps)
        lines += [r"{\small\noindent " + " ".join(notes) + r"\par}"] if notes else []
        lines.append(r"\begin{align*}")
        rows = [
            f"{written(step.equation.lhs, LATEX)} &= {written(step.equation.rhs, LATEX)} "
            rf"&& \text{{\footnotesize {_prose(step.title)}}}"
            for step in steps
        ]
        lines.append(" \\\\\n".join(rows))
        lines.append(r"\end{align*}")
    return "\n".join([*lines, r"\end{document}"]) + "\n"


def _chapters(derivation: Derivation) -> Iterator[tuple[str, str, list[Step]]]:
    """Runs of steps of one layer; chapter and heading, the chapter empty where it goes on."""
    last = ""
    for (part, layer), run in groupby(derivation.steps, lambda step: (step.part, step.layer)):
        heading = ""
        if layer:
            n = derivation.layers[layer - 1].n
            several = f"{size(n)} neurons, {n} = 0..{size(n) - 1}"
            heading = f"Layer {layer} ({several if size(n) > 1 else '1 neuron'})"
        yield (part if part != last else "", heading, list(run))
        last = part


def _described(shape: LayerShape) -> str:
    return f"{shape.size} {shape.activation}"


def _heading_latex(heading: str) -> str:
    return re.sub(r"n(\d+) = 0\.\.(\d+)", r"$n_{\1} = 0 \\dots \2$", heading)


def _prose(text: str) -> str:
    return text.replace("_", r"\_").replace("^", r"\textasciicircum{}")
