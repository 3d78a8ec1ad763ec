"""Learning tasks, one per file: a task builds a system and says where its results are."""

from vle_analog.tasks.chain import task as chain
from vle_analog.tasks.complex_signal import task as complex_signal
from vle_analog.tasks.lagnet import task as lagnet
from vle_analog.tasks.task import Task
from vle_analog.tasks.temporal_xor import task as temporal_xor
from vle_analog.tasks.xor_small import task as xor_small

#: the tasks by name; each builder takes rule, eta, span and seed
TASKS = {
    "chain": chain,
    "complex_signal": complex_signal,
    "lagnet": lagnet,
    "temporal_xor": temporal_xor,
    "xor_small": xor_small,
}

__all__ = ["TASKS", "Task", "chain", "complex_signal", "lagnet", "temporal_xor", "xor_small"]
