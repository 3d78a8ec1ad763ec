"""One network that learns, ideally: what is judged, from where it starts, and when it diverges."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from vle_analog.lesson.learner import learn
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.lesson.lesson import Lesson

SMALL = Lesson("temporal_xor", rule="gle", eta=0.01, seed=0, span=400.0, moments=3, probe=100.0, settle=40.0)


@pytest.fixture(scope="module")
def run() -> LearningRun:
    return learn(SMALL)


def test_a_run_is_judged_before_learning_and_on_the_way(run: LearningRun) -> None:
    assert run.time[0] == 0.0 and run.time[-1] == 400.0
    assert len(run.time) == len(run.loss) == len(run.accuracy) == len(run.online) + 1
    assert set(run.alignment) == {"1", "2", "3"}
    assert all(len(course) == len(run.time) for course in run.alignment.values())
    assert run.loss[-1] < run.loss[0]
    assert run.diverged is None and set(run.learned) >= {"w1_0", "w2_7_7", "b3", "w3_0"}


def test_a_run_is_a_function_of_its_lesson(run: LearningRun) -> None:
    assert replace(learn(SMALL), seconds=0.0) == replace(run, seconds=0.0)
    assert learn(replace(SMALL, seed=1)).loss != run.loss


def test_all_rules_start_from_the_same_network_and_data() -> None:
    first = {rule: learn(replace(SMALL, rule=rule, span=120.0)).loss[0] for rule in ("bp", "vle", "adjoint")}
    assert len(set(first.values())) == 1


def test_a_run_that_diverges_says_when() -> None:
    run = learn(replace(SMALL, eta=1e6))
    assert run.diverged is not None and 0 < run.diverged <= 400.0
    assert run.frozen_loss is None and run.learned == {}
    json.dumps(run.to_json(), allow_nan=False)


def test_the_angle_of_own_feedback_weights_is_told() -> None:
    """Weights that learn from the noise in rates come to the side of the forward weights."""
    changes = (("feedback", "pal"), ("noise", 0.3), ("noise_rate", 0.03))
    run = learn(replace(SMALL, probe=40.0, settle=0.0, span=200.0, changes=changes))
    assert set(run.feedback) == {"2", "3"} and len(run.feedback_angles("2")) == len(run.time)
    for layer in run.feedback:
        first, *_, last = run.feedback_angles(layer)
        assert first > 50 and last < 0.6 * first
    assert LearningRun.from_json(json.loads(json.dumps(run.to_json()))) == run


def test_the_teacher_stands_beside_what_was_learned() -> None:
    run = learn(Lesson("chain", rule="gle", eta=0.3, seed=0, span=400.0, moments=2, probe=40.0, settle=0.0))
    assert {name: taught for name, (_, taught) in run.learned.items()} == {
        "w1": 1.0, "w2": 2.0, "tau_m1": 1.0, "tau_m2": 2.0,
    }  # fmt: skip
