"""From the prospective energy to the local rules: the derivation, once, for layers of any size.

With ``e_l = D+_{tau_m} u_l - sum w_l r_{l-1} - b_l``, ``r = phi(D+_{tau_r} u)`` and ``E = 1/2 sum_l |e_l|^2 + beta C``
the action ``S = int E dt`` is stationary in u where (GLE, arXiv 2403.16933, eqs. 5-9 and its Methods)

    D-_{tau_m} e_l = D-_{tau_r} p_l,   p_l = phi' sum_k w_{l+1}[k, i] e_{l+1}[k]   (top layer: -phi' beta dC/dr)

so ``e = I+_{tau_m} D-_{tau_r} p``: the exact adjoint, which looks into the future. The local rules follow by putting
causal operators in the place of those (`localize`). Everything is sympy on index templates: u and its time derivative
are independent symbols (a jet), a layer of N neurons is one template, and no cost grows with N. Names are those of
`network`, so that these templates can run.

The paper states energy, adjoint and gle; that gle's two coefficients are set free and learned (``vle1/2/3``), and by
which residual (`residual`), is this project's realisation of its learned backward path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from vle_analog.equations.functions import NONLINEARITIES
from vle_analog.equations.operators import (
    TemporalOperator,
    adjoint_prospective,
    adjoint_retrospective,
    prospective,
    retrospective,
)
from vle_analog.equations.system import (
    Definition,
    Signal,
    index,
    indices_of,
    name_of,
    names_in,
    signal,
    signals_in,
    size,
    total,
)
from vle_analog.equations.templates import equal, reindexed
from vle_analog.errors import UsageError, nearest

#: how an error neuron may turn p into e; ``adjoint`` is exact and not causal
ERROR_RULES = ("bp", "gle", "vle1", "vle2", "vle3", "adjoint")


@dataclass(frozen=True)
class LayerShape:
    """What a derivation needs to know of a layer.

    Attributes:
        size: neurons.
        activation: ``linear`` or the name of a nonlinearity.
        bias: whether it has biases.
        own_tau_m, own_tau_r: whether the time constant differs from neuron to neuron.
    """

    size: int
    activation: str = "tanh"
    bias: bool = True
    own_tau_m: bool = True
    own_tau_r: bool = True


@dataclass(frozen=True)
class Step:
    """One step of the derivation: an equation, what it is called and why it holds; layer 0 means the whole network."""

    title: str
    equation: sp.Eq
    note: str
    layer: int = 0


@dataclass(frozen=True)
class Rates:
    """One layer's plasticity: the time derivatives of w, b (None without biases) and g = 1/tau_m."""

    w: sp.Expr
    b: sp.Expr | None
    g: sp.Expr


@dataclass(frozen=True)
class LayerSignals:
    """The templates of one layer; ``below`` is the rate that it reads; d is None for a linear layer."""

    n: sp.Idx
    u: Signal
    udot: Signal
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
    currents: tuple[sp.Expr, ...]

    def error_input(self, layer: int) -> sp.Expr:
        """p of the layer: what its error neurons receive."""
        return self.inputs[layer - 1]

    def error_path(self, layer: int, rule: str) -> sp.Expr:
        """e of the layer by the rule: operators and coefficients (ka, kb, kc of the layer) on p."""
        signals = self.layers[layer - 1]
        ka, kb, kc = (signal(f"{letter}{layer}", signals.n) for letter in ("ka", "kb", "kc"))
        return localize(self.adjoint[layer - 1].rhs, rule, (ka, kb, kc))

    def plasticity(self, layer: int) -> Rates:
        """The layer's plasticity: dw/dt, db/dt, dg/dt."""
        return self.rates[layer - 1]

    def current(self, layer: int) -> sp.Expr:
        """du/dt of the layer where no error enters the forward path (e = 0)."""
        return self.currents[layer - 1]


def derive(layers: Sequence[LayerShape | int], inputs: int = 1, rule: str | None = None) -> Derivation:
    """Derive adjoint, local rules and plasticity of a layered network.

    Args:
        layers: from the input up; a number stands for a tanh layer of that size, at the top for a linear one.
        inputs: size of the input r0.
        rule: the one whose error neurons the steps show; all when None.

    Raises:
        UsageError: no layer, or an unknown rule or activation.
    """
    shapes = tuple(
        each if isinstance(each, LayerShape) else LayerShape(each, "linear" if number == len(layers) else "tanh")
        for number, each in enumerate(layers, 1)
    )
    if not shapes:
        raise UsageError("a network has at least one layer")
    network = _network(shapes, inputs)
    top = network[-1]
    beta, cost, energy, time = sp.symbols("beta C E t")
    target = signal("target", top.n)
    chain = _Chain()
    steps = []
    currents = []
    for number, (shape, s) in enumerate(zip(shapes, network, strict=True), 1):
        phi = _activation(shape.activation)
        z = sp.Dummy("z")
        drive = total(s.w * s.below, s.below_n) + (s.b if s.b is not None else 0)
        ahead, rate, error = prospective(s.u, s.tau_r), phi(s.m), prospective(s.u, s.tau_m) - drive
        chain.define(s.m, jet(ahead))
        chain.define(s.r, rate, s.d)
        chain.define(s.e, jet(error))
        inertia = sp.diff(jet(error), s.udot)
        currents.append(-(jet(error) - inertia * s.udot) / inertia)
        steps.append(Step("Prospective potential", sp.Eq(s.m, ahead), "what the membrane is heading for", number))
        steps.append(Step("Rate", sp.Eq(s.r, rate), "the neuron's output", number))
        if s.d is not None:
            slope = sp.diff(phi(z), z).xreplace({phi(z): s.r}).xreplace({z: s.m})
            steps.append(Step("Slope", sp.Eq(s.d, slope), "derivative of the rate", number))
        steps.append(Step("Error", sp.Eq(s.e, error), "how far the membrane is from what its input asks for", number))
        note = "where no error enters the forward path, e = 0 (weak nudging)"
        steps.append(Step("Forward dynamics", sp.Eq(s.udot, currents[-1]), note, number))
    distance = total((target - top.r) ** 2, top.n) / 2
    whole = sp.Add(*[total(s.e**2, s.n) / 2 for s in network]) + beta * distance
    steps.append(Step("Cost", sp.Eq(cost, distance), "distance of the output from its target"))
    steps.append(Step("Energy", sp.Eq(energy, whole.xreplace({distance: cost})), "all errors, and the nudging cost"))
    steps.append(
        Step("Action", sp.Eq(sp.Symbol("S"), sp.Integral(energy, time)), "to be made stationary in every u(t)")
    )
    laws, adjoints, sources, rates = [], [], [], []
    for number, s in reversed(list(enumerate(network, 1))):
        by_u, by_udot = chain.gradient(whole, s.u), chain.gradient(whole, s.udot)
        note = "u and udot are independent; read d/dt as the total derivative"
        raw = sp.Eq(by_u, sp.Derivative(sp.UnevaluatedExpr(by_udot), time), evaluate=False)
        steps.append(Step("Euler-Lagrange, dE/du = d/dt dE/dudot", raw, note, number))
        pairs = _pairs(by_u, by_udot, (s.tau_m, s.tau_r))
        own = sp.Add(*[adjoint_prospective(x, tau) for x, tau in pairs if tau == s.tau_m and x == s.e])
        received = [(x, tau) for x, tau in pairs if (tau, x) != (s.tau_m, s.e)]
        back = _negative(sp.Add(*[x for x, _ in received]))
        laws.append(sp.Eq(own, adjoint_prospective(back, s.tau_r)))
        steps.append(Step("The same with operators", laws[-1], "each pair X - d/dt (tau X) is D- of X", number))
        sources.append(back)
        steps.append(Step("Error input", sp.Eq(s.p, back), "what an error neuron receives", number))
        solved = [adjoint_retrospective(each, s.tau_m) for each in (laws[-1].lhs, laws[-1].rhs.xreplace({back: s.p}))]
        adjoints.append(sp.Eq(solved[0].doit(), solved[1]))
        steps.append(Step("Exact adjoint", adjoints[-1], "I+ applied to both sides; it looks into the future", number))
        back_in_time = sp.Eq(s.e, time_reversed(solved[1]))
        steps.append(Step("Exact adjoint, time running backward", back_in_time, "now causal: offline BPTT", number))
    for lists in (laws, adjoints, sources):
        lists.reverse()
    gradient_notes = {
        "w": "density of dS/dw: postsynaptic error times presynaptic rate",
        "b": "density of dS/db",
        "tau_m": "density of dS/dtau_m",
    }
    eta, eta_tau = sp.symbols("eta eta_tau")
    local: list[Step] = []
    for number, s in enumerate(network, 1):
        slopes = {}
        for key, symbol in (("w", s.w), ("b", s.b), ("tau_m", s.tau_m)):
            if symbol is not None:
                slopes[key] = chain.gradient(whole, symbol)
                name = sp.Symbol(f"dS/d{name_of(symbol)}")
                local.append(Step("Gradient", sp.Eq(name, slopes[key]), gradient_notes[key], number))
        g = signal(f"g{number}", *indices_of(s.tau_m))
        # dS/dg = dS/dtau_m dtau_m/dg = -tau_m^2 dS/dtau_m: the positive factor goes into the rate
        descent = _negative(slopes["tau_m"] * sp.diff(1 / g, g) * g**2)
        rates.append(Rates(-eta * slopes["w"], -eta * slopes["b"] if "b" in slopes else None, eta_tau * descent))
        for symbol, rate in ((s.w, rates[-1].w), (s.b, rates[-1].b), (g, rates[-1].g)):
            if symbol is not None and rate is not None:
                note = "gradient descent, continuously on"
                if symbol == g:
                    note += "; g = 1/tau_m, dtau_m/dg = -tau_m^2, whose positive tau_m^2 is left to the rate"
                local.append(Step("Plasticity", sp.Eq(sp.Symbol(f"d{name_of(symbol)}/dt"), rate), note, number))
    result = Derivation(
        shapes, network, (), tuple(laws), tuple(adjoints), tuple(sources), tuple(rates), tuple(currents)
    )
    for number, s in reversed(list(enumerate(network, 1))):
        for each in ERROR_RULES[:-1] if rule is None else [rule] if rule != "adjoint" else []:
            shown = sp.Eq(s.e, result.error_path(number, each))
            steps.append(Step(f"Local rule {each}", shown, _RULE_NOTES[each], number))
    return Derivation(
        shapes,
        network,
        (*steps, *local),
        result.euler_lagrange,
        result.adjoint,
        result.inputs,
        result.rates,
        result.currents,
    )


_RULE_NOTES = {
    "bp": "operators dropped: errors are instantaneous, their phase is wrong",
    "gle": "I+ by D+ and D- by I-: same phase, gain too high",
    "vle1": "gle with one learned coefficient: its gain",
    "vle2": "gle with both coefficients learned: gain and look-ahead",
    "vle3": "as vle2, and a slower copy with a third coefficient",
}


def localize(expression: sp.Expr, rule: str, coefficients: Sequence[sp.Expr] = sp.symbols("ka kb kc"), /) -> sp.Expr:
    """The exact error ``I+_{tau_m} D-_{tau_r} p`` with causal operators in place of its own.

    ``bp``: none. ``gle``: ``I+ -> D+``, ``D- -> I-``. ``vle2``: gle's ``D+_{tau_m} v = v + tau_m dv/dt`` with free
    coefficients, ``ka v + kb dv/dt``; ``vle1`` ties ``kb = tau_m ka``; ``vle3`` adds ``kc I-_{tau_m} v``.
    ``adjoint``: unchanged.

    Raises:
        UsageError: unknown rule.
    """
    if rule not in ERROR_RULES:
        raise UsageError(f"unknown rule '{rule}'", hint=nearest(rule, ERROR_RULES))
    if rule == "adjoint":
        return expression
    if rule == "bp":
        return expression.replace(lambda node: isinstance(node, TemporalOperator), lambda node: node.args[0])
    causal = expression.replace(adjoint_prospective, retrospective).replace(adjoint_retrospective, prospective)
    if rule == "gle":
        return causal
    ka, kb, kc = coefficients

    def learned(v: sp.Expr, tau: sp.Expr) -> sp.Expr:
        slope = (v.args[0] - v) / v.args[1]  # v = I- x obeys tau dv/dt = x - v
        combined = ka * v + (tau * ka if rule == "vle1" else kb) * slope
        return combined + kc * retrospective(v, tau) if rule == "vle3" else combined

    return causal.replace(prospective, learned)


def error_path(
    rule: str, p: sp.Expr, tau_m: sp.Expr, tau_r: sp.Expr, coefficients: Sequence[sp.Expr] = sp.symbols("ka kb kc")
) -> sp.Expr:
    """e by the rule from one error input p, for any symbols."""
    return localize(adjoint_retrospective(adjoint_prospective(p, tau_r), tau_m), rule, coefficients)


def residual(e: sp.Expr, p: sp.Expr, tau_m: sp.Expr, tau_r: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The Euler-Lagrange equation made causal, ``R e = y``, for learned coefficients to satisfy.

    Both sides of ``D-_{tau_m} e = D-_{tau_r} p`` pass ``I-_{tau_m}`` twice: ``R = (2 I- - 1) I-`` and
    ``y = I- D-_{tau_r} I- p``, all I- of tau_m.
    """
    left = adjoint_prospective(retrospective(retrospective(e, tau_m), tau_m), tau_m)
    right = adjoint_prospective(retrospective(retrospective(p, tau_m), tau_m), tau_r)
    return algebraic(left), algebraic(right)


def _activation(name: str):  # type: ignore[no-untyped-def]
    known = {"linear": lambda m: m} | {key: NONLINEARITIES[key] for key in ("tanh", "softplus", "logistic")}
    if name not in known:
        raise UsageError(f"unknown activation '{name}'", hint=nearest(name, known))
    return known[name]


def _network(shapes: Sequence[LayerShape], inputs: int) -> tuple[LayerSignals, ...]:
    """The templates of all layers."""
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
    return tuple(network)
