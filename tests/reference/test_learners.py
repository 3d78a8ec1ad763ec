"""Networks while they learn: what they do between two judgements."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vle_analog.equations.resolve import resolve
from vle_analog.errors import DivergenceError
from vle_analog.reference.adjoint import Adjoint
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.learners import FrozenNetwork, OfflineLearner, OnlineLearner
from vle_analog.reference.tableau import EULER
from vle_analog.stimulus import Gate
from vle_analog.tasks import Task, chain, complex_signal, temporal_xor
from vle_analog.tasks.task import plastic_system


def online(task: Task) -> OnlineLearner:
    return OnlineLearner(task.system, task.learned, task.step)


def offline(task: Task, window: float | None = None) -> OfflineLearner:
    adjoint = Adjoint(task.layers, method=EULER, teacher=task.teacher)
    data = task.stream.inputs, task.stream.targets
    return OfflineLearner(adjoint, task.learned, data, task.plasticity, window or task.window, task.step)


def always_on(task: Task) -> Task:
    """The task with its gate open from the start."""
    stream = replace(task.stream, gate=Gate(-1.0, float("inf")))
    system, _ = plastic_system(task.name, task.layers, task.plasticity, stream, task.system.span, task.teacher)
    return replace(task, system=system)


@pytest.mark.parametrize("build", [chain, temporal_xor])
def test_learning_in_pieces_is_the_integrators_run(build) -> None:  # type: ignore[no-untyped-def]
    task = always_on(build("vle1", span=200.0))
    whole = Integrator(resolve(task.system), EULER).run(task.step).final
    learner = online(task)
    for moment in (40.0, 100.0, 200.0):
        learner.advance(moment)
    assert learner.time == pytest.approx(200.0)
    for name, values in learner.parameters().items():
        expected = 1 / whole[f"g{name[5:]}"] if name.startswith("tau_m") else whole[name]
        np.testing.assert_allclose(values, expected, rtol=1e-6, err_msg=name)


def test_the_loss_on_the_way_is_the_mean_over_the_way() -> None:
    task = always_on(temporal_xor("gle", span=200.0))
    solution = Integrator(resolve(task.system), EULER).run(task.step, record=["r3", "target"])
    squares = (solution.waveforms["r3"] - solution.waveforms["target"])[:-1] ** 2
    half = len(squares) // 2
    learner = online(task)
    assert learner.advance(100.0) == pytest.approx(np.mean(squares[:half]), rel=1e-6)
    assert learner.advance(200.0) == pytest.approx(np.mean(squares[half:]), rel=1e-6)


def test_a_direction_is_what_a_small_rate_does_and_leaves_no_trace() -> None:
    task = complex_signal("vle", eta=0.1, span=400.0)
    learner = online(task)
    learner.advance(100.0)
    before, time = learner.parameters(), learner.time
    found = learner.direction(50.0)
    assert learner.time == time
    for name, values in learner.parameters().items():
        np.testing.assert_array_equal(values, before[name])
    slow = learner.integrator
    slow.parameters[slow.layout.span("eta")] = 1e-6
    learner.advance(150.0)
    for name, values in learner.parameters().items():
        np.testing.assert_allclose((values - before[name]) / 1e-6, found[name], rtol=1e-3, atol=1e-3)


def test_offline_learning_moves_down_the_exact_gradient() -> None:
    task = temporal_xor("gle", eta=1e-3, span=200.0)
    learner = offline(task, window=100.0)
    before = learner.parameters()
    found = Adjoint(task.layers, method=EULER).gradient(task.stream.inputs, task.stream.targets, 100.0, task.step)
    loss = learner.advance(100.0)
    assert loss == pytest.approx(2 * found.cost / 100.0)
    for name, values in learner.parameters().items():
        np.testing.assert_allclose(values - before[name], -1e-3 * found.by[name], atol=1e-12, err_msg=name)


def test_offline_learning_learns_the_chain_with_its_time_constants() -> None:
    task = chain("gle", eta=0.3, span=6000.0)
    learner = offline(task, window=16.0)
    frozen = FrozenNetwork(task.layers, task.teacher, task.step)

    def loss() -> float:
        _, output, target = frozen.run(learner.parameters(), task.exam.inputs, None, 100.0)
        return float(np.mean((output - target) ** 2))

    before = loss()
    learner.advance(6000.0)
    assert loss() < 1e-3 * before
    assert learner.parameters()["tau_m1"] == pytest.approx(1.0, rel=0.15)


@pytest.mark.parametrize("learn_tau", [False, True])
def test_offline_learning_leaves_fixed_layers_and_moves_the_others_as_ever(learn_tau: bool) -> None:
    task = temporal_xor("gle", eta=1e-3, span=200.0)
    layers = (task.layers[0], replace(task.layers[1], learn=False, learn_tau=learn_tau), task.layers[2])
    _, learned = plastic_system("part", layers, task.plasticity, task.stream, 200.0)
    whole, part = (offline(each, window=100.0) for each in (task, replace(task, layers=layers, learned=learned)))
    exact = [
        learner.adjoint.gradient(task.stream.inputs, task.stream.targets, 100.0, task.step).by
        for learner in (whole, part)
    ]
    for name, values in exact[0].items():
        np.testing.assert_array_equal(values, exact[1][name], err_msg=name)  # of fixed weights, too
    layout, before = part.adjoint.forward.layout, part.state.copy()
    for learner in (whole, part):
        learner.advance(100.0)
    moved = part.parameters()
    assert set(moved) == {"w1", "b1", "w3", "b3"} | ({"tau_m2"} if learn_tau else set())
    for name in ("w1", "b1", "w3", "b3"):
        np.testing.assert_array_equal(moved[name], whole.parameters()[name], err_msg=name)
    for name in ("w2", "b2"):
        np.testing.assert_array_equal(part.state[layout.span(name)], before[layout.span(name)])


def test_online_learning_leaves_fixed_layers() -> None:
    task = temporal_xor("vle", eta=0.01, span=200.0)
    layers = (task.layers[0], replace(task.layers[1], learn=False), task.layers[2])
    system, learned = plastic_system("part", layers, task.plasticity, task.stream, 200.0)
    whole, part = online(task), online(replace(task, layers=layers, system=system, learned=learned))
    directions = whole.direction(20.0), part.direction(20.0)
    assert set(directions[1]) == {"w1", "b1", "w3", "b3"}
    for name, values in directions[1].items():
        np.testing.assert_allclose(values, directions[0][name], rtol=1e-6, atol=1e-9, err_msg=name)
    part.advance(50.0)
    np.testing.assert_array_equal(
        part.integrator.parameters[part.integrator.layout.span("w2")], np.ravel(layers[1].weights)
    )


def test_a_frozen_network_is_the_learning_one_with_its_gate_closed() -> None:
    task = complex_signal("vle", span=200.0)
    shut = replace(task.stream, gate=Gate(1e6, float("inf")))
    system, _ = plastic_system("shut", task.layers, task.plasticity, shut, 200.0, task.teacher)
    expected = Integrator(resolve(system), EULER).run(task.step, record=["r3", "target"]).waveforms
    learner = online(task)
    time, output, target = FrozenNetwork(task.layers, task.teacher, task.step).run(
        learner.parameters(), task.stream.inputs, None, 200.0
    )
    np.testing.assert_allclose(output[:, 0], np.interp(time, expected.time, expected["r3"]), atol=1e-9)
    np.testing.assert_allclose(target[:, 0], np.interp(time, expected.time, expected["target"]), atol=1e-9)


def test_divergence_names_the_state() -> None:
    task = complex_signal("gle", eta=1e4, span=200.0)
    with pytest.raises(DivergenceError, match="diverges"):
        online(task).advance(200.0)
