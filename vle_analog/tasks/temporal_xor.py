"""Temporal XOR: the product of the previous two bits of a random stream.

Bits of +-1, each held for 2 units, smoothed by a Gaussian of sigma 0.3; the target is the product
(XOR in +-1) of what came one and two bits ago, smoothed alike. 1-8-8-1, tanh, linear output; ``tau_m``
geometric from 0.3 to 3 in both hidden layers, 0.5 at the output; weights N(0, 1.5^2/fan-in), hidden
biases N(0, 0.25).
"""

from __future__ import annotations

from functools import partial

import numpy as np

from vle_analog.compare import LearningSetup
from vle_analog.equations.network import Layer, Plasticity
from vle_analog.sequences import Levels
from vle_analog.stimulus import Gate
from vle_analog.tasks.task import Stream, Task, long_enough, plastic_system, positive_rate
from vle_analog.waveforms import Waveforms

WIDTH = 8
HOLD = 2.0
#: where in a bit its answer is read
READ = 0.75


def temporal_xor(rule: str = "vle", eta: float | None = None, span: float | None = None, seed: int = 0) -> Task:
    """The temporal-XOR task.

    Args:
        rule: the learning rule.
        eta: rate of weights and biases; 0.01 when None.
        span: model units, two per bit; 20,000 when None. The last 1,000 bits, or a fifth of a
            shorter run's, are frozen.
        seed: of weights and bits.

    Raises:
        UsageError: unknown rule, a rate that is not positive, or a span under 100.
    """
    eta = positive_rate(eta, 0.01)
    span = long_enough("temporal XOR", span, 20_000.0, 100.0)
    count = int(span / HOLD)
    frozen = min(1000, count // 5)
    on, off = HOLD * max(5, frozen // 50), HOLD * (count - frozen)
    rng = np.random.default_rng(seed)
    layers = _layers(rng)
    bits = rng.choice([-1.0, 1.0], count)
    wanted = np.concatenate([[1.0, 1.0], bits[1:-1] * bits[:-2]])
    system, learned = plastic_system(
        "temporal_xor",
        layers,
        Plasticity(rule, eta, eta_backward=0.02, power=0.01, averaging=50.0),
        Stream(Levels(bits, HOLD, 0.3), Levels(wanted, HOLD, 0.3), Gate(on, off)),
        span,
    )
    setup = LearningSetup(
        output="r3",
        target="target",
        parameters=learned,
        initial_window=(0.0, on),
        final_window=(off + 2 * HOLD, span),
        loss_window=span / 200,
    )
    summary = "a network tells the XOR of the previous two bits of a stream"
    right = partial(bits_right, wanted=wanted, first=count - frozen + 2)
    return Task("temporal_xor", summary, rule, eta, seed, system, setup, step=0.02, accuracy=right)


def bits_right(waveforms: Waveforms, wanted: np.ndarray, first: int) -> float:
    """The fraction of bits, from number ``first`` on, whose output has the wanted sign when read."""
    numbers = np.arange(first, len(wanted) - 1)
    output = np.interp(HOLD * (numbers + READ), waveforms.time, waveforms["r3"])
    return float(np.mean(np.sign(output) == wanted[numbers]))


def _layers(rng: np.random.Generator) -> list[Layer]:
    taus = np.geomspace(0.3, 3.0, WIDTH)

    def weights(size: int, below: int) -> np.ndarray:
        return rng.normal(0, 1.5 / np.sqrt(below), (size, below))

    return [
        Layer(WIDTH, weights(WIDTH, 1), taus, bias=rng.normal(0, 0.5, WIDTH)),
        Layer(WIDTH, weights(WIDTH, WIDTH), taus, bias=rng.normal(0, 0.5, WIDTH)),
        Layer(1, weights(1, WIDTH), 0.5, "linear", bias=0.0),
    ]
