"""The chain, ideal: what each rule learns, against what is known of the task."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from vle_analog.compare import frozen_loss
from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import name_of
from vle_analog.errors import UsageError
from vle_analog.reference.integrator import Integrator, Solution
from vle_analog.tasks import TASKS, Task, chain

PERIOD = 4.0

#: weights and leak conductances
TEACHER = {"w1": 1.0, "w2": 2.0, "g1": 1.0, "g2": 0.5}


@cache
def learned(rule: str) -> tuple[Task, Solution]:
    """10,000 units (vle, whose learned gain slows it down, 20,000) at eta 1 in steps of 0.02, all recorded."""
    task = chain(rule, 1.0, 20_000.0 if rule == "vle" else 10_000.0)
    return task, Integrator(resolve(task.system)).run(0.02, samples=1_000_000)


def final_loss(rule: str) -> float:
    task, solution = learned(rule)
    return frozen_loss(solution.waveforms, "r2", "target", *task.learning.final_window)


def final(rule: str, name: str) -> float:
    return float(learned(rule)[1].final[name])


@pytest.mark.parametrize("rule", ["gle", "vle"])
def test_gle_and_vle_find_the_teacher(rule: str) -> None:
    for name, value in TEACHER.items():
        assert final(rule, name) == pytest.approx(value, rel=0.01), name
    assert final_loss(rule) < 1e-8  # measured: gle 4.3e-13, vle 3.8e-12


def test_bp_gets_stuck_with_its_time_constants_at_the_wall() -> None:
    assert 0.008 < final_loss("bp") < 0.02  # measured 0.0169 (0.012 to 0.013 after 20,000 units)
    assert 1 / final("bp", "g1") == pytest.approx(0.1, rel=0.02)
    assert 1 / final("bp", "g2") == pytest.approx(0.1, rel=0.02)
    assert abs(final("bp", "w1")) < 0.2


def test_vle_takes_the_gain_out_of_its_errors() -> None:
    """gle's coefficients would stay at a = 1, b = tau_m: over-gain is what vle learns to remove."""
    for layer in "12":
        assert 0 < final("vle", f"ka{layer}") < 0.8
        assert final("vle", f"kb{layer}") > 0


@pytest.mark.parametrize("rule", ["bp", "gle", "vle"])
def test_all_rules_start_from_the_same_loss(rule: str) -> None:
    task, solution = learned(rule)
    loss = frozen_loss(solution.waveforms, "r2", "target", *task.learning.initial_window)
    assert loss == pytest.approx(0.2564, rel=1e-3)


@pytest.mark.parametrize("rule", ["bp", "gle", "vle"])
def test_plastic_states_stand_still_while_the_gate_is_off(rule: str) -> None:
    task, solution = learned(rule)
    width = 0.01  # the gate's ramps
    for window in (task.learning.initial_window, task.learning.final_window):
        held = solution.waveforms.between(window[0], window[1] - width)
        assert len(held.time) > 20
        for name in task.learning.parameters:
            assert np.ptp(held[name]) == 0, name
        assert np.ptp(held["r2"]) > 0.01  # while the network goes on


@pytest.mark.parametrize("rule, backward", [("bp", set()), ("gle", set()), ("vle", {"ka1", "kb1", "ka2", "kb2"})])
def test_what_a_task_compares(rule: str, backward: set[str]) -> None:
    task = chain(rule)
    assert set(task.learning.parameters) == set(TEACHER) | backward
    assert {name for name, value in task.learning.parameters.items() if value is None} == backward
    assert set(task.system.probes) == {"r2", "target", *task.learning.parameters}
    states = {name_of(each.symbol) for each in task.system.states}
    assert set(task.learning.parameters) <= states  # learned on chip: each is a capacitor's voltage


@pytest.mark.parametrize("span", [80.0, 200.0, 10_000.0])
def test_windows_are_whole_periods_inside_the_run(span: float) -> None:
    setup = chain("gle", span=span).learning
    assert setup.initial_window[0] == 0 and setup.final_window[1] <= span
    for start, stop in (setup.initial_window, setup.final_window):
        assert stop - start >= PERIOD and (stop - start) % PERIOD == 0
    assert setup.loss_window % PERIOD == 0
    gate = next(each.stimulus for each in chain("gle", span=span).system.inputs if each.gate)
    for window in (setup.initial_window, setup.final_window):
        np.testing.assert_array_equal(gate(np.linspace(window[0], window[1] - 0.01, 50)), 0)


def test_student_learns_nothing_of_a_teacher_with_eta_as_small_as_can_be() -> None:
    task = chain("gle", 1e-9, 100.0)
    solution = Integrator(resolve(task.system)).run(0.02)
    assert float(solution.final["w1"]) == pytest.approx(0.490, abs=1e-6)
    assert 1 / float(solution.final["g2"]) == pytest.approx(0.634, abs=1e-6)


def test_defaults_and_registry() -> None:
    assert TASKS["chain"] is chain
    assert chain().rule == "vle"
    assert next(each.value for each in chain().system.parameters if name_of(each.symbol) == "eta") == 1.0


@pytest.mark.parametrize(
    "arguments, what",
    [
        ({"rule": "bpp"}, "unknown rule 'bpp'"),
        ({"eta": 0.0}, "must be positive, not 0"),
        ({"eta": -1.0}, "must be positive, not -1"),
        ({"eta": float("nan")}, "must be positive, not nan"),
        ({"eta": float("inf")}, "eta"),
        ({"span": 79.0}, "at least 80"),
        ({"span": float("nan")}, "at least 80"),
        ({"span": float("inf")}, "span"),
    ],
)
def test_bad_arguments(arguments: dict[str, float], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        chain(**arguments)  # type: ignore[arg-type]
