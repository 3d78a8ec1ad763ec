"""The XOR for boards of parts as they come: its size, and that its lessons are learned."""

from __future__ import annotations

import pytest

from vle_analog.lesson.student import IdealStudent
from vle_analog.stimulus import DutyGate
from vle_analog.tasks import xor_medium


def test_it_has_48_weights_and_no_multiplier_for_annealing() -> None:
    task = xor_medium("gle", span=300.0, eligibility=True)
    assert sum(name.startswith("w") for name in task.learning.parameters) == 48
    (gate,) = (each.stimulus for each in task.system.inputs if str(each.symbol) == "gate")
    assert isinstance(gate, DutyGate) and (gate.begin, gate.tau) == pytest.approx((150.0, 60.0))
    assert not any(str(each.symbol).startswith("pace") for each in task.system.inputs)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_gle_with_eligibility_learns_any_lesson(seed: int) -> None:
    task = xor_medium("gle", span=60_000.0, seed=seed, eligibility=True)
    student = IdealStudent(task)
    student.advance(60_000.0)
    exam = student.examine()
    assert task.exam.answers is not None
    assert task.exam.answers.right(exam.time, exam[task.learning.output]) > 0.98
