"""vle-analog: learning neural networks as op-amp circuits, simulated and held against their ideal."""

from vle_analog.design.design import Settings, design
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.studies.run.study import Run, run
from vle_analog.tasks import TASKS, Task, chain

__all__ = ["TASKS", "EquationSystem", "Run", "Settings", "Task", "chain", "design", "load_system", "run"]
