"""What a circuit is of: a learning task or a system of equations, by the name that a user gave."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, replace
from pathlib import Path
from typing import Any

from vle_analog.equations.sbml import is_sbml, load_sbml
from vle_analog.equations.system import EquationSystem, name_of
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import UsageError, nearest
from vle_analog.fields import at_least, pairs
from vle_analog.learning.rules import rule_named
from vle_analog.library import system_files
from vle_analog.options import option
from vle_analog.tasks import Task, is_task, known_tasks
from vle_analog.tasks.choices import TaskChoices

#: names and values
Parameters = tuple[tuple[str, float], ...]


def _parameters(texts: list[str]) -> tuple[tuple[str, float], ...]:
    """Parameters and their values.

    Raises:
        UsageError: one is not NAME=NUMBER.
    """
    form = {"name": "parameters", "form": "NAME=NUMBER", "example": "rho=20"}
    values = {}
    for name, text in pairs(texts, **form).items():
        try:
            values[name] = float(text)
        except ValueError:
            values[name] = math.nan
        if not math.isfinite(values[name]):
            raise UsageError(f"`parameters` {name}={text}: not a finite number", hint="e.g. `parameters=rho=20`")
    return tuple(values.items())


def parameters(help: str) -> Any:
    """A field of a system's parameters that have other values than in its file."""
    return option(help, (), flag="set", metavar="NAME=NUMBER", parse=_parameters, many=True)


def unknown(name: str) -> UsageError:
    """Error about a name that is neither a task's nor a system's."""
    hint = nearest(name, [*known_tasks(), *system_files()]) + " (or name a .toml or .py file)"
    return UsageError(f"unknown task or system '{name}'", hint=hint)


def is_system(name: str) -> bool:
    """Whether a user's name is that of a system, no task's."""
    return not is_task(name) and (name in system_files() or name.endswith(".toml") or is_sbml(name))


@dataclass(frozen=True)
class Subject(TaskChoices):
    """A task or system, with changes.

    Attributes:
        name: of a task, of a system that comes with the tool, or of a file that defines one.
        span: how long to run, model units; its own when None.
        seed: of a task's start weights and data; 0 when None.
        parameters: of a system, with other values than its file's.

    Raises:
        UsageError: no such rule, a span that is not positive, or a negative seed.
    """

    name: str = option(
        "A task or system of `vle-analog tasks`, or a file of your own: a system (.toml, or SBML as .xml) or a task "
        "(.toml or .py).",
        metavar="TASK|FILE.toml|FILE.py",
        argument=True,
        known=lambda: [*known_tasks(), *system_files()],
    )
    _: KW_ONLY
    span: float | None = option("How long to run, in model units of time (default: the task's or system's own).", None)
    seed: int | None = option("Seed of a task's data stream (default: 0).", None)
    parameters: Parameters = parameters("Another value of a system's parameter, e.g. rho=20. May be repeated.")

    def __post_init__(self) -> None:
        if self.rule is not None:
            rule_named(self.rule)
        if self.span is not None and not 0 < self.span < float("inf"):
            raise UsageError(f"`span` must be a positive number of model units, not {self.span:g}", hint="e.g. 20")
        at_least(0, seed=self.seed)

    def load(self, plasticity: Mapping[str, Any] | None = None) -> EquationSystem | Task:
        """The task or system.

        Args:
            plasticity: of a task, what it is built with, by fields of `Plasticity`.

        Raises:
            UsageError: an unknown name, or a field that does not apply.
            VleAnalogError: whatever is wrong with a system file.
        """
        if is_task(self.name):
            if self.parameters:
                raise UsageError(
                    f"`parameters` is for systems; '{self.name}' is a learning task", hint="leave `parameters` out"
                )
            return self.chosen(self.name, self.span, self.seed or 0, plasticity or {})
        for name in (*self.choices, *(() if self.seed is None else ("seed",))):
            raise UsageError(f"`{name}` is for learning tasks; '{self.name}' is a system", hint=f"leave `{name}` out")
        shipped = system_files()
        if self.name in shipped:
            system = load_system(shipped[self.name])
        elif is_sbml(self.name):
            system = load_sbml(Path(self.name))
        elif self.name.endswith(".toml") or Path(self.name).is_file():
            system = load_system(Path(self.name))
        else:
            raise unknown(self.name)
        system = with_parameters(system, dict(self.parameters))
        return system if self.span is None else system.updated(span=self.span)


def with_parameters(system: EquationSystem, values: Mapping[str, float], asked: str = "parameters") -> EquationSystem:
    """The system with other values of some parameters, which a user names in the field ``asked``.

    Raises:
        UsageError: it has no such parameter, or one that is a family of numbers.
    """
    names = [name_of(each.symbol) for each in system.parameters]
    for name in values:
        if name not in names:
            hint = nearest(name, names) if names else "it has no parameters: give its numbers names in [parameters]"
            raise UsageError(f"`{asked}` {name}: '{system.name}' has no such parameter", hint=hint)
    changed = (
        replace(each, value=values[name_of(each.symbol)]) if name_of(each.symbol) in values else each
        for each in system.parameters
    )
    return system.updated(parameters=tuple(changed))


def leaving(subject: EquationSystem | Task, probes: Iterable[str]) -> tuple[str, ...]:
    """Which of the probed signals leave a board: all of a system's; of a network all but what it learned."""
    kept = subject.learning.parameters if isinstance(subject, Task) else ()
    return tuple(probe for probe in probes if probe not in kept)


def system_of(subject: EquationSystem | Task) -> EquationSystem:
    """The equations of a task or system."""
    return subject.system if isinstance(subject, Task) else subject
