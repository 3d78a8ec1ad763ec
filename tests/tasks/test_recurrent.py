"""Layers that hear themselves or others: relays in the forward path, and errors that go back through them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.tasks.taskfiles import ECHO, written
from vle_analog.diagram.diagram import differences
from vle_analog.equations.checks import check
from vle_analog.equations.resolve import resolve
from vle_analog.learning.rules import RULES
from vle_analog.lesson.alignment import alignment
from vle_analog.reference.integrator import Integrator
from vle_analog.reference.learners import FrozenNetwork, OfflineLearner, OnlineLearner
from vle_analog.reference.tableau import RK4
from vle_analog.studies.run.study import run
from vle_analog.synthesis.lower import lower
from vle_analog.tasks import Task, task_named
from vle_analog.tasks.deployment import deployed_system


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    return written(tmp_path, ECHO)


def built(path: Path, rule: str = "gle", **changes: object) -> Task:
    return task_named(str(path))(rule, **changes)


@pytest.mark.parametrize("eligibility", [True, False])
@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_is_a_system_and_a_diagram(echo: Path, rule: str, eligibility: bool) -> None:
    task = built(echo, rule, eligibility=eligibility)
    check(task.system)
    diagram = lower(task.system)
    assert differences(diagram.system, diagram.read_back) == []
    names = set(task.learning.parameters)
    assert {f"w1to1_{i}_{j}" for i in range(3) for j in range(3)} | {f"w2to1_{i}" for i in range(3)} <= names


@pytest.mark.parametrize("eligibility", [True, False])
def test_rules_go_along_with_the_exact_gradient(echo: Path, eligibility: bool) -> None:
    """Cosine in the layer that hears itself and the output; measured 0.96 to 0.99."""
    for rule in ("gle", "vle1"):
        task = built(echo, rule, eligibility=eligibility, span=400.0)
        learner = OnlineLearner(task.system, task.learned, task.step)
        adjoint = FrozenNetwork(task.layers, task.teacher, task.step).adjoint
        assert alignment(learner, adjoint, task, 200.0, 100.0)["1"] > 0.9, rule


def test_the_exact_gradient_learns_what_relays_weigh(echo: Path) -> None:
    task = built(echo)
    adjoint = FrozenNetwork(task.layers, task.teacher, task.step).adjoint
    data = task.stream.inputs, task.stream.targets
    learner = OfflineLearner(adjoint, task.learned, data, task.plasticity, 10.0, task.step)
    before, losses = learner.parameters(), [learner.advance(100.0), learner.advance(200.0)]
    assert losses[1] < losses[0]
    assert all(not np.array_equal(learner.parameters()[name], before[name]) for name in ("w1to1", "w2to1", "w1", "w2"))


def test_a_deployed_network_is_the_frozen_one(echo: Path) -> None:
    task = built(echo)
    parameters = OnlineLearner(task.system, task.learned, task.step).parameters()
    parameters["w1to1"] = 1.5 * parameters["w1to1"]
    found = Integrator(resolve(deployed_system(task, parameters))).run(0.005).waveforms
    frozen = FrozenNetwork(task.layers, task.teacher, 0.005, RK4)
    time, outputs, _ = frozen.run(parameters, task.exam.inputs, None, task.exam.span)
    np.testing.assert_allclose(np.interp(time, found.time, found["r2"]), outputs[:, 0], atol=1e-8)


def test_it_learns_on_the_chip(ngspice: str, echo: Path) -> None:
    found = run(built(echo, span=20.0))
    assert found.comparison.trace_nrmse_max < 1e-3  # measured 2e-5
    assert np.ptp(found.analog["w1to1_0_1"]) > 1e-3
