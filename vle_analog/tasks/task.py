"""What a learning task is."""

from __future__ import annotations

from dataclasses import dataclass

from vle_analog.compare import LearningSetup
from vle_analog.equations.system import EquationSystem


@dataclass(frozen=True)
class Task:
    """A system that learns, and where its results are.

    Attributes:
        name: of the task.
        summary: one line for people.
        rule: the learning rule.
        seed: of its data stream.
        system: the equations; their outputs hold output, target and all learned parameters.
        learning: output, target, parameters, frozen windows.
        step: the reference's first step, model units.
        solver_error: what the circuit's solver may get wrong, as a fraction of range; learning makes
            up for more of it than for a free-running system's.
    """

    name: str
    summary: str
    rule: str
    seed: int
    system: EquationSystem
    learning: LearningSetup
    step: float
    solver_error: float = 2e-3
