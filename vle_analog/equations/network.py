"""A layered network that learns while it runs, as one system of equations.

Layer l = 1..L, neurons indexed ``nl``, input r0 (GLE, arXiv 2403.16933, eqs. 5-9; its notation):

    tau_m du/dt = -u + s,   s = sum w r_below + b,   r = phi(prospective(u, tau_r))

An error neuron beside every neuron receives ``p = phi' sum w_above e_above`` (the top layer
``p = phi' beta (target - r)``); how it turns p into e is the learning rule's. Plasticity is local and
continuous: ``dw/dt = eta gate e r_below``, ``db/dt = eta gate e`` and, for a learned leak conductance
``g = 1/tau_m``, ``dg/dt = eta_g gate e du/dt`` within walls. ``gamma = 0``: errors do not enter the
forward path.

Signals are named by a letter and the layer's number: membrane u, drive s, prospective potential m,
rate r, slope d = phi'(m), error input p, error neuron v, error e, weights w, bias b, conductance g,
learned backward coefficients ka, kb, kc.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from vle_analog.equations.assembly import Equations, own_index, start
from vle_analog.equations.functions import deadzone, logistic, softplus
from vle_analog.equations.operators import prospective
from vle_analog.equations.rules import RULES, ErrorNeuron
from vle_analog.equations.system import Signal, index, signal, total
from vle_analog.errors import UsageError, nearest

#: activation functions and their derivatives, the latter from potential m and rate r
ACTIVATIONS = {
    "tanh": (sp.tanh, lambda m, r: 1 - r**2),
    "softplus": (softplus, lambda m, r: logistic(m)),
    "linear": (lambda m: m, None),
}


@dataclass(frozen=True)
class Layer:
    """One layer of neurons.

    Attributes:
        weights: initial weights from below, shape (size, size below) or () for 1 to 1.
        tau_m: membrane time constants, model units, scalar or (size,); the start values where learned.
        activation: ``tanh``, ``softplus`` or ``linear``.
        tau_r: prospective time constants, scalar or (size,).
        bias: initial biases (size,), or None for a layer without.
        learn_tau: whether the leak conductances learn.
        size: neurons.
    """

    size: int
    weights: ArrayLike
    tau_m: ArrayLike
    activation: str = "tanh"
    tau_r: ArrayLike = 0.1
    bias: ArrayLike | None = None
    learn_tau: bool = False


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
        beta: nudging strength.
        tau_limits: walls that hold a learned ``1/g``, and how steep they are (per model unit).
    """

    rule: str = "vle"
    eta: float = 0.01
    eta_tau: float = 0.01
    eta_backward: float = 0.05
    power: float = 0.01
    averaging: float | None = None
    beta: float = 1.0
    tau_limits: tuple[float, float] = (0.1, 20.0)
    wall: float = 50.0

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise UsageError(f"unknown rule '{self.rule}'", hint=nearest(self.rule, RULES))


@dataclass(frozen=True)
class Neurons:
    """The signals of one layer that others use."""

    index: sp.Idx
    w: Signal
    r: Signal
    d: Signal | None
    tau: sp.Expr
    current: sp.Expr
    tau_r: Signal
    g: Signal | None


def forward(
    equations: Equations,
    layers: Sequence[Layer],
    r0: Signal,
    prefix: str = "",
    plastic: bool = True,
    gamma: float = 0.0,
) -> list[Neurons]:
    """Add the neurons of all layers.

    Args:
        equations: what to add to.
        layers: from the input up.
        r0: the input, a scalar.
        prefix: put before every name (``t`` for a teacher beside the student).
        plastic: whether weights, biases and learned conductances are states that `learning` will
            drive (their equations are added there), or parameters.
        gamma: how much of each neuron's error enters its drive; anything but 0 closes a loop without
            a state (error, drive, rate, error), which `check` finds and names.
    """
    below, below_index = r0, index("n0", 1)
    network = []
    for number, layer in enumerate(layers, 1):
        n = index(f"n{number}", layer.size)

        def name(letter: str, *over: sp.Idx, number: int = number) -> Signal:
            return signal(f"{prefix}{letter}{number}", *over)

        w, u, s, m, r = name("w", n, below_index), name("u", n), name("s", n), name("m", n), name("r", n)
        tau_r = equations.parameter(signal(f"{prefix}tau_r{number}", *own_index(n, layer.tau_r)), layer.tau_r)
        drive = total(w * below, below_index)
        if layer.bias is not None:
            drive += name("b", n)
        if gamma:
            drive += equations.parameter(signal(f"{prefix}gamma{number}"), gamma) * name("e", n)
        equations.define(s, drive)
        g: Signal | None = None
        if plastic and layer.learn_tau:
            g = name("g", n)
            current: sp.Expr = equations.define(name("udot", n), g * (s - u))
            tau: sp.Expr = sp.S.Zero
        else:
            tau = equations.parameter(signal(f"{prefix}tau_m{number}", *own_index(n, layer.tau_m)), layer.tau_m)
            current = (s - u) / tau
        equations.state(u, current)
        equations.define(m, prospective(u, tau_r))
        function, slope = _activation(layer.activation)
        equations.define(r, function(m))
        if not plastic:
            equations.parameter(w, np.reshape(layer.weights, (layer.size, -1)))
            if layer.bias is not None:
                equations.parameter(name("b", n), layer.bias)
        d = equations.define(name("d", n), slope(m, r)) if plastic and slope else None
        network.append(Neurons(n, w, r, d, tau, current, tau_r, g))
        below, below_index = r, n
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
    """Add error neurons and plasticity to a network that `forward` laid out.

    Args:
        equations: what to add to.
        layers, network: from the input up.
        r0: the input.
        target: what the top layer should do (a scalar, as the top layer then is one neuron).
        plasticity: rule and rates.
        gate: 0-or-1 signal that switches all plasticity.
    """
    eta = equations.parameter(sp.Symbol("eta"), plasticity.eta)
    errors: dict[int, Signal] = {}
    for number in range(len(layers), 0, -1):
        layer, neurons = layers[number - 1], network[number - 1]
        n = neurons.index
        if number == len(layers):
            beta = equations.parameter(sp.Symbol("beta"), plasticity.beta)
            back: sp.Expr = beta * (target - neurons.r)
        else:
            above = network[number]
            back = total(above.w * errors[number + 1], above.index)
        p = equations.define(signal(f"p{number}", n), back if neurons.d is None else neurons.d * back)
        errors[number] = RULES[plasticity.rule](
            ErrorNeuron(
                equations,
                number,
                n,
                p,
                neurons.tau_r,
                neurons.tau,
                neurons.g,
                np.asarray(layer.tau_m, float),
                gate,
                plasticity.eta_backward,
                plasticity.power,
                plasticity.averaging,
            )
        )
    for number, (layer, neurons) in enumerate(zip(layers, network, strict=True), 1):
        e, n = errors[number], neurons.index
        below = network[number - 2].r if number > 1 else r0
        shape = (layer.size, network[number - 2].index.upper + 1 if number > 1 else 1)
        equations.state(neurons.w, gate * eta * e * below, start(layer.weights, *shape))
        if layer.bias is not None:
            equations.state(signal(f"b{number}", n), gate * eta * e, start(layer.bias, layer.size))
        if neurons.g is not None:
            rate = equations.shared("eta_tau", plasticity.eta_tau)
            wall = equations.shared("wall", plasticity.wall)
            low, high = (
                equations.shared(name, 1 / limit)
                for name, limit in zip(("g_min", "g_max"), plasticity.tau_limits[::-1], strict=True)
            )
            push = gate * rate * e * neurons.current - wall * deadzone(neurons.g, low, high)
            equations.state(neurons.g, push, 1 / start(layer.tau_m, layer.size))


def _activation(name: str):  # type: ignore[no-untyped-def]
    if name not in ACTIVATIONS:
        raise UsageError(f"unknown activation '{name}'", hint=nearest(name, ACTIVATIONS))
    return ACTIVATIONS[name]
