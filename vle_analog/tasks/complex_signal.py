"""The complex signal: a network learns what a teacher network makes of ten sines.

1-6-6-1, tanh, linear output; ``tau_m`` geometric from 0.2 to 3 in both hidden layers, 0.5 at the
output; teacher and student drawn from N(0, 1.2^2/fan-in), biases zero. Input: ten sines from 0.3 to
10 rad per unit, geometric, random phases, unit variance in sum. ``vle`` is ``vle1``
with eligibility here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vle_analog.compare import LearningSetup
from vle_analog.learning.layers import Layer
from vle_analog.learning.plasticity import Plasticity
from vle_analog.stimulus import Gate, Sines
from vle_analog.tasks.task import (
    Exam,
    Stream,
    Task,
    by_instance,
    long_enough,
    plastic_system,
    plasticity_of,
    positive_rate,
)

WIDTH = 6
FREQUENCIES = tuple(np.geomspace(0.3, 10.0, 10).tolist())


def task(
    rule: str = "vle",
    eta: float | None = None,
    span: float | None = None,
    seed: int = 0,
    *,
    frequencies: Sequence[float] = FREQUENCIES,
    **changes: Any,
) -> Task:
    """A network learns what a teacher network makes of ten sines.

    Args:
        rule: the learning rule.
        eta: rate of weights and biases; 0.1 when None.
        span: model units; 5,000 when None.
        seed: of weights and phases.
        frequencies: of the input's sines, rad per model unit.
        changes: of the task's `Plasticity`, by field name.

    Raises:
        UsageError: unknown rule or change, a rate that is not positive, or a span under 100.
    """
    eta = positive_rate(eta, 0.1)
    span = long_enough("the complex signal", span, 5000.0, 100.0)
    frozen = min(500.0, 0.2 * span)
    on, off = 0.02 * frozen, span - frozen
    rng = np.random.default_rng(seed)
    teacher, student = _layers(rng), _layers(rng)
    stream = Stream(_sines(frequencies, rng), None, Gate(on, off))
    fresh = _sines(frequencies, np.random.default_rng([seed, 1]))
    default = Plasticity("vle1", eta_backward=0.02, power=0.01, averaging=50.0, eligibility=True)
    plasticity = plasticity_of(default, rule, eta, changes)
    system, learned = plastic_system("complex_signal", student, plasticity, stream, span, teacher=teacher)
    setup = LearningSetup(
        output="r3",
        target="target",
        parameters=dict.fromkeys(by_instance(learned)),  # another set of weights may do the same: no values to compare
        initial_window=(0.0, on),
        final_window=(off + 0.1 * frozen, span),
        loss_window=span / 200,
    )
    return Task(
        name="complex_signal",
        rule=rule,
        eta=eta,
        seed=seed,
        layers=student,
        teacher=teacher,
        plasticity=plasticity,
        stream=stream,
        exam=Exam(fresh, None, settle=20.0, span=520.0),
        system=system,
        learned=learned,
        learning=setup,
        step=0.01,
        etas=(0.01, 0.03, 0.1, 0.3),
        threshold=0.03,
        window=20.0,
        study=20_000.0,
    )


def _sines(frequencies: Sequence[float], rng: np.random.Generator) -> Sines:
    """Sines of equal size and random phase, of unit variance in sum."""
    count = len(frequencies)
    phases = rng.uniform(0, 2 * np.pi, count)
    return Sines((np.sqrt(2 / count),) * count, tuple(np.asarray(frequencies) / (2 * np.pi)), tuple(phases))


def _layers(rng: np.random.Generator) -> tuple[Layer, ...]:
    taus = np.geomspace(0.2, 3.0, WIDTH)

    def weights(size: int, below: int) -> np.ndarray:
        return rng.normal(0, 1.2 / np.sqrt(below), (size, below))

    return (
        Layer(WIDTH, weights(WIDTH, 1), taus, bias=np.zeros(WIDTH)),
        Layer(WIDTH, weights(WIDTH, WIDTH), taus, bias=np.zeros(WIDTH)),
        Layer(1, weights(1, WIDTH), 0.5, "linear", bias=0.0),
    )
