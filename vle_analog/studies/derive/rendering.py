"""A derivation to read: one line per step for a terminal, or a LaTeX document.

Each layer's templates are printed once, with the number of neurons that they stand for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from vle_analog.equations.system import size
from vle_analog.learning.action import Derivation, Step
from vle_analog.learning.layers import LayerShape
from vle_analog.studies.derive.notation import LATEX, written


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
