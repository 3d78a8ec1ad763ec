"""``vle-analog derive``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from vle_analog.errors import UsageError, nearest
from vle_analog.learning.action import ERROR_RULES
from vle_analog.learning.action import derive as derive_network
from vle_analog.studies.derive.study import render_latex, render_text, shapes_of
from vle_analog.tasks import TASKS


def derive(
    task: Annotated[str, typer.Option(help="The task whose network is derived.")] = "chain",
    rule: Annotated[str | None, typer.Option(help=f"Only this rule: {', '.join(ERROR_RULES)} (default: all).")] = None,
    latex: Annotated[bool, typer.Option("--latex", help="A LaTeX document instead of text.")] = False,
) -> None:
    """Print the derivation: energy, Euler-Lagrange equations, exact adjoint, local rules, plasticity."""
    if task not in TASKS:
        raise UsageError(f"unknown task '{task}'", hint=nearest(task, TASKS))
    derivation = derive_network(shapes_of(TASKS[task]("vle", None, None, 0).system), rule=rule)
    sys.stdout.write((render_latex if latex else render_text)(derivation))
