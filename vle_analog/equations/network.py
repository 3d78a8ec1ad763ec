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
learned backward coefficients ka, kb.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from vle_analog.equations.functions import deadzone, logistic, reciprocal, softplus
from vle_analog.equations.operators import prospective
from vle_analog.equations.system import Definition, Parameter, Signal, State, index, indices_of, signal, total
from vle_analog.errors import UsageError, nearest

RULES = ("bp", "gle", "vle")

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
        rule: ``bp``, ``gle`` or ``vle``.
        eta: rate of weights and biases, per model unit.
        eta_tau: rate of leak conductances.
        eta_backward: rate of the learned backward coefficients (vle).
        power: what that rate is divided by: the residual signals' squared size, a fixed number
            because a fixed rate is what a circuit has.
        beta: nudging strength.
        tau_limits: walls that hold a learned ``1/g``, and how steep they are (per model unit).
    """

    rule: str = "vle"
    eta: float = 0.01
    eta_tau: float = 0.01
    eta_backward: float = 0.05
    power: float = 0.01
    beta: float = 1.0
    tau_limits: tuple[float, float] = (0.1, 20.0)
    wall: float = 50.0

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise UsageError(f"unknown rule '{self.rule}'", hint=nearest(self.rule, RULES))


@dataclass
class Equations:
    """A growing set of equations."""

    states: list[State] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    parameters: list[Parameter] = field(default_factory=list)

    def state(self, symbol: Signal, derivative: sp.Expr, initial: ArrayLike = 0.0) -> Signal:
        """Add a state."""
        self.states.append(State(symbol, derivative, initial))
        return symbol

    def define(self, symbol: Signal, expression: sp.Expr) -> Signal:
        """Add a definition."""
        self.definitions.append(Definition(symbol, expression))
        return symbol

    def parameter(self, symbol: Signal, value: ArrayLike) -> Signal:
        """Add a parameter, one number or one per instance."""
        self.parameters.append(Parameter(symbol, np.squeeze(value) if indices_of(symbol) else np.asarray(value).item()))
        return symbol


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
        tau_r = equations.parameter(signal(f"{prefix}tau_r{number}", *_own(n, layer.tau_r)), layer.tau_r)
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
            tau = equations.parameter(signal(f"{prefix}tau_m{number}", *_own(n, layer.tau_m)), layer.tau_m)
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
        errors[number] = _error_neuron(equations, number, layer, neurons, p, plasticity, gate)
    for number, (layer, neurons) in enumerate(zip(layers, network, strict=True), 1):
        e, n = errors[number], neurons.index
        below = network[number - 2].r if number > 1 else r0
        shape = (layer.size, network[number - 2].index.upper + 1 if number > 1 else 1)
        equations.state(neurons.w, gate * eta * e * below, _start(layer.weights, shape))
        if layer.bias is not None:
            equations.state(signal(f"b{number}", n), gate * eta * e, _start(layer.bias, (layer.size,)))
        if neurons.g is not None:
            rate = _shared(equations, "eta_tau", plasticity.eta_tau)
            wall = _shared(equations, "wall", plasticity.wall)
            low, high = (
                _shared(equations, name, 1 / limit)
                for name, limit in zip(("g_min", "g_max"), plasticity.tau_limits[::-1], strict=True)
            )
            push = gate * rate * e * neurons.current - wall * deadzone(neurons.g, low, high)
            equations.state(neurons.g, push, 1 / _start(layer.tau_m, (layer.size,)))


def _error_neuron(
    equations: Equations,
    number: int,
    layer: Layer,
    neurons: Neurons,
    p: Signal,
    plasticity: Plasticity,
    gate: sp.Expr,
) -> Signal:
    """One layer's error neurons by the rule: from p to e.

    ``bp``: e = p. ``gle``: e = D+_{tau_m} I-_{tau_r} p. ``vle``: e = ka v + kb dv/dt with
    v = I-_{tau_r} p and coefficients learned by least mean squares on the Euler-Lagrange residual
    ``R e = y`` with ``R = (2 I- - 1) I-`` and ``y = I- D-_{tau_r} I-_{tau_r} p``, all I- of tau_m
    (this realisation of the learned backward path is ours; see README).
    """
    n, tau_r = neurons.index, neurons.tau_r

    def name(letter: str) -> Signal:
        return signal(f"{letter}{number}", n)

    def look_back(letter: str, source: sp.Expr) -> Signal:
        symbol = name(letter)
        rate = neurons.g if neurons.g is not None else 1 / neurons.tau
        return equations.state(symbol, rate * (source - symbol))

    e = name("e")
    if plasticity.rule == "bp":
        return equations.define(e, p)
    v = equations.state(name("v"), (p - name("v")) / tau_r)
    if plasticity.rule == "gle":
        if neurons.g is None:
            return equations.define(e, prospective(v, neurons.tau))
        dv = equations.define(name("vdot"), (p - v) / tau_r)
        return equations.define(e, v + equations.define(name("tau"), reciprocal(neurons.g)) * dv)
    dv = equations.define(name("vdot"), (p - v) / tau_r)
    ka, kb = name("ka"), name("kb")
    equations.define(e, ka * v + kb * dv)
    f = look_back("f", v)
    h = look_back("h", f)
    y = look_back("y", 2 * v - p)
    ra = equations.define(name("ra"), 2 * h - f)  # R v
    rb = equations.define(name("rb"), 3 * f - 2 * h - v)  # R tau_m dv/dt
    scaled = kb * neurons.g if neurons.g is not None else kb / neurons.tau
    miss = equations.define(name("miss"), y - ka * ra - scaled * rb)
    rate = _shared(equations, "eta_k", plasticity.eta_backward / plasticity.power)
    tau_0 = (
        neurons.tau
        if neurons.g is None
        else equations.parameter(signal(f"tau_k{number}", *_own(n, layer.tau_m)), layer.tau_m)
    )
    equations.state(ka, gate * rate * miss * ra, np.ones(layer.size) if layer.size > 1 else 1.0)
    equations.state(kb, gate * rate * tau_0 * miss * rb, _start(layer.tau_m, (layer.size,)))
    return e


def _activation(name: str):  # type: ignore[no-untyped-def]
    if name not in ACTIVATIONS:
        raise UsageError(f"unknown activation '{name}'", hint=nearest(name, ACTIVATIONS))
    return ACTIVATIONS[name]


def _own(n: sp.Idx, value: ArrayLike) -> tuple[sp.Idx, ...]:
    """The index of a parameter that differs from neuron to neuron; none for one that does not."""
    return (n,) if np.ndim(value) else ()


def _start(value: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """Initial values in the shape that the template has (axes of size 1 dropped)."""
    kept = tuple(length for length in shape if length > 1)
    array = np.asarray(value, float)
    return np.broadcast_to(array, kept) if array.ndim == 0 else array.reshape(kept)


def _shared(equations: Equations, name: str, value: float) -> sp.Symbol:
    """A scalar parameter that several layers use; added once."""
    symbol = sp.Symbol(name)
    if all(each.symbol != symbol for each in equations.parameters):
        equations.parameter(symbol, value)
    return symbol
