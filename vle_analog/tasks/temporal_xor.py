"""Temporal XOR: the product of the previous two bits of a random stream.

Bits of +-1, each held for 2 units, smoothed by a Gaussian of sigma 0.3; the target is the product
(XOR in +-1) of what came one and two bits ago, smoothed alike. 1-8-8-1, tanh, linear output; ``tau_m``
geometric from 0.3 to 3 in both hidden layers, 0.5 at the output; weights N(0, 1.5^2/fan-in), hidden
biases N(0, 0.25).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vle_analog.compare import LearningSetup
from vle_analog.equations.network import Layer, Plasticity
from vle_analog.sequences import Levels
from vle_analog.stimulus import Gate
from vle_analog.tasks.task import (
    Answers,
    Exam,
    Stream,
    Task,
    long_enough,
    plastic_system,
    plasticity_of,
    positive_rate,
)

WIDTH = 8
HOLD = 2.0
#: where in a bit its answer is read
READ = 0.75
#: bits of the exam, the first ten to settle
EXAM = 1011


def temporal_xor(
    rule: str = "vle", eta: float | None = None, span: float | None = None, seed: int = 0, **changes: Any
) -> Task:
    """The temporal-XOR task.

    Args:
        rule: the learning rule.
        eta: rate of weights and biases; 0.01 when None.
        span: model units, two per bit; 20,000 when None. The last 1,000 bits, or a fifth of a
            shorter run's, are frozen.
        seed: of weights and bits.
        changes: of the task's `Plasticity`, by field name.

    Raises:
        UsageError: unknown rule or change, a rate that is not positive, or a span under 100.
    """
    eta = positive_rate(eta, 0.01)
    span = long_enough("temporal XOR", span, 20_000.0, 100.0)
    count = int(span / HOLD)
    frozen = min(1000, count // 5)
    on, off = HOLD * max(5, frozen // 50), HOLD * (count - frozen)
    rng = np.random.default_rng(seed)
    layers = _layers(rng)
    x, target, wanted = _bits(rng, count)
    stream = Stream(x, target, Gate(on, off))
    plasticity = plasticity_of(Plasticity(eta_backward=0.02, power=0.01, averaging=50.0), rule, eta, changes)
    system, learned = plastic_system("temporal_xor", layers, plasticity, stream, span)
    setup = LearningSetup(
        output="r3",
        target="target",
        parameters=learned,
        initial_window=(0.0, on),
        final_window=(off + 2 * HOLD, span),
        loss_window=span / 200,
    )
    summary = "a network tells the XOR of the previous two bits of a stream"
    fresh_x, fresh_target, fresh_wanted = _bits(np.random.default_rng([seed, 1]), EXAM)
    return Task(
        "temporal_xor",
        summary,
        rule,
        eta,
        seed,
        layers,
        None,
        plasticity,
        stream,
        Exam(fresh_x, fresh_target, settle=20.0, span=HOLD * EXAM, answers=_answers(fresh_wanted, 10)),
        system,
        setup,
        step=0.02,
        etas=(0.003, 0.01, 0.03),
        threshold=0.2,
        window=10 * HOLD,
        study=200_000.0,
        answers=_answers(wanted, count - frozen + 2),
    )


def _bits(rng: np.random.Generator, count: int) -> tuple[Levels, Levels, np.ndarray]:
    """Input, target, and every bit's right answer."""
    bits = rng.choice([-1.0, 1.0], count)
    wanted = np.concatenate([[1.0, 1.0], bits[1:-1] * bits[:-2]])
    return Levels(bits, HOLD, 0.3), Levels(wanted, HOLD, 0.3), wanted


def _answers(wanted: np.ndarray, first: int) -> Answers:
    """The readings of all bits from number ``first`` on."""
    numbers = np.arange(first, len(wanted) - 1)
    return Answers(HOLD * (numbers + READ), wanted[numbers])


def _layers(rng: np.random.Generator) -> tuple[Layer, ...]:
    taus = np.geomspace(0.3, 3.0, WIDTH)

    def weights(size: int, below: int) -> np.ndarray:
        return rng.normal(0, 1.5 / np.sqrt(below), (size, below))

    return (
        Layer(WIDTH, weights(WIDTH, 1), taus, bias=rng.normal(0, 0.5, WIDTH)),
        Layer(WIDTH, weights(WIDTH, WIDTH), taus, bias=rng.normal(0, 0.5, WIDTH)),
        Layer(1, weights(1, WIDTH), 0.5, "linear", bias=0.0),
    )
