"""Feedback weights: what carries an error down to the layer below, ``p_i = phi'_i sum_k back_ki e_k``.

The Euler-Lagrange equations ask for the forward weights, ``back = w``. Four ways to have them:

============= ======================================================================================
``transpose`` a wire from every forward weight to its place in the backward path
``mirror``    weights of their own that get the forward weights' updates, both with the same decay:
              ``d back_ki/dt = eta e_k r_i - decay back_ki``, ``dw_ki/dt = eta e_k r_i - decay w_ki``;
              the difference dies away at the rate ``decay``, whatever the errors do
``noise``     weights of their own that find w from a small known noise: ``noise xi_i`` is added to the
              rate that the layer above receives, and its echo in the drive there, ``s_k - I- s_k``, is
              correlated with it: ``d back_ki/dt = noise_rate (xi_i (s_k - I- s_k)/scale - back_ki)``
``pal``       phaseless alignment learning: as ``noise``, but what is correlated is the rate of the neuron above,
              high-passed, ``d back_ki/dt = noise_rate (xi_i (r_k - I- r_k)/scale_k - back_ki)``, which needs no
              access to the drive; and the forward weights' updates are low-passed
============= ======================================================================================

All of it is multiplied by the gate: with the gate at 0 nothing changes and no noise is added. Own
weights start at random values of the forward weights' size.

That the backward path is learned is the VLE paper's statement (arXiv 2603.09600, known to us by
abstract and summary only); by what rule its weights are is not known to us. The rules here are known
methods: ``mirror`` is Kolen and Pollack's (1994), taken up for deep networks by Akrout et al. (2019, arXiv
1904.05391), whose weight mirrors learn from noise, of which we know the abstract; ``pal`` is that of Max et
al. (Nat. Mach. Intell. 6, 2024, arXiv 2212.10249). ``noise`` is written for this network. Their combination with
learned coefficients in the error neurons (`rules`) is ours.

The noise is held for ``noise_hold`` = T and uniform in +-1, ``<xi^2> = 1/3`` but for its ramps. I- has
the time constant T, too: it takes the slow part of the drive away, whose product with xi is mere
variance. The part of the noise that it takes along is, from the triangular autocorrelation of held
values, ``<xi I- xi> = <xi^2> int_0^T exp(-t/T) (1 - t/T) dt/T = <xi^2>/e``; so ``scale`` is
``noise <xi^2> (1 - 1/e)``.

Of ``pal`` the published equations are ``dB/dt = eta (xi r'^T - alpha B)``, ``r'`` the rate through a high-pass of the
noise's time constant, and a low-pass, a thousand times slower, of ``dW/dt``. There neurons look ahead by all of
their membrane's time constant, so that a rate answers at once. Here they look ahead by tau_r, and of the noise
``h_k = <xi HP (1 + tau_r d)/(1 + tau_m d) xi>`` arrives (`echo`), another share of each neuron: ``scale_k`` is
``noise h_k``, one resistor per neuron. What remains is the mean slope of the neuron above, as in the published method:
``back_ki`` finds ``<phi'_k> w_ki``, which is w where that layer is linear, and aligned with it elsewhere. The noise is
added to the rate rather than to the membrane, so that it is not weighted by the lower neuron's slope, too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from vle_analog.equations.system import Signal, indices_of, shape_of, signal
from vle_analog.errors import UsageError
from vle_analog.learning.learned import Kind, Learned, PlasticEquations
from vle_analog.learning.neurons import Neurons
from vle_analog.sequences import RAMP, Held

#: ``<xi^2>`` of noise uniform in +-1, and what ramps leave of it; they take nothing of ``<xi I- xi>``
_POWER, _RAMPED = 1 / 3, 1 - RAMP / 3
#: ``<xi (xi - I- xi)>`` of noise held with ramps, I- of the time that it is held
ECHO = _POWER * (_RAMPED - math.exp(-1))


def echo(hold: float, tau_m: ArrayLike, tau_r: ArrayLike) -> NDArray[np.float64]:
    """``<xi (1 - I-) (1 + tau_r d)/(1 + tau_m d) xi>``, I- of ``hold``: what of a noise in a neuron's drive arrives in
    its prospective potential, high-passed.

    With ``rho = tau_r/tau_m`` the operator is ``rho (1 - I-) + (1 - rho) (L - L I-)``, L the leaky integrator of tau_m,
    and ``L I-`` is a difference of both; from the triangular autocorrelation, ``<xi L xi>/<xi^2>`` is
    ``q = 1 - (tau_m/hold) (1 - exp(-hold/tau_m))``, and ``1/e`` for I-.

    Args:
        hold: how long each value is held.
        tau_m, tau_r: of the neurons, in the same unit.
    """
    tau = np.asarray(tau_m, float)
    rho = np.asarray(tau_r, float) / tau
    tau = np.where(np.isclose(tau, hold, rtol=1e-6), hold * (1 + 1e-6), tau)  # equal ones: a limit
    kept = 1 + tau / hold * np.expm1(-hold / tau)
    behind = hold * (math.exp(-1) - kept) / (tau - hold)
    share: NDArray[np.float64] = rho * (_RAMPED - math.exp(-1)) + (1 - rho) * behind
    return _POWER * share


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
    #: time constant of the low-pass that the forward weights' updates need, over the noise's; None where none is needed
    low_pass: ClassVar[float | None] = None

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
        back, equations, heard = self.weights(number, above), self.equations, self.heard(above)
        slow, echo = (signal(f"{name}{number}", *indices_of(heard)) for name in ("slow", "echo"))
        equations.state(slow, (heard - slow) / equations.shared("noise_hold", self.settings.noise_hold))
        equations.define(echo, heard - slow)
        pace = equations.shared("noise_rate", self.settings.noise_rate)
        found = self.xi(number - 1, below.r) * echo / self.scale(number, above)
        self.add(number, back, pace * (found - back), initial)
        return rate

    def heard(self, above: Neurons) -> Signal:
        """What of the layer above the noise comes back in."""
        return above.s

    def scale(self, number: int, above: Neurons) -> Signal:
        """What it comes back with where the forward weight is 1, per layer or neuron above."""
        return self.equations.shared("noise_scale", self.settings.noise * ECHO)


class PhaselessAlignment(Noise):
    """Own weights that find the forward weights from what of a noise is in the rates above."""

    #: as published
    low_pass = 1000.0

    def heard(self, above: Neurons) -> Signal:
        return above.r

    def scale(self, number: int, above: Neurons) -> Signal:
        times = echo(self.settings.noise_hold, above.layer.tau_m, above.layer.tau_r)
        indices = indices_of(above.r) if times.size > 1 else ()
        return self.equations.parameter(signal(f"noise_scale{number}", *indices), self.settings.noise * times)


#: the way without weights of its own
TRANSPOSE = "transpose"
#: the ways by name
FEEDBACKS: dict[str, type[Transpose]] = {
    TRANSPOSE: Transpose,
    "mirror": Mirror,
    "noise": Noise,
    "pal": PhaselessAlignment,
}


def feedback_of(equations: PlasticEquations, settings: Settings) -> Transpose:
    """The way that the settings name, for these equations."""
    return FEEDBACKS[settings.feedback](equations, settings)
