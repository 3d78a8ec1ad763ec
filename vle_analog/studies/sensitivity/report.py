"""A block's figures, their expressions and what they depend on: as table, as text and as LaTeX."""

from __future__ import annotations

import math
import re

import sympy as sp

from vle_analog.studies.sensitivity.result import Entry, Sensitivity, Share
from vle_analog.units import engineering

#: symbols whose names are not what a formula would call them
_LATEX = {
    "Rk": "R_k",
    "Gin": r"\sum_k 1/R_k",
    "g": r"\sum_k g_k",
    "A0": "A_0",
    "GBW": r"f_\mathrm{GBW}",
    "VOS": r"V_\mathrm{OS}",
    "IB": r"I_\mathrm{B}",
    "XOS": r"X_\mathrm{OS}",
    "YOS": r"Y_\mathrm{OS}",
    "ZOS": r"Z_\mathrm{OS}",
    "GE": r"\varepsilon",
    "FX": r"F_x",
    "TM": r"T_\mathrm{M}",
    "scale": "S",
}
#: a relative error beyond which its square counts
_LARGE = 0.1
#: sums in the place of one symbol, which need parentheses in products
_SUMS = ("Gin", "g")
_PARTS_PER = ((1e-3, 100.0, "%"), (0.0, 1e6, "ppm"))


def table(found: Sensitivity) -> list[list[str]]:
    """Rows of text, the first of them the header: one per figure."""
    rows = [["figure", "expression", "typical", "relative change by part (or: the error's terms)"]]
    for each in found.entries:
        rows.append([each.name, text(each.expression), typical(each), _shares(each)])
    return rows


def sentences(found: Sensitivity) -> list[str]:
    """What the table is about: law, parts, design and symbols."""
    parts = ", ".join(f"{role} {name}" for role, name in found.parts.items()) or "laws alone"
    design = ", ".join(f"{name} {_plain(value)}" for name, value in found.design.items())
    return [
        f"law: {found.law}",
        f"parts: {parts}",
        f"typical: {design}",
        *(f"  {name}: {meaning}" for name, meaning in found.meanings.items()),
        "gain and time constant errors are relative; lag is what parts' speed adds to the delay of slow signals; "
        "± is one standard deviation of parts",
        *(
            f"the {each.name} is so large that its first order only says that the op-amp is too slow for this design"
            for each in found.entries
            if each.error and each.unit == "" and abs(each.value) > _LARGE
        ),
    ]


def markdown(found: Sensitivity) -> str:
    """Table and sentences as Markdown."""
    header, *rows = table(found)
    lines = ["| " + " | ".join(cells) + " |" for cells in (header, ["---"] * len(header), *rows)]
    notes = [f"- {each.strip()}" for each in sentences(found)]
    return "\n".join([f"{found.block}: {found.summary}.", "", *lines, "", *notes]) + "\n"


def latex(found: Sensitivity) -> str:
    """The expressions and sensitivities as one ``align*`` environment of amsmath, with a comment on top."""
    lines = []
    for each in found.entries:
        name = rf"\text{{{each.name}}}"
        lines.append(f"{name} &= {formula(each.expression)}")
        if each.error:
            continue
        for part, share in each.shares.items():
            changed = rf"\frac{{\partial \ln(\text{{{each.name}}})}}{{\partial \ln {formula(sp.Symbol(part))}}}"
            lines.append(f"{changed} &= {formula(share.expression)}")
    body = " \\\\\n".join(lines)
    return f"% {found.block}: {found.summary}\n\\begin{{align*}}\n{body}\n\\end{{align*}}\n"


def formula(expression: sp.Expr) -> str:
    """An expression as LaTeX."""
    names = {
        sp.Symbol(name): rf"\left({written}\right)" if name in _SUMS else written for name, written in _LATEX.items()
    }
    return str(sp.latex(expression, symbol_names=names))


def text(expression: sp.Expr) -> str:
    """An expression as text: products without signs, powers with ``^``."""
    written = re.sub(r"\*\*", "^", str(expression))
    return written.replace("*", " ")


def typical(each: Entry) -> str:
    """A figure's value; of an error what does not scatter, and one standard deviation of what does."""
    if not each.error:
        return _value(each.value, each.unit, ratio=False)
    steady, scatter = each.value, each.deviation
    said = [] if not steady and scatter else [_value(steady, each.unit)]
    return " ".join([*said, f"± {_value(scatter, each.unit)}"] if scatter else said)


def _shares(each: Entry) -> str:
    if each.error:
        return ", ".join(f"{part} {_term(share, each.unit)}" for part, share in each.shares.items())
    return ", ".join(
        f"{part} {share.value:+.4g}" if not share.expression.free_symbols else f"{part} {text(share.expression)}"
        for part, share in each.shares.items()
    )


def _term(share: Share, unit: str) -> str:
    return ("± " if share.random else "") + _value(abs(share.value) if share.random else share.value, unit)


def _value(value: float, unit: str, ratio: bool = True) -> str:
    if unit == "" and ratio:
        scale, name = next((scale, name) for least, scale, name in _PARTS_PER if abs(value) >= least)
        return f"{scale * value:.3g} {name}"
    if unit in ("1/s", "1/V"):
        return f"{value:.4g} {unit}"
    return engineering(value, unit, 4)


def _plain(value: float) -> str:
    return f"{value:g}" if not math.isfinite(value) else engineering(value, "", 4).replace(" ", "")
