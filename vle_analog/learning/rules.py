"""Learning rules: how an error neuron turns its input p into the error e that drives plasticity.

The exact error is ``e = I+_{tau_m} D-_{tau_r} p`` (the adjoint), which no causal system has. `action.localize` puts
causal operators in the place of the two; what it gives is realised here, with states and names of their own for the
signals that circuits share:

======== ====================================================================================
``bp``   ``e = p``: instantaneous errors
``gle``  ``e = D+_{tau_m} I-_{tau_r} p``: GLE's published error neuron (arXiv 2403.16933)
``vle1`` ``e = ka (v + tau_m dv/dt)``, v = I-_{tau_r} p: a learned gain
``vle2`` ``e = ka v + kb dv/dt``: learned gain and look-ahead
``vle3`` ``e = ka v + kb dv/dt + kc I-_{tau_m} v``: with a learned look back
======== ====================================================================================

That the backward path is learned and corrects the gain is the VLE paper's statement (arXiv
2603.09600, known to us by abstract and summary); the rule by which the coefficients learn is ours:
least mean squares on the Euler-Lagrange residual. With ``R = (2 I- - 1) I-``, all I- of tau_m, the
exact error satisfies ``R e = y``, ``y = D-_{tau_r} I- I- p``, and everything in it is causal
(`action.residual`). With the coefficients k of the signals f in e,

    dk/dt = eta_k (y - k . R f) R f / (n + power),   dn/dt = (|R f|^2 - n) / averaging

or, without averaging, divided by the fixed number ``power`` alone: the rate that a circuit has for free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from vle_analog.equations.assembly import Equations, start
from vle_analog.equations.operators import prospective, retrospective
from vle_analog.equations.system import Signal, indices_of, name_of, shape_of, signal
from vle_analog.laws.reciprocal import reciprocal
from vle_analog.learning.action import LOCAL_RULES, localize, residual, residual_of
from vle_analog.learning.calculus import algebraic

if TYPE_CHECKING:
    from vle_analog.learning.network import Plasticity

#: the rules by name, and what each gets right; ``vle`` is the default variant
RULES = {"bp": LOCAL_RULES["bp"], "gle": LOCAL_RULES["gle"], "vle": LOCAL_RULES["vle2"], **LOCAL_RULES}
#: the letter of ``I-_{tau_m}`` of a signal, by that signal's
_LAGS = {"v": "f", "f": "h", "h": "q", "p": "pf", "pf": "pff"}
#: what the parts of a learned error are called, where they are no signals yet
_PARTS = {"a": "a", "b": "vdot", "c": "f"}


@dataclass(frozen=True)
class ErrorNeuron:
    """One layer's error neurons.

    Attributes:
        equations: what to add to.
        number: the layer's.
        exact: their exact error ``I+_{tau_m} D-_{tau_r} p``, as it was derived; tau_m is ``1/g``
            where a leak conductance g is learned.
        start_tau: tau_m at time zero, one number or one per neuron.
        gate: 0-or-1 signal that switches plasticity.
        plasticity: rule and rates.
    """

    equations: Equations
    number: int
    exact: sp.Expr
    start_tau: ArrayLike
    gate: sp.Expr
    plasticity: Plasticity

    @property
    def p(self) -> Signal:
        """Their input."""
        return self.exact.args[0].args[0]

    @property
    def tau_m(self) -> sp.Expr:
        """Membrane time constant of the neurons beside them."""
        return self.exact.args[1]

    @property
    def tau_r(self) -> sp.Expr:
        """Prospective time constant of the neurons beside them."""
        return self.exact.args[0].args[1]

    @property
    def learned_tau(self) -> bool:
        """Whether tau_m is ``1/g``."""
        return isinstance(self.tau_m, sp.Pow)

    def name(self, letter: str) -> Signal:
        """A signal of this layer."""
        return signal(f"{letter}{self.number}", *indices_of(self.p))

    def define(self, letter: str, expression: sp.Expr) -> Signal:
        """Add a definition per neuron, with the expression's operators realised."""
        return self.equations.define(self.name(letter), self.realised(expression))

    def signal_for(self, letter: str, expression: sp.Expr) -> Signal:
        """A signal that carries the expression; of that letter, unless it is one already."""
        realised = self.realised(expression)
        return realised if isinstance(realised, sp.Symbol | sp.Indexed) else self.define(letter, realised)

    def realised(self, expression: sp.Expr) -> sp.Expr:
        """The expression with a state for every ``I-``, and ``D+`` written out where tau_m is learned."""
        causal = expression.replace(retrospective, self.lag)
        return causal.replace(prospective, self.ahead) if self.learned_tau else causal

    def lag(self, x: Signal, tau: sp.Expr) -> Signal:
        """``I-_tau x``, a state per neuron, added once."""
        letter = "v" if tau == self.tau_r else _LAGS[name_of(x).removesuffix(str(self.number))]
        symbol = self.name(letter)
        if all(each.symbol != symbol for each in self.equations.states):
            self.equations.state(symbol, (x - symbol) / tau)
        return symbol

    def ahead(self, v: Signal, tau: sp.Expr) -> sp.Expr:
        """``D+_tau v`` for ``tau = 1/g``, which takes a divider."""
        return v + self.define("tau", reciprocal(1 / tau)) * self.define("vdot", (self.p - v) / self.tau_r)


def error_neuron(neuron: ErrorNeuron) -> Signal:
    """Add the equations from p to e by the rule; returns e."""
    k = {letter: neuron.name(f"k{letter}") for letter in "abc"}
    path = localize(neuron.exact, neuron.plasticity.rule, tuple(k.values()))
    parts = {letter: path.coeff(k[letter]) for letter in k if path.has(k[letter])}
    if not parts:
        return neuron.define("e", path)
    signals = {letter: neuron.signal_for(_PARTS[letter], part) for letter, part in parts.items()}
    _learn(neuron, k, parts)
    return neuron.define("e", sp.Add(*[k[letter] * signals[letter] for letter in parts]))


def _learn(neuron: ErrorNeuron, k: Mapping[str, Signal], parts: Mapping[str, sp.Expr]) -> None:
    """The coefficients k of the error's parts learn by least mean squares on the residual.

    They start as gle's. kb, a time, is measured in units of tau_m, so that all are comparable.
    """
    equations, plasticity, tau = neuron.equations, neuron.plasticity, neuron.tau_m
    v = retrospective(neuron.p, neuron.tau_r)
    begin = {"a": 1.0, "b": neuron.start_tau, "c": 0.0}
    unit = {"a": sp.S.One, "b": tau, "c": sp.S.One}
    measured = {**parts, "b": prospective(v, tau) - v}  # tau_m dv/dt
    filtered = {each: neuron.define(f"r{each}", residual_of(measured[each], tau)) for each in parts}
    y = neuron.define("y", algebraic(residual(neuron.p, neuron.p, tau, neuron.tau_r)[1]))
    miss = neuron.define("miss", y - sp.Add(*[k[each] / unit[each] * filtered[each] for each in parts]))
    if plasticity.averaging is None:
        rate: sp.Expr = equations.shared("eta_k", plasticity.eta_backward / plasticity.power)
    else:
        n = neuron.name("n")
        squares = sp.Add(*[each**2 for each in filtered.values()])
        averaging = equations.shared("averaging", plasticity.averaging)
        equations.state(n, (squares - n) / averaging, start(plasticity.power, *shape_of(n)))
        scale = reciprocal(n + equations.shared("power", plasticity.power))
        rate = neuron.define("pace", equations.shared("eta_k", plasticity.eta_backward) * scale)
    for each in parts:
        if each == "b" and neuron.learned_tau:  # the unit of a rate may stand still where g moves
            begun = signal(f"tau_k{neuron.number}", *(indices_of(neuron.p) if np.ndim(neuron.start_tau) else ()))
            unit[each] = equations.parameter(begun, neuron.start_tau)
        derivative = neuron.gate * rate * unit[each] * miss * filtered[each]
        equations.state(k[each], derivative, start(begin[each], *shape_of(k[each])))
