"""vle-analog: learning neural networks as op-amp circuits, simulated and held against their ideal.

The public names below are imported when they are first used: sympy, scipy, numba and matplotlib take more than a
second to load, and a command that only prints help needs none of them.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

from vle_analog.version import __version__ as __version__

TYPE_CHECKING = False  # `typing` takes long to load, and until the command line is loaded a Ctrl-C is Python's
if TYPE_CHECKING:
    from typing import Any

    from vle_analog.design.build import Build
    from vle_analog.design.design import design
    from vle_analog.equations.system import EquationSystem
    from vle_analog.equations.systemfile import load_system
    from vle_analog.equations.written import from_rhs, system
    from vle_analog.lab.lab import Lab
    from vle_analog.learning.rule import Rule, causal
    from vle_analog.learning.rules import rule
    from vle_analog.studies.asked import (
        Answer,
        ac,
        ask,
        bench,
        bom,
        budget,
        frequency,
        hold,
        margins,
        montecarlo,
        noise,
        noise_sources,
        scaling,
        schematic,
        sensitivity,
        sweep,
        tolerance,
    )
    from vle_analog.studies.learn.call import learn
    from vle_analog.studies.run.result import Run
    from vle_analog.studies.run.study import run
    from vle_analog.tasks import TASKS, Task, chain
    from vle_analog.waveforms import Waveforms

__all__ = [
    "TASKS",
    "Answer",
    "Build",
    "EquationSystem",
    "Lab",
    "Rule",
    "Run",
    "Task",
    "Waveforms",
    "ac",
    "ask",
    "bench",
    "bom",
    "budget",
    "causal",
    "chain",
    "design",
    "frequency",
    "from_rhs",
    "hold",
    "learn",
    "load_system",
    "margins",
    "montecarlo",
    "noise",
    "noise_sources",
    "rule",
    "run",
    "scaling",
    "schematic",
    "sensitivity",
    "sweep",
    "system",
    "tolerance",
    "tradeoff",
]

#: the module of each public name
_HOMES = {
    "Build": "vle_analog.design.build",
    "EquationSystem": "vle_analog.equations.system",
    "Lab": "vle_analog.lab.lab",
    "Rule": "vle_analog.learning.rule",
    "Run": "vle_analog.studies.run.result",
    "TASKS": "vle_analog.tasks",
    "Task": "vle_analog.tasks",
    "causal": "vle_analog.learning.rule",
    "chain": "vle_analog.tasks",
    "design": "vle_analog.design.design",
    "from_rhs": "vle_analog.equations.written",
    "learn": "vle_analog.studies.learn.call",
    "load_system": "vle_analog.equations.systemfile",
    "rule": "vle_analog.learning.rules",
    "run": "vle_analog.studies.run.study",
    "system": "vle_analog.equations.written",
    "Answer": "vle_analog.studies.asked",
    "Waveforms": "vle_analog.waveforms",
    "ac": "vle_analog.studies.asked",
    "ask": "vle_analog.studies.asked",
    "bench": "vle_analog.studies.asked",
    "bom": "vle_analog.studies.asked",
    "budget": "vle_analog.studies.asked",
    "frequency": "vle_analog.studies.asked",
    "hold": "vle_analog.studies.asked",
    "margins": "vle_analog.studies.asked",
    "montecarlo": "vle_analog.studies.asked",
    "noise": "vle_analog.studies.asked",
    "noise_sources": "vle_analog.studies.asked",
    "scaling": "vle_analog.studies.asked",
    "schematic": "vle_analog.studies.asked",
    "sensitivity": "vle_analog.studies.asked",
    "sweep": "vle_analog.studies.asked",
    "tolerance": "vle_analog.studies.asked",
    "tradeoff": "vle_analog.studies.asked",
}


class _Front(ModuleType):
    """This module: a room that is imported does not take the place of the public function of its name (`design`)."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Front


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
