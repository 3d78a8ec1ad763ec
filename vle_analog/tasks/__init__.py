"""Learning tasks, one per file: a task builds a system and says where its results are."""

from vle_analog.tasks.chain import chain
from vle_analog.tasks.task import Task

#: the tasks by name; each builder takes rule, eta, span and seed
TASKS = {"chain": chain}

__all__ = ["TASKS", "Task", "chain"]
