"""Alignment of rules with the exact gradient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vle_analog.lesson.alignment import alignment, cosine
from vle_analog.reference.learners import FrozenNetwork, OnlineLearner
from vle_analog.reference.tableau import EULER
from vle_analog.tasks import Task, complex_signal, temporal_xor
from vle_analog.tasks.task import plastic_system


def aligned(task: Task, settle: float = 0.0) -> dict[str, float]:
    learner = OnlineLearner(task.system, task.learned, task.step)
    learner.advance(40.0)
    exact = FrozenNetwork(task.layers, task.teacher, task.step, EULER).adjoint
    return alignment(learner, exact, task, 400.0, settle)


@pytest.mark.parametrize("rule", ["bp", "gle"])
def test_local_rules_are_exact_where_both_time_constants_are_equal(rule: str) -> None:
    """Then ``I+_{tau_m} D-_{tau_r}`` and ``D+_{tau_m} I-_{tau_r}`` are both one."""
    task = complex_signal(rule, eta=0.01, span=1000.0)
    layers = tuple(replace(layer, tau_r=layer.tau_m) for layer in task.layers)
    system, learned = plastic_system("equal", layers, task.plasticity, task.stream, 1000.0, task.teacher)
    found = aligned(replace(task, layers=layers, system=system, learned=learned))
    assert min(found.values()) > 0.9999


def test_rules_differ_where_they_are_not() -> None:
    bottom = {rule: aligned(complex_signal(rule, eta=0.01, span=4000.0), 2000.0)["1"] for rule in ("bp", "gle", "vle1")}
    assert bottom["gle"] < 0.9 and bottom["bp"] < 0.95
    assert bottom["vle1"] > bottom["gle"]


@pytest.mark.parametrize("moment, settle", [(0.0, 2000.0), (400.0, 0.0), (400.0, 2000.0)])
def test_the_data_do_not_end_before_the_measurement(moment: float, settle: float) -> None:
    """A bit stream ends with its span and stands still from there: all rules would agree, with a cosine of one."""
    task = temporal_xor("bp", span=400.0)
    learner = OnlineLearner(task.system, task.learned, task.step)
    learner.advance(moment)
    exact = FrozenNetwork(task.layers, task.teacher, task.step, EULER).adjoint
    found = alignment(learner, exact, task, 100.0, settle)
    assert 0.01 < abs(found["1"]) < 0.999 and found["3"] < 0.9999
    assert learner.time == moment


def test_a_direction_is_that_of_full_rates() -> None:
    """After a long annealing, changes at the annealed rate would be lost in rounding."""
    task = temporal_xor("gle", span=400.0, anneal=(0.0, 5.0))
    learner = OnlineLearner(task.system, task.learned, task.step)
    learner.advance(300.0)
    exact = FrozenNetwork(task.layers, task.teacher, task.step, EULER).adjoint
    assert alignment(learner, exact, task, 100.0)["3"] > 0.9


def test_cosine() -> None:
    assert cosine(np.array([1.0, 0.0]), np.array([1.0, 1.0])) == pytest.approx(2**-0.5)
    assert cosine(np.zeros(2), np.ones(2)) == 0.0
