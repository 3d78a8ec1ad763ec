"""A task as a user may write it, for tests that name it by its path."""

from __future__ import annotations

from typing import Any

from vle_analog.compare import LearningSetup
from vle_analog.learning.layers import Layer
from vle_analog.learning.plasticity import Plasticity
from vle_analog.stimulus import Gate, Sines
from vle_analog.tasks.task import Exam, Stream, Task, by_instance, long_enough, plastic_system, plasticity_of


def task(rule: str = "vle", eta: float | None = None, span: float | None = None, seed: int = 0, **changes: Any) -> Task:
    """One neuron learns the gain of another."""
    eta = 0.3 if eta is None else eta
    span = long_enough("gain", span, 100.0, 40.0)
    layers, teacher = (Layer(1, 0.2, 1.0, "linear"),), (Layer(1, 0.7, 1.0, "linear"),)
    sine = Sines((1.0,), (0.2,), (0.1 * seed,))
    stream = Stream(sine, None, Gate(5.0, span - 15.0))
    plasticity = plasticity_of(Plasticity(), rule, eta, changes)
    system, learned = plastic_system("gain", layers, plasticity, stream, span, teacher)
    return Task(
        name="gain",
        rule=rule,
        eta=eta,
        seed=seed,
        layers=layers,
        teacher=teacher,
        plasticity=plasticity,
        stream=stream,
        exam=Exam(sine, None, settle=5.0, span=20.0),
        system=system,
        learned=learned,
        learning=LearningSetup("r1", "target", by_instance(learned), (0.0, 5.0), (span - 10.0, span), 5.0),
        step=0.02,
        etas=(0.1, 0.3),
        threshold=1e-3,
        window=5.0,
        study=100.0,
    )
