"""``vle-analog derive``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from vle_analog.learning.action import ERROR_RULES
from vle_analog.learning.action import derive as derive_network
from vle_analog.studies.derive.study import render_latex, render_text
from vle_analog.tasks import task_named


def derive(
    task: Annotated[str, typer.Option(help="The task whose network is derived.")] = "chain",
    rule: Annotated[str | None, typer.Option(help=f"Only this rule: {', '.join(ERROR_RULES)} (default: all).")] = None,
    latex: Annotated[bool, typer.Option("--latex", help="A LaTeX document instead of text.")] = False,
) -> None:
    """Print the derivation: energy, Euler-Lagrange equations, exact adjoint, local rules, plasticity."""
    layers = task_named(task)("vle", None, None, 0).layers
    derivation = derive_network([layer.shape(plastic=True) for layer in layers], rule=rule)
    sys.stdout.write((render_latex if latex else render_text)(derivation))
