"""How a network learns: its rule, and all rates and limits."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vle_analog.errors import UsageError, nearest
from vle_analog.learning.chopper import CHOPPERS, NONE
from vle_analog.learning.cost import SQUARED, cost_named
from vle_analog.learning.feedback import FEEDBACKS, TRANSPOSE
from vle_analog.learning.rules import rule_named
from vle_analog.stimulus import DutyGate, Gate

#: how rates fall, in words
ANNEALING = {"error": "errors are multiplied by a falling voltage", "gate": "the gate is open for less and less time"}
#: period of a gate that is open for a part of the time, over the time constant of what averages products
_PERIOD = 0.1
#: that time constant where nothing averages them, model units
_SHORT = 10.0
_POSITIVE = ("power", "averaging", "trace", "chop_period", "beta", "decay", "noise", "noise_hold", "noise_rate")
_NOT_NEGATIVE = ("eta", "eta_tau", "eta_backward", "wall", "feedback_seed", "chop_smoothing")


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
        bounded: whether that rate is divided by the residual's present squared size, too, so that no coefficient moves
            faster than at ``eta_backward``, however suddenly errors grow; without, coefficients of deep networks run
            away before the average is there. For an average alone.
        trace: time constant of a leaky integrator that the products of error and rate pass before they move
            weights and biases, model units; it keeps weights from following a fast error within one beat of the
            signal. None: they move at once, or as the feedback asks for (`smoothing`).
        anneal: (begin, tau), model units: from then on the rates of weights, biases and leak conductances
            fall as a discharging capacitor does, ``exp(-(t - begin)/tau)``. None: they stay.
        anneal_by: how rates fall, one of `ANNEALING`: ``error`` multiplies what drives plasticity by the falling
            voltage, whereby it sinks into offsets; ``gate`` opens the gate for a falling part of the time, and needs
            no multiplier.
        eligibility: whether synapses look back instead of errors ahead (`eligibility`).
        chop: where errors are chopped, one of `chopper.CHOPPERS`: their sign follows a clock, and learning products are
            turned back ahead of their traces, so that offsets in between average out.
        chop_period: of the clock, model units; found from the error neurons when None.
        chop_smoothing: time constant of each of the two leaky integrators that make the clock smooth, model units; 0
            for abrupt edges; found from the error neurons when None.
        cost: what is made small, one of `cost.COSTS`; its gradient is the error of the top.
        beta: nudging strength.
        tau_limits: walls that hold a learned ``1/g``.
        wall: how steep they are, per model unit; 0 for no walls.
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
    bounded: bool = False
    trace: float | None = None
    anneal: tuple[float, float] | None = None
    anneal_by: str = "error"
    eligibility: bool = False
    chop: str = NONE
    chop_period: float | None = None
    chop_smoothing: float | None = None
    cost: str = SQUARED
    beta: float = 1.0
    tau_limits: tuple[float, float] = (0.1, 20.0)
    wall: float = 50.0
    feedback: str = TRANSPOSE
    feedback_seed: int = 0
    decay: float = 1e-4
    noise: float = 0.05
    noise_hold: float = 0.2
    noise_rate: float = 3e-3

    @property
    def smoothing(self) -> float | None:
        """Time constant of what averages the products of error and rate, model units; None where nothing does."""
        low_pass = FEEDBACKS[self.feedback].low_pass
        return self.trace if self.trace is not None or low_pass is None else low_pass * self.noise_hold

    @property
    def paced(self) -> tuple[float, float] | None:
        """When and how fast what multiplies errors falls; None where nothing does."""
        return self.anneal if self.anneal_by == "error" else None

    @property
    def clock(self) -> str:
        """Name of the clock by which the gate falls; empty where it does not."""
        return "annealing" if self.anneal is not None and self.anneal_by == "gate" else ""

    def gate(self, opening: Gate) -> Gate:
        """What switches plasticity, given when it may move: this, or pulses that become shorter."""
        if self.anneal is None or self.anneal_by != "gate":
            return opening
        begin, tau = self.anneal
        return DutyGate(opening.on, opening.off, opening.width, begin, tau, _PERIOD * (self.smoothing or _SHORT))

    def __post_init__(self) -> None:
        rule_named(self.rule)
        cost_named(self.cost)
        if self.feedback not in FEEDBACKS:
            raise UsageError(f"unknown feedback '{self.feedback}'", hint=nearest(self.feedback, FEEDBACKS))
        if self.anneal_by not in ANNEALING:
            raise UsageError(f"unknown way to anneal '{self.anneal_by}'", hint=nearest(self.anneal_by, ANNEALING))
        if self.chop not in CHOPPERS:
            raise UsageError(f"unknown way to chop errors '{self.chop}'", hint=nearest(self.chop, CHOPPERS))
        for name in _POSITIVE:
            if (value := getattr(self, name)) is not None and not 0 < value < math.inf:
                raise UsageError(f"the plasticity's {name} must be positive, not {value:g}")
        for name in _NOT_NEGATIVE:
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
