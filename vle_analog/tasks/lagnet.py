"""The lagnet: a small network finds two weights of a teacher that looks ahead and lags, from three sines.

GLE's published many-frequency experiment (arXiv 2403.16933): 1-2-2-1, tanh, linear output, no biases,
``tau_m = 1`` everywhere. In each hidden layer one neuron follows its input at once (``tau_r = 1``) and
one lags (``tau_r = 0.1``). Teacher: first weights (-0.5, 1), second diagonal (0.5, 1), top (0.5, 1).
Only the first weights learn, from the seed's N(0, 0.5^2); the student has the teacher's others. Input:
``sin 0.49 t + sin 1.07 t + sin 1.98 t``; the exam has the same sines in fresh random phases.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

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

#: rad per model unit
FREQUENCIES = (0.49, 1.07, 1.98)
#: weights from the input up
TEACHER = ([[-0.5], [1.0]], [[0.5, 0.0], [0.0, 1.0]], [[0.5, 1.0]])
#: standard deviation of the student's first weights
SPREAD = 0.5


def task(rule: str = "vle", eta: float | None = None, span: float | None = None, seed: int = 0, **changes: Any) -> Task:
    """Two weights of a network with lags learn a teacher's from three sines.

    Args:
        rule: the learning rule.
        eta: rate of weights; 0.3 when None.
        span: model units; 2,000 when None.
        seed: of the first weights and of the exam's phases.
        changes: of the task's `Plasticity`, by field name.

    Raises:
        UsageError: unknown rule or change, a rate that is not positive, or a span under 100.
    """
    eta = positive_rate(eta, 0.3)
    span = long_enough("the lagnet", span, 2000.0, 100.0)
    frozen = min(500.0, 0.2 * span)
    on, off = 0.1 * frozen, span - frozen
    rng = np.random.default_rng(seed)
    teacher = _layers(*TEACHER)
    student = _layers(rng.normal(0, SPREAD, (2, 1)), *TEACHER[1:], learn=True)
    stream = Stream(_sines(np.zeros(len(FREQUENCIES))), None, Gate(on, off))
    fresh = _sines(np.random.default_rng([seed, 1]).uniform(0, 2 * np.pi, len(FREQUENCIES)))
    plasticity = plasticity_of(Plasticity(eta_backward=0.02, power=0.01, averaging=50.0), rule, eta, changes)
    system, learned = plastic_system("lagnet", student, plasticity, stream, span, teacher=teacher)
    setup = LearningSetup(
        output="r3",
        target="target",
        parameters=by_instance(learned),
        initial_window=(0.0, on),
        final_window=(off + 0.1 * frozen, span),
        loss_window=span / 200,
    )
    return Task(
        name="lagnet",
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
        step=0.02,
        etas=(0.03, 0.1, 0.3, 1.0),
        threshold=1e-6,
        window=10.0,
        study=5000.0,
    )


def _sines(phases: np.ndarray) -> Sines:
    """Sines of amplitude one."""
    return Sines((1.0,) * len(phases), tuple(np.asarray(FREQUENCIES) / (2 * np.pi)), tuple(phases.tolist()))


def _layers(first: ArrayLike, second: ArrayLike, top: ArrayLike, learn: bool = False) -> tuple[Layer, ...]:
    ahead = np.array([1.0, 0.1])
    return (
        Layer(2, first, 1.0, tau_r=ahead, learn=learn),
        Layer(2, second, 1.0, tau_r=ahead, learn=False),
        Layer(1, top, 1.0, "linear", tau_r=1.0, learn=False),
    )
