"""A derivation in print: everything is there, legible, once per layer, and LaTeX that compiles."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import sympy as sp
from matplotlib.mathtext import MathTextParser

from vle_analog.equations.operators import prospective, retrospective
from vle_analog.equations.system import index, signal, total
from vle_analog.learning.action import ERROR_RULES, derive
from vle_analog.learning.layers import LayerShape
from vle_analog.studies.derive.notation import LATEX, written
from vle_analog.studies.derive.rendering import render_latex, render_text


@pytest.fixture(scope="module")
def text() -> str:
    return render_text(derive([6, 4, 1]))


@pytest.mark.parametrize(
    "line",
    [
        "Network: input r0 -> 6 tanh -> 4 tanh -> 1 linear",
        "Layer 1 (6 neurons, n1 = 0..5)",
        "s2[n2] = b2[n2] + Σ_n1 w2[n2,n1] r1[n1]",
        "e2[n2] = D⁺{u2[n2]; tau_m2[n2]} − s2[n2]",
        "udot2[n2] = (s2[n2] − u2[n2])/tau_m2[n2]",
        "E = beta C + ½ e3² + ½ Σ_n1 e1[n1]² + ½ Σ_n2 e2[n2]²",
        "D⁻{e1[n1]; tau_m1[n1]} = D⁻{d1[n1] Σ_n2 w2[n2,n1] e2[n2]; tau_r1[n1]}",
        "e1[n1] = I⁺{D⁻{p1[n1]; tau_r1[n1]}; tau_m1[n1]}",
        "e1[n1] = I⁻{D⁺{p1[n1]; tau_r1[n1]}; tau_m1[n1]}",
        "p3 = beta (target − r3)",
        "e1[n1] = D⁺{v1[n1]; tau_m1[n1]}",
        "dE/dw2[n2,n1] = −e2[n2] r1[n1]",
        "dg2[n2]/dt = eta_tau e2[n2] udot2[n2]",
    ],
)
def test_the_text_reads_like_the_theory(text: str, line: str) -> None:
    assert line in text


def test_the_text_fits_a_terminal_and_does_not_grow_with_the_network(text: str) -> None:
    assert max(map(len, text.splitlines())) <= 140
    large = render_text(derive([600, 400, 1]))
    assert len(large.splitlines()) == len(text.splitlines()) < 150


@pytest.mark.parametrize("rule", ERROR_RULES)
def test_one_rule_is_shown_alone(rule: str) -> None:
    lines = render_text(derive([2, 1], rule=rule)).splitlines()
    shown = {line.split()[0] for line in lines if line.strip()} & {"bp", "gle", "vle1", "vle2", "vle3"}
    assert shown == {{"vle": "vle2"}.get(rule, rule)} - {"adjoint"}


def test_spelling() -> None:
    i, x, y, t = index("n1", 3), sp.Symbol("x1"), sp.Symbol("y1"), sp.Symbol("tau_m1")
    assert written(-(x - y) * x / (2 * t)) == "½ x1 (y1 − x1)/tau_m1"
    assert written(1 / (x * y)) == "1/(x1 y1)"
    assert written(x**2 - 3 * x + sp.Rational(2, 3)) == "2/3 + x1² − 3 x1"
    assert written(sp.tanh(x + 1)) == "tanh(x1 + 1)"
    assert written(total(signal("w1", i) * (x - y), i)) == "Σ_n1 w1[n1] (x1 − y1)"
    assert written(prospective(retrospective(x, t), t)) == "D⁺{I⁻{x1; tau_m1}; tau_m1}"
    assert written(signal("tau_m1", i) * x, LATEX) == r"\tau^{(1)}_{\mathrm{m},n_{1}}\,x^{(1)}"


@pytest.mark.parametrize("layers", [[1], [1, 1], [3, LayerShape(2, "softplus", False, False, False), 1]])
def test_the_latex_is_well_formed(layers: list[int | LayerShape], tmp_path: Path) -> None:
    document = render_latex(derive(layers))
    assert document.count(r"\begin{align*}") == document.count(r"\end{align*}") > 3
    plain = document.replace(r"\{", "").replace(r"\}", "")
    assert plain.count("{") == plain.count("}")
    assert document.count(r"\left") == document.count(r"\right")
    parser = MathTextParser("path")
    for block in re.findall(r"\\begin{align\*}(.*?)\\end{align\*}", document, re.DOTALL):
        for row in block.split("\\\\\n"):
            formula = re.sub(r"\\text{.*}", "", row).replace("&", " ").replace("\n", " ")
            parser.parse(f"${formula.strip()}$")  # matplotlib reads the subset of TeX that is used here
    if compiler := shutil.which("pdflatex"):
        (tmp_path / "derivation.tex").write_text(document, encoding="utf-8")
        command = [compiler, "-interaction=nonstopmode", "-halt-on-error", "derivation.tex"]
        assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60).returncode == 0
    prose = re.sub(r"\\begin{align\*}.*?\\end{align\*}", "", document, flags=re.DOTALL)
    assert not re.search(r"(?<!\\)[_^](?!\{)", prose.replace("$n_{", "").replace("$r^{", ""))
    assert document.isascii()
