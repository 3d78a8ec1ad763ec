"""Learning rules: how an error neuron turns its input p into the error e that drives plasticity.

The exact error is ``e = I+_{tau_m} D-_{tau_r} p`` (the adjoint; see `action`), which no causal system
has. The local rules put causal operators in the place of the two:

======== ====================================================================================
`bp`     ``e = p``: instantaneous errors
`gle`    ``e = D+_{tau_m} I-_{tau_r} p``: GLE's published error neuron (arXiv 2403.16933)
`vle1`   ``e = ka (v + tau_m dv/dt)``, v = I-_{tau_r} p: a learned gain
`vle2`   ``e = ka v + kb dv/dt``: learned gain and look-ahead
`vle3`   ``e = ka v + kb dv/dt + kc I-_{tau_m} v``: with a learned look back
======== ====================================================================================

That the backward path is learned and corrects the gain is the VLE paper's statement (arXiv
2603.09600, known to us by abstract and summary); the rule by which the coefficients learn is ours:
least mean squares on the Euler-Lagrange residual. With ``R = (2 I- - 1) I-``, all I- of tau_m, the
exact error satisfies ``R e = y``, ``y = D-_{tau_r} I- I- p``, and everything in it is causal:

    dk/dt = eta_k (y - k . R f) R f / (n + power),   dn/dt = (|R f|^2 - n) / averaging

or, without averaging, divided by the fixed number ``power`` alone: the rate that a circuit has for free.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp

from vle_analog.equations.assembly import Equations, own_index, start
from vle_analog.equations.functions import reciprocal
from vle_analog.equations.operators import prospective
from vle_analog.equations.system import Signal, signal


@dataclass(frozen=True)
class ErrorNeuron:
    """One layer's error neurons, as a rule sees them.

    Attributes:
        equations: what to add to.
        number: the layer's.
        index: the neurons' index.
        p: their input.
        tau_r: prospective time constant of the neurons beside them.
        tau_m: membrane time constant, where it is fixed.
        g: the learned leak conductance ``1/tau_m``, or None where tau_m is fixed.
        start_tau: tau_m at time zero, one number or one per neuron.
        gate: 0-or-1 signal that switches plasticity.
        eta_k: rate of learned coefficients, per model unit.
        power: floor of the squared residual that the rate is divided by.
        averaging: time constant of its average, model units; None divides by ``power`` alone.
    """

    equations: Equations
    number: int
    index: sp.Idx
    p: Signal
    tau_r: Signal
    tau_m: sp.Expr
    g: Signal | None
    start_tau: np.ndarray
    gate: sp.Expr
    eta_k: float
    power: float
    averaging: float | None

    def name(self, letter: str) -> Signal:
        """A signal of this layer."""
        return signal(f"{letter}{self.number}", self.index)

    def define(self, letter: str, expression: sp.Expr) -> Signal:
        """Add a definition per neuron."""
        return self.equations.define(self.name(letter), expression)

    def look_back(self, letter: str, source: sp.Expr) -> Signal:
        """Add ``I-_{tau_m}`` of a signal, as a state per neuron."""
        symbol = self.name(letter)
        rate = 1 / self.tau_m if self.g is None else self.g
        return self.equations.state(symbol, rate * (source - symbol))

    def v(self) -> Signal:
        """Add ``v = I-_{tau_r} p``."""
        return self.equations.state(self.name("v"), (self.p - self.name("v")) / self.tau_r)

    def look_ahead(self, v: Signal) -> sp.Expr:
        """``D+_{tau_m} v``; a learned tau_m takes a divider."""
        if self.g is None:
            return prospective(v, self.tau_m)
        tau = self.define("tau", reciprocal(self.g))
        return v + tau * self.slope(v)

    def slope(self, v: Signal) -> Signal:
        """Add dv/dt, which the leak current of v's own neuron carries."""
        return self.define("vdot", (self.p - v) / self.tau_r)


#: a rule adds the equations from p to e and returns e
Rule = Callable[[ErrorNeuron], Signal]


def bp(neuron: ErrorNeuron) -> Signal:
    """Instantaneous errors: the phase is wrong."""
    return neuron.define("e", neuron.p)


def gle(neuron: ErrorNeuron) -> Signal:
    """The operators' causal partners: the phase is right, the gain too high."""
    return neuron.define("e", neuron.look_ahead(neuron.v()))


def vle1(neuron: ErrorNeuron) -> Signal:
    """gle's error with a learned gain."""
    v = neuron.v()
    ahead = neuron.define("a", neuron.look_ahead(v))
    ra, rb, _, y = _residuals(neuron, v)
    learned = _learned(neuron, y, [("ka", 1.0, ra + rb, sp.S.One)])
    return neuron.define("e", learned[0] * ahead)


def vle2(neuron: ErrorNeuron) -> Signal:
    """Learned gain and look-ahead."""
    v = neuron.v()
    slope = neuron.slope(v)
    ra, rb, _, y = _residuals(neuron, v)
    ka, kb = _learned(neuron, y, [("ka", 1.0, ra, sp.S.One), ("kb", neuron.start_tau, rb, neuron.tau_m)])
    return neuron.define("e", ka * v + kb * slope)


def vle3(neuron: ErrorNeuron) -> Signal:
    """Learned gain, look-ahead and look back."""
    v = neuron.v()
    slope = neuron.slope(v)
    ra, rb, h, y = _residuals(neuron, v)
    q = neuron.look_back("q", h)
    rc = neuron.define("rc", 2 * q - h)
    own = neuron.start_tau
    ka, kb, kc = _learned(
        neuron, y, [("ka", 1.0, ra, sp.S.One), ("kb", own, rb, neuron.tau_m), ("kc", 0.0, rc, sp.S.One)]
    )
    return neuron.define("e", ka * v + kb * slope + kc * neuron.name("f"))


def _residuals(neuron: ErrorNeuron, v: Signal) -> tuple[Signal, Signal, Signal, Signal]:
    """``R v``, ``R tau_m dv/dt``, ``h = I- I- v`` and the target ``y = D-_{tau_r} I- I- p``.

    No derivative is taken: ``tau_m d/dt I- = 1 - I-``.
    """
    f = neuron.look_back("f", v)
    h = neuron.look_back("h", f)
    ra = neuron.define("ra", 2 * h - f)
    rb = neuron.define("rb", 3 * f - 2 * h - v)
    pf = neuron.look_back("pf", neuron.p)
    pff = neuron.look_back("pff", pf)
    per_tau = 1 / neuron.tau_m if neuron.g is None else neuron.g
    y = neuron.define("y", pff + neuron.tau_r * per_tau * (pff - pf))
    return ra, rb, h, y


def _learned(
    neuron: ErrorNeuron, y: Signal, coefficients: list[tuple[str, float | np.ndarray, sp.Expr, sp.Expr]]
) -> list[Signal]:
    """Coefficients that learn by least mean squares.

    Args:
        neuron: whose they are.
        y: what the weighted residuals should sum to.
        coefficients: name, start value, residual, and the time constant that the coefficient
            carries (its residual is scaled by it, so that all are comparable).
    """
    equations, length = neuron.equations, _length(neuron.index)
    sum_of = y
    for letter, _, residual, tau in coefficients:
        inverse = sp.S.One if tau == 1 else (1 / tau if neuron.g is None else neuron.g)
        sum_of -= neuron.name(letter) * inverse * residual
    miss = neuron.define("miss", sum_of)
    if neuron.averaging is None:
        rate: sp.Expr = equations.shared("eta_k", neuron.eta_k / neuron.power)
    else:
        n = neuron.name("n")
        squares = sp.Add(*[residual**2 for _, _, residual, _ in coefficients])
        equations.state(n, (squares - n) / equations.shared("averaging", neuron.averaging), start(neuron.power, length))
        scale = reciprocal(n + equations.shared("power", neuron.power))
        rate = neuron.define("pace", equations.shared("eta_k", neuron.eta_k) * scale)
    found = []
    for letter, initial, residual, tau in coefficients:
        carried = tau
        if tau != 1 and neuron.g is not None:
            carried = equations.parameter(
                signal(f"tau_k{neuron.number}", *own_index(neuron.index, neuron.start_tau)), neuron.start_tau
            )
        derivative = neuron.gate * rate * carried * miss * residual
        found.append(equations.state(neuron.name(letter), derivative, start(initial, length)))
    return found


def _length(index: sp.Idx) -> int:
    return int(index.upper - index.lower) + 1


#: the rules by name; ``vle`` is the default variant
RULES: dict[str, Rule] = {"bp": bp, "gle": gle, "vle": vle2, "vle1": vle1, "vle2": vle2, "vle3": vle3}
