"""Ladders of delays: their order follows from the signal, and their error is told apart from the parts'."""

from __future__ import annotations

import numpy as np
import pytest

import vle_analog as va
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.errors import EquationError, UsageError
from vle_analog.studies.run.study import simulated
from vle_analog.tasks import chain

LATE = va.system("late", x="-x(t - 1)", initial={"x": 1.0}, span=8)


def test_the_order_is_as_high_as_the_error_asks_for() -> None:
    orders = []
    for error in (3e-2, 3e-3, 3e-4):
        ready = design(LATE, Build(delay_error=error))
        (ladder,) = ready.ladders
        assert max(ready.delayed.values()) <= error
        assert (ladder.source, ladder.duration) == ("x", 1.0)
        orders.append(ladder.order)
    assert orders == sorted(orders) and orders[0] < orders[-1]


def test_a_slower_signal_needs_a_lower_order() -> None:
    slow, fast = (
        va.system(x="u - x", y="delay(x, 1) - y", where={"u": va.stimulus.Sines((1.0,), (f,), (1.57,))}, span=20)
        for f in (0.05, 0.4)
    )
    lower, higher = (design(each).ladders[0] for each in (slow, fast))
    assert lower.order < higher.order and lower.good < higher.good


def test_the_ladder_s_error_is_told_apart_from_the_circuit_s() -> None:
    ready = design(LATE, Build(delay_order=2))
    run = simulated(LATE, ready, va.Lab())
    assert run.comparison.trace_nrmse["x"] < 3e-4 < 3e-3 < ready.delayed["x"]
    assert any("order 2" in sentence for sentence in run.told(run).sentences)
    assert "all-pass ladder (Pade) of order 2" in " ".join(ready.deck.text.replace("\n*  ", "").split())
    metrics = run.metrics()
    assert metrics["delays"][0]["order"] == 2 and metrics["delays_nrmse"] == dict(ready.delayed)


def test_a_circuit_with_a_delay_is_what_the_method_of_steps_says() -> None:
    ready = design(LATE)
    run = simulated(LATE, ready, va.Lab())
    t = run.analog.time
    exact = np.where(t < 1, 1 - t, np.where(t < 2, 1 - t + (t - 1) ** 2 / 2, np.nan))
    early = t < 2
    assert np.sqrt(np.mean((run.analog["x"] - exact)[early] ** 2)) < 1e-3


def test_orders_that_cannot_be_are_refused() -> None:
    for build in ({"delay_order": 0}, {"delay_order": 25}, {"delay_error": 0.0}):
        with pytest.raises(UsageError):
            Build(**build)
    halves = va.system("halves", x="-delay(delay(x, 0.5), 0.5)", initial={"x": 1.0}, span=8)
    assert len(design(halves, Build(delay_order=4)).ladders) == 2


def test_a_learning_network_has_neither_delays_nor_events() -> None:
    task = chain("vle")
    state = task.system.states[0]
    from dataclasses import replace

    from vle_analog.equations.operators import delay

    late = replace(state, derivative=state.derivative + delay(state.symbol, 1.0))
    changed = replace(task, system=task.system.updated(states=(late, *task.system.states[1:])))
    with pytest.raises(EquationError, match="a learning network has no delays"):
        design(changed)
