"""The signals of a network that was put into equations."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from vle_analog.equations.system import Signal, signal
from vle_analog.learning.layers import Layer


@dataclass(frozen=True)
class Relay:
    """The signals of one layer's relays.

    Attributes:
        source: number of the layer that is heard, from 1.
        index: the relays'.
        q, w: potential, and the weights of the layer that hears it.
        error: name of the errors that go back through them.
    """

    source: int
    index: sp.Idx
    q: Signal
    w: Signal
    error: str

    def error_at(self, n: sp.Idx) -> Signal:
        """The error by an index of the relays, or of the neurons that they hear."""
        return signal(self.error, n)


@dataclass(frozen=True)
class Neurons:
    """The signals of one layer that others use.

    Attributes:
        layer: that they are of.
        index: the neurons'.
        w, s, r, d: weights, drive, rate and its slope (None for a linear layer).
        sent: the rate as the layer above receives it.
        tau: membrane time constant; ``1/g`` where the conductance g is learned.
        current: du/dt.
        g: the learned conductance, or None.
        relays: by which it hears other layers, or itself.
    """

    layer: Layer
    index: sp.Idx
    w: Signal
    s: Signal
    r: Signal
    d: Signal | None
    sent: Signal
    tau: sp.Expr
    current: sp.Expr
    g: Signal | None
    relays: tuple[Relay, ...] = ()


@dataclass(frozen=True)
class Network:
    """A network that was put into equations.

    Attributes:
        layers, neurons: from the input up.
        r0: the input.
    """

    layers: tuple[Layer, ...]
    neurons: tuple[Neurons, ...]
    r0: Signal

    @property
    def output(self) -> Signal:
        """The rate of the top layer."""
        return self.neurons[-1].r

    def below(self, number: int) -> Signal:
        """The rate that layer ``number`` (from 1) receives."""
        return self.neurons[number - 2].sent if number > 1 else self.r0
