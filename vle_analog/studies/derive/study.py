"""The derivation of a task's network: from its energy to the equations that run."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from vle_analog.equations.system import EquationSystem, name_of, shape_of
from vle_analog.errors import UsageError, nearest
from vle_analog.lab.lab import Lab
from vle_analog.learning.action import ERROR_RULES
from vle_analog.learning.action import derive as derive_network
from vle_analog.learning.layers import LayerShape
from vle_analog.options import option
from vle_analog.studies.derive.rendering import render_latex, render_text
from vle_analog.tasks import TASKS


@dataclass(frozen=True)
class DerivePlan:
    """What is derived.

    Attributes:
        task: whose network.
        rule: shown alone; all when None.
        latex: whether as a LaTeX document.

    Raises:
        UsageError: no such task or rule.
    """

    task: str = option("The task whose network is derived.", "chain")
    rule: str | None = option(f"Only this rule: {', '.join(ERROR_RULES)} (default: all).", None)
    latex: bool = option("A LaTeX document instead of text.", False)

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise UsageError(f"unknown task '{self.task}'", hint=nearest(self.task, TASKS))
        if self.rule is not None and self.rule not in ERROR_RULES:
            raise UsageError(f"unknown rule '{self.rule}'", hint=nearest(self.rule, ERROR_RULES))


def derive(plan: DerivePlan, lab: Lab) -> str:
    """The derivation as a text.

    Args:
        plan: what is derived.
        lab: not needed.
    """
    derivation = derive_network(shapes_of(TASKS[plan.task]("vle", None, None, 0).system), rule=plan.rule)
    return (render_latex if plan.latex else render_text)(derivation)


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
