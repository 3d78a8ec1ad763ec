"""The learning tasks and the systems that come with the tool."""

from __future__ import annotations

from dataclasses import dataclass

from vle_analog.equations.systemfile import load_system
from vle_analog.lab.lab import Lab
from vle_analog.library import system_files
from vle_analog.studies.tasks.result import Catalogue
from vle_analog.tasks import known_tasks, summary_of, task_named


@dataclass(frozen=True)
class TasksPlan:
    """Everything is listed."""


def tasks(plan: TasksPlan, lab: Lab) -> Catalogue:
    """All tasks and systems.

    Args:
        plan, lab: not needed.
    """
    systems = [(name, load_system(path)) for name, path in system_files().items()]
    return Catalogue([(name, summary_of(task_named(name))) for name in known_tasks()], systems)
