"""Temporal XOR: the product of the previous two bits of a random stream.

Bits of +-1, each held for 2 units, smoothed by a Gaussian of sigma 0.3; the target is the product
(XOR in +-1) of what came one and two bits ago, smoothed alike. 1-8-8-1, tanh, linear output; ``tau_m``
geometric from 0.3 to 3 in both hidden layers, 0.5 at the output; weights N(0, 1.5^2/fan-in), hidden
biases N(0, 0.25). ``vle`` is ``vle1`` with eligibility here; by every rule, what moves weights passes a trace of
100 units.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.compare import LearningSetup
from vle_analog.learning.layers import Layer
from vle_analog.learning.plasticity import Plasticity
from vle_analog.sequences import Levels
from vle_analog.stimulus import Gate
from vle_analog.tasks.answers import Answers
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

#: of the start weights, N(0, SCALE^2/fan-in)
SCALE = 1.5
#: where in a bit its answer is read
READ = 0.75
#: bits of the exam, the first ten to settle
EXAM = 1011


@dataclass(frozen=True)
class Design:
    """What tells one temporal-XOR task from another.

    Attributes:
        name: of the task.
        sizes: neurons of the hidden layers.
        taus: range of their membrane time constants, geometric in each layer, model units.
        hold: how long a bit is held, model units.
        smoothing: Gaussian sigma of input and target, model units.
        eta, etas, threshold: the rate, and what a study looks among and counts as learned.
        bits: of a run and of a study.
        window: bits between two weight changes of offline learning.
        plasticity: rates of all that is not the rule's or the user's choice.
        annealed: from which fraction of a run on rates fall, and with which time constant, a fraction too.
    """

    name: str
    sizes: tuple[int, ...]
    taus: tuple[float, float]
    hold: float
    smoothing: float
    eta: float
    etas: tuple[float, ...]
    threshold: float
    bits: tuple[int, int]
    window: int
    plasticity: Plasticity
    annealed: tuple[float, float] | None = None


FULL = Design(
    name="temporal_xor",
    sizes=(8, 8),
    taus=(0.3, 3.0),
    hold=2.0,
    smoothing=0.3,
    eta=0.01,
    etas=(0.003, 0.01, 0.03),
    threshold=0.2,
    bits=(10_000, 100_000),
    window=10,
    plasticity=Plasticity("vle1", eta_backward=0.005, averaging=500.0, trace=100.0, decay=1e-5, eligibility=True),
)


def task(rule: str = "vle", eta: float | None = None, span: float | None = None, seed: int = 0, **changes: Any) -> Task:
    """A network tells the XOR of the previous two bits of a stream.

    Args:
        rule: the learning rule.
        eta: rate of weights and biases; 0.01 when None.
        span: model units, two per bit; 20,000 when None. The last 1,000 bits, or a fifth of a
            shorter run's, are frozen.
        seed: of weights and bits.
        changes: of the task's `Plasticity`, by field name.

    Raises:
        UsageError: unknown rule or change, a rate that is not positive, or a span under 50 bits.
    """
    return xor_task(FULL, rule, eta, span, seed, changes)


def xor_task(
    design: Design, rule: str, eta: float | None, span: float | None, seed: int, changes: Mapping[str, Any]
) -> Task:
    """A temporal-XOR task of any design; arguments as `task` has them."""
    hold = design.hold
    eta = positive_rate(eta, design.eta)
    span = long_enough(design.name.replace("_", " "), span, hold * design.bits[0], 50 * hold)
    count = int(span / hold)
    frozen = min(1000, count // 5)
    on, off = hold * max(5, frozen // 50), hold * (count - frozen)
    rng = np.random.default_rng(seed)
    layers = _layers(design, rng)
    x, target, wanted = _bits(design, rng, count)
    stream = Stream(x, target, Gate(on, off))
    if design.annealed is not None:
        changes = {"anneal": (design.annealed[0] * span, design.annealed[1] * span), **changes}
    plasticity = plasticity_of(design.plasticity, rule, eta, changes)
    system, learned = plastic_system(design.name, layers, plasticity, stream, span)
    output = f"r{len(layers)}"
    setup = LearningSetup(
        output=output,
        target="target",
        parameters=by_instance(learned),
        initial_window=(0.0, on),
        final_window=(off + 2 * hold, span),
        loss_window=span / 200,
    )
    fresh_x, fresh_target, fresh_wanted = _bits(design, np.random.default_rng([seed, 1]), EXAM)
    return Task(
        name=design.name,
        rule=rule,
        eta=eta,
        seed=seed,
        layers=layers,
        teacher=None,
        plasticity=plasticity,
        stream=stream,
        exam=Exam(fresh_x, fresh_target, 10 * hold, hold * EXAM, _answers(design, fresh_wanted, 10)),
        system=system,
        learned=learned,
        learning=setup,
        step=design.hold / 100,
        etas=design.etas,
        threshold=design.threshold,
        window=design.window * hold,
        study=design.bits[1] * hold,
        answers=_answers(design, wanted, count - frozen + 2),
    )


def _bits(design: Design, rng: np.random.Generator, count: int) -> tuple[Levels, Levels, np.ndarray]:
    """Input, target, and every bit's right answer."""
    bits = rng.choice([-1.0, 1.0], count)
    wanted = np.concatenate([[1.0, 1.0], bits[1:-1] * bits[:-2]])
    return Levels(bits, design.hold, design.smoothing), Levels(wanted, design.hold, design.smoothing), wanted


def _answers(design: Design, wanted: np.ndarray, first: int) -> Answers:
    """The readings of all bits from number ``first`` on."""
    numbers = np.arange(first, len(wanted) - 1)
    return Answers(design.hold * (numbers + READ), wanted[numbers])


def _layers(design: Design, rng: np.random.Generator) -> tuple[Layer, ...]:
    def weights(size: int, below: int) -> np.ndarray:
        return rng.normal(0, SCALE / np.sqrt(below), (size, below))

    hidden, below = [], 1
    for size in design.sizes:
        taus = np.geomspace(*design.taus, size)
        hidden.append(Layer(size, weights(size, below), taus, bias=rng.normal(0, 0.5, size)))
        below = size
    return (*hidden, Layer(1, weights(1, below), 0.5, "linear", bias=0.0))
