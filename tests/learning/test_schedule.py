"""Traced and annealed plasticity: laws of what they do to weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from vle_analog.design.design import design
from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import EquationSystem, name_of
from vle_analog.errors import UsageError
from vle_analog.reference.adjoint import Adjoint
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.learners import OfflineLearner, OnlineLearner
from vle_analog.reference.tableau import EULER, RK4
from vle_analog.tasks import Task, chain, complex_signal


def rate(system: EquationSystem, name: str) -> sp.Expr:
    return next(each.derivative for each in system.states if name_of(each.symbol) == name)


def test_a_trace_lags_every_product_by_its_time_constant() -> None:
    plain, traced = complex_signal("gle").system, complex_signal("gle", trace=30.0).system
    for name in ("w1", "w2", "w3", "b1", "b2", "b3"):
        product = rate(plain, name) / sp.Symbol("eta") / sp.Symbol("gate")
        symbol = next(each.symbol for each in traced.states if name_of(each.symbol) == f"z{name}")
        assert sp.simplify(rate(traced, f"z{name}") - (product - symbol) / sp.Symbol("trace")) == 0
        assert rate(traced, name) == sp.Symbol("gate") * sp.Symbol("eta") * symbol


def test_a_trace_changes_when_weights_move_and_not_how_far() -> None:
    """At a small rate, over a time that is long against the trace's."""

    def moved(**changes: float) -> np.ndarray:
        task = complex_signal("gle", eta=1e-6, span=4000.0, **changes)
        learner = OnlineLearner(task.system, task.learned, task.step)
        before = learner.parameters()["w2"]
        learner.advance(4000.0)
        return learner.parameters()["w2"] - before

    plain, traced = moved(), moved(trace=20.0)
    assert np.abs(traced - plain).max() < 0.03 * np.abs(plain).max()


def test_annealed_rates_fall_by_one_e_in_their_time_constant() -> None:
    """A constant error moves a weight by the integral of the pace."""
    task = chain("bp", eta=1e-6, span=200.0, anneal=(40.0, 30.0))
    solution = Integrator(resolve(task.system), RK4).run(0.02, record=["pace", "paced1", "e1"])
    waves = solution.waveforms
    expected = np.where(waves.time < 40.0, 1.0, np.exp(-(waves.time - 40.0) / 30.0))
    np.testing.assert_allclose(waves["pace"], expected, rtol=1e-9)
    np.testing.assert_allclose(waves["paced1"], expected * waves["e1"], atol=1e-12)


def test_offline_learning_anneals_alike() -> None:
    def step(begin: float, **changes: object) -> np.ndarray:
        task = complex_signal("gle", eta=1e-3, span=200.0, **changes)  # type: ignore[arg-type]
        adjoint = Adjoint(task.layers, method=EULER, teacher=task.teacher)
        learner = OfflineLearner(adjoint, task.learned, (task.stream.inputs, None), task.plasticity, 20.0, task.step)
        learner.time = begin
        before = learner.parameters()["w2"]
        learner.advance(begin + 20.0)
        return learner.parameters()["w2"] - before

    np.testing.assert_allclose(step(100.0, anneal=(40.0, 30.0)), np.exp(-2) * step(100.0), rtol=1e-9)


@pytest.mark.parametrize("changes", [{"trace": 5.0}, {"anneal": (20.0, 40.0)}, {"trace": 5.0, "anneal": (20.0, 40.0)}])
def test_both_are_circuits(changes: dict[str, object]) -> None:
    task: Task = chain("gle", span=120.0, **changes)  # type: ignore[arg-type]
    found = design(replace(task, solver_error=2e-2))
    names = set(found.circuit.volts_per_unit)
    assert ("zw1" in names) == ("trace" in changes) and ("paced1" in names) == ("anneal" in changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"trace": 0.0}, "trace must be positive"),
        ({"averaging": -1.0}, "averaging must be positive"),
        ({"anneal": (10.0, 0.0)}, "a moment and a time constant"),
        ({"anneal": (-1.0, 5.0)}, "a moment and a time constant"),
    ],
)
def test_settings_that_cannot_be_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        chain("gle", **changes)  # type: ignore[arg-type]
