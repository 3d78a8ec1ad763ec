"""A layered network that learns while it runs, as one system of equations.

Layer l = 1..L, neurons indexed ``nl``, input r0 (GLE, arXiv 2403.16933, eqs. 5-9; its notation):

    tau_m du/dt = -u + s,   s = sum w r_below + b,   r = phi(prospective(u, tau_r))

An error neuron beside every neuron receives ``p = phi' sum w_above e_above`` (the top layer
``p = phi' beta (target - r)``); how it turns p into e is the learning rule's (`rules`), where the weights
for it come from, the feedback's (`feedback`). Plasticity is local and continuous:
``dw/dt = eta gate e r_below``, ``db/dt = eta gate e`` and, for a learned leak conductance
``g = 1/tau_m``, ``dg/dt = eta_g gate e du/dt`` within walls; with eligibility (`eligibility`) p times a trace
of the rate in the place of e times the rate. ``gamma = 0``: errors do not enter the
forward path.

None of these is written down here a second time: they are what `action` derives from the energy. What
is added is what a derivation does not know: start values, the gate, walls, learned conductances.

Signals are named by a letter and the layer's number: membrane u, drive s, prospective potential m,
rate r, slope d = phi'(m), error input p, error neuron v, error e, weights w, bias b, conductance g,
learned backward coefficients ka, kb, kc, own feedback weights back (from noise xi: the rate sent up, and
of the drive there what is slow and the echo), traces zw, zb of what moves weights and biases, and the
error paced by an annealed rate; of eligibility what is past of a rate, pastw, and the trace elw (pastg, elg).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from vle_analog.equations.assembly import Equations, start
from vle_analog.equations.system import Signal, indices_of, name_of, shape_of, signal
from vle_analog.equations.templates import prefixed
from vle_analog.errors import UsageError, nearest
from vle_analog.laws.deadzone import deadzone
from vle_analog.learning.action import derive
from vle_analog.learning.eligibility import eligible
from vle_analog.learning.feedback import FEEDBACKS
from vle_analog.learning.layers import LayerShape
from vle_analog.learning.rules import RULES, ErrorNeuron, error_neuron
from vle_analog.stimulus import Discharge


@dataclass(frozen=True)
class Layer:
    """One layer of neurons.

    Attributes:
        weights: initial weights from below, shape (size, size below) or () for 1 to 1.
        tau_m: membrane time constants, model units, scalar or (size,); the start values where learned.
        activation: ``tanh``, ``softplus``, ``logistic`` or ``linear``.
        tau_r: prospective time constants, scalar or (size,).
        bias: initial biases (size,), or None for a layer without.
        learn_tau: whether the leak conductances learn.
        size: neurons.
        learn: whether weights and biases learn; if not, they keep these values, and errors pass down through
            the weights as they are.
    """

    size: int
    weights: ArrayLike
    tau_m: ArrayLike
    activation: str = "tanh"
    tau_r: ArrayLike = 0.1
    bias: ArrayLike | None = None
    learn_tau: bool = False
    learn: bool = True

    def shape(self, plastic: bool) -> LayerShape:
        """What its derivation needs to know; a learned conductance is every neuron's own."""
        own_tau_m = np.ndim(self.tau_m) > 0 or (plastic and self.learn_tau)
        return LayerShape(self.size, self.activation, self.bias is not None, own_tau_m, np.ndim(self.tau_r) > 0)


@dataclass(frozen=True)
class Plasticity:
    """How a network learns.

    Attributes:
        rule: one of `RULES`.
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
        if self.rule not in RULES:
            raise UsageError(f"unknown rule '{self.rule}'", hint=nearest(self.rule, RULES))
        if self.feedback not in FEEDBACKS:
            raise UsageError(f"unknown feedback '{self.feedback}'", hint=nearest(self.feedback, FEEDBACKS))
        for name in ("power", "averaging", "trace", "beta", "decay", "noise", "noise_hold", "noise_rate"):
            if (value := getattr(self, name)) is not None and not 0 < value < math.inf:
                raise UsageError(f"the plasticity's {name} must be positive, not {value:g}")
        for name in ("eta", "eta_tau", "eta_backward", "wall", "feedback_seed"):
            if not 0 <= (value := getattr(self, name)) < math.inf:
                raise UsageError(f"the plasticity's {name} must not be negative, not {value:g}")
        if not 0 < self.tau_limits[0] < self.tau_limits[1] < math.inf:
            raise UsageError(
                f"the plasticity's tau_limits {self.tau_limits} must be two time constants", hint="e.g. (0.1, 20)"
            )
        if self.anneal is not None and not (0 <= self.anneal[0] < math.inf and 0 < self.anneal[1] < math.inf):
            raise UsageError(
                f"the plasticity's anneal {self.anneal} must be a moment and a time constant", hint="e.g. (1000, 300)"
            )


@dataclass(frozen=True)
class Neurons:
    """The signals of one layer that others use.

    Attributes:
        index: the neurons'.
        w, s, r, d: weights, drive, rate and its slope (None for a linear layer).
        sent: the rate as the layer above receives it.
        tau: membrane time constant; ``1/g`` where the conductance g is learned.
        current: du/dt.
        g: the learned conductance, or None.
    """

    index: sp.Idx
    w: Signal
    s: Signal
    r: Signal
    d: Signal | None
    sent: Signal
    tau: sp.Expr
    current: sp.Expr
    g: Signal | None


def forward(
    equations: Equations,
    layers: Sequence[Layer],
    r0: Signal,
    prefix: str = "",
    plastic: bool = True,
    gamma: float = 0.0,
    plasticity: Plasticity | None = None,
    gate: sp.Expr = sp.S.One,
) -> list[Neurons]:
    """Add the neurons of all layers.

    Args:
        equations: what to add to.
        layers: from the input up.
        r0: the input, a scalar.
        prefix: put before every name (``t`` for a teacher beside the student).
        plastic: whether weights, biases and conductances that learn are states that `learning` will
            drive (their equations are added there), or parameters as all others are.
        gamma: how much of each neuron's error enters its drive; anything but 0 closes a loop without
            a state (error, drive, rate, error), which `check` finds and names.
        plasticity, gate: as `learning` will get them, for feedback weights that are learned from noise
            in the rates: its inputs are added here (``equations.inputs``). None: no noise.
    """
    plasticity = plasticity or Plasticity()
    feedback = FEEDBACKS[plasticity.feedback](equations, plasticity, gate)
    derivation = derive([layer.shape(plastic) for layer in layers])
    here: dict[sp.Expr, sp.Expr] = {prefixed(derivation.layers[0].below, prefix): r0}

    def own(expression: sp.Expr) -> sp.Expr:
        """A derived expression with this network's signals."""
        return prefixed(expression, prefix).xreplace(here)

    network = []
    for number, (layer, each) in enumerate(zip(layers, derivation.layers, strict=True), 1):
        derived = derivation.dynamics(number)
        equations.parameter(own(each.tau_r), layer.tau_r)
        drive = own(derived.drive)
        if gamma:
            drive += equations.parameter(signal(f"{prefix}gamma{number}"), gamma) * own(each.e)
        s, g = equations.define(own(each.s), drive), None
        if plastic and layer.learn_tau:
            g = signal(f"{prefix}g{number}", each.n)
            here[own(each.tau_m)] = 1 / g
            current: sp.Expr = equations.define(own(each.udot), own(derived.current))
        else:
            equations.parameter(own(each.tau_m), layer.tau_m)
            current = own(derived.current)
        equations.state(own(each.u), current)
        equations.define(own(each.m), own(derived.potential))
        r = equations.define(own(each.r), own(derived.rate))
        if not (plastic and layer.learn):
            equations.parameter(own(each.w), np.reshape(layer.weights, (layer.size, -1)))
            if layer.bias is not None:
                equations.parameter(own(each.b), layer.bias)
        d = equations.define(own(each.d), own(derived.slope)) if plastic and each.d is not None else None
        # fixed weights have no feedback weights to be found from a noise
        sent = feedback.sent(number, r) if number < len(layers) and layers[number].learn else r
        network.append(Neurons(each.n, own(each.w), s, r, d, sent, own(each.tau_m), current, g))
        here[r] = sent
    return network


def learning(
    equations: Equations,
    layers: Sequence[Layer],
    network: Sequence[Neurons],
    r0: Signal,
    target: Signal,
    plasticity: Plasticity,
    gate: sp.Expr = sp.S.One,
) -> None:
    """Add error neurons and plasticity to a network that `forward` laid out (without a prefix).

    Args:
        equations: what to add to.
        layers, network: from the input up.
        r0: the input.
        target: what the top layer should do, a scalar: the same for each of its neurons.
        plasticity: rule, feedback and rates.
        gate: 0-or-1 signal that switches all plasticity.

    Raises:
        UsageError: no layer learns, or noise to learn from was not asked for in `forward`.
    """
    if not any(layer.learn or layer.learn_tau for layer in layers):
        raise UsageError("no layer of the network learns", hint="learn or learn_tau of at least one must be true")
    derivation = derive([layer.shape(plastic=True) for layer in layers])
    feedback = FEEDBACKS[plasticity.feedback](equations, plasticity, gate)
    eta = equations.parameter(sp.Symbol("eta"), plasticity.eta)
    equations.parameter(sp.Symbol("beta"), plasticity.beta)
    here: dict[sp.Expr, sp.Expr] = {signal("target", derivation.layers[-1].n): target}

    if plasticity.anneal is not None:
        equations.input(pace := sp.Symbol("pace"), Discharge(*plasticity.anneal))

    def traced(rate: sp.Expr, learned: Signal) -> sp.Expr:
        """The rate, or the rate from the products' trace."""
        if plasticity.trace is None:
            return rate
        trace = signal(f"z{name_of(learned)}", *indices_of(learned))
        return eta * equations.state(trace, (rate / eta - trace) / equations.shared("trace", plasticity.trace))

    lowest = next(number for number, layer in enumerate(layers, 1) if layer.learn or layer.learn_tau)
    for number in range(len(layers), 0, -1):
        neurons, each = network[number - 1], derivation.layers[number - 1]
        equations.define(each.p, derivation.error_input(number).xreplace(here))
        if plasticity.eligibility and number <= lowest:
            break  # nobody needs its errors
        exact = derivation.adjoint[number - 1].rhs.xreplace({each.tau_m: neurons.tau})
        tau_m = layers[number - 1].tau_m
        error_neuron(ErrorNeuron(equations, number, exact, tau_m, gate, plasticity))
        here[neurons.w] = feedback.weights(number, neurons) if layers[number - 1].learn else neurons.w
    for number, (layer, neurons) in enumerate(zip(layers, network, strict=True), 1):
        each = derivation.layers[number - 1]
        driving: dict[sp.Expr, sp.Expr] = {each.below: network[number - 2].sent if number > 1 else r0}
        if not (layer.learn or layer.learn_tau):
            continue
        source = each.p if plasticity.eligibility else each.e
        if plasticity.anneal is not None:  # once per neuron, not once per weight
            driving[source] = equations.define(signal(f"paced{number}", each.n), pace * source)
        if plasticity.eligibility:
            moved = derivation.eligibility(number).with_signals({**driving, each.tau_m: neurons.tau})
            rates = eligible(equations, moved, neurons.w if layer.learn else None, neurons.g)
        else:
            rates = derivation.plasticity(number).with_signals(driving)
        if layer.learn:
            initial, rate = start(layer.weights, *shape_of(neurons.w)), traced(rates.w, neurons.w)
            if number > 1:
                rate = feedback.learn(number, network[number - 2], neurons, rate, initial)
            equations.state(neurons.w, gate * rate, initial)
        if layer.learn and layer.bias is not None:
            equations.state(each.b, gate * traced(rates.b, each.b), start(layer.bias, layer.size))
        if neurons.g is not None:
            equations.shared("eta_tau", plasticity.eta_tau)
            wall = equations.shared("wall", plasticity.wall)
            low, high = (
                equations.shared(name, 1 / limit)
                for name, limit in zip(("g_min", "g_max"), plasticity.tau_limits[::-1], strict=True)
            )
            push = gate * rates.g - wall * deadzone(neurons.g, low, high)
            equations.state(neurons.g, push, 1 / start(layer.tau_m, layer.size))
