"""The signals of a network that was put into equations."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from vle_analog.equations.system import Signal
from vle_analog.learning.layers import Layer


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
