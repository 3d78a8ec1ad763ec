"""From the prospective energy to the local rules: the derivation, once, for layers of any size.

With ``e_l = D+_{tau_m} u_l - sum w_l r_{l-1} - b_l``, ``r = phi(D+_{tau_r} u)`` and ``E = 1/2 sum_l |e_l|^2 + beta C``
the action ``S = int E dt`` is stationary in u where (GLE, arXiv 2403.16933, eqs. 5-9 and its Methods)

    D-_{tau_m} e_l = D-_{tau_r} p_l,   p_l = phi' sum_k w_{l+1}[k, i] e_{l+1}[k]   (top layer: -phi' beta dC/dr)

so ``e = I+_{tau_m} D-_{tau_r} p``: the exact adjoint, which looks into the future. The local rules follow by putting
causal operators in the place of those (`localize`). Everything is sympy on index templates: u and its time derivative
are independent symbols (a jet), a layer of N neurons is one template, and no cost grows with N. `network` runs these
very expressions.

The paper states energy, adjoint and gle; that gle's two coefficients are set free and learned (``vle1/2/3``), and by
which residual (`residual`), is this project's realisation of its learned backward path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import sympy as sp

from vle_analog.equations.operators import adjoint_prospective, adjoint_retrospective, prospective, retrospective
from vle_analog.equations.system import indices_of, name_of, signal, signals_in, total
from vle_analog.errors import UsageError
from vle_analog.learning.calculus import (
    Chain,
    algebraic,
    collapsed,
    instantaneous,
    jet,
    moved,
    negative,
    pairs,
    time_reversed,
)
from vle_analog.learning.cost import SQUARED, cost_named
from vle_analog.learning.layers import LayerShape, LayerSignals, RelaySignals, activation, layer_signals
from vle_analog.learning.rule import EXACT as EXACT  # others take it from here
from vle_analog.learning.rule import Coefficients, Rule
from vle_analog.learning.rules import DISTINCT, RULES, rule_named, source_of

ERROR_RULES = (*DISTINCT, *(name for name in RULES if name not in DISTINCT), EXACT)
#: the rates of plasticity: of weights and biases, and of leak conductances
_PACES = sp.symbols("eta eta_tau")


@dataclass(frozen=True)
class Step:
    """One step: an equation, what it is called and why it holds.

    ``part`` is the chapter of the derivation; layer 0 stands for the whole network.
    """

    part: str
    title: str
    equation: sp.Eq
    note: str
    layer: int = 0


@dataclass(frozen=True)
class Dynamics:
    """One layer where its error is zero.

    These are its drive s, du/dt, potential m, rate r and its slope (None if linear); and dq/dt of the relays by which
    it hears other layers, or itself.
    """

    drive: sp.Expr
    current: sp.Expr
    potential: sp.Expr
    rate: sp.Expr
    slope: sp.Expr | None
    relays: tuple[sp.Expr, ...] = ()


@dataclass(frozen=True)
class Rates:
    """One layer's plasticity: time derivatives of w, b (None without biases), g = 1/tau_m and the weights of relays."""

    w: sp.Expr
    b: sp.Expr | None
    g: sp.Expr
    relays: tuple[sp.Expr, ...] = ()

    def with_signals(self, signals: Mapping[sp.Expr, sp.Expr]) -> Rates:
        """The same with other signals in the place of some."""
        return self.changed(lambda rate: rate.xreplace(signals))

    def instantaneous(self, tau: sp.Expr) -> Rates:
        """The same where that time constant is zero."""
        return self.changed(lambda rate: instantaneous(rate, tau))

    def changed(self, change: Callable[[sp.Expr], sp.Expr]) -> Rates:
        """The same with every rate changed."""
        b = None if self.b is None else change(self.b)
        return Rates(change(self.w), b, change(self.g), tuple(map(change, self.relays)))


@dataclass(frozen=True)
class Derivation:
    """The steps, and what they end in, layer by layer (layers count from 1)."""

    shapes: tuple[LayerShape, ...]
    layers: tuple[LayerSignals, ...]
    steps: tuple[Step, ...]
    euler_lagrange: tuple[sp.Eq, ...]
    adjoint: tuple[sp.Eq, ...]
    inputs: tuple[sp.Expr, ...]
    rates: tuple[Rates, ...]
    eligible: tuple[Rates, ...]
    forward: tuple[Dynamics, ...]
    relayed: tuple[tuple[sp.Expr, ...], ...] = ()

    def relay_inputs(self, layer: int) -> tuple[sp.Expr, ...]:
        """p of the relays by which the layer hears others: what their errors are made of."""
        return self.relayed[layer - 1]

    def error_input(self, layer: int) -> sp.Expr:
        """p of the layer: what its error neurons receive."""
        return self.inputs[layer - 1]

    def error_path(self, layer: int, rule: str) -> sp.Expr:
        """e of the layer by the rule: operators and coefficients (ka, kb, kc of the layer) on p."""
        return localize(self.adjoint[layer - 1].rhs, rule, Coefficients.of(layer, self.layers[layer - 1].n))

    def plasticity(self, layer: int) -> Rates:
        """The layer's plasticity: dw/dt, db/dt, dg/dt."""
        return self.rates[layer - 1]

    def eligibility(self, layer: int) -> Rates:
        """The same with operators moved from the exact error to the rate: ``p D+ I- r`` in the place of ``e r``."""
        return self.eligible[layer - 1]

    def dynamics(self, layer: int) -> Dynamics:
        """The layer's forward path, which no error enters."""
        return self.forward[layer - 1]


def derive(
    layers: Sequence[LayerShape | int], inputs: int = 1, rule: str | None = None, cost: str = SQUARED
) -> Derivation:
    """Derive adjoint, local rules and plasticity of a layered network.

    Args:
        layers: from the input up; a number stands for a tanh layer of that size, at the top for a linear one.
        inputs: size of the input r0.
        rule: the one whose error neurons the steps show; all when None.
        cost: of the outputs, one of `cost.COSTS`.

    Raises:
        UsageError: no layer, an unknown rule, activation or cost, or a cost of several outputs for one.
    """
    shapes = tuple(
        each if isinstance(each, LayerShape) else LayerShape(each, "linear" if number == len(layers) else "tanh")
        for number, each in enumerate(layers, 1)
    )
    if not shapes:
        raise UsageError("a network has at least one layer")
    known = None if rule is None else _rule(rule)
    shown = tuple(DISTINCT) if rule is None else () if known is None else (known.alias_of or rule,)
    return _derived(shapes, inputs, shown, None if known is None or rule is None else source_of(rule), cost)


@cache
def _derived(
    shapes: tuple[LayerShape, ...], inputs: int, shown: tuple[str, ...], source: str | None, cost: str
) -> Derivation:
    """The derivation with these rules' laws; ``source`` tells a rule from an earlier one of its name."""
    work = _Work(layer_signals(shapes, inputs))
    forward = tuple(work.forward(number, shape.activation) for number, shape in enumerate(shapes, 1))
    work.energy(cost)
    down = range(len(shapes), 0, -1)
    relayed = tuple(work.relay_laws(number) for number in down)[::-1]
    laws, adjoints, sources = zip(*[work.euler_lagrange(number) for number in down], strict=True)
    adjoints = adjoints[::-1]
    rates, eligible = zip(*[work.plasticity(number, adjoints[number - 1]) for number in down[::-1]], strict=True)
    result = Derivation(shapes, work.layers, (), laws[::-1], adjoints, sources[::-1], rates, eligible, forward, relayed)
    for number in down:
        work.local_rules(number, {each: result.error_path(number, each) for each in shown})
    return replace(result, steps=(*work.steps, *work.descent))


class _Work:
    """The derivation under way: the energy's parts, the chain of named signals, the steps so far."""

    def __init__(self, layers: tuple[LayerSignals, ...]) -> None:
        self.layers = layers
        self.chain = Chain()
        self.whole: sp.Expr = sp.S.Zero
        self.steps: list[Step] = []
        self.descent: list[Step] = []

    def forward(self, number: int, function: str) -> Dynamics:
        """One layer's potential, rate and error; returns what runs where the error is zero."""
        s, phi, z = self.layers[number - 1], activation(function), sp.Dummy("z")
        ahead, rate = prospective(s.u, s.tau_r), phi(s.m)
        drive = total(s.w * s.below, s.below_n) + (s.b if s.b is not None else 0)
        drive += sp.Add(*[total(each.w * each.q, each.n) for each in s.relays])
        error = prospective(s.u, s.tau_m) - s.s
        for symbol, expression, slope in ((s.m, ahead, None), (s.r, rate, s.d), (s.s, drive, None), (s.e, error, None)):
            self.chain.define(symbol, jet(expression), slope)
        current = -jet(error).xreplace({s.udot: sp.S.Zero}) / collapsed(sp.diff(jet(error), s.udot))
        slope = None if s.d is None else sp.diff(phi(z), z).xreplace({phi(z): s.r}).xreplace({z: s.m})

        self.step("Forward", "Prospective potential", s.m, ahead, "what the membrane is heading for", number)
        self.step("Forward", "Rate", s.r, rate, "what others receive", number)
        if slope is not None:
            self.step("Forward", "Slope", s.d, slope, "the rate's derivative by the potential", number)
        self.step("Forward", "Drive", s.s, drive, "what the input asks of the membrane", number)
        self.step("Forward", "Error", s.e, error, "how far the membrane is from that", number)
        self.step("Forward", "Forward dynamics", s.udot, current, "e = 0: weak nudging keeps errors out of it", number)
        return Dynamics(drive, current, ahead, rate, slope, tuple(self.relay(number, each) for each in s.relays))

    def relay(self, number: int, relay: RelaySignals) -> sp.Expr:
        """The error of relays to a layer; returns dq/dt where it is zero."""
        error = prospective(relay.q, relay.tau) - relay.heard
        self.chain.define(relay.e, jet(error))
        current = -jet(error).xreplace({relay.qdot: sp.S.Zero}) / relay.tau
        self.step("Forward", "Relay's error", relay.e, error, "how far a relay is from the rate that it hears", number)
        self.step("Forward", "Relay's dynamics", relay.qdot, current, "a leaky integrator of that rate", number)
        return current

    def energy(self, name: str) -> None:
        """Cost, energy, action."""
        top, (beta, cost, energy) = self.layers[-1], sp.symbols("beta C E")
        asked = cost_named(name, top.n)
        distance = asked.of(signal("target", top.n), top.r, top.n)
        errors = sp.Add(*[total(s.e**2, s.n) / 2 for s in self.layers])
        errors += sp.Add(*[total(each.e**2, each.n) / 2 for s in self.layers for each in s.relays])
        self.whole = errors + beta * distance
        self.step("Energy and action", "Cost", cost, distance, asked.description)
        self.step(
            "Energy and action",
            "Energy",
            energy,
            errors + beta * cost,
            "all errors, and the cost that nudges the output",
        )
        action = sp.Integral(energy, sp.Symbol("t"))
        self.step("Energy and action", "Action", sp.Symbol("S"), action, "stationary in every u(t) with fixed ends")

    def relay_laws(self, number: int) -> tuple[sp.Expr, ...]:
        """Euler-Lagrange equations of the relays to a layer; what their errors are made of.

        A relay does not look ahead, so that ``D-_tau e = p`` and ``e = I+_tau p``.
        """
        found = []
        for each in self.layers[number - 1].relays:
            by_q, by_qdot = (self.chain.gradient(self.whole, symbol) for symbol in (each.q, each.qdot))
            own = by_qdot / each.tau
            back = negative(sp.expand(by_q - own))
            law = sp.Eq(adjoint_prospective(own, each.tau), each.p)
            part, note = "Euler-Lagrange", "what a relay's error is made of"
            self.step(part, "Relay's error input", each.p, back, note, number)
            self.step(part, "The same with operators", law.lhs, law.rhs, "X - d/dt (tau X) is D- of X", number)
            exact = adjoint_retrospective(each.p, each.tau)
            self.step(
                part, "Relay's exact adjoint", each.e, exact, "I+ on both sides; it looks into the future", number
            )
            found.append(back)
        return tuple(found)

    def euler_lagrange(self, number: int) -> tuple[sp.Eq, sp.Eq, sp.Expr]:
        """One layer's Euler-Lagrange equation with operators, its solution for e, and p."""
        s = self.layers[number - 1]
        by_u, by_udot = (self.chain.gradient(self.whole, symbol) for symbol in (s.u, s.udot))
        change = sp.Derivative(sp.UnevaluatedExpr(by_udot), sp.Symbol("t"))
        self.step(
            "Euler-Lagrange",
            "In u and its derivative",
            by_u,
            change,
            "dE/du = d/dt dE/dudot, the total derivative",
            number,
        )

        found = pairs(by_u, by_udot, (s.tau_m, s.tau_r))
        own = sp.Add(*[x for x, tau in found if tau == s.tau_m])
        back = _received([x for x, tau in found if tau == s.tau_r], s.d)
        law = sp.Eq(adjoint_prospective(own, s.tau_m), adjoint_prospective(back, s.tau_r))
        self.step("Euler-Lagrange", "The same with operators", law.lhs, law.rhs, "X - d/dt (tau X) is D- of X", number)
        self.step("Euler-Lagrange", "Error input", s.p, back, "what an error neuron receives", number)

        solved = adjoint_retrospective(law.rhs.xreplace({back: s.p}), s.tau_m)
        adjoint = sp.Eq(adjoint_retrospective(law.lhs, s.tau_m).doit(), solved)
        self.step(
            "Euler-Lagrange", "Exact adjoint", adjoint.lhs, solved, "I+ on both sides; it looks into the future", number
        )
        self.step(
            "Euler-Lagrange", "Adjoint in reversed time", s.e, time_reversed(solved), "d to -d: causal, offline", number
        )
        return law, adjoint, back

    def local_rules(self, number: int, paths: Mapping[str, sp.Expr]) -> None:
        """One layer's error neurons by each rule, written with the error neuron's potential v."""
        s, v = self.layers[number - 1], signal(f"v{number}", self.layers[number - 1].n)
        lag = retrospective(s.p, s.tau_r)
        if any(path.has(lag) for path in paths.values()):
            self.step("Local rules", "Error neuron", v, lag, "tau_r dv/dt = p - v", number)
        for name, path in paths.items():
            rule = rule_named(name)
            self.step("Local rules", rule.name, s.e, path.xreplace({lag: v}), rule.description, number)
        for each in s.relays:
            note = "a leaky integrator in the place of I+: in a loop of errors no look-ahead is stable"
            self.step("Local rules", "Relay's error", each.e, retrospective(each.p, each.tau_error), note, number)
        if any(path.has(*Coefficients.of(number, s.n)) for path in paths.values()):
            note = "Euler-Lagrange, I- twice on both sides: causal; the coefficients learn to satisfy it"
            self.step("Local rules", "Residual", *residual(s.e, s.p, s.tau_m, s.tau_r), note, number)

    def plasticity(self, number: int, adjoint: sp.Eq) -> tuple[Rates, Rates]:
        """One layer's gradients and, against them, its plasticity: by its exact error, and by eligibility."""
        s, (eta, eta_tau) = self.layers[number - 1], _PACES
        g = signal(f"g{number}", *indices_of(s.tau_m))
        slopes = {name_of(x): self.chain.gradient(self.whole, x) for x in (s.w, s.b, s.tau_m) if x is not None}
        for x in (s.w, s.b, s.tau_m):
            if x is not None:
                left = sp.Derivative(sp.UnevaluatedExpr(sp.Symbol("E")), x)
                self.learn("Gradient", left, slopes[name_of(x)], "its integral over time is the gradient of S", number)
        rates = {x: -eta * slopes[name_of(x)] for x in (s.w, s.b) if x is not None}
        # dtau_m/dg = -tau_m^2: its sign decides the direction, its positive size is left to the rate
        by_g = slopes[name_of(s.tau_m)] * sp.diff(1 / g, g)
        rates[g] = -eta_tau * by_g * g**2
        for x, rate in rates.items():
            note = "down the gradient at every moment"
            if x == g:
                note += "; g = 1/tau_m, and the positive factor tau_m^2 of dE/dg is left to eta_tau"
            self.learn("Plasticity", sp.Derivative(sp.UnevaluatedExpr(x), sp.Symbol("t")), rate, note, number)
        relays = []
        for each in s.relays:
            slope = self.chain.gradient(self.whole, each.w)
            left = sp.Derivative(sp.UnevaluatedExpr(each.w), sp.Symbol("t"))
            self.learn("Plasticity of relays' weights", left, -eta * slope, "down the gradient at every moment", number)
            relays.append(-eta * slope)
        found = Rates(rates[s.w], rates.get(s.b), rates[g], tuple(relays))
        return found, self.eligibility(number, found, adjoint)

    def eligibility(self, number: int, rates: Rates, adjoint: sp.Eq) -> Rates:
        """One layer's plasticity with the exact error's operators moved over to what it is multiplied by."""
        s = self.layers[number - 1]

        def without_error(rate: sp.Expr) -> sp.Expr:
            if isinstance(rate, sp.Sum):
                return sp.Sum(without_error(rate.function), *rate.limits)
            factors = [each for each in sp.Mul.make_args(rate) if each != s.e]
            pace = sp.Mul(*[factor for factor in factors if factor in _PACES])
            source, rest = moved(adjoint.rhs, sp.Mul(*[each for each in factors if each not in _PACES]))
            return pace * source * (rest if signals_in(rest) - {s.tau_m, s.tau_r} else sp.S.One)  # D+ I- 1 = 1

        found = {
            name: None if (rate := getattr(rates, name)) is None else without_error(rate) for name in ("w", "b", "g")
        }
        note = "the same integral by parts: the error's operators, moved over to the rate, are causal; exact for this p"
        left = sp.Derivative(sp.UnevaluatedExpr(s.w), sp.Symbol("t"))
        self.learn("Eligibility", left, found["w"], note, number)
        return Rates(**found, relays=tuple(map(without_error, rates.relays)))

    def step(self, part: str, title: str, left: sp.Expr, right: sp.Expr, note: str, layer: int = 0) -> None:
        self.steps.append(Step(part, title, sp.Eq(left, right, evaluate=False), note, layer))

    def learn(self, title: str, left: sp.Expr, right: sp.Expr, note: str, layer: int) -> None:
        self.descent.append(Step("Plasticity", title, sp.Eq(left, right, evaluate=False), note, layer))


def _received(terms: Sequence[sp.Expr], d: sp.Expr | None) -> sp.Expr:
    """What an error neuron receives: the negative of an equation's terms that look ahead, with their slope d once."""
    if len(terms) == 1:
        return negative(terms[0])
    if d is None:
        return sp.Add(*[negative(term) for term in terms])
    return d * sp.Add(*[-term / d for term in terms])


def localize(expression: sp.Expr, rule: str, coefficients: Sequence[sp.Expr] = sp.symbols("ka kb kc"), /) -> sp.Expr:
    """The exact error ``I+_{tau_m} D-_{tau_r} p`` with what the rule puts in its place; unchanged for ``adjoint``.

    Raises:
        UsageError: unknown rule.
    """
    known = _rule(rule)
    return expression if known is None else known.error(expression, Coefficients(*coefficients))


def error_path(
    rule: str, p: sp.Expr, tau_m: sp.Expr, tau_r: sp.Expr, coefficients: Sequence[sp.Expr] = sp.symbols("ka kb kc")
) -> sp.Expr:
    """e by the rule from one error input p, for any symbols."""
    return localize(adjoint_retrospective(adjoint_prospective(p, tau_r), tau_m), rule, coefficients)


def residual(e: sp.Expr, p: sp.Expr, tau_m: sp.Expr, tau_r: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The Euler-Lagrange equation made causal, ``R e`` and ``y``, for learned coefficients to make equal.

    Both sides of ``D-_{tau_m} e = D-_{tau_r} p`` pass ``I-_{tau_m}`` twice; `algebraic` then leaves leaky integrators
    alone: ``R = (2 I- - 1) I-``, ``y = I- I- p - tau_r/tau_m (I- p - I- I- p)``, all I- of tau_m.
    """
    left, right = (retrospective(retrospective(x, tau_m), tau_m) for x in (e, p))
    return adjoint_prospective(left, tau_m), adjoint_prospective(right, tau_r)


def residual_of(x: sp.Expr, tau_m: sp.Expr) -> sp.Expr:
    """``R x``, the residual's left side, term by term: ``2 I- I- x - I- x``, where I- cancels a D+ of tau_m in x."""
    terms = [term.as_coeff_Mul() for term in sp.Add.make_args(x)]
    return sp.Add(*[number * algebraic(residual(each, each, tau_m, tau_m)[0].doit()) for number, each in terms])


def _rule(name: str) -> Rule | None:
    """The rule of that name; None for the exact error.

    Raises:
        UsageError: there is none.
    """
    return None if name == EXACT else rule_named(name, EXACT)
