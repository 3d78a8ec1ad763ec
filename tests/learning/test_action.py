"""The derivation: stationarity by brute force, and that the equations that run are the derived ones."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray

from vle_analog.equations.operators import (
    TemporalOperator,
    adjoint_prospective,
    adjoint_retrospective,
    prospective,
    retrospective,
)
from vle_analog.equations.system import evaluate, index, indices_of, name_of, names_in, signal, total
from vle_analog.equations.templates import equal
from vle_analog.errors import UsageError
from vle_analog.laws.deadzone import deadzone
from vle_analog.learning.action import (
    ERROR_RULES,
    Derivation,
    derive,
    error_path,
    localize,
    residual,
)
from vle_analog.learning.calculus import algebraic, collapsed, time_reversed, transfer_function
from vle_analog.learning.layers import ACTIVATIONS, Layer, LayerShape
from vle_analog.learning.learned import PlasticEquations
from vle_analog.learning.network import forward, learning
from vle_analog.learning.plasticity import Plasticity

Array = NDArray[np.float64]

TIME = np.linspace(0.0, 2.0, 4001)
STEP = TIME[1] - TIME[0]
SIZES = [1, 2, 2, 1]
PHI: list[Callable[[Array], Array]] = [np.tanh, lambda m: np.log1p(np.exp(m)), lambda m: m]
SLOPE: list[Callable[[Array], Array]] = [lambda m: 1 / np.cosh(m) ** 2, lambda m: 1 / (1 + np.exp(-m)), np.ones_like]
SHAPES = [LayerShape(2, "tanh"), LayerShape(2, "softplus", own_tau_r=False), LayerShape(1, "linear", bias=False)]
BETA = 0.7


class Trajectories:
    """A 1-2-2-1 network whose membranes do what they like: trigonometric u(t), nothing obeys the forward dynamics."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.x = np.sin(2 * TIME)[:, None]
        self.target = np.cos(3 * TIME)[:, None]
        self.u, self.udot = [], []
        for n in SIZES[1:]:
            a, w, phase = rng.normal(size=(3, n)), rng.uniform(1, 5, (3, n)), rng.uniform(0, 6, (3, n))
            angle = w * TIME[:, None, None] + phase
            self.u.append((a * np.sin(angle)).sum(1))
            self.udot.append((a * w * np.cos(angle)).sum(1))
        self.w = [rng.normal(size=(n, below)) for below, n in pairwise(SIZES)]
        self.b = [rng.normal(size=n) for n in SIZES[1:-1]] + [np.zeros(1)]
        self.tau_m = [rng.uniform(0.3, 2, n) for n in SIZES[1:]]
        self.tau_r = [rng.uniform(0.1, 0.5, 2), np.full(2, 0.3), rng.uniform(0.1, 0.5, 1)]

    def errors(self) -> tuple[list[Array], list[Array]]:
        """r (from r0 up) and e by their definitions, in plain numpy."""
        r, e = [self.x], []
        for l in range(3):
            e.append(self.u[l] + self.tau_m[l] * self.udot[l] - r[-1] @ self.w[l].T - self.b[l])
            r.append(PHI[l](self.u[l] + self.tau_r[l] * self.udot[l]))
        return r, e

    def action(self) -> float:
        r, e = self.errors()
        energy = sum(0.5 * (each**2).sum(1) for each in e) + BETA * 0.5 * ((self.target - r[-1]) ** 2).sum(1)
        return float(np.trapezoid(energy, dx=STEP) if hasattr(np, "trapezoid") else np.trapz(energy, dx=STEP))

    def values(self) -> dict[str, Array]:
        """Arrays by the derivation's names, of the templates' shapes (axes of size 1 dropped)."""
        r, e = self.errors()
        found = {"beta": np.asarray(BETA), "target": self.target[:, 0], "r0": self.x[:, 0]}
        for l in range(3):
            m = self.u[l] + self.tau_r[l] * self.udot[l]
            own = {"u": self.u[l], "udot": self.udot[l], "m": m, "r": r[l + 1], "d": SLOPE[l](m), "e": e[l]}
            own |= {"w": self.w[l], "b": self.b[l], "tau_m": self.tau_m[l], "tau_r": self.tau_r[l]}
            found |= {f"{key}{l + 1}": squeezed(array) for key, array in own.items()}
        found["tau_r2"] = np.asarray(0.3)
        return found


def squeezed(array: Array) -> Array:
    """Without axes of size 1 that are not time."""
    return array.reshape([n for n in array.shape if n > 1])


def over_time(expression: sp.Expr, n: tuple[sp.Idx, ...], values: dict[str, Array]) -> Array:
    """A template along the trajectories, (times, neurons) or (times,); an outer D- by numerical derivative."""
    if isinstance(expression, adjoint_prospective):
        x, tau = (over_time(argument, n, values) for argument in expression.args)
        x = x + np.zeros((len(TIME), *[1] * len(n)))
        return x - tau * np.gradient(x, STEP, axis=0, edge_order=2)
    assert not expression.has(TemporalOperator)
    return evaluate(expression, n, values)


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_euler_lagrange_equations_are_the_actions_derivative(layer: int) -> None:
    """The variation of the action with fixed ends, by finite differences, against lhs - rhs of the derived equation."""
    paths, law = Trajectories(layer), derive(SHAPES).euler_lagrange[layer - 1]
    n = indices_of(signal(f"u{layer}", index(f"n{layer}", SIZES[layer])))
    derived = np.subtract(*(over_time(side, n, paths.values()) for side in (law.lhs, law.rhs)))
    derived = derived.reshape(len(TIME), -1)
    span = TIME[-1]
    for neuron in range(SIZES[layer]):
        for k in (1, 2, 5):
            bump = np.sin(np.pi * TIME / span) ** 2 * np.cos(k * TIME)  # no change at the ends
            rise = np.pi / span * np.sin(2 * np.pi * TIME / span) * np.cos(k * TIME)
            rise = rise - k * np.sin(np.pi * TIME / span) ** 2 * np.sin(k * TIME)
            actions = []
            for sign in (1e-4, -2e-4):  # + and, from there, -
                paths.u[layer - 1][:, neuron] += sign * bump
                paths.udot[layer - 1][:, neuron] += sign * rise
                actions.append(paths.action())
            paths.u[layer - 1][:, neuron] += 1e-4 * bump
            paths.udot[layer - 1][:, neuron] += 1e-4 * rise
            wanted = (actions[0] - actions[1]) / 2e-4
            found = float(np.sum(derived[:, neuron] * bump) * STEP)
            scale = float(np.sum(np.abs(derived[:, neuron] * bump)) * STEP)
            assert found == pytest.approx(wanted, abs=2e-5 * scale)


@pytest.mark.parametrize("layer", [1, 2, 3])
@pytest.mark.parametrize("kind", ["w", "b", "tau_m"])
def test_gradients_are_the_actions_derivatives(layer: int, kind: str) -> None:
    paths, derivation = Trajectories(7), derive(SHAPES)
    symbol = getattr(derivation.layers[layer - 1], kind)
    if symbol is None:
        return
    (step,) = (
        each
        for each in derivation.steps
        if each.title == "Gradient" and each.layer == layer and each.equation.lhs.variables[0] == symbol
    )
    density = over_time(step.equation.rhs, indices_of(symbol), paths.values())
    weights = np.full(len(TIME), STEP)
    weights[[0, -1]] /= 2
    derived = np.tensordot(weights, density, axes=1).ravel()
    array = {"w": paths.w, "b": paths.b, "tau_m": paths.tau_m}[kind][layer - 1]
    for place in range(array.size):
        actions = []
        for change in (1e-4, -2e-4):
            array.flat[place] += change
            actions.append(paths.action())
        array.flat[place] += 1e-4
        assert derived[place] == pytest.approx((actions[0] - actions[1]) / 2e-4, rel=1e-6, abs=1e-7)


def generated(layers: list[Layer], rule: str, eligibility: bool = False) -> dict[str, sp.Expr]:
    """What `network` sets up, by name: definitions' expressions and states' derivatives."""
    equations = PlasticEquations()
    x, target = sp.symbols("r0 target")
    learning(equations, forward(equations, layers, x), target, Plasticity(rule, eligibility=eligibility))
    found = {name_of(each.symbol): each.expression for each in equations.definitions}
    return found | {name_of(each.symbol): each.derivative for each in equations.states}


def layers_and_shapes(learn_tau: bool = False) -> tuple[list[Layer], list[LayerShape]]:
    rng = np.random.default_rng(0)
    layers = [
        Layer(3, rng.normal(size=(3, 1)), np.ones(3), "tanh", np.full(3, 0.1), np.zeros(3), learn_tau),
        Layer(2, rng.normal(size=(2, 3)), 1.0, "softplus", 0.1, None),
        Layer(1, rng.normal(size=(1, 2)), 0.5, "tanh", 0.1, 0.0, learn_tau),
    ]
    return layers, [layer.shape(plastic=True) for layer in layers]


@pytest.mark.parametrize("rule", ["bp", "gle", "vle1", "vle2", "vle3"])
def test_the_network_that_runs_is_the_derived_one(rule: str) -> None:
    layers, shapes = layers_and_shapes()
    derivation, runs = derive(shapes, rule=rule), generated(layers, rule)
    for l in (1, 2, 3):
        s = derivation.layers[l - 1]
        assert equal(derivation.error_input(l), runs[f"p{l}"])
        rates = derivation.plasticity(l)
        assert equal(rates.w, runs[f"w{l}"])
        assert (rates.b is None) == (f"b{l}" not in runs)
        assert rates.b is None or equal(rates.b, runs[f"b{l}"])
        path = derivation.dynamics(l)
        for wanted, name in ((path.drive, "s"), (path.current, "u"), (path.potential, "m"), (path.rate, "r")):
            assert equal(wanted, runs[f"{name}{l}"])
        assert path.slope is not None and equal(path.slope, runs[f"d{l}"])
        # the error path, with v and what is computed from it written out
        v = signal(f"v{l}", s.n)
        lag = retrospective(s.p, s.tau_r)
        path = runs[f"e{l}"]
        for name in ("a", "vdot"):
            if f"{name}{l}" in runs:
                path = path.xreplace({signal(f"{name}{l}", s.n): runs[f"{name}{l}"]})
        path = path.xreplace({signal(f"f{l}", s.n): retrospective(v, s.tau_m)}).xreplace({v: lag})
        assert equal(derivation.error_path(l, rule), path)
        if rule != "bp":
            assert equal(runs[f"v{l}"], (s.p - v) / s.tau_r)


def test_the_residual_that_runs_is_the_derived_one() -> None:
    layers, shapes = layers_and_shapes()
    derivation, runs = derive(shapes), generated(layers, "vle3")
    s = derivation.layers[0]
    pf, pff = signal("pf1", s.n), signal("pff1", s.n)
    once = retrospective(s.p, s.tau_m)
    lags = {pff: retrospective(once, s.tau_m), pf: once}
    assert equal(runs["pff1"], (pf - pff) / s.tau_m) and equal(runs["pf1"], (s.p - pf) / s.tau_m)
    assert equal(algebraic(residual(s.e, s.p, s.tau_m, s.tau_r)[1]), runs["y1"].xreplace(lags))
    v, f, h = (signal(f"{letter}1", s.n) for letter in "vfh")
    lags = {h: retrospective(retrospective(v, s.tau_m), s.tau_m), f: retrospective(v, s.tau_m)}
    assert equal(algebraic(residual(v, s.p, s.tau_m, s.tau_r)[0]), runs["ra1"].xreplace(lags))


def test_learned_conductances_follow_the_derived_gradient() -> None:
    layers, shapes = layers_and_shapes(learn_tau=True)
    derivation, runs = derive(shapes), generated(layers, "gle")
    for l in (1, 3):
        walls = runs[f"g{l}"] - derivation.plasticity(l).g  # they alone are not the energy's
        assert walls.has(deadzone)
        assert names_in(walls) == {"wall", "g_min", "g_max", f"g{l}"}


def test_the_eligibility_that_runs_is_the_derived_one() -> None:
    layers, shapes = layers_and_shapes(learn_tau=True)
    derivation, runs = derive(shapes), generated(layers, "vle1", eligibility=True)
    for l in (1, 2, 3):
        s, rates = derivation.layers[l - 1], derivation.eligibility(l)
        tau = 1 / signal(f"g{l}", s.n) if f"g{l}" in runs else s.tau_m
        traces = {"w": (rates.w, s.below, s.below_n), "g": (rates.g, s.udot, None)}
        for letter, (wanted, x, over) in traces.items():
            if f"{letter}{l}" not in runs or (letter == "g" and tau == s.tau_m):
                continue
            where = [each for each in (s.n, over) if each is not None]
            if l == 2:  # all neurons of this layer have the same time constants: one trace per neuron below
                where.remove(s.n)
            past, trace = (signal(f"{name}{letter}{l}", *where) for name in ("past", "el"))
            assert equal(runs[f"past{letter}{l}"], (x - past) / tau)
            ahead = prospective(retrospective(x, tau), s.tau_r)
            assert equal(algebraic(ahead).xreplace({retrospective(x, tau): past}), runs[f"el{letter}{l}"])
            changed = wanted.xreplace({s.tau_m: tau}).xreplace({ahead: trace})
            assert changed.has(trace)
            walls = runs[f"{letter}{l}"] - changed
            assert names_in(walls) <= {"wall", "g_min", "g_max", f"g{l}"}
    assert equal(runs["b1"], derivation.eligibility(1).b) and equal(runs["b1"], signal("eta") * derivation.layers[0].p)


def test_with_eligibility_the_lowest_layer_needs_no_error_neurons() -> None:
    layers, _ = layers_and_shapes()
    runs = generated(layers, "vle3", eligibility=True)
    assert "p1" in runs and "e2" in runs and not {"e1", "v1", "ka1"} & runs.keys()


def test_every_activation_of_the_network_can_be_derived() -> None:
    for name in ACTIVATIONS:
        assert isinstance(derive([LayerShape(2, name), LayerShape(1, name)]), Derivation)


def test_the_derivation_does_not_grow_with_the_network() -> None:
    small, large = (sum(step.equation.count_ops() for step in derive([n, n, 1]).steps) for n in (2, 200))
    assert small == large


def test_the_law_is_literally_the_adjoint() -> None:
    derivation = derive([3, 2, 1])
    n1, n2 = index("n1", 3), index("n2", 2)
    e1, d1, tau_m, tau_r = (signal(name, n1) for name in ("e1", "d1", "tau_m1", "tau_r1"))
    back = d1 * total(signal("w2", n2, n1) * signal("e2", n2), n2)
    law = derivation.euler_lagrange[0]
    assert law.lhs == adjoint_prospective(e1, tau_m)
    assert isinstance(law.rhs, adjoint_prospective) and law.rhs.args[1] == tau_r
    assert equal(law.rhs.args[0], back)
    exact = adjoint_retrospective(adjoint_prospective(signal("p1", n1), tau_r), tau_m)
    assert derivation.adjoint[0] == sp.Eq(e1, exact)
    assert time_reversed(exact) == retrospective(prospective(signal("p1", n1), tau_r), tau_m)
    assert time_reversed(time_reversed(exact)) == exact
    top = derivation.error_input(3)
    assert equal(top, sp.Symbol("beta") * (sp.Symbol("target") - sp.Symbol("r3")))


def test_gle_has_the_adjoints_phase_and_a_known_excess_of_gain() -> None:
    """Check 3: e_gle/e_adjoint is real and positive at every frequency: (1 + w^2 tau_m^2)/(1 + w^2 tau_r^2)."""
    w, tau_m, tau_r = sp.symbols("w tau_m tau_r", positive=True)
    p = sp.Symbol("p")
    gle, exact = (transfer_function(error_path(rule, p, tau_m, tau_r), p, sp.I * w) for rule in ("gle", "adjoint"))
    ratio = sp.simplify(gle / exact)
    assert sp.simplify(ratio - (1 + w**2 * tau_m**2) / (1 + w**2 * tau_r**2)) == 0
    assert sp.arg(ratio) == 0


def test_replaced_operators() -> None:
    p, tau_m, tau_r, ka, kb, kc = sp.symbols("p tau_m tau_r ka kb kc")
    exact = adjoint_retrospective(adjoint_prospective(p, tau_r), tau_m)
    v = retrospective(p, tau_r)
    assert localize(exact, "bp") == p
    assert localize(exact, "gle") == prospective(v, tau_m)
    assert localize(exact, "adjoint") == exact
    assert equal(localize(exact, "vle1"), ka * prospective(v, tau_m))
    assert equal(localize(exact, "vle3"), ka * v + kb * (p - v) / tau_r + kc * retrospective(v, tau_m))
    assert localize(exact, "vle") == localize(exact, "vle2")
    gle = localize(exact, "vle2").subs({ka: 1, kb: tau_m})
    s = sp.Symbol("s")
    assert sp.simplify(transfer_function(gle - localize(exact, "gle"), p, s)) == 0


def test_the_adjoint_satisfies_the_residual() -> None:
    p, tau_m, tau_r, s = sp.symbols("p tau_m tau_r s")
    left, right = residual(error_path("adjoint", p, tau_m, tau_r), p, tau_m, tau_r)
    assert not algebraic(right).has(prospective, adjoint_prospective, adjoint_retrospective)
    assert sp.simplify(transfer_function(algebraic(right) - right, p, s)) == 0
    assert sp.simplify(transfer_function(left, p, s) - transfer_function(right, p, s)) == 0
    look_ahead = prospective(retrospective(p, tau_m), tau_r)
    assert sp.simplify(transfer_function(algebraic(look_ahead) - look_ahead, p, s)) == 0


def test_collapsing_sums_over_deltas() -> None:
    i, j, k = index("i", 3), index("j", 3), index("k", 4)
    a, w = signal("a", j), signal("w", j, k)
    assert collapsed(sp.diff(total(a**2, j), signal("a", i))) == 2 * signal("a", i)
    nested = total(total(w * signal("x", k), k) ** 2, j)
    by_w = collapsed(sp.diff(nested, signal("w", i, index("m", 4))))
    assert equal(by_w, 2 * signal("x", index("m", 4)) * total(signal("w", i, k) * signal("x", k), k))


def test_refusals() -> None:
    with pytest.raises(UsageError, match="at least one layer"):
        derive([])
    with pytest.raises(UsageError, match="unknown rule"):
        derive([1], rule="glee")
    with pytest.raises(UsageError, match="unknown activation"):
        derive([LayerShape(2, "tan")])
    with pytest.raises(UsageError, match="not linear"):
        transfer_function(sp.Symbol("p") ** 2, sp.Symbol("p"), sp.Symbol("s"))
    assert set(ERROR_RULES) == {"bp", "gle", "vle", "vle1", "vle2", "vle3", "adjoint"}
