"""What a user says of how a task is learned, in the place of what the task has itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vle_analog.fields import switched
from vle_analog.learning.rules import RULES
from vle_analog.options import option
from vle_analog.tasks import Task, task_named
from vle_analog.tasks.networktable import Sizes
from vle_analog.tasks.weights import WEIGHTS_HELP, weighted


@dataclass(frozen=True, kw_only=True)
class TaskChoices:
    """How a task is learned, where that is not left to the task.

    Attributes:
        rule: a rule, by name or by path; the task's own when None.
        eta: rate of weights, per model unit; the task's own when None.
        eligibility: whether synapses look back; as the task has it when None.
        sizes: of the network, in the place of the task's.
        weights: path of a file of those that the network starts with, and that boards to be deployed have.
    """

    rule: str | None = option(
        f"Learning rule of a task: {', '.join(RULES)}, or a .py file (default: the task's own).",
        None,
        known=lambda: RULES,
    )
    eta: float | None = option("Learning rate of a task, per model unit of time (default: the task's own).", None)
    eligibility: bool | None = option(
        "Whether a task's synapses look back instead of errors ahead: on or off (default: as the task has it).",
        None,
        metavar="on|off",
        parse=switched("eligibility"),
    )
    sizes: Sizes = field(default_factory=Sizes)
    weights: str | None = option(WEIGHTS_HELP, None, metavar="FILE")

    @property
    def choices(self) -> tuple[str, ...]:
        """Names of the fields that are not left to the task."""
        own = (name for name in ("rule", "eligibility", "eta", "weights") if getattr(self, name) is not None)
        return (*own, *self.sizes.given())

    def chosen(self, task: str, span: float | None, seed: int, plasticity: Mapping[str, Any]) -> Task:
        """A task with these choices.

        Args:
            task: its name.
            span: how long to learn, model units; the task's own when None.
            seed: of start weights and data.
            plasticity: what else it is built with, by fields of `Plasticity`.

        Raises:
            UsageError: what the task refuses.
        """
        switch = {} if self.eligibility is None else {"eligibility": self.eligibility}
        changes = {**plasticity, **switch, **self.sizes.given()}
        made = task_named(task)(self.rule, self.eta, span, seed, **changes)
        return made if self.weights is None else weighted(made, self.weights)
