"""Error neurons as equations: a rule's expression for the error, with states and names for all that is in it.

A rule (`rule`) says by what causal operators and coefficients e follows from p. Here every ``I-`` becomes a leaky
integrator, with the names that circuits share. Coefficients k of the error's parts f learn by least mean squares on the
Euler-Lagrange residual: with ``R = (2 I- - 1) I-``, all I- of tau_m, the exact error satisfies ``R e = y``,
``y = D-_{tau_r} I- I- p``, and everything in it is causal (`action.residual`);

    dk/dt = eta_k (y - k . R f) R f / (n + power),   dn/dt = (|R f|^2 - n) / averaging

or, without averaging, divided by the fixed number ``power`` alone: the rate that a circuit has for free. That the
backward path is learned and corrects the gain is the VLE paper's statement; this rule for it is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from vle_analog.equations.assembly import start
from vle_analog.equations.operators import TemporalOperator, prospective, retrospective
from vle_analog.equations.system import Signal, indices_of, shape_of, signal
from vle_analog.errors import UsageError
from vle_analog.laws.reciprocal import reciprocal
from vle_analog.learning.action import localize, residual, residual_of
from vle_analog.learning.calculus import algebraic, instantaneous
from vle_analog.learning.learned import Kind, Learned, PlasticEquations
from vle_analog.learning.plasticity import Plasticity
from vle_analog.learning.rule import Coefficients, slope

#: the letter of ``I-_{tau_m}`` of a signal, by that signal's; of all others theirs and an ``f``
_LAGS = {"v": "f", "f": "h", "h": "q"}


@dataclass(frozen=True)
class ErrorNeuron:
    """One layer's error neurons.

    Attributes:
        equations: what to add to.
        number: the layer's.
        exact: their exact error ``I+_{tau_m} D-_{tau_r} p``, as it was derived; tau_m is ``1/g``
            where a leak conductance g is learned.
        start_tau: tau_m at time zero, one number or one per neuron.
        plasticity: rule and rates.
        letters: of the signals that there are so far.
        looks_ahead: whether the neurons beside them do; where not, tau_r is zero.
    """

    equations: PlasticEquations
    number: int
    exact: sp.Expr
    start_tau: ArrayLike
    plasticity: Plasticity
    letters: dict[Signal, str] = field(default_factory=dict, repr=False)
    looks_ahead: bool = True

    def __post_init__(self) -> None:
        self.letters[self.p] = "p"

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
        symbol = signal(f"{letter}{self.number}", *indices_of(self.p))
        self.letters[symbol] = letter
        return symbol

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
        """``I-_tau x``, a state per neuron, added once.

        Raises:
            UsageError: the rule asks for another time constant, or for the trace of what is no signal.
        """
        letter = self.letters.get(x)
        if letter is None or tau not in (self.tau_m, self.tau_r):
            raise UsageError(
                f"no error neuron realises {retrospective(x, tau)}",
                where=f"rule '{self.plasticity.rule}'",
                hint="let I- have tau_m or tau_r and stand before p or another I- alone",
            )
        if tau == self.tau_r:
            symbol = self.name("v" if x == self.p else f"{letter}v")
        else:
            symbol = self.name(_LAGS.get(letter, f"{letter}f"))
        if all(state.symbol != symbol for state in self.equations.states):
            self.equations.state(symbol, (x - symbol) / tau)
        return symbol

    def ahead(self, v: Signal, tau: sp.Expr) -> sp.Expr:
        """``D+_tau v`` for ``tau = 1/g``, which takes a divider."""
        return v + self.define("tau", reciprocal(1 / tau)) * self.define("vdot", (self.p - v) / self.tau_r)


@dataclass(frozen=True)
class Part:
    """A part of an error with a coefficient that learns.

    Attributes:
        letter: of the signals that the coefficient's learning needs.
        carrier: letter of the signal that carries the part, where it is none yet.
        k: the coefficient.
        expression: that it multiplies.
        unit: of the coefficient; in these units all are comparable.
        measured: the expression times the unit.
        start: of the coefficient, gle's, one number or one per neuron.
    """

    letter: str
    carrier: str
    k: Signal
    expression: sp.Expr
    unit: sp.Expr
    measured: sp.Expr
    start: ArrayLike


def error_neuron(neuron: ErrorNeuron) -> Signal:
    """Add the equations from p to e by the rule; returns e.

    Raises:
        UsageError: unknown rule, or one that no error neuron realises.
    """
    k = Coefficients.of(neuron.number, *indices_of(neuron.p))
    path = localize(neuron.exact, neuron.plasticity.rule, k)
    if not neuron.looks_ahead:
        path = instantaneous(path, neuron.tau_r)
        if path.has(TemporalOperator) or path.has(*k):
            raise UsageError(
                f"by '{neuron.plasticity.rule}' errors look ahead, which takes a tau_r above 0",
                where=f"tau_r of layer {neuron.number}",
                hint="give the layer a tau_r, e.g. 0.1, or take the rule bp, or eligibility where nothing below learns",
            )
    parts = parts_of(neuron, path, k)
    if not parts:
        return neuron.define("e", path)
    signals = [neuron.signal_for(part.carrier, part.expression) for part in parts]
    _learn(neuron, parts)
    return neuron.define("e", sp.Add(*[part.k * carrier for part, carrier in zip(parts, signals, strict=True)]))


def parts_of(neuron: ErrorNeuron, path: sp.Expr, k: Coefficients) -> list[Part]:
    """The parts of an error, by their coefficients; kb, a time, counts in units of tau_m."""
    tau, v = neuron.tau_m, retrospective(neuron.p, neuron.tau_r)
    now, change, past = (path.coeff(each) for each in k)
    ahead = prospective(v, tau) - v if change == slope(v) else tau * change  # tau_m dv/dt
    parts = (
        Part("a", "a", k.gain, now, sp.S.One, now, 1.0),
        Part("b", "vdot", k.look_ahead, change, tau, ahead, neuron.start_tau),
        Part("c", "f", k.look_back, past, sp.S.One, past, 0.0),
    )
    return [part for part in parts if path.has(part.k)]


def _learn(neuron: ErrorNeuron, parts: Sequence[Part]) -> None:
    """The coefficients of an error's parts learn by least mean squares on the residual."""
    equations, plasticity, tau = neuron.equations, neuron.plasticity, neuron.tau_m
    filtered = [neuron.define(f"r{part.letter}", residual_of(part.measured, tau)) for part in parts]
    y = neuron.define("y", algebraic(residual(neuron.p, neuron.p, tau, neuron.tau_r)[1]))
    sizes = [part.k / part.unit * each for part, each in zip(parts, filtered, strict=True)]
    miss = neuron.define("miss", y - sp.Add(*sizes))
    if plasticity.averaging is None:
        rate: sp.Expr = equations.shared("eta_k", plasticity.eta_backward / plasticity.power)
    else:
        n = neuron.name("n")
        squares = sp.Add(*[each**2 for each in filtered])
        averaging = equations.shared("averaging", plasticity.averaging)
        equations.state(n, (squares - n) / averaging, start(plasticity.power, *shape_of(n)))
        now = squares if plasticity.bounded else sp.S.Zero
        scale = reciprocal(n + now + equations.shared("power", plasticity.power))
        rate = neuron.define("pace", equations.shared("eta_k", plasticity.eta_backward) * scale)
    for part, each in zip(parts, filtered, strict=True):
        unit = part.unit
        if unit == tau and neuron.learned_tau:  # the unit of a rate may stand still where g moves
            begun = signal(f"tau_k{neuron.number}", *(indices_of(neuron.p) if np.ndim(neuron.start_tau) else ()))
            unit = equations.parameter(begun, neuron.start_tau)
        learned = Learned(part.k, Kind.ERROR_COEFFICIENT, neuron.number)
        initial = start(part.start, *shape_of(part.k))
        equations.learn(learned, equations.gate * rate * unit * miss * each, initial)
