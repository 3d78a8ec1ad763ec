"""Temporal operators written out: as algebra, as states, or set apart for a stage."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from vle_analog.equations.operators import (
    TemporalOperator,
    adjoint_prospective,
    adjoint_retrospective,
    prospective,
    retrospective,
)
from vle_analog.equations.resolve import REALISATIONS, regularize, resolve, start_values
from vle_analog.equations.system import (
    Definition,
    EquationSystem,
    Input,
    Parameter,
    Signal,
    State,
    index,
    name_of,
    signal,
    total,
)
from vle_analog.errors import EquationError, UsageError
from vle_analog.laws.softplus import softplus
from vle_analog.reference.integrator import Integrator
from vle_analog.stimulus import Constant, Sines
from vle_analog.waveforms import Waveforms

x, y, z, look, tau, drive = sp.symbols("x y z look tau drive")
TAU = 0.7


def van_der_pol(expression: sp.Expr, *definitions: Definition) -> EquationSystem:
    """Van der Pol's oscillator with a definition ``look`` beside it."""
    return EquationSystem(
        "vdp",
        (State(x, y, 1.0), State(y, (1 - x**2) * y - x, 0.5)),
        (*definitions, Definition(look, expression)),
        (Input(drive, Sines((1.0,), (0.2,), (0.0,))),),
        (Parameter(tau, TAU),),
        outputs=("x", "y", "look", *(name_of(each.symbol) for each in definitions)),
        span=6.0,
    )


def solved(system: EquationSystem, step: float = 1e-3) -> Waveforms:
    return Integrator(system).run(step).waveforms


def names(system: EquationSystem) -> set[str]:
    return {name_of(each.symbol) for each in (*system.states, *system.definitions)}


@pytest.mark.parametrize(
    "inner",
    [x, y, x * y, x**3 - 2 * y, sp.tanh(x + 2 * y), softplus(x) * sp.tanh(y), sp.tanh(x) ** 2, 3 + tau * x],
    ids=str,
)
def test_algebraic_look_ahead_is_the_value_plus_tau_times_the_derivative(inner: sp.Expr) -> None:
    system = resolve(van_der_pol(prospective(inner, tau)))
    assert not any(each.expression.has(TemporalOperator) for each in system.definitions)
    assert names(system) == {"x", "y", "look"}  # no signal added
    run = solved(system)
    now = np.asarray(sp.lambdify([x, y, tau], inner, [{"softplus": lambda v: np.logaddexp(0, v)}, "numpy"])(
        run["x"], run["y"], TAU
    ))  # fmt: skip
    slope = (now[2:] - now[:-2]) / (run.time[2:] - run.time[:-2])
    np.testing.assert_allclose(run["look"][1:-1], now[1:-1] + TAU * slope, atol=2e-4)


def test_look_ahead_twice_is_the_second_derivative() -> None:
    run = solved(resolve(van_der_pol(prospective(prospective(x, tau), tau))))
    first = np.gradient(run["x"], run.time, edge_order=2)
    second = np.gradient(first, run.time, edge_order=2)
    wanted = run["x"] + 2 * TAU * first + TAU**2 * second
    np.testing.assert_allclose(run["look"][5:-5], wanted[5:-5], atol=1e-3)


def test_look_ahead_through_a_definition() -> None:
    run = solved(resolve(van_der_pol(prospective(z, tau), Definition(z, sp.tanh(x * y)))))
    slope = np.gradient(run["z"], run.time, edge_order=2)
    np.testing.assert_allclose(run["look"][2:-2], (run["z"] + TAU * slope)[2:-2], atol=1e-4)


def layered(expression: sp.Expr, u: Signal, extra: tuple[Definition, ...] = ()) -> EquationSystem:
    (n,) = u.indices
    mean = sp.Symbol("mean")
    return EquationSystem(
        "layer",
        (State(x, y, 1.0), State(y, -x, 0.0), State(u, (x - u) * signal("rate", n), np.array([0.0, 1.0, -1.0]))),
        (*extra, Definition(mean, expression)),
        (),
        (Parameter(signal("rate", n), np.array([0.5, 1.0, 2.0])), Parameter(tau, TAU)),
        outputs=("x", "u", "mean"),
        span=5.0,
    )


@pytest.mark.parametrize("through", ["sum of looks", "look at sum", "look at tanh of sum", "look at product"])
def test_look_ahead_through_sums_over_templates(through: str) -> None:
    n = index("n", 3)
    u = signal("u", n)
    expression = {
        "sum of looks": total(prospective(u, tau), n),
        "look at sum": prospective(total(u, n), tau),
        "look at tanh of sum": prospective(sp.tanh(total(u**2, n)), tau),
        "look at product": prospective(x * total(sp.tanh(u), n), tau),
    }[through]
    system = resolve(layered(expression, u))
    assert not any(each.expression.has(TemporalOperator) for each in system.definitions)
    run = solved(system)
    units = np.stack([run[f"u_{k}"] for k in range(3)])
    now = {
        "sum of looks": units.sum(axis=0),
        "look at sum": units.sum(axis=0),
        "look at tanh of sum": np.tanh((units**2).sum(axis=0)),
        "look at product": run["x"] * np.tanh(units).sum(axis=0),
    }[through]
    wanted = now + TAU * np.gradient(now, run.time, edge_order=2)
    np.testing.assert_allclose(run["mean"][2:-2], wanted[2:-2], atol=1e-4)


def test_retrospective_becomes_one_state_and_undoes_prospective() -> None:
    system = van_der_pol(prospective(retrospective(drive, tau), tau) + retrospective(drive, tau))
    explicit = resolve(system)
    added = names(explicit) - {"x", "y", "look"}
    assert len(added) == 1 and "look" in added.copy().pop()  # equal operators share their state; named after the owner
    run = solved(explicit.updated(outputs=("look", "drive", *added)))
    (lag,) = added
    np.testing.assert_allclose(run["look"] - run[lag], run["drive"], atol=1e-12)


def test_retrospective_of_a_template_is_a_template() -> None:
    n = index("n", 3)
    u, late = signal("u", n), signal("late", n)
    explicit = resolve(layered(total(late, n), u, (Definition(late, retrospective(u, tau)),)))
    (lag,) = [each for each in explicit.states if name_of(each.symbol) not in {"x", "y", "u"}]
    assert lag.symbol.indices == (n,)


def test_a_look_at_an_input_falls_back_to_a_lead_stage() -> None:
    explicit = resolve(van_der_pol(prospective(drive, tau)))
    (look_ahead,) = [each for each in explicit.definitions if each.expression.has(prospective)]
    assert look_ahead.symbol == look and look_ahead.expression == prospective(drive, tau)
    explicit = resolve(van_der_pol(1 + x * prospective(drive * x, tau)))
    stages = [each for each in explicit.definitions if each.expression.has(prospective)]
    assert len(stages) == 1 and isinstance(stages[0].expression, prospective)
    assert isinstance(stages[0].expression.args[0], sp.Symbol)  # a stage looks at one signal


@pytest.mark.parametrize("realisation", ["lead", "differentiator"])
def test_other_realisations_set_the_look_ahead_apart(realisation: str) -> None:
    explicit = resolve(van_der_pol(sp.tanh(prospective(x, tau))), realisation)
    stages = [each for each in explicit.definitions if each.expression.has(prospective)]
    assert [each.expression for each in stages] == [prospective(x, tau)]
    with_limit = regularize(explicit, 100.0, realisation == "differentiator")
    assert not any(each.expression.has(prospective) for each in with_limit.definitions)
    assert len(with_limit.states) == len(explicit.states) + 1


@pytest.mark.parametrize("differentiator", [False, True])
def test_band_limited_look_ahead_approaches_the_ideal_with_slope_one(differentiator: bool) -> None:
    """Both forms differ from D+ by O(1/bandwidth) once their own pole's transient is over."""
    exact = solved(resolve(van_der_pol(prospective(x, tau))))
    apart = resolve(van_der_pol(prospective(x, tau)), "lead")
    errors = []
    for bandwidth in (50.0, 100.0, 200.0):
        run = solved(regularize(apart, bandwidth, differentiator))
        late = run.time > 1
        errors.append(np.max(np.abs(run["look"] - exact["look"])[late]))
    np.testing.assert_allclose(np.log2(np.array(errors[:-1]) / errors[1:]), 1, atol=0.1)


@pytest.mark.parametrize("differentiator", [False, True])
def test_band_limited_look_ahead_has_its_stated_transfer_function(differentiator: bool) -> None:
    w, bandwidth = 2 * np.pi * 0.2, 5.0
    system = regularize(resolve(van_der_pol(prospective(drive, tau))), bandwidth, differentiator)
    run = Integrator(system.updated(outputs=("look",), span=25.0)).run(1e-3).waveforms.between(20.0, 25.0)  # 1 period
    phasor = 2j * np.mean((run["look"] * np.exp(-1j * w * run.time))[:-1])
    s, tau_b = 1j * w, TAU / bandwidth
    wanted = 1 + s * TAU / (1 + s * tau_b) if differentiator else (1 + s * TAU) / (1 + s * tau_b)
    assert phasor == pytest.approx(wanted, abs=2e-4)


def test_look_ahead_starts_settled() -> None:
    explicit = resolve(van_der_pol(prospective(x, tau)), "lead")
    assert start_values(explicit)["look"] == pytest.approx(1.0)
    started = start_values(regularize(explicit, 100.0))
    assert started["look"] == pytest.approx(1.0) and started["look__z"] == pytest.approx(1.0)


def test_inputs_of_a_template_start_at_their_own_values() -> None:
    u, n = sp.Symbol("u"), index("n", 3)
    drive = signal("drive", n)
    for given, wanted in ((Constant(2.0), [2, 2, 2]), (tuple(map(Constant, (1.0, 2.0, 3.0))), [1, 2, 3])):
        system = EquationSystem("several", (State(u, total(drive, n) - u),), inputs=(Input(drive, given),))
        np.testing.assert_array_equal(start_values(system)["drive"], wanted)


def test_start_values_cover_every_signal() -> None:
    n = index("n", 3)
    u = signal("u", n)
    values = start_values(resolve(layered(prospective(total(u, n), tau), u)))
    np.testing.assert_array_equal(values["u"], [0.0, 1.0, -1.0])
    assert values["mean"] == pytest.approx(0 + TAU * (0.5 + 0 + 4.0))  # u' = rate (x - u) at x = 1


@pytest.mark.parametrize("inside", [False, True])
def test_a_derivative_that_needs_itself_is_refused(inside: bool) -> None:
    target: sp.Expr = prospective(x, tau)
    system = EquationSystem(
        "loop", (State(x, sp.tanh(target) if inside else 1 - target, 0.0),), parameters=(Parameter(tau, TAU),)
    )
    with pytest.raises(EquationError, match="not explicit") as caught:
        resolve(system)
    assert "x -> x" in caught.value.what and caught.value.where == "states.x.derivative"
    assert caught.value.hint is not None and "retrospective" in caught.value.hint


def test_a_longer_loop_is_named_in_order() -> None:
    system = EquationSystem(
        "loop",
        (State(x, prospective(y, tau), 0.0), State(y, prospective(x, tau), 0.0)),
        parameters=(Parameter(tau, TAU),),
    )
    with pytest.raises(EquationError, match=r"y -> x -> y|x -> y -> x"):
        resolve(system)


@pytest.mark.parametrize("operator", [adjoint_prospective, adjoint_retrospective])
def test_acausal_operators_are_refused(operator: type[TemporalOperator]) -> None:
    with pytest.raises(EquationError, match="no causal circuit") as caught:
        resolve(van_der_pol(operator(x, tau)))
    assert caught.value.where == "look" and caught.value.hint == "use prospective or retrospective"


def test_unknown_realisation() -> None:
    assert set(REALISATIONS) == {"algebraic", "lead", "differentiator"}
    with pytest.raises(UsageError, match="unknown realisation of prospective: 'leed'") as caught:
        resolve(van_der_pol(x), "leed")
    assert caught.value.hint == "did you mean 'lead'?"
