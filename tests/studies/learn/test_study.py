"""What can be asked of learning rules, ideally and as circuits, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from vle_analog.design.build import Build
from vle_analog.errors import EquationError, UsageError
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import OFFLINE, Lesson
from vle_analog.production.grades import Grade
from vle_analog.production.production import Production
from vle_analog.production.rounding import Preferred
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.studies.learn.study import LearnPlan
from vle_analog.tasks import TASKS


def plan(task: str = "temporal_xor", span: float = 400.0, **given: Any) -> LearnPlan:
    """A plan; what boards and lessons have goes to them."""
    lesson = {name: given.pop(name) for name in ("changes",) if name in given}
    board = {name: given.pop(name) for name in ("mode", "build", "production", "tuning") if name in given}
    return LearnPlan(board=Board(Lesson(task, span=span, **lesson), **board), **given)


def test_lessons_are_all_rules_rates_and_seeds_in_order() -> None:
    lessons = plan(rules=("gle", OFFLINE, "gle"), etas=(0.1, 0.01), seeds=2, moments=3).lessons()
    assert [(lesson.rule, lesson.eta, lesson.seed) for lesson in lessons] == [
        (rule, eta, seed) for rule in ("gle", OFFLINE) for eta in (0.1, 0.01) for seed in (0, 1)
    ]
    assert {(lesson.span, lesson.moments) for lesson in lessons} == {(400.0, 3)}


def test_what_is_not_said_is_as_usual() -> None:
    task = TASKS["chain"]()
    ideal, analog = plan("chain").lessons(), plan("chain", analog=True).boards()
    assert len(ideal) == 4 * len(task.etas) * 8 and {lesson.moments for lesson in ideal} == {24}
    assert {lesson.rule for lesson in ideal} == {"bp", "gle", "vle", OFFLINE}
    assert [board.lesson.rule for board in analog] == ["bp", "gle", "vle"]
    assert {(board.lesson.eta, board.lesson.seed, board.lesson.moments) for board in analog} == {(task.eta, 0, 8)}
    assert analog[0].marks == 100


def test_feedback_is_one_of_the_changes() -> None:
    changed = plan(feedback="mirror", changes=(("trace", None),), seeds=1).lessons()[0]
    assert changed.changes == (("trace", None), ("feedback", "mirror"))


def test_data_that_end_before_the_lesson_are_told_before_it_begins() -> None:
    """The noise of feedback weights, of which there are so many values."""
    long = plan("xor_small", 240_000.0, rules=("gle",), feedback="noise", etas=(0.01,), seeds=1)
    with pytest.raises(EquationError, match="held values are more than"):
        long.check()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"task": "xor"}, "unknown task 'xor'"),
        ({"rules": ("gel",)}, "unknown rule 'gel'"),
        ({"rules": ()}, "at least one rule"),
        ({"etas": ()}, "at least one rate"),
        ({"seeds": 0}, "`seeds` must be at least 1, not 0"),
        ({"etas": (0.1, -1.0)}, "must be positive"),
        ({"etas": (float("nan"),)}, "must be positive"),
        ({"span": 10.0}, "at least 100"),
        ({"moments": 0}, "at least once"),
        ({"changes": (("feedbak", "mirror"),)}, "unknown setting of plasticity 'feedbak'"),
        ({"changes": (("rule", "bp"),)}, "no change of a lesson's plasticity"),
        ({"changes": (("feedback", "miror"),)}, "unknown feedback 'miror'"),
        ({"feedback": "miror"}, "unknown feedback 'miror'"),
        ({"feedback": "noise", "changes": (("feedback", "mirror"),)}, "feedback is given twice"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan(**{"rules": ("gle", OFFLINE), "etas": (0.01,), "seeds": 2, **given}).check()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"task": "chian"}, "unknown task 'chian'"),
        ({"rules": ("gle", "adjoint")}, "runs backward in time"),
        ({"rules": ("glee",)}, "unknown rule 'glee'"),
        ({"etas": (0.1, 1.0)}, "at one rate"),
        ({"mode": "on chip"}, "unknown mode 'on chip'"),
        ({"mode": "fine-tune", "tuning": 10.0}, "a span of at least 80"),
    ],
)
def test_circuits_that_cannot_be_compared_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        plan(**{"task": "chain", "span": 160.0, "rules": ("gle",), "analog": True, **given}).check()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"mode": "deploy"}, "mode"),
        ({"build": Build(series=Preferred())}, "series"),
        ({"build": Build(realisation="lead")}, "realisation"),
        ({"build": Build(fidelity="macromodel")}, "fidelity"),
        ({"build": Build(step=0.1)}, "step"),
        ({"production": Production(Variation(Tolerance(0.01)))}, "mismatch"),
        ({"production": Production(Variation(grades=(Grade("w1", 0.1),)))}, "grades"),
        ({"production": Production(Variation(celsius=60.0))}, "celsius"),
        ({"production": Production(noise=0)}, "noise"),
    ],
)
def test_what_is_for_circuits_needs_them(given: dict[str, Any], name: str) -> None:
    with pytest.raises(UsageError, match=f"`{name}` is for circuits") as caught:
        plan("chain", **given)
    assert caught.value.hint == "add `analog`"
    assert replace(plan("chain", analog=True, **given), seeds=2).boards()[1].lesson.seed == 1
