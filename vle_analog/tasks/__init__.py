"""Learning tasks, one per file: a task builds a system and says where its results are.

A task's file defines a function ``task(rule, eta, span, seed, **changes)`` that returns a `Task`; the first line of
its docstring says what it is. Those of this folder are found by listing it; one of a user's own is given by its path.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from vle_analog.errors import UsageError, nearest
from vle_analog.tasks.chain import task as chain
from vle_analog.tasks.complex_signal import task as complex_signal
from vle_analog.tasks.lagnet import task as lagnet
from vle_analog.tasks.task import Task
from vle_analog.tasks.temporal_xor import task as temporal_xor
from vle_analog.tasks.xor_medium import task as xor_medium
from vle_analog.tasks.xor_small import task as xor_small
from vle_analog.userfile import definition, guarded, is_file, text_of

__all__ = [
    "TASKS",
    "Task",
    "chain",
    "complex_signal",
    "lagnet",
    "source_of",
    "summary_of",
    "task_named",
    "temporal_xor",
    "title_of",
    "xor_medium",
    "xor_small",
]

#: builds a task, with the arguments of a file's ``task``: rule, eta, span, seed and changes of the plasticity
TaskBuilder = Callable[..., Task]


def _listed() -> Mapping[str, TaskBuilder]:
    names = [file.name for file in pkgutil.iter_modules(__path__)]
    modules = {name: import_module(f"{__name__}.{name}") for name in names}
    return {name: module.task for name, module in modules.items() if hasattr(module, "task")}


#: the tasks of this folder by name
TASKS: Mapping[str, TaskBuilder] = _listed()
_HINT = "define task(rule='vle', eta=None, span=None, seed=0, **changes) -> Task, as the files of vle_analog/tasks do"


def task_named(name: str) -> TaskBuilder:
    """What builds the task of that name, or the one that a Python file defines.

    Raises:
        UsageError: there is no such task or file, or the file defines none; from what is returned, where a file's
            ``task`` fails or gives something else.
    """
    if name in TASKS:
        return TASKS[name]
    if not is_file(name):
        raise UsageError(f"unknown task '{name}'", hint=f"{nearest(name, TASKS)} (or name a .py file)")
    build = guarded(definition(name, "task", callable, _HINT), name)

    @wraps(build)
    def built(*args: Any, **named: Any) -> Task:
        found = build(*args, **named)
        if not isinstance(found, Task):
            kind = type(found).__name__
            raise UsageError(f"'task' returns something of type '{kind}', not a Task", where=name, hint=_HINT)
        return found

    return built


def source_of(name: str) -> str | None:
    """The text of the file that a task is defined in; None for those of the package.

    Raises:
        UsageError: the file cannot be read.
    """
    return text_of(name) if is_file(name) else None


def title_of(name: str) -> str:
    """The task's name, or its file's without folder and ending."""
    return Path(name).stem if is_file(name) else name


def summary_of(build: TaskBuilder) -> str:
    """What a task is, in one line: the first of its docstring."""
    return (build.__doc__ or "").partition("\n")[0].rstrip(".")
