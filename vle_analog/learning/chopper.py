"""Chopped errors: what drives plasticity changes its sign with a clock, and learning products are turned back.

Offsets of analog parts do not know the clock. With c = +-1 a square wave, ``c (c e) r = e r``, but an offset o that
enters between the two factors leaves ``c o``, whose mean is zero: the traces behind the products average it out. Where
the first c stands decides what is in between:

=========== ==========================================================================================
``slow``    at the top error: error neurons, backward products and learning products are in between
``product`` at what drives the learning products of every layer: these alone are in between
=========== ==========================================================================================

Abrupt edges excite the look-ahead of error neurons; where there is none (``smoothing = 0``), two switches are the first
c as they are the second. Elsewhere the first c is a smooth one, the clock behind two leaky integrators of one time
constant, by which a multiplier multiplies; the other one is a switch per product, which the clock drives as late as the
smooth one crosses zero. A learning product passes ``x`` while the clock is ``upright`` and ``-x`` while it is
``inverted``, on its way into its trace.

Choppers around amplifiers and multipliers are known (Enz and Temes, Proc. IEEE 1996; Godoy and Dawson, JSSC 2008), for
training in memory too (Rasch et al., Nat. Commun. 2024); that one flip of the top error chops a whole error path,
because all of it is linear in the error, is used here for networks that learn in continuous time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import sympy as sp

from vle_analog.equations.assembly import Equations
from vle_analog.equations.system import Signal, indices_of, signal
from vle_analog.learning.layers import Layer
from vle_analog.sequences import SquareWave
from vle_analog.stimulus import Phase

NONE, SLOW, PRODUCT = "none", "slow", "product"
#: where errors may be chopped, in words
CHOPPERS = {
    NONE: "nowhere",
    SLOW: "at the top: the whole error path",
    PRODUCT: "at every layer's learning products",
}
#: the clock's smoothing over the slowest look-ahead of an error neuron, its period over that, and where two leaky
#: integrators have made half of a step, over their time constant
_SMOOTHING, _PERIOD, _HALF = 0.75, 30.0, 1.678
#: of the clock
_NAME = "chopper"
_CLOCK, _CHOP, _UPRIGHT, _INVERTED = sp.symbols("clock chop upright inverted")


class Settings(Protocol):
    """What a chopper needs to know of a network's plasticity; `plasticity.Plasticity` says what each is."""

    @property
    def chop(self) -> str: ...
    @property
    def chop_period(self) -> float | None: ...
    @property
    def chop_smoothing(self) -> float | None: ...
    @property
    def eligibility(self) -> bool: ...
    @property
    def smoothing(self) -> float | None: ...


@dataclass(frozen=True)
class Chopper:
    """What flips errors and turns learning products back.

    Attributes:
        kind: ``slow`` or ``product``.
        period: of the clock, model units.
        smoothing: time constant of each of the two leaky integrators behind the clock; 0 for none.
        trace: time constant of what averages the products, model units.
    """

    kind: str
    period: float
    smoothing: float
    trace: float

    @staticmethod
    def of(settings: Settings, layers: Sequence[Layer]) -> Chopper | None:
        """The chopper of a network; None where nothing is chopped.

        What is not given goes by the slowest membrane whose error neuron looks ahead.
        """
        if settings.chop == NONE:
            return None
        slowest = max(float(np.max(layer.tau_m)) for layer in layers)
        smoothing = _SMOOTHING * slowest if settings.chop_smoothing is None else settings.chop_smoothing
        period = _PERIOD * slowest if settings.chop_period is None else settings.chop_period
        return Chopper(settings.chop, period, smoothing, settings.smoothing or max(smoothing, period / 60))

    @property
    def delay(self) -> float:
        """By how much the smooth clock is behind, model units."""
        return _HALF * self.smoothing

    def add(self, equations: Equations) -> None:
        """Add the clock, what makes it smooth, and what drives the switches."""
        if self.smoothing:
            clock = equations.input(_CLOCK, SquareWave(1.0, self.period, 0.0), clock=_NAME)
            tau = equations.shared("chop_smoothing", self.smoothing)
            first = sp.Symbol("chop1")
            equations.state(first, (clock - first) / tau)
            equations.state(_CHOP, (first - _CHOP) / tau)
        for symbol, shift in ((_UPRIGHT, 0.0), (_INVERTED, self.period / 2)):
            on = self.delay + shift
            equations.gating(symbol, Phase(self.period, on, on + self.period / 2), clock=_NAME)

    def error(self, p: sp.Expr) -> sp.Expr:
        """The top layer's error input, flipped where all below shall be."""
        if self.kind != SLOW:
            return p
        return _CHOP * p if self.smoothing else self.switched(p)

    def source(self, equations: Equations, number: int, source: Signal) -> Signal:
        """What drives the learning products of a layer, flipped where it is not yet."""
        if self.kind == SLOW:
            return source
        chopped = _CHOP * source if self.smoothing else self.switched(source)
        return equations.define(signal(f"chopped{number}", *indices_of(source)), chopped)

    def turned_back(self, product: sp.Expr) -> sp.Expr:
        """A learning product whose sign the clock no longer changes."""
        return self.switched(product)

    def switched(self, product: sp.Expr) -> sp.Expr:
        """What changes its sign with the clock, by two switches."""
        return sp.Add(
            *[
                sign * phase * term
                for sign, phase in ((1, _UPRIGHT), (-1, _INVERTED))
                for term in sp.Add.make_args(product)
            ]
        )
