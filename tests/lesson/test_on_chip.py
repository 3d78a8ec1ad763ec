"""A network that learns as a circuit beside its ideal: agreement, exams, checkpoints, three ways to use a board."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vle_analog.errors import SimulationError, UsageError
from vle_analog.lesson import on_chip
from vle_analog.lesson.chip_run import ChipRun
from vle_analog.lesson.learner import Lesson
from vle_analog.lesson.on_chip import Board, ChipLesson, learn_on_chip, marks, starting
from vle_analog.lesson.student import IdealStudent
from vle_analog.simulate import Ngspice
from vle_analog.studies.learn.analog import RECORD, RUNS, AnalogPlan, analog_study, save
from vle_analog.studies.learn.study import Plan

LESSON = Lesson("chain", "gle", 1.0, 0, 160.0, moments=2)


@pytest.fixture(autouse=True)
def few_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_chip, "MARKS", 4)


def test_the_circuit_learns_what_the_equations_learn() -> None:
    run = learn_on_chip(ChipLesson(LESSON))
    assert run.ideal.time == run.analog.time and run.ideal.time[0] == 0.0 and run.ideal.time[-1] == 160.0
    assert run.analog.loss[-1] < 0.2 * run.analog.loss[0]
    assert run.analog.loss == pytest.approx(run.ideal.loss, rel=0.01)
    assert max(run.weight_nrmse().values()) < 2e-3
    assert run.online_ratio([0.0, 160.0]) == pytest.approx([1.0], abs=0.01)
    assert run.excerpt.nrmse < 1e-3 and run.parts["opamps"] > 10 and run.points > 10_000
    again = ChipRun.from_json(json.loads(json.dumps(run.to_json())))
    assert again.loss_ratio() == run.loss_ratio() and again.weight_nrmse() == run.weight_nrmse()


def test_an_interrupted_run_goes_on_and_finds_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = ChipLesson(LESSON)
    whole = learn_on_chip(job)
    simulate, done = Ngspice.run, []

    def breaking(self: Ngspice, *args: object, **named: object) -> object:
        done.append(None)
        if len(done) == 4:  # after the first exam and some stretches
            raise SimulationError("broken on purpose")
        return simulate(self, *args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Ngspice, "run", breaking)
    with pytest.raises(SimulationError, match="broken on purpose"):
        learn_on_chip(job, folder=tmp_path)
    kept = tmp_path / f"{job.key()}.checkpoint.json"
    state = json.loads(kept.read_text())
    assert 0 < state["record"]["marks"][-1] < 160.0
    done[:] = [None] * 10
    told: list[None] = []
    parted = learn_on_chip(job, lambda: told.append(None), tmp_path)
    assert len(told) == job.steps() and 10 < len(done) < 10 + 7
    for name, values in whole.analog_course.learned.items():
        assert parted.analog_course.learned[name] == pytest.approx(values, rel=1e-4), name
    kept.write_text("{")  # a spoilt checkpoint is none
    assert learn_on_chip(job, folder=tmp_path).analog.loss == whole.analog.loss


def test_deployed_weights_lie_in_resistors() -> None:
    exact = learn_on_chip(ChipLesson(LESSON, Board("deploy")))
    assert exact.excerpt.nrmse < 1e-3
    assert exact.parts["multipliers"] == 0 and exact.deployed == exact.analog.frozen_loss
    bought = learn_on_chip(ChipLesson(LESSON, Board("deploy", series="E96")))
    assert 1e-3 < bought.excerpt.nrmse < 0.1
    spread = learn_on_chip(ChipLesson(LESSON, Board("deploy", resistors=0.05, capacitors=0.1)))
    assert spread.excerpt.nrmse > bought.excerpt.nrmse


def test_learning_on_a_deployed_board_wins_back_what_mismatch_took() -> None:
    lesson = replace(LESSON, span=800.0, seed=1)  # of three boards the one that is won back best
    run = learn_on_chip(ChipLesson(lesson, Board("fine-tune", resistors=0.05, capacitors=0.1, tuning=160.0)))
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


def test_marks_lie_on_the_grid_and_end_with_the_lesson(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_chip, "MARKS", 10)
    task = LESSON.build()
    places = marks(LESSON, task)
    assert places[-1] == pytest.approx(160.0) and len(places) == 10
    assert np.allclose(np.array(places) / task.step, np.round(np.array(places) / task.step))


def test_keys_tell_lessons_and_boards_apart() -> None:
    jobs = [
        ChipLesson(LESSON),
        ChipLesson(replace(LESSON, seed=1)),
        ChipLesson(LESSON, Board("deploy")),
        ChipLesson(LESSON, Board(resistors=0.01)),
        ChipLesson(LESSON, Board(step=0.01)),
    ]
    assert len({job.key() for job in jobs}) == 5
    assert ChipLesson(LESSON).key() == jobs[0].key()


def plan(board: Board | None = None, **changes: object) -> AnalogPlan:
    settings = {"task": "chain", "rules": ("gle",), "seeds": (0,), "span": 160.0, "moments": 2, **changes}
    return AnalogPlan(Plan(**settings), board or Board())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (plan(task="chian"), "unknown task 'chian'"),
        (plan(rules=("gle", "adjoint")), "runs backward in time"),
        (plan(rules=("glee",)), "unknown rule 'glee'"),
        (plan(etas=(0.1, 1.0)), "at one rate"),
        (plan(Board("on chip")), "unknown mode 'on chip'"),
        (plan(Board(resistors=0.5)), "spread of resistors"),
        (plan(Board(capacitors=-0.1)), "spread of capacitors"),
        (plan(Board(series="E95")), "no series 'E95'"),
        (plan(Board(step=0.0)), "step must be positive"),
        (plan(Board("fine-tune", tuning=10.0)), "a span of at least 80"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_anything_runs(wrong: AnalogPlan, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        wrong.jobs()


def test_a_study_keeps_its_runs_and_runs_only_what_is_new(tmp_path: Path) -> None:
    heard: list[tuple[float, float]] = []
    study = analog_study(plan(rules=("bp",)), tmp_path, 1, lambda *done: heard.append(done))
    assert heard[0][0] == 0 and heard[-1][0] == heard[-1][1] > 4
    files = {path.name: path.stat().st_mtime_ns for path in (tmp_path / RUNS).iterdir()}
    assert len(files) == 1 and not any("checkpoint" in name for name in files)
    both = analog_study(plan(rules=("bp", "gle")), tmp_path, 2)
    assert both.rules == ["bp", "gle"] and both.at("bp")[0].analog.loss == study.at("bp")[0].analog.loss
    assert {name: (tmp_path / RUNS / name).stat().st_mtime_ns for name in files} == files
    record = save(both, tmp_path)
    assert record == json.loads((tmp_path / RECORD).read_text())
    assert record["rules"]["gle"]["loss_ratio"][0] == pytest.approx(1.0, abs=0.01)
    assert {path.name for path in tmp_path.iterdir()} == {RUNS, "analog.json", "analog.md", "analog.png"}
