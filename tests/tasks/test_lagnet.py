"""The lagnet: only the first weights learn, all else is the teacher's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vle_analog.design.design import design
from vle_analog.diagram.diagram import differences
from vle_analog.equations.checks import check
from vle_analog.equations.system import name_of
from vle_analog.errors import UsageError
from vle_analog.learning.rules import RULES
from vle_analog.lesson.alignment import alignment
from vle_analog.lesson.learner import examine, learn
from vle_analog.lesson.lesson import Lesson
from vle_analog.reference.learners import FrozenNetwork, OfflineLearner, OnlineLearner
from vle_analog.reference.tableau import EULER
from vle_analog.studies.run.study import run
from vle_analog.synthesis.lower import lower
from vle_analog.tasks import TASKS, Task, lagnet
from vle_analog.tasks.task import plastic_system

TEACHER = np.array([-0.5, 1.0])


def frozen(task: Task) -> FrozenNetwork:
    return FrozenNetwork(task.layers, task.teacher, task.step, EULER)


def test_it_is_registered() -> None:
    assert TASKS["lagnet"] is lagnet
    assert lagnet().name == "lagnet" and lagnet().rule == "vle"


@pytest.mark.parametrize("rule", sorted(RULES))
def test_only_the_first_weights_are_states(rule: str) -> None:
    task = lagnet(rule, span=200.0)
    check(task.system)
    diagram = lower(task.system)
    assert differences(diagram.system, diagram.read_back) == []
    assert {name for name in task.learning.parameters if name[0] == "w"} == {"w1_0", "w1_1"}
    assert [task.learning.parameters[name] for name in ("w1_0", "w1_1")] == TEACHER.tolist()
    states = {name_of(each.symbol) for each in task.system.states}
    assert "w1" in states and not states & {"w2", "w3"}
    values = {name_of(each.symbol): np.asarray(each.value) for each in task.system.parameters}
    for name in ("w2", "w3"):
        np.testing.assert_array_equal(values[name], values[f"t{name}"])


def test_the_teacher_has_no_loss_in_its_exam() -> None:
    task = lagnet()
    loss, variance, right = examine(frozen(task), {"w1": TEACHER}, task)
    assert loss == 0 and variance == pytest.approx(0.159, rel=0.02) and right is None


def test_another_seed_is_another_student_in_another_exam() -> None:
    tasks = [lagnet(seed=seed) for seed in (0, 0, 1)]
    first = [np.ravel(task.layers[0].weights) for task in tasks]
    exams = [task.exam.inputs[0](np.linspace(0, 9, 10)) for task in tasks]
    for found in (first, exams):
        np.testing.assert_array_equal(found[0], found[1])
        assert not np.allclose(found[0], found[2])


@pytest.mark.parametrize("rule", ["gle", "vle", "adjoint"])
def test_it_is_learned(rule: str) -> None:
    """Loss over the target's variance after 600 units; measured 6e-7, 2e-6 and 2e-7."""
    lesson = learn(Lesson("lagnet", rule=rule, eta=1.0 if rule == "adjoint" else 0.3, seed=0, span=600.0, moments=2))
    assert lesson.diverged is None
    assert lesson.loss[0] > lesson.variance  # worse than no output at all
    assert lesson.loss[-1] < 1e-5 * lesson.variance
    assert set(lesson.learned) == {"w1_0", "w1_1"}
    for learned, taught in lesson.learned.values():
        assert learned == pytest.approx(taught, abs=0.01)


def test_bp_does_not_learn_it() -> None:
    """Its errors have the wrong phase."""
    lesson = learn(Lesson("lagnet", rule="bp", eta=0.3, seed=0, span=600.0, moments=2))
    assert lesson.loss[-1] > 0.5 * lesson.variance


def test_alignment_tells_of_the_layer_that_learns() -> None:
    task = lagnet("gle", span=1000.0)
    learner = OnlineLearner(task.system, task.learned, task.step)
    assert [each.name for each in learner.learned] == ["w1"]
    found = alignment(learner, frozen(task).adjoint, task, 400.0)
    assert set(found) == {"1"} and found["1"] > 0.9


def test_offline_learning_moves_the_first_weights_alone() -> None:
    task = lagnet("gle", span=200.0)
    data = task.stream.inputs, None
    learner = OfflineLearner(frozen(task).adjoint, task.learned, data, task.plasticity, task.window, task.step)
    layout = learner.adjoint.forward.layout
    before = learner.state.copy()
    learner.advance(100.0)
    assert set(learner.parameters()) == {"w1"}
    for name in ("w2", "w3"):
        np.testing.assert_array_equal(learner.state[layout.span(name)], before[layout.span(name)])
    assert np.abs(learner.parameters()["w1"] - before[layout.span("w1")]).min() > 0.01


def test_fixed_weights_take_no_multipliers() -> None:
    """Each learned weight takes one forward, one for its plasticity and, above the first layer, one backward."""
    task = lagnet("gle", span=100.0)
    layers = [replace(layer, learn=True) for layer in task.layers]
    everywhere, _ = plastic_system("all", layers, task.plasticity, task.stream, 100.0, task.teacher)
    few, many = (design(system).circuit.parts for system in (task.system, everywhere))
    assert many["multipliers"] - few["multipliers"] == 3 * (4 + 2)
    assert few["opamps"] < many["opamps"]


def test_it_runs_as_a_circuit(ngspice: str) -> None:
    found = run(lagnet("vle", span=100.0))
    assert max(found.comparison.trace_nrmse.values()) < 1e-3  # measured 1e-4


@pytest.mark.parametrize(
    "arguments, what",
    [
        ({"rule": "bpp"}, "unknown rule 'bpp'"),
        ({"eta": 0.0}, "must be positive, not 0"),
        ({"span": 99.0}, "at least 100"),
        ({"speed": 1.0}, "unknown setting of plasticity 'speed'"),
    ],
)
def test_bad_arguments(arguments: dict[str, float], what: str) -> None:
    with pytest.raises(UsageError, match=what):
        lagnet(**arguments)  # type: ignore[arg-type]
