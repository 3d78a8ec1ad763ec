"""The chain: two neurons in a row learn a teacher's two weights and two time constants.

GLE's published chain experiment (arXiv 2403.16933, fig. 4): softplus throughout, no biases, teacher
``w = (1, 2)``, ``tau_m = (1, 2)``; the student starts at ``w = (0.490, 0.896)``,
``tau_m = (0.307, 0.634)``. The input is a square wave of +-1, period 4, smoothed by a Gaussian of
sigma 0.05. The teacher runs beside the student, in the same circuit. A gate holds all plasticity off
in the first and in the last stretch of a run, where the loss is measured. Nothing here is random: all seeds
are one run, and the exam is the same square wave from rest.
"""

from __future__ import annotations

from typing import Any

from vle_analog.compare import LearningSetup
from vle_analog.learning.layers import Layer
from vle_analog.learning.plasticity import Plasticity
from vle_analog.sequences import SquareWave
from vle_analog.stimulus import Gate
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

PERIOD = 4.0
#: weights and membrane time constants
TEACHER = (1.0, 2.0), (1.0, 2.0)
STUDENT = (0.490, 0.896), (0.307, 0.634)


def task(rule: str = "vle", eta: float | None = None, span: float | None = None, seed: int = 0, **changes: Any) -> Task:
    """Two neurons in a row learn a teacher's weights and time constants.

    Args:
        rule: ``bp``, ``gle`` or ``vle``.
        eta: rate of weights and conductances; 1 when None.
        span: model units; 10,000 when None.
        seed: kept for the record; the chain's input is not random.
        changes: of the task's `Plasticity`, by field name.

    Raises:
        UsageError: unknown rule or change, a rate that is not positive, or a span under 20 input periods.
    """
    eta = positive_rate(eta, 1.0)
    span = long_enough("the chain", span, 10_000.0, 20 * PERIOD)
    frozen = max(5, min(25, round(0.05 * span / PERIOD))) * PERIOD
    on, off = 2 * PERIOD, span - frozen
    square = SquareWave(1.0, PERIOD, 0.05)
    stream = Stream(square, None, Gate(on, off))
    layers, teacher = _layers(*STUDENT, learn=True), _layers(*TEACHER, learn=False)
    plasticity = plasticity_of(Plasticity(), rule, eta, changes)
    system, learned = plastic_system("chain", layers, plasticity, stream, span, teacher=teacher)
    setup = LearningSetup(
        output="r2",
        target="target",
        parameters=by_instance(learned),
        initial_window=(0.0, on),
        final_window=(off + PERIOD, span),
        loss_window=PERIOD,
    )
    return Task(
        name="chain",
        rule=rule,
        eta=eta,
        seed=seed,
        layers=layers,
        teacher=teacher,
        plasticity=plasticity,
        stream=stream,
        exam=Exam(square, None, settle=20 * PERIOD, span=100 * PERIOD),
        system=system,
        learned=learned,
        learning=setup,
        step=0.02,
        etas=(0.1, 0.3, 1.0),
        threshold=1e-6,
        window=4 * PERIOD,
        study=20_000.0,
    )


def _layers(weights: tuple[float, ...], taus: tuple[float, ...], learn: bool) -> tuple[Layer, ...]:
    return tuple(Layer(1, w, tau, "softplus", learn_tau=learn) for w, tau in zip(weights, taus, strict=True))
