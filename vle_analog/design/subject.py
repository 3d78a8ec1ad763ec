"""What a circuit is of: a learning task or a system of equations, by the name that a user gave."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import UsageError, nearest
from vle_analog.learning.rules import RULES, rule_named
from vle_analog.library import system_files
from vle_analog.options import at_least, option
from vle_analog.tasks import TASKS, Task, task_named
from vle_analog.userfile import is_file


@dataclass(frozen=True)
class Subject:
    """A task or system, with changes.

    Attributes:
        name: of a task, of a system that comes with the tool, or of a file that defines one.
        rule, eta, seed: of a task's learning; its own when None.
        span: how long to run, model units; its own when None.

    Raises:
        UsageError: no such rule, a span that is not positive, or a negative seed.
    """

    name: str = option(
        "A task or system of `vle-analog tasks`, or your own system (.toml) or task (.py).",
        metavar="TASK|FILE.toml|FILE.py",
        argument=True,
    )
    rule: str | None = option(f"Learning rule of a task: {', '.join(RULES)}, or a .py file (default: vle).", None)
    eta: float | None = option("Learning rate of a task, per model unit of time (default: the task's own).", None)
    span: float | None = option("How long to run, in model units of time (default: the task's or system's own).", None)
    seed: int | None = option("Seed of a task's data stream (default: 0).", None)

    def __post_init__(self) -> None:
        if self.rule is not None:
            rule_named(self.rule)
        if self.span is not None and not 0 < self.span < float("inf"):
            raise UsageError(f"`span` must be a positive number of model units, not {self.span:g}")
        at_least(0, seed=self.seed)

    def load(self) -> EquationSystem | Task:
        """The task or system.

        Raises:
            UsageError: an unknown name, or a field that does not apply.
            VleAnalogError: whatever is wrong with a system file.
        """
        if self.name in TASKS or is_file(self.name):
            return task_named(self.name)(self.rule or "vle", self.eta, self.span, self.seed or 0)
        for field in ("rule", "eta", "seed"):
            if getattr(self, field) is not None:
                raise UsageError(
                    f"`{field}` is for learning tasks; '{self.name}' is a system", hint=f"leave `{field}` out"
                )
        shipped = system_files()
        if self.name in shipped:
            system = load_system(shipped[self.name])
        elif self.name.endswith(".toml") or Path(self.name).is_file():
            system = load_system(Path(self.name))
        else:
            raise UsageError(
                f"unknown task or system '{self.name}'",
                hint=nearest(self.name, [*TASKS, *shipped]) + " (or name a .toml or .py file)",
            )
        return system if self.span is None else system.updated(span=self.span)


def system_of(subject: EquationSystem | Task) -> EquationSystem:
    """The equations of a task or system."""
    return subject.system if isinstance(subject, Task) else subject
