"""Yields over boards and lessons: each lesson's boards are those of a study of its own, the interval knows lessons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.report.legible import legible
from tests.studies.montecarlo.test_report import samples
from tests.studies.montecarlo.test_result import study as made_up
from tests.tool import visible
from vle_analog.compare.confidence import wilson
from vle_analog.compare.criterion import Criterion
from vle_analog.design.build import Build
from vle_analog.design.system_board import SystemBoard
from vle_analog.errors import UsageError
from vle_analog.fleet.sample import Sample
from vle_analog.lab.lab import Lab
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import Lesson
from vle_analog.production.production import Production
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.studies.montecarlo.figure import lessons_figure
from vle_analog.studies.montecarlo.lessons import LessonYields, lessons_report
from vle_analog.studies.montecarlo.report import report
from vle_analog.studies.montecarlo.result import Yield
from vle_analog.studies.montecarlo.study import MonteCarloPlan, montecarlo, study

MISMATCH = Production(Variation(Tolerance(0.01), Tolerance(0.05)))
BOARD = Board(Lesson("xor_small", rule="gle", seed=3, span=300.0), production=MISMATCH)
PLAN = MonteCarloPlan(BOARD, boards=2, lessons=2, criterion=Criterion("loss", "<=", 2.0))


def test_each_lesson_is_a_study_of_its_own(tmp_path: Path) -> None:
    told: list[float] = []
    lab = Lab(tmp_path, progress=lambda stage, fraction: told.append(fraction) if stage == "boards" else None)
    found = study(PLAN, lab)
    assert told == sorted(told) and told[-1] == 1.0  # of all lessons, not of each
    assert isinstance(found, LessonYields) and found.seeds == [3, 4] and found.complete
    other = replace(PLAN, lessons=1, board=replace(BOARD, lesson=replace(BOARD.lesson, seed=4)))
    alone = montecarlo(other, Lab())
    assert [each.loss for each in found.yields[1].samples] == [each.loss for each in alone.samples]
    assert found.yields[0].samples[0].loss != found.yields[1].samples[0].loss
    lab.save(report(found))
    assert {"montecarlo.json", "montecarlo.md", "montecarlo.png"} <= visible(tmp_path)
    again: list[str] = []
    study(PLAN, Lab(tmp_path, progress=lambda stage, fraction: again.append(stage)))
    assert "boards" not in again  # all of them are found


def bad(count: int, of: int, first: int = 0, loss: float = 0.1) -> Yield:
    """A yield of so many boards of which some, one after another, are bad."""
    boards = [Sample(number, loss, 0.5 if 0 <= number - first < count else 1.0) for number in range(of)]
    return made_up(samples=boards, criterion=Criterion.parsed("accuracy>=0.95"))


def test_the_interval_counts_boards_of_one_lesson_as_less_than_so_many() -> None:
    alike = LessonYields(range(4), [bad(0, 16), bad(0, 16), bad(0, 16), bad(16, 16)])
    assert alike.yielded == 0.75 and alike.independent == pytest.approx(4)
    assert alike.interval == wilson(3.0, 4.0)
    mixed = LessonYields(range(4), [bad(4, 16, first=4 * lesson) for lesson in range(4)])
    assert mixed.yielded == 0.75 and mixed.interval == wilson(48.0, 64.0)


def test_the_interval_counts_boards_that_all_lessons_share_as_less_than_so_many() -> None:
    rows = [[bad(4, 16), bad(4, 16), bad(4, 16), bad(4, 16, loss=0.2)], [bad(4, 16)] * 4]
    for yields in rows:
        shared = LessonYields(range(4), yields)
        assert shared.independent == pytest.approx(16) and shared.interval == pytest.approx(wilson(12.0, 16.0))
    told = lessons_report(LessonYields(range(4), rows[1])).sentences[0]
    assert "lessons are all the same: they count as 16" in told


def test_a_row_for_each_lesson(tmp_path: Path) -> None:
    found = LessonYields([5, 6], [bad(0, 16), bad(8, 16)])
    told = lessons_report(found)
    (table,) = told.tables
    assert [row[:2] for row in table.rows] == [["5", "16 of 16"], ["6", "8 of 16"]]
    assert table.rows[1][4] == "50 %" and told.sentences[0].startswith("yield over boards and lessons 75 % (24 of 32")
    assert told.record["lessons"][1]["lesson"] == 6 and told.record["yield"] == 0.75
    legible(lessons_figure(found.seeds, found.yields), tmp_path)
    losses = [made_up(samples=samples(20, answers=False), criterion=Criterion.parsed("loss<=0.2"))] * 8
    legible(lessons_figure(range(8), losses), tmp_path)


def test_what_has_no_lessons_is_refused() -> None:
    with pytest.raises(UsageError, match=r"`lessons` is for learning tasks"):
        MonteCarloPlan(SystemBoard("lorenz", build=Build(), production=MISMATCH), lessons=2)
    with pytest.raises(UsageError, match=r"`until` is for boards of one lesson"):
        replace(PLAN, until=0.1)
    with pytest.raises(UsageError, match=r"`lessons` must be at least 1"):
        replace(PLAN, lessons=0)
