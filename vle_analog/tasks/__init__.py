"""Learning tasks: a task builds a system and says where its results are.

Those that come with the tool are files of ``circuits/tasks/``. One of a user's own is such a TOML file, or a Python
file that defines a function ``task(rule, eta, span, seed, **changes)`` that returns a `Task`, given by its path; or it
comes with an installed package as an entry point of the group ``vle_analog.tasks``: such a function, or the path of a
TOML file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any

from vle_analog.errors import UsageError, nearest
from vle_analog.installed import TASK_GROUP, installed, loaded, source
from vle_analog.library import task_files
from vle_analog.tasks.task import Task
from vle_analog.tasks.taskfile import SUFFIX, TaskFile, is_task_file, load_task
from vle_analog.userfile import definition, guarded, is_file, text_of

__all__ = [
    "TASKS",
    "Task",
    "chain",
    "complex_signal",
    "files_of",
    "first_board",
    "is_task",
    "known_tasks",
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

#: the tasks that come with the tool, by name
TASKS: Mapping[str, TaskFile] = {name: TaskFile(path) for name, path in task_files().items()}
chain, complex_signal, lagnet = TASKS["chain"], TASKS["complex_signal"], TASKS["lagnet"]
first_board = TASKS["first_board"]
temporal_xor, xor_medium, xor_small = TASKS["temporal_xor"], TASKS["xor_medium"], TASKS["xor_small"]
_HINT = "define task(rule='vle', eta=None, span=None, seed=0, **changes) -> Task, see docs/tasks.md"


def known_tasks() -> tuple[str, ...]:
    """Names of all tasks that come with the tool or with an installed package."""
    return (*TASKS, *(name for name in installed(TASK_GROUP) if name not in TASKS))


def is_task(name: str) -> bool:
    """Whether a name is a task's, or that of a file that describes or defines one."""
    return name in known_tasks() or is_file(name) or is_task_file(name)


def task_named(name: str) -> TaskBuilder:
    """What builds the task of that name, or the one that a file describes or defines.

    Raises:
        UsageError: there is no such task or file, or the file defines none; from what is returned, where a file's
            ``task`` fails or gives something else.
        SystemFileError: what is wrong with a TOML file.
    """
    if name in TASKS:
        return TASKS[name]
    if (entry := installed(TASK_GROUP).get(name)) is not None:
        found = loaded(entry, lambda value: callable(value) or isinstance(value, str | Path), _HINT)
        return _read(Path(found)) if isinstance(found, str | Path) else _checked(found, name)
    if name.endswith(SUFFIX):
        return _read(Path(name))
    if not is_file(name):
        raise UsageError(f"unknown task '{name}'", hint=f"{nearest(name, known_tasks())} (or name a .toml or .py file)")
    return _checked(guarded(definition(name, "task", callable, _HINT), name), name)


def _checked(build: TaskBuilder, name: str) -> TaskBuilder:
    """The builder, which sees to it that it builds a task; what is not said is left to it."""

    @wraps(build)
    def built(rule: str | None = None, *args: Any, **named: Any) -> Task:
        for size in ("sizes", "tau_m", "tau_r"):
            if size in named:
                hint = f"leave `{size}` out, or change it in the task itself"
                raise UsageError(f"`{size}` is for tasks of TOML files", where=name, hint=hint)
        found = build(*(() if rule is None and not args else (rule, *args)), **named)
        if not isinstance(found, Task):
            kind = type(found).__name__
            raise UsageError(f"'task' returns something of type '{kind}', not a Task", where=name, hint=_HINT)
        return found

    return built


def _read(path: Path) -> TaskFile:
    """The task of a TOML file, checked once while the contents of all its files stay the same."""
    try:
        digest = TaskFile(path).digest()
    except UsageError:
        load_task(path)  # says where in the file that one is named
        raise
    return _loaded(path, digest)


@lru_cache(maxsize=16)
def _loaded(path: Path, digest: str) -> TaskFile:
    return load_task(path)


def source_of(name: str) -> str | None:
    """What tells a task from another one of its name: its file's text, or a digest of all of its files; None for those
    of the package.

    Raises:
        UsageError: the file cannot be read.
    """
    if (entry := installed(TASK_GROUP).get(name)) is not None and name not in TASKS:
        return source(entry)
    if name.endswith(SUFFIX):
        return _read(Path(name)).digest()
    return text_of(name) if is_file(name) else None


def files_of(name: str) -> tuple[Path, ...]:
    """All files that a task is made of, its own first; none of those that have a name.

    Raises:
        UsageError: a file cannot be read.
    """
    if name in known_tasks():
        return ()
    return TaskFile(Path(name)).files if name.endswith(SUFFIX) else (Path(name),)


def title_of(name: str) -> str:
    """The task's name, or its file's without folder and ending."""
    return Path(name).stem if is_file(name) or name.endswith(SUFFIX) else name


def summary_of(build: TaskBuilder) -> str:
    """What a task is, in one line: its file's summary, or the first of its docstring."""
    if isinstance(build, TaskFile):
        return build.summary
    return (build.__doc__ or "").partition("\n")[0].rstrip(".")
