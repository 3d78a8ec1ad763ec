"""The derivation of a task's network: from its energy to the equations that run."""

from __future__ import annotations

from dataclasses import dataclass

from vle_analog.lab.lab import Lab
from vle_analog.learning.action import ERROR_RULES, EXACT
from vle_analog.learning.action import derive as derive_network
from vle_analog.learning.layers import inputs_of
from vle_analog.learning.rules import rule_named
from vle_analog.options import option
from vle_analog.studies.derive.rendering import render_latex, render_text
from vle_analog.tasks import task_named


@dataclass(frozen=True)
class DerivePlan:
    """What is derived.

    Attributes:
        task: whose network; its name, or the path of a file that describes or defines one.
        rule: shown alone; all when None.
        latex: whether as a LaTeX document.

    Raises:
        UsageError: no such task or rule.
    """

    task: str = option("The task whose network is derived.", "chain")
    rule: str | None = option(f"Only this rule: {', '.join(ERROR_RULES)}, or a .py file (default: all).", None)
    latex: bool = option("A LaTeX document instead of text.", False)

    def __post_init__(self) -> None:
        task_named(self.task)
        if self.rule is not None and self.rule != EXACT:
            rule_named(self.rule, EXACT)


def derive(plan: DerivePlan, lab: Lab) -> str:
    """The derivation as a text.

    Args:
        plan: what is derived.
        lab: not needed.
    """
    task = task_named(plan.task)()
    shapes = [layer.shape(plastic=True) for layer in task.layers]
    derivation = derive_network(shapes, inputs_of(task.layers), plan.rule, task.plasticity.cost)
    return (render_latex if plan.latex else render_text)(derivation)
