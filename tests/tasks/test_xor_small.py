"""The small temporal XOR: its size, its data, its annealing, and that it learns."""

from __future__ import annotations

import numpy as np
import pytest

from vle_analog.lesson.learner import learn
from vle_analog.lesson.lesson import Lesson
from vle_analog.tasks import xor_small


def test_it_has_35_weights_and_46_plastic_parameters() -> None:
    task = xor_small("gle", span=300.0)
    learned = list(task.learning.parameters)
    assert len(learned) == 46
    assert sum(name.startswith("w") for name in learned) == 35
    assert sum(name.startswith("b") for name in learned) == 11


def test_its_target_is_the_product_of_the_previous_two_bits() -> None:
    task = xor_small("bp", span=600.0)
    assert task.stream.targets is not None
    middle = 3.0 * np.arange(200) + 1.5
    bits, wanted = np.sign(task.stream.inputs[0](middle)), np.sign(task.stream.targets[0](middle))
    assert (wanted[2:] == bits[1:-1] * bits[:-2]).all()


def test_its_answers_are_read_where_they_are_and_its_exam_is_fresh() -> None:
    task = xor_small("bp", span=3033.0)
    exam, time = task.exam, np.arange(0, task.exam.span, 0.03)
    assert exam.answers is not None and exam.targets is not None
    assert exam.answers.right(time, exam.targets[0](time)) == 1.0
    assert exam.answers.right(time, -exam.targets[0](time)) == 0.0
    assert exam.answers.times.min() > exam.settle and exam.answers.times.max() < exam.span
    middle = 3.0 * np.arange(1011) + 1.5
    same = np.mean(np.sign(task.stream.inputs[0](middle)) == np.sign(exam.inputs[0](middle)))
    assert 0.4 < same < 0.6


@pytest.mark.parametrize("span", [300.0, 3000.0])
def test_its_annealing_scales_with_the_span(span: float) -> None:
    assert xor_small("gle", span=span).plasticity.anneal == pytest.approx((0.5 * span, 0.2 * span))
    assert xor_small("gle", span=span, anneal=None).plasticity.anneal is None
    assert xor_small("gle", span=span, anneal=(1.0, 2.0)).plasticity.anneal == (1.0, 2.0)


def test_a_short_run_lowers_the_loss() -> None:
    run = learn(Lesson("xor_small", rule="gle", eta=0.01, seed=0, span=3000.0, moments=3, probe=100.0, settle=100.0))
    assert run.diverged is None and run.loss[-1] < 0.9 * run.loss[0]
