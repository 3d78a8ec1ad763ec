"""A block's figures, their expressions and what they depend on, or which blocks there are: table, text and LaTeX."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import sympy as sp

from vle_analog.report.report import Report, Table
from vle_analog.studies.sensitivity.result import BlockList, Entry, Formulas, Sensitivity, Share
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


def report(result: Sensitivity | Formulas | BlockList) -> Report:
    """What is told of a block, as table and sentences or as formulas; or of all blocks."""
    if isinstance(result, BlockList):
        return Report(name="blocks", title="Blocks", tables=[_listed(result)])
    if isinstance(result, Formulas):
        return replace(report(result.sensitivity), printed=latex(result.sensitivity))
    title = f"{result.block}: {result.summary}"
    return Report(
        name="sensitivity",
        title=title,
        record=result.record(),
        tables=[_table(result, title)],
        sentences=_sentences(result),
        files={"sensitivity.tex": latex(result)},
    )


def _listed(blocks: BlockList) -> Table:
    """One row per block."""
    rows = [[block.name, block.summary, block.law] for block in blocks.blocks]
    return Table("Blocks (circuits/stages/, and the multiplier)", ["block", "what it is", "law"], rows)


def _table(sensitivity: Sensitivity, title: str) -> Table:
    """One row per figure."""
    header = ["figure", "expression", "typical", "relative change by part (or: the error's terms)"]
    rows = [[entry.name, text(entry.expression), typical(entry), _shares(entry)] for entry in sensitivity.entries]
    return Table(title, header, rows)


def _sentences(sensitivity: Sensitivity) -> list[str]:
    """What the table is about: law, parts, design and symbols."""
    parts = ", ".join(f"{role} {name}" for role, name in sensitivity.parts.items()) or "laws alone"
    design = ", ".join(f"{name} {_plain(value)}" for name, value in sensitivity.design.items())
    return [
        f"law: {sensitivity.law}",
        f"parts: {parts}",
        f"typical: {design}",
        *(f"  {name}: {meaning}" for name, meaning in sensitivity.meanings.items()),
        "gain and time constant errors are relative; lag is what parts' speed adds to the delay of slow signals; "
        "± is one standard deviation of parts",
        *(
            f"the {entry.name} is so large that its first order only says that the op-amp is too slow for this design"
            for entry in sensitivity.entries
            if entry.error and entry.unit == "" and abs(entry.value) > _LARGE
        ),
    ]


def latex(sensitivity: Sensitivity) -> str:
    """The expressions and sensitivities as one ``align*`` environment of amsmath, with a comment on top."""
    lines = []
    for entry in sensitivity.entries:
        name = rf"\text{{{entry.name}}}"
        lines.append(f"{name} &= {formula(entry.expression)}")
        if entry.error:
            continue
        for part, share in entry.shares.items():
            changed = rf"\frac{{\partial \ln(\text{{{entry.name}}})}}{{\partial \ln {formula(sp.Symbol(part))}}}"
            lines.append(f"{changed} &= {formula(share.expression)}")
    body = " \\\\\n".join(lines)
    return f"% {sensitivity.block}: {sensitivity.summary}\n\\begin{{align*}}\n{body}\n\\end{{align*}}\n"


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


def typical(entry: Entry) -> str:
    """A figure's value; of an error what does not scatter, and one standard deviation of what does."""
    if not entry.error:
        return _value(entry.value, entry.unit, ratio=False)
    steady, scatter = entry.value, entry.deviation
    said = [] if not steady and scatter else [_value(steady, entry.unit)]
    return " ".join([*said, f"± {_value(scatter, entry.unit)}"] if scatter else said)


def _shares(entry: Entry) -> str:
    if entry.error:
        return ", ".join(f"{part} {_term(share, entry.unit)}" for part, share in entry.shares.items())
    return ", ".join(
        f"{part} {share.value:+.4g}" if not share.expression.free_symbols else f"{part} {text(share.expression)}"
        for part, share in entry.shares.items()
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
