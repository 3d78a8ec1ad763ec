"""The integrator's order and values, against theory and against scipy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise, product

import numpy as np
import pytest
import sympy as sp
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import (
    EquationSystem,
    Input,
    State,
    indices_of,
    instance_names,
    name_of,
    shape_of,
)
from vle_analog.equations.systemfile import load_system
from vle_analog.laws import LAWS
from vle_analog.learning.layers import Layer
from vle_analog.learning.learned import PlasticEquations
from vle_analog.learning.network import forward, learning
from vle_analog.learning.plasticity import Plasticity
from vle_analog.library import system_files
from vle_analog.reference.accuracy import reference
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.tableau import HEUN, RK4, Tableau
from vle_analog.sequences import Held
from vle_analog.stimulus import Sines, Stimulus

Array = NDArray[np.float64]


def learning_network(stimulus: Stimulus, span: float = 4.0) -> EquationSystem:
    """A 1-3-2-1 network that learns with vle: templates with one and two indices, sums, products."""
    rng = np.random.default_rng(3)
    layers = [
        Layer(3, rng.normal(size=(3, 1)), [0.3, 0.8, 2.0], tau_r=0.2, bias=[0.1, 0.0, -0.2], learn_tau=True),
        Layer(2, rng.normal(size=(2, 3)), [0.5, 1.0], tau_r=0.2),
        Layer(1, rng.normal(size=(1, 2)), 0.5, "linear", tau_r=0.2),
    ]
    equations, x, target = PlasticEquations(), sp.Symbol("x"), sp.Symbol("target")
    network = forward(equations, layers, x)
    learning(equations, network, target, Plasticity("vle", 0.1, 0.1))
    wanted = Sines((0.5,), (0.3,), (1.0,))
    return resolve(
        EquationSystem(
            "net",
            tuple(equations.states),
            tuple(equations.definitions),
            (Input(x, stimulus), Input(target, wanted)),
            tuple(equations.parameters),
            span=span,
        )
    )


def driven_van_der_pol() -> EquationSystem:
    x, y, drive = sp.symbols("x y drive")
    states = (State(x, y, 2.0), State(y, (1 - x**2) * y - x + drive, 0.0))
    return EquationSystem("vdp", states, (), (Input(drive, Sines((0.5,), (0.2,), (0.3,))),), span=6.0)


def final(system: EquationSystem, method: Tableau, step: float) -> Array:
    values = Integrator(system, method).run(step).final.values()
    return np.concatenate([np.ravel(each) for each in values])


def slope(system: EquationSystem, method: Tableau, steps: Array) -> float:
    """The order of convergence at the end of the span."""
    truth = final(system, RK4, float(steps[-1]) / 16)
    errors = [np.max(np.abs(final(system, method, float(step)) - truth)) for step in steps]
    return float(np.polyfit(np.log(steps), np.log(errors), 1)[0])


@pytest.mark.parametrize("method", [RK4, HEUN], ids=lambda method: method.name)
@pytest.mark.parametrize(
    "system",
    [driven_van_der_pol(), learning_network(Sines((1.0, 0.5), (0.2, 0.5), (0.0, 1.0)))],
    ids=["van_der_pol", "network"],
)
def test_error_falls_with_the_methods_order(system: EquationSystem, method: Tableau) -> None:
    steps = 0.05 / 2.0 ** np.arange(5 if method is RK4 else 6)
    assert slope(system, method, steps[2:] if method is HEUN else steps) == pytest.approx(method.order, abs=0.2)


def test_corners_do_not_lower_the_order() -> None:
    """An unsmoothed stimulus has corners that steps must meet; halvings split its ramps as well."""
    system = learning_network(Held(1.0, 0.37, seed=1))
    integrator = Integrator(system)
    corners = system.inputs[0].stimulus.breakpoints(system.span)
    assert len(corners) > 15
    assert np.isin(corners, integrator.grid(0.05, system.span, 1)).all()
    ends = [np.concatenate([each.ravel() for each in integrator.run(0.05, n).final.values()]) for n in range(2, 9)]
    errors = [np.max(np.abs(end - ends[-1])) for end in ends[:-2]]
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.mean(slopes) == pytest.approx(4, abs=0.3), slopes


def expanded(system: EquationSystem) -> tuple[list[str], Callable[[float, Array], Array], Array]:
    """The system written out instance by instance, every sum too, and lambdified: no code shared with codegen."""
    values: dict[sp.Symbol, float] = {}
    for each in system.parameters:
        symbol = each.symbol
        array = np.broadcast_to(np.asarray(each.value, float), shape_of(symbol))
        values |= dict(zip(map(sp.Symbol, instance_names(symbol)), array.ravel().tolist(), strict=True))

    def scalars(expression: sp.Expr, at: Mapping[sp.Idx, int]) -> sp.Expr:
        if isinstance(expression, sp.Indexed):
            return sp.Symbol("_".join([name_of(expression), *(str(at[each]) for each in expression.indices)]))
        if isinstance(expression, sp.Sum):
            ranges = [range(int(low), int(high) + 1) for _, low, high in expression.limits]
            over = [limit[0] for limit in expression.limits]
            terms = [scalars(expression.function, {**at, **dict(zip(over, k, strict=True))}) for k in product(*ranges)]
            return sp.Add(*terms)
        if not expression.args:
            return expression
        return expression.func(*[scalars(each, at) for each in expression.args])

    def instances(symbol: sp.Expr, expression: sp.Expr) -> list[tuple[sp.Symbol, sp.Expr]]:
        places = [dict(zip(indices_of(symbol), k, strict=True)) for k in np.ndindex(*shape_of(symbol))]
        return [(scalars(symbol, at), scalars(expression, at)) for at in places]

    known: dict[sp.Symbol, sp.Expr] = dict(values)  # type: ignore[arg-type]
    for definition in system.definitions:  # in order already: resolve() sorts them
        for symbol, expression in instances(definition.symbol, definition.expression):
            known[symbol] = expression.xreplace(known)
    pairs = [pair for state in system.states for pair in instances(state.symbol, state.derivative)]
    inputs = [each.symbol for each in system.inputs]
    derivatives = [expression.xreplace(known) for _, expression in pairs]
    names = [symbol for symbol, _ in pairs]
    function = sp.lambdify(
        [names, inputs], derivatives, [{law.name: law.numeric for law in LAWS.values()}, "numpy"], cse=True
    )
    initial = [
        np.broadcast_to(np.asarray(each.initial, float), shape_of(each.symbol)).ravel() for each in system.states
    ]

    def rates(t: float, y: Array) -> Array:
        now = [float(each.stimulus(np.array([t]))[0]) for each in system.inputs]
        return np.array(function(y, now), float)

    return [str(name) for name in names], rates, np.concatenate(initial)


def scipy_solution(system: EquationSystem, times: Array) -> dict[str, Array]:
    names, rates, initial = expanded(system)
    corners = [each.stimulus.breakpoints(system.span) for each in system.inputs]
    knots = np.unique(np.concatenate([[0.0, system.span], *corners]))
    parts, y = [], initial
    for start, stop in pairwise(knots.tolist()):
        inside = times[(times >= start) & (times < stop)]
        done = solve_ivp(
            rates, (start, stop), y, "DOP853", np.append(inside, stop), rtol=1e-10, atol=1e-12, max_step=0.5
        )
        assert done.success
        parts.append(done.y[:, :-1])
        y = done.y[:, -1]
    parts.append(y[:, None])  # the last time is the span
    return dict(zip(names, np.concatenate(parts, axis=1), strict=True))


# errors grow by e^0.9 per unit in Lorenz's system: 10 units make 1e-6 of local error 1e-2 at worst
TOLERANCE = {"lorenz": 1e-5, "roessler": 1e-5, "duffing": 1e-5}


@pytest.mark.parametrize("name", system_files())
def test_values_of_shipped_systems_equal_scipys(name: str) -> None:
    system = resolve(load_system(system_files()[name]))
    states = tuple(name_of(each.symbol) for each in system.states)
    run = reference(system.updated(outputs=states)).solution.waveforms
    some = np.unique(np.linspace(0, len(run.time) - 1, 400).astype(int))
    truth = scipy_solution(system, run.time[some])
    for state in states:
        error = np.max(np.abs(run[state][some] - truth[state])) / np.ptp(truth[state])
        assert error < TOLERANCE.get(name, 5e-6), state


def test_values_of_a_learning_network_equal_scipys() -> None:
    system = learning_network(Sines((1.0, 0.5), (0.2, 0.5), (0.0, 1.0)), span=10.0)
    run = Integrator(system).run(0.0025, samples=400).waveforms
    truth = scipy_solution(system, run.time)
    assert set(truth) == set(run.signals)
    for name, values in truth.items():
        np.testing.assert_allclose(run[name], values, atol=1e-7, err_msg=name)


def test_rates_of_a_learning_network_equal_its_written_out_equations() -> None:
    system = learning_network(Sines((1.0, 0.5), (0.2, 0.5), (0.0, 1.0)))
    integrator, (_, rates, initial) = Integrator(system), expanded(system)
    rng = np.random.default_rng(0)
    for t in (0.0, 0.7, 3.1):
        y = initial + 0.3 * rng.normal(size=initial.size)
        np.testing.assert_allclose(integrator.rates(y, t), rates(t, y), rtol=1e-12, atol=1e-13)
