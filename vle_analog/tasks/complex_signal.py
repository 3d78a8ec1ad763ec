"""The complex signal: a network learns what a teacher network makes of ten sines.

1-6-6-1, tanh, linear output; ``tau_m`` geometric from 0.2 to 3 in both hidden layers, 0.5 at the
output; teacher and student drawn from N(0, 1.2^2/fan-in), biases zero. Input: ten sines from 0.3 to
10 rad per unit, geometric, random phases, unit variance in sum.
"""

from __future__ import annotations

import numpy as np

from vle_analog.compare import LearningSetup
from vle_analog.equations.network import Layer, Plasticity
from vle_analog.stimulus import Gate, Sines
from vle_analog.tasks.task import Stream, Task, long_enough, plastic_system, positive_rate

WIDTH = 6
FREQUENCIES = np.geomspace(0.3, 10.0, 10)


def complex_signal(rule: str = "vle", eta: float | None = None, span: float | None = None, seed: int = 0) -> Task:
    """The complex-signal task.

    Args:
        rule: the learning rule.
        eta: rate of weights and biases; 0.1 when None.
        span: model units; 5,000 when None.
        seed: of weights and phases.

    Raises:
        UsageError: unknown rule, a rate that is not positive, or a span under 100.
    """
    eta = positive_rate(eta, 0.1)
    span = long_enough("the complex signal", span, 5000.0, 100.0)
    frozen = min(500.0, 0.2 * span)
    on, off = 0.02 * frozen, span - frozen
    rng = np.random.default_rng(seed)
    teacher, student = _layers(rng), _layers(rng)
    phases = rng.uniform(0, 2 * np.pi, len(FREQUENCIES))
    amplitudes = np.full(len(FREQUENCIES), np.sqrt(2 / len(FREQUENCIES)))
    system, learned = plastic_system(
        "complex_signal",
        student,
        Plasticity(rule, eta, eta_backward=0.02, power=0.01, averaging=50.0),
        Stream(Sines(tuple(amplitudes), tuple(FREQUENCIES / (2 * np.pi)), tuple(phases)), None, Gate(on, off)),
        span,
        teacher=teacher,
    )
    setup = LearningSetup(
        output="r3",
        target="target",
        parameters=dict.fromkeys(learned),  # another set of weights may do the same: no values to compare
        initial_window=(0.0, on),
        final_window=(off + 0.1 * frozen, span),
        loss_window=span / 200,
    )
    summary = "a network learns what a teacher network makes of ten sines"
    return Task("complex_signal", summary, rule, eta, seed, system, setup, step=0.01)


def _layers(rng: np.random.Generator) -> list[Layer]:
    taus = np.geomspace(0.2, 3.0, WIDTH)

    def weights(size: int, below: int) -> np.ndarray:
        return rng.normal(0, 1.2 / np.sqrt(below), (size, below))

    return [
        Layer(WIDTH, weights(WIDTH, 1), taus, bias=np.zeros(WIDTH)),
        Layer(WIDTH, weights(WIDTH, WIDTH), taus, bias=np.zeros(WIDTH)),
        Layer(1, weights(1, WIDTH), 0.5, "linear", bias=0.0),
    ]
