"""How a network learns: its rule, and all rates and limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vle_analog.errors import UsageError, nearest
from vle_analog.learning.chopper import CHOPPERS, NONE
from vle_analog.learning.feedback import FEEDBACKS
from vle_analog.learning.rules import rule_named


@dataclass(frozen=True)
class Plasticity:
    """How a network learns.

    Attributes:
        rule: name of a rule (`rules.RULES`).
        eta: rate of weights and biases, per model unit.
        eta_tau: rate of leak conductances.
        eta_backward: rate of the learned backward coefficients (vle).
        power: floor of the residual's squared size that this rate is divided by.
        averaging: time constant of that size's average, model units; None divides by ``power`` alone,
            a fixed rate.
        trace: time constant of a leaky integrator that the products of error and rate pass before they move
            weights and biases, model units; it keeps weights from following a fast error within one beat of the
            signal. None: they move at once.
        anneal: (begin, tau), model units: from then on the rates of weights, biases and leak conductances
            fall as a discharging capacitor does, ``exp(-(t - begin)/tau)``. None: they stay.
        eligibility: whether synapses look back instead of errors ahead (`eligibility`).
        chop: where errors are chopped, one of `chopper.CHOPPERS`: their sign follows a clock, and learning products are
            turned back ahead of their traces, so that offsets in between average out.
        chop_period: of the clock, model units; found from the error neurons when None.
        chop_smoothing: time constant of each of the two leaky integrators that make the clock smooth, model units; 0
            for abrupt edges; found from the error neurons when None.
        beta: nudging strength.
        tau_limits: walls that hold a learned ``1/g``.
        wall: how steep they are, per model unit.
        feedback: one of `FEEDBACKS`.
        feedback_seed: of the start of own feedback weights, and of the noise.
        decay: of mirrored weights, per model unit: the rate at which feedback weights meet forward
            weights, and at which both are forgotten; well below ``eta``.
        noise: amplitude of the noise in the rates that feedback weights are learned from; it also
            disturbs what the network learns.
        noise_hold: how long each of its values is held, model units.
        noise_rate: the rate at which these feedback weights follow, per model unit. Their variance grows
            with ``noise_rate noise_hold/noise^2``.
    """

    rule: str = "vle"
    eta: float = 0.01
    eta_tau: float = 0.01
    eta_backward: float = 0.05
    power: float = 0.01
    averaging: float | None = None
    trace: float | None = None
    anneal: tuple[float, float] | None = None
    eligibility: bool = False
    chop: str = NONE
    chop_period: float | None = None
    chop_smoothing: float | None = None
    beta: float = 1.0
    tau_limits: tuple[float, float] = (0.1, 20.0)
    wall: float = 50.0
    feedback: str = "transpose"
    feedback_seed: int = 0
    decay: float = 1e-4
    noise: float = 0.05
    noise_hold: float = 0.2
    noise_rate: float = 3e-3

    def __post_init__(self) -> None:
        rule_named(self.rule)
        if self.feedback not in FEEDBACKS:
            raise UsageError(f"unknown feedback '{self.feedback}'", hint=nearest(self.feedback, FEEDBACKS))
        if self.chop not in CHOPPERS:
            raise UsageError(f"unknown way to chop errors '{self.chop}'", hint=nearest(self.chop, CHOPPERS))
        for name in (
            "power",
            "averaging",
            "trace",
            "chop_period",
            "beta",
            "decay",
            "noise",
            "noise_hold",
            "noise_rate",
        ):
            if (value := getattr(self, name)) is not None and not 0 < value < math.inf:
                raise UsageError(f"the plasticity's {name} must be positive, not {value:g}")
        for name in ("eta", "eta_tau", "eta_backward", "wall", "feedback_seed", "chop_smoothing"):
            if (value := getattr(self, name)) is not None and not 0 <= value < math.inf:
                raise UsageError(f"the plasticity's {name} must not be negative, not {value:g}")
        if not 0 < self.tau_limits[0] < self.tau_limits[1] < math.inf:
            raise UsageError(
                f"the plasticity's tau_limits {self.tau_limits} must be two time constants", hint="e.g. (0.1, 20)"
            )
        if self.anneal is not None and not (0 <= self.anneal[0] < math.inf and 0 < self.anneal[1] < math.inf):
            raise UsageError(
                f"the plasticity's anneal {self.anneal} must be a moment and a time constant", hint="e.g. (1000, 300)"
            )
