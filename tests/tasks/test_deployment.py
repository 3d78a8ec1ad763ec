"""A learned network as constants: the same waveforms as the frozen one, and a circuit without multipliers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.blocks.bench import built
from vle_analog.circuit.elements import Drive, Resistor
from vle_analog.design.design import design
from vle_analog.equations.resolve import resolve
from vle_analog.equations.system import name_of
from vle_analog.errors import UsageError
from vle_analog.netlist.ngspice import render
from vle_analog.production.rounding import rounded
from vle_analog.production.variation import mismatched
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.learners import FrozenNetwork, OnlineLearner
from vle_analog.reference.tableau import RK4
from vle_analog.studies.run.study import run
from vle_analog.tasks import TASKS, Task, chain, lagnet, xor_small
from vle_analog.tasks.deployment import deployed_system, with_parameters

SPAN = 20.0


def learned(task: Task, span: float) -> dict[str, np.ndarray]:
    """What some learning makes of the parameters."""
    learner = OnlineLearner(task.system, task.learned, task.step)
    before = learner.parameters()
    learner.advance(span)
    found = learner.parameters()
    assert all(not np.array_equal(found[name], before[name]) for name in found)
    return found


@pytest.mark.parametrize("name", sorted({*TASKS} - {"xor_small"}))  # a smaller temporal_xor
def test_it_runs_as_the_frozen_network_and_as_a_circuit(name: str) -> None:
    task = TASKS[name](None if name == "first_board" else "gle", span=300.0)  # which does not look ahead
    parameters = learned(task, 100.0)
    exam = replace(task.exam, span=SPAN)
    deployed = deployed_system(task, parameters, exam)
    assert deployed.outputs == task.system.outputs[:2]
    assert (deployed.unit, deployed.span) == (task.system.unit, SPAN)
    step = 0.005  # divides the span
    found = Integrator(resolve(deployed)).run(step).waveforms
    time, output, target = FrozenNetwork(task.layers, task.teacher, step, RK4).run(
        parameters, exam.inputs, exam.targets, SPAN
    )
    for signal, expected in zip(task.learning.pairs, (*output.T, *target.T), strict=True):
        values = np.interp(time, found.time, found[signal])
        np.testing.assert_allclose(values, expected, atol=1e-9 * np.ptp(expected), err_msg=signal)
    assert not np.allclose(found[task.learning.outputs[0]], found[task.learning.targets[0]], atol=0.01)
    ready = design(deployed)
    assert ready.circuit.parts["multipliers"] == ready.circuit.parts["switches"] == 0
    assert ready.circuit.parts["capacitors"] == sum(layer.size for layer in (*task.layers, *(task.teacher or ())))


def test_the_exam_is_the_tasks_own() -> None:
    task = lagnet()
    deployed = deployed_system(task, {})
    assert deployed.span == task.exam.span
    assert [(name_of(each.symbol), each.stimulus) for each in deployed.inputs] == [("x", task.exam.x)]
    xor = xor_small(span=300.0)
    inputs = {name_of(each.symbol): each.stimulus for each in deployed_system(xor, {}).inputs}
    assert inputs == {"x": xor.exam.x, "target": xor.exam.target}


def test_parameters_are_constants_and_the_rest_is_the_tasks() -> None:
    task = lagnet()
    constants = deployed_system(task, {"w1": np.array([0.25, -0.75])}).constants
    np.testing.assert_array_equal(constants["w1"], [0.25, -0.75])
    for name in ("w2", "w3", "tau_m1", "tau_r2"):
        np.testing.assert_array_equal(constants[name], constants[f"t{name}"])
    np.testing.assert_array_equal(constants["tw1"], [-0.5, 1.0])
    learner = OnlineLearner(task.system, task.learned, task.step)
    np.testing.assert_array_equal(deployed_system(task, {}).constants["w1"], learner.parameters()["w1"])


def test_learned_time_constants_enter() -> None:
    task = chain("gle", span=100.0)
    constants = deployed_system(task, {"tau_m2": np.array(0.7), "w2": np.array([1.5])}).constants
    assert (constants["tau_m2"], constants["w2"], constants["tau_m1"]) == (0.7, 1.5, 0.307)
    assert not any(layer.learn or layer.learn_tau for layer in with_parameters(task.layers, {}))


def test_a_weight_is_one_resistor() -> None:
    """Twice the weight at the same scales: half the resistance, and nothing else."""
    task = xor_small(span=300.0)
    weights = np.array(task.layers[1].weights)
    weights[2, 3] *= 2
    circuits = [built(deployed_system(task, given)) for given in ({}, {"w2": weights})]
    pairs = zip(*(circuit.elements() for circuit in circuits), strict=True)
    ((before, after),) = [pair for pair in pairs if not isinstance(pair[0], Drive) and pair[0] != pair[1]]
    assert isinstance(before, Resistor) and isinstance(after, Resistor)
    assert before.name.startswith("s2_2__") and after.ohms == pytest.approx(before.ohms / 2)


def test_it_runs_in_ngspice(ngspice: str) -> None:
    task = xor_small("vle", span=300.0)
    parameters = learned(task, 200.0)
    found = run(deployed_system(task, parameters, replace(task.exam, span=30.0)))
    assert set(found.comparison.trace_nrmse) == {"r3", "target"}
    assert found.comparison.trace_nrmse_max < 1e-3  # measured 6e-5
    assert np.ptp(found.analog["r3"]) > 0.1
    ready = found.design
    for other in (rounded(ready.circuit), mismatched(ready.circuit, 0.01, 0.01, seed=0)):
        assert render(other, ready.bench).text != ready.deck.text


@pytest.mark.parametrize(
    "parameters, what",
    [
        ({"w4": np.zeros(1)}, r"the network has no parameter 'w4'\n.*did you mean"),
        ({"g1": np.zeros(5)}, "the network has no parameter 'g1'"),
        ({"w2": np.zeros((5, 4))}, r"parameter 'w2' has shape \(5, 4\), not \(5, 5\)"),
        ({"b1": np.zeros(())}, r"parameter 'b1' has shape \(\), not \(5,\)"),
        ({"b1": np.full(5, np.nan)}, "parameter 'b1' has values that are not finite"),
    ],
)
def test_bad_parameters(parameters: dict[str, np.ndarray], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        deployed_system(xor_small(span=300.0), parameters)
