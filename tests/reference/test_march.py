"""Marching under given inputs: the same steps as a run takes, with less around them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import sympy as sp

from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import Definition, EquationSystem, Input, Parameter, State, index, signal, total
from vle_analog.errors import DivergenceError, UsageError
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import PlasticEquations
from vle_analog.learning.network import forward, learning
from vle_analog.learning.plasticity import Plasticity
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.tableau import EULER, HEUN, RK4, Tableau
from vle_analog.stimulus import Sines

METHODS = pytest.mark.parametrize("method", [EULER, HEUN, RK4], ids=lambda method: method.name)


def network(rule: str) -> EquationSystem:
    """A 1-4-3-1 network that learns: parameters with and without indices, sums both ways."""
    rng = np.random.default_rng(5)
    layers = [
        Layer(4, rng.normal(size=(4, 1)), [0.3, 0.8, 1.1, 2.0], tau_r=0.2, bias=rng.normal(size=4)),
        Layer(3, rng.normal(size=(3, 4)), [0.5, 1.0, 0.7], "softplus", tau_r=0.2),
        Layer(1, rng.normal(size=(1, 3)), 0.5, "linear", tau_r=0.2),
    ]
    equations, x, target = PlasticEquations(), sp.Symbol("x"), sp.Symbol("target")
    learning(equations, forward(equations, layers, x), target, Plasticity(rule, 0.1, 0.1))
    inputs = Input(x, Sines((1.0, 0.5), (0.2, 0.5), (0.0, 1.0))), Input(target, Sines((0.5,), (0.3,), (1.0,)))
    groups = tuple(equations.states), tuple(equations.definitions), inputs, tuple(equations.parameters)
    return resolve(EquationSystem("net", *groups, span=4.0))


def even(span: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Boundaries and sizes of even steps."""
    return np.linspace(0.0, span, count + 1), np.full(count, span / count)


@METHODS
@pytest.mark.parametrize("rule", ["gle", "vle2"])
def test_a_march_equals_a_run(method: Tableau, rule: str) -> None:
    integrator = Integrator(network(rule), method)
    times, steps = even(4.0, 400)
    names = ["w2", "e1", "u1", "r3"]
    run = integrator.run(0.01, record=names)
    state = integrator.initial()
    records = integrator.march(state, integrator.inputs(times), steps, names)
    ends = np.concatenate([values.ravel() for values in run.final.values()])
    np.testing.assert_allclose(state, ends, rtol=1e-12, atol=1e-13)
    recorded = np.stack(list(run.waveforms.signals.values()), axis=1)
    np.testing.assert_allclose(records, recorded[:-1], rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("method", [EULER, HEUN], ids=lambda method: method.name)
def test_boundaries_are_inputs_enough_without_a_stage_in_the_middle(method: Tableau) -> None:
    integrator = Integrator(network("vle2"), method)
    times, steps = even(4.0, 400)
    state, other = integrator.initial(), integrator.initial()
    records = integrator.march(state, integrator.inputs(times), steps, ["r3"])
    np.testing.assert_array_equal(integrator.march(other, integrator.values(times), steps, ["r3"]), records)
    np.testing.assert_array_equal(other, state)


def test_too_few_inputs_are_refused() -> None:
    times, steps = even(4.0, 10)
    for method, inputs in ((RK4, times), (EULER, times[:-1]), (RK4, times[:1])):
        integrator = Integrator(network("gle"), method)
        with pytest.raises(UsageError, match="too few"):
            integrator.march(integrator.initial(), integrator.values(inputs), steps)


@METHODS
def test_windows_join(method: Tableau) -> None:
    integrator = Integrator(network("vle2"), method)
    times, steps = even(4.0, 400)
    inputs, whole, parts = integrator.inputs(times), integrator.initial(), integrator.initial()
    records = integrator.march(whole, inputs, steps, ["e1"])
    ends = [0, 1, 8, 8, 300, 400]
    pieces = [
        integrator.march(parts, inputs[2 * start : 2 * stop + 1], steps[start:stop], ["e1"])
        for start, stop in pairwise(ends)
    ]
    np.testing.assert_array_equal(parts, whole)
    np.testing.assert_array_equal(np.concatenate(pieces), records)


@METHODS
def test_error_falls_with_the_methods_order(method: Tableau) -> None:
    integrator, exact = Integrator(network("vle2"), method), Integrator(network("vle2"))

    def end(by: Integrator, count: int) -> np.ndarray:
        state = by.initial()
        times, steps = even(4.0, count)
        by.march(state, by.inputs(times), steps)
        return state

    truth = end(exact, 8000)
    counts = np.array([400, 800, 1600]) if method is not RK4 else np.array([100, 200, 400])
    errors = [np.max(np.abs(end(integrator, count) - truth)) for count in counts.tolist()]
    assert -np.polyfit(np.log(counts), np.log(errors), 1)[0] == pytest.approx(method.order, abs=0.2)


@METHODS
def test_divergence_names_the_state_and_the_very_step(method: Tableau) -> None:
    """x doubles, or nearly, with every step until it passes the limit; y decays."""
    x, y = sp.symbols("x y")
    integrator = Integrator(EquationSystem("grows", (State(y, -y, 1.0), State(x, x, 1.0)), span=30.0), method)
    _, steps = even(30.0, 30)
    state = integrator.initial()
    with pytest.raises(DivergenceError, match="'x'") as marched:
        integrator.march(state, np.zeros((61, 0)), steps)
    with pytest.raises(DivergenceError, match="'x'") as ran:
        integrator.run(1.0)
    growth = sum(1 / np.prod(range(1, k + 1)) for k in range(method.order + 1))
    assert marched.value.time == ran.value.time == np.ceil(np.log(1e9) / np.log(growth))
    assert state[1] == pytest.approx(growth**marched.value.time)


def test_parameters_may_change_between_marches() -> None:
    """What parameters alone determine follows them."""
    n, m = index("n", 3), index("m", 2)
    u, tau, gain, k = signal("u", n), signal("tau", n), signal("gain", m), sp.Symbol("k")
    mean = signal("mean", m)
    system = EquationSystem(
        "layer",
        (State(u, (k - u) / tau - u * total(gain**2, m) / (2 * k), 1.0),),
        (Definition(mean, total(u * gain / tau, n) + k**2),),
        parameters=(
            Parameter(tau, np.array([1.0, 2.0, 4.0])),
            Parameter(gain, np.array([0.5, -1.5])),
            Parameter(k, 3.0),
        ),
    )
    integrator = Integrator(system)
    for factor in (1.0, 2.0):
        tau_now, gain_now, k_now = np.array([1.0, 2.0, 4.0]) * factor, np.array([0.5, -1.5]) / factor, 3.0 + factor
        for name, value in (("tau", tau_now), ("gain", gain_now), ("k", k_now)):
            integrator.parameters[integrator.layout.span(name)] = value
        state = np.array([0.3, -1.0, 2.0])
        leak = 1 / tau_now + np.sum(gain_now**2) / (2 * k_now)
        np.testing.assert_allclose(integrator.rates(state, 0.0), k_now / tau_now - leak * state, rtol=1e-14)
        np.testing.assert_allclose(
            integrator.derived(state, 0.0), gain_now * np.sum(state / tau_now) + k_now**2, rtol=1e-14
        )
        still = k_now / tau_now / leak
        exact = still + (state - still) * np.exp(-leak)
        integrator.march(state, np.zeros((401, 0)), np.full(200, 0.005))
        np.testing.assert_allclose(state, exact, rtol=1e-10)
