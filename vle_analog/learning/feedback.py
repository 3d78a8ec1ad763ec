"""Feedback weights: what carries an error down to the layer below, ``p_i = phi'_i sum_k back_ki e_k``.

The Euler-Lagrange equations ask for the forward weights, ``back = w``. Three ways to have them:

============= ======================================================================================
``transpose`` a wire from every forward weight to its place in the backward path
``mirror``    weights of their own that get the forward weights' updates, both with the same decay:
              ``d back_ki/dt = eta e_k r_i - decay back_ki``, ``dw_ki/dt = eta e_k r_i - decay w_ki``;
              the difference dies away at the rate ``decay``, whatever the errors do
``noise``     weights of their own that find w from a small known noise: ``noise xi_i`` is added to the
              rate that the layer above receives, and its echo in the drive there, ``s_k - I- s_k``, is
              correlated with it: ``d back_ki/dt = noise_rate (xi_i (s_k - I- s_k)/scale - back_ki)``
============= ======================================================================================

All of it is multiplied by the gate: with the gate at 0 nothing changes and no noise is added. Own
weights start at random values of the forward weights' size.

That the backward path is learned is the VLE paper's statement (arXiv 2603.09600, known to us by
abstract and summary only); by what rule its weights are is not known to us. Both rules here are known
methods: ``mirror`` is Kolen and Pollack's (1994), taken up for deep networks by Akrout et al. (2019, arXiv
1904.05391), whose weight mirrors learn from noise, as does the phaseless alignment learning of Max
et al. (arXiv 2212.10249); of the last two we know the abstracts, and the forms above are written for
this network. Their combination with learned coefficients in the error neurons (`rules`) is ours.

The noise is held for ``noise_hold`` = T and uniform in +-1, ``<xi^2> = 1/3`` but for its ramps. I- has
the time constant T, too: it takes the slow part of the drive away, whose product with xi is mere
variance. The part of the noise that it takes along is, from the triangular autocorrelation of held
values, ``<xi I- xi> = <xi^2> int_0^T exp(-t/T) (1 - t/T) dt/T = <xi^2>/e``; so ``scale`` is
``noise <xi^2> (1 - 1/e)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.equations.system import Signal, indices_of, shape_of, signal
from vle_analog.errors import UsageError
from vle_analog.learning.learned import Kind, Learned, PlasticEquations
from vle_analog.learning.neurons import Neurons
from vle_analog.sequences import RAMP, Held

#: ``<xi (xi - I- xi)>`` of noise held with ramps: they take RAMP/3 of ``<xi^2>``, and nothing of ``<xi I- xi>``
ECHO = (1 - RAMP / 3 - math.exp(-1)) / 3


class Settings(Protocol):
    """What feedback needs to know of a network's plasticity; `plasticity.Plasticity` says what each is."""

    @property
    def feedback(self) -> str: ...
    @property
    def feedback_seed(self) -> int: ...
    @property
    def decay(self) -> float: ...
    @property
    def noise(self) -> float: ...
    @property
    def noise_hold(self) -> float: ...
    @property
    def noise_rate(self) -> float: ...


@dataclass(frozen=True)
class Transpose:
    """Wires from the forward weights; the base of the other ways.

    Attributes:
        equations: what to add to; their gate switches feedback, too.
        settings: which way, and its rates.
    """

    equations: PlasticEquations
    settings: Settings

    def sent(self, number: int, r: Signal) -> Signal:
        """The rate of a hidden layer as the layer above receives it."""
        return r

    def weights(self, number: int, above: Neurons) -> Signal:
        """What stands in the place of layer ``number``'s forward weights in the backward path."""
        return above.w

    def learn(
        self, number: int, below: Neurons, above: Neurons, rate: sp.Expr, initial: NDArray[np.float64]
    ) -> sp.Expr:
        """Add the equations of the feedback weights.

        Args:
            number: of the layer above.
            below, above: the layers that they connect.
            rate: of the forward weights, by the gradient and without the gate.
            initial: the forward weights at time zero, of their template's shape.

        Returns:
            The rate of the forward weights, without the gate.
        """
        return rate


class Mirror(Transpose):
    """Own weights with the forward weights' updates and decay."""

    def weights(self, number: int, above: Neurons) -> Signal:
        return signal(f"back{number}", *indices_of(above.w))

    def learn(
        self, number: int, below: Neurons, above: Neurons, rate: sp.Expr, initial: NDArray[np.float64]
    ) -> sp.Expr:
        back, decay = self.weights(number, above), self.equations.shared("decay", self.settings.decay)
        self.add(number, back, rate - decay * back, initial)
        return rate - decay * above.w

    def add(self, number: int, back: Signal, rate: sp.Expr, initial: NDArray[np.float64]) -> None:
        """Add own weights that learn at that rate, from a start of the forward weights' size."""
        learned = Learned(back, Kind.BACKWARD_WEIGHT, number)
        self.equations.learn(learned, self.equations.gate * rate, self.start(number, initial))

    def start(self, number: int, initial: NDArray[np.float64]) -> NDArray[np.float64]:
        """Random values, normal about zero and of the forward weights' root mean square."""
        rng = np.random.default_rng((self.settings.feedback_seed, number))
        return rng.normal(0.0, math.sqrt(np.mean(initial**2)), initial.shape)


class Noise(Mirror):
    """Own weights that find the forward weights from the echo of a noise."""

    def sent(self, number: int, r: Signal) -> Signal:
        xi = self.xi(number, r)
        seeds = np.random.SeedSequence((self.settings.feedback_seed, number)).generate_state(math.prod(shape_of(r)))
        self.equations.input(xi, *(Held(1.0, self.settings.noise_hold, int(seed)) for seed in seeds))
        strength = self.equations.shared("noise", self.settings.noise)
        return self.equations.define(signal(f"sent{number}", *indices_of(r)), r + strength * self.equations.gate * xi)

    def xi(self, number: int, r: Signal) -> Signal:
        """The noise beside a layer's rate."""
        return signal(f"xi{number}", *indices_of(r))

    def learn(
        self, number: int, below: Neurons, above: Neurons, rate: sp.Expr, initial: NDArray[np.float64]
    ) -> sp.Expr:
        if below.sent == below.r:
            raise UsageError(
                f"layer {number} receives no noise to learn feedback weights from",
                hint="give the feedback to forward(), too",
            )
        back, equations = self.weights(number, above), self.equations
        slow, echo = (signal(f"{name}{number}", *indices_of(above.s)) for name in ("slow", "echo"))
        equations.state(slow, (above.s - slow) / equations.shared("noise_hold", self.settings.noise_hold))
        equations.define(echo, above.s - slow)
        pace = equations.shared("noise_rate", self.settings.noise_rate)
        scale = equations.shared("noise_scale", self.settings.noise * ECHO)
        found = self.xi(number - 1, below.r) * echo / scale
        self.add(number, back, pace * (found - back), initial)
        return rate


#: the ways by name
FEEDBACKS: dict[str, type[Transpose]] = {"transpose": Transpose, "mirror": Mirror, "noise": Noise}


def feedback_of(equations: PlasticEquations, settings: Settings) -> Transpose:
    """The way that the settings name, for these equations."""
    return FEEDBACKS[settings.feedback](equations, settings)
