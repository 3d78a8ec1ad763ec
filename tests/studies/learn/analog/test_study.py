"""Rules compared as circuits: runs are kept, and only what is new is run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tool import visible
from vle_analog.lab.executor import Threads
from vle_analog.lab.lab import Lab
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import Lesson
from vle_analog.studies.learn.analog.study import compare
from vle_analog.studies.learn.report import report
from vle_analog.studies.learn.runs import RUNS

BP, GLE = (Board(Lesson("chain", rule=rule, span=160.0, moments=2), marks=4) for rule in ("bp", "gle"))


def test_a_study_keeps_its_runs_and_runs_only_what_is_new(tmp_path: Path) -> None:
    heard: list[float] = []
    alone = compare([BP], Lab(tmp_path, Threads(1), lambda stage, done: heard.append(done)))
    assert heard[0] == 0 and heard[-1] == 1 and len(set(heard)) > 4
    files = {path.name: path.stat().st_mtime_ns for path in (tmp_path / RUNS).iterdir()}
    assert len(files) == 1 and not any("checkpoint" in name for name in files)
    both = compare([BP, GLE], Lab(tmp_path, Threads(2)))
    assert both.rules == ["bp", "gle"] and both.at("bp")[0].analog.loss == alone.at("bp")[0].analog.loss
    assert {name: (tmp_path / RUNS / name).stat().st_mtime_ns for name in files} == files
    Lab(tmp_path).save(report(both))
    record = json.loads((tmp_path / "analog.json").read_text())
    assert record == both.record() and record["settings"] == {"span": 160.0}
    assert record["rules"]["gle"]["loss_ratio"][0] == pytest.approx(1.0, abs=0.01)
    assert visible(tmp_path) == {RUNS, "analog.json", "analog.md", "analog.html", "analog.png"}
