"""A network that learns as a circuit beside its ideal: agreement, exams, checkpoints, three ways to use a board."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.simulate.simulators import Counting
from vle_analog.design.build import Build
from vle_analog.errors import SimulationError
from vle_analog.lesson.board import Board
from vle_analog.lesson.chip_run import ChipRun
from vle_analog.lesson.lesson import Lesson
from vle_analog.lesson.on_chip import checkpoint, learn_on_chip, marks, starting, steps
from vle_analog.lesson.student import IdealStudent
from vle_analog.production.production import Production
from vle_analog.production.rounding import Preferred
from vle_analog.production.variation import Tolerance, Variation

LESSON = Lesson("chain", rule="gle", eta=1.0, seed=0, span=160.0, moments=2)
BOARD = Board(LESSON, marks=4)
SPREAD = Production(Variation(Tolerance(0.05), Tolerance(0.1)))


@pytest.fixture(scope="module")
def whole() -> ChipRun:
    """The lesson, learned without a break."""
    return learn_on_chip(BOARD)


def test_the_circuit_learns_what_the_equations_learn(whole: ChipRun) -> None:
    assert whole.ideal.time == whole.analog.time and whole.ideal.time[0] == 0.0 and whole.ideal.time[-1] == 160.0
    assert whole.analog.loss[-1] < 0.2 * whole.analog.loss[0]
    assert whole.analog.loss == pytest.approx(whole.ideal.loss, rel=0.01)
    assert max(whole.weight_nrmse().values()) < 2e-3
    assert whole.online_ratio([0.0, 160.0]) == pytest.approx([1.0], abs=0.01)
    assert whole.excerpt.nrmse < 1e-3 and whole.parts["opamps"] > 10 and whole.points > 10_000
    again = ChipRun.from_json(json.loads(json.dumps(whole.to_json())))
    assert again.loss_ratio() == whole.loss_ratio() and again.weight_nrmse() == whole.weight_nrmse()


@pytest.mark.slow
def test_an_interrupted_run_goes_on_and_finds_the_same(whole: ChipRun, tmp_path: Path) -> None:
    breaking = Counting(3, SimulationError("broken on purpose"))  # after the first exam and some stretches
    with pytest.raises(SimulationError, match="broken on purpose"):
        learn_on_chip(BOARD, folder=tmp_path, simulator=breaking)
    kept = checkpoint(tmp_path, BOARD.key())
    state = json.loads(kept.read_text())
    assert 0 < state["record"]["marks"][-1] < 160.0
    simulator, told = Counting(), list[None]()
    parted = learn_on_chip(BOARD, lambda: told.append(None), tmp_path, simulator)
    assert len(told) == steps(BOARD) and 0 < len(simulator.decks) < 7
    for name, values in whole.analog_course.learned.items():
        assert parted.analog_course.learned[name] == pytest.approx(values, rel=1e-4), name
    kept.write_text("{")  # a spoilt checkpoint is none
    assert learn_on_chip(BOARD, folder=tmp_path).analog.loss == whole.analog.loss


def test_deployed_weights_lie_in_resistors() -> None:
    deployed = replace(BOARD, mode="deploy")
    assert steps(deployed) == 1
    exact = learn_on_chip(deployed)
    assert exact.excerpt.nrmse < 1e-3
    assert exact.parts["multipliers"] == 0 and exact.deployed == exact.analog.frozen_loss
    bought = learn_on_chip(replace(deployed, build=Build(series=Preferred())))
    assert 1e-3 < bought.excerpt.nrmse < 0.1
    spread = learn_on_chip(replace(deployed, production=SPREAD))
    assert spread.excerpt.nrmse > bought.excerpt.nrmse


def test_learning_on_a_deployed_board_wins_back_what_mismatch_took() -> None:
    lesson = replace(LESSON, span=800.0, seed=1)  # of three boards the one that is won back best
    run = learn_on_chip(Board(lesson, "fine-tune", production=SPREAD, tuning=160.0, marks=4))
    assert run.ideal.time[-1] == run.analog.time[-1] == 160.0
    assert run.deployed is not None and run.deployed > 10 * run.ideal.loss[0]
    assert run.analog.loss[0] > 3 * run.ideal.loss[0]  # the board starts as bad as its parts make it
    won = run.won_back()
    assert won is not None and won > 0.8


def test_fine_tuning_starts_from_what_was_learned() -> None:
    task = LESSON.build()
    student = IdealStudent(task)
    student.advance(100.0)
    other = IdealStudent(starting(task, student))
    assert other.learned() == student.learned() != IdealStudent(task).learned()
    assert other.time == 0.0


def test_marks_lie_on_the_grid_and_end_with_the_lesson() -> None:
    task = LESSON.build()
    places = marks(LESSON, task, 10)
    assert places[-1] == pytest.approx(160.0) and len(places) == 10
    assert np.allclose(np.array(places) / task.step, np.round(np.array(places) / task.step))
