"""A temporal XOR for boards of parts as they come: 1-6-6-1, 48 weights, at half of `xor_small`'s rate.

As `xor_small`, one neuron wider in each hidden layer, and rates are annealed by the gate, which is open for a falling
part of the time. Width and rate were chosen on lessons (data and start weights of a seed) 100 to 111, of 20,000 bits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vle_analog.tasks.task import Task
from vle_analog.tasks.temporal_xor import xor_task
from vle_analog.tasks.xor_small import SMALL

MEDIUM = replace(
    SMALL,
    name="xor_medium",
    sizes=(6, 6),
    eta=0.01,
    bits=(10_000, 20_000),
    plasticity=replace(SMALL.plasticity, anneal_by="gate"),
)


def task(rule: str = "vle", eta: float | None = None, span: float | None = None, seed: int = 0, **changes: Any) -> Task:
    """Temporal XOR for boards of parts as they come: 48 weights, any lesson.

    Arguments as `temporal_xor.task` has them, three model units per bit.
    """
    return xor_task(MEDIUM, rule, eta, span, seed, changes)
