"""The layers of a network, and their signals as templates: what derivation and running equations both speak of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from vle_analog.equations.system import Signal, index, signal, size
from vle_analog.errors import UsageError, nearest
from vle_analog.laws import LAWS

#: activation functions by name
ACTIVATIONS: dict[str, Callable[[sp.Expr], sp.Expr]] = {
    "linear": lambda m: m,
    **{law.name: law.function for law in LAWS.values() if law.activates},
}


@dataclass(frozen=True)
class Recurrent:
    """Connections by which a layer hears itself, or another one, besides the layer below.

    They pass relays: a leaky integrator per neuron that is heard, without which a loop would have no state of its own.

    Attributes:
        source: number of the layer that is heard, from 1.
        weights: initial weights, shape (size, size of the source) or () for 1 to 1; they learn if the layer does.
        tau: time constant of the relays, model units.
        tau_error: of the leaky integrators by which errors pass them, the other way; as ``tau`` when None.
    """

    source: int
    weights: ArrayLike
    tau: float = 1.0
    tau_error: float | None = None

    @property
    def error_lag(self) -> float:
        """Time constant by which errors lag on their way back, model units."""
        return self.tau if self.tau_error is None else self.tau_error


@dataclass(frozen=True)
class Layer:
    """One layer of neurons.

    Attributes:
        weights: initial weights from below, shape (size, size below) or () for 1 to 1; the first layer's tell how many
            inputs the network has.
        tau_m: membrane time constants, model units, scalar or (size,); the start values where learned.
        activation: ``tanh``, ``softplus``, ``logistic`` or ``linear``.
        tau_r: prospective time constants, scalar or (size,); 0 for neurons that do not look ahead: their rates are of
            their membranes.
        bias: initial biases (size,), or None for a layer without.
        learn_tau: whether the leak conductances learn.
        size: neurons.
        learn: whether weights and biases learn; if not, they keep these values, and errors pass down through
            the weights as they are.
        recurrent: what it hears besides the layer below.
    """

    size: int
    weights: ArrayLike
    tau_m: ArrayLike
    activation: str = "tanh"
    tau_r: ArrayLike = 0.1
    bias: ArrayLike | None = None
    learn_tau: bool = False
    learn: bool = True
    recurrent: tuple[Recurrent, ...] = ()

    @property
    def learns(self) -> bool:
        """Whether anything of it does."""
        return self.learn or self.learn_tau

    @property
    def looks_ahead(self) -> bool:
        """Whether its neurons do; where one does, all must."""
        return bool(np.any(self.tau_r))

    def shape(self, plastic: bool) -> LayerShape:
        """What its derivation needs to know; a learned conductance is every neuron's own."""
        own_tau_m = np.ndim(self.tau_m) > 0 or (plastic and self.learn_tau)
        own_tau_r, sources = np.ndim(self.tau_r) > 0, tuple(each.source for each in self.recurrent)
        return LayerShape(self.size, self.activation, self.bias is not None, own_tau_m, own_tau_r, sources)


@dataclass(frozen=True)
class LayerShape:
    """What a derivation needs to know of a layer.

    Attributes:
        size: neurons.
        activation: ``linear`` or the name of a nonlinearity.
        bias: whether it has biases.
        own_tau_m, own_tau_r: whether the time constant differs from neuron to neuron.
        sources: numbers of the layers that it hears besides the one below.
    """

    size: int
    activation: str = "tanh"
    bias: bool = True
    own_tau_m: bool = True
    own_tau_r: bool = True
    sources: tuple[int, ...] = ()


@dataclass(frozen=True)
class RelaySignals:
    """The templates of the relays between two layers, one relay per neuron that is heard.

    Attributes:
        source: number of the layer that is heard.
        n: the relays' own index, as a layer that hears itself has two.
        heard: the rate of the neuron before a relay.
        q, qdot: its potential, and that one's derivative.
        w: weights of the layer that hears it.
        e, p: its error, and what that is made of.
        tau, tau_error: its time constants.
    """

    source: int
    n: sp.Idx
    heard: Signal
    q: Signal
    qdot: Signal
    w: Signal
    e: Signal
    p: Signal
    tau: sp.Symbol
    tau_error: sp.Symbol


@dataclass(frozen=True)
class LayerSignals:
    """The templates of one layer; ``below`` is the rate that it reads; d is None for a linear layer."""

    n: sp.Idx
    u: Signal
    udot: Signal
    s: Signal
    m: Signal
    r: Signal
    d: Signal | None
    w: Signal
    b: Signal | None
    e: Signal
    p: Signal
    tau_m: Signal
    tau_r: Signal
    below: Signal
    below_n: sp.Idx
    relays: tuple[RelaySignals, ...] = ()


def inputs_of(layers: Sequence[Layer]) -> int:
    """How many inputs a network has, by its first weights."""
    first = layers[0]
    return np.size(first.weights) // first.size


def activation(name: str) -> Callable[[sp.Expr], sp.Expr]:
    """The function of that name.

    Raises:
        UsageError: there is none.
    """
    if name not in ACTIVATIONS:
        raise UsageError(f"unknown activation '{name}'", hint=nearest(name, ACTIVATIONS))
    return ACTIVATIONS[name]


def layer_signals(shapes: Sequence[LayerShape], inputs: int) -> tuple[LayerSignals, ...]:
    """The templates of all layers, for a network with so many inputs."""
    below_n = index("n0", inputs)
    below = signal("r0", below_n)
    network = []
    for number, shape in enumerate(shapes, 1):
        n = index(f"n{number}", shape.size)

        def name(letter: str, *over: sp.Idx, number: int = number) -> Signal:
            return signal(f"{letter}{number}", *over)

        network.append(
            LayerSignals(
                n=n,
                u=name("u", n),
                udot=name("udot", n),
                s=name("s", n),
                m=name("m", n),
                r=name("r", n),
                d=None if shape.activation == "linear" else name("d", n),
                w=name("w", n, below_n),
                b=name("b", n) if shape.bias else None,
                e=name("e", n),
                p=name("p", n),
                tau_m=name("tau_m", *((n,) if shape.own_tau_m else ())),
                tau_r=name("tau_r", *((n,) if shape.own_tau_r else ())),
                below=below,
                below_n=below_n,
            )
        )
        below, below_n = network[-1].r, n
    return tuple(
        replace(each, relays=tuple(_relay(number, each, source, network[source - 1]) for source in shape.sources))
        for number, (shape, each) in enumerate(zip(shapes, network, strict=True), 1)
    )


def _relay(number: int, layer: LayerSignals, source: int, heard: LayerSignals) -> RelaySignals:
    """The relays from a layer to the layer of that number."""
    way = f"{source}to{number}"
    n = index(f"n{way}", size(heard.n))
    return RelaySignals(
        source=source,
        n=n,
        heard=signal(f"r{source}", n),
        q=signal(f"q{way}", n),
        qdot=signal(f"udotq{way}", n),
        w=signal(f"w{way}", layer.n, n),
        e=signal(f"e{way}", n),
        p=signal(f"p{way}", n),
        tau=sp.Symbol(f"tau{way}"),
        tau_error=sp.Symbol(f"tau_e{way}"),
    )
