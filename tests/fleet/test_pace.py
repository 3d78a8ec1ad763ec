"""What a study would take is told by trying a little of it, and nothing is run or written."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.fleet.fleets import SHORT, with_board
from vle_analog.engine.program import BLOCK
from vle_analog.fleet.fleet import WORST
from vle_analog.fleet.pace import Pace, designed
from vle_analog.lab.study import duration
from vle_analog.lesson.student import IdealStudent


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.02, "0.02 s"), (42.0, "42 s"), (600.0, "10 min"), (9000.0, "2.5 h"), (259200.0, "3 days")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_what_is_there_is_not_counted() -> None:
    told = Pace(2.0, 300.0, 4).estimate(100, 40)
    assert told.seconds == 120.0 and told.kept == "40 of 100 are there"
    assert str(told) == "60 boards of 8 s on 4 threads: about 2 min, 300 MB of memory; 40 of 100 are there"
    assert Pace(2.0, 300.0, 4).estimate(10, 12).seconds == 0.0


def test_what_comes_before_the_boards_is_counted() -> None:
    told = Pace(2.0, 300.0, 4).estimate(64, before=30.0)
    assert told.seconds == 30.0 + 64 * 2.0 and "after an ideal lesson of 30 s" in str(told)


def test_few_boards_are_too_few_for_all_threads() -> None:
    told = Pace(2.0, 300.0, 4).estimate(BLOCK)  # which one thread steps together
    assert told.seconds == BLOCK * 2.0 * 4 and "on 1 thread:" in str(told)


def test_a_lesson_is_foretold_and_not_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learned = [0.0]

    def advance(student: IdealStudent, until: float) -> float:
        learned.append(until)
        return untouched(student, until)

    untouched = IdealStudent.advance
    monkeypatch.setattr(IdealStudent, "advance", advance)
    monkeypatch.setattr("vle_analog.fleet.pace._LONG", 1e-9)  # seconds that are tried
    deployed = with_board(SHORT, mode="deploy")
    _, seconds = designed(deployed, WORST, tmp_path / "boards")
    tried, learned[:] = max(learned), [0.0]
    whole = deployed.blueprint()
    assert seconds > 0 and 0 < tried < max(learned) / 2
    (tmp_path / "boards").mkdir()  # a study was here: what it kept is told by the weights that it learned
    assert designed(deployed, WORST, tmp_path / "boards")[0].key == whole.key


def test_a_dry_run_writes_nothing(ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    answer = ask("montecarlo", "rc_low_pass", "--mismatch", "0.01,0.05", "--boards", "64", "--dry-run")
    assert answer.code == 0 and "64 boards of" in answer.out and "MB of memory" in answer.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_estimate_is_within_a_factor_of_three(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    asked = ["van_der_pol", "--mismatch", "0.01,0.05", "--fidelity", "macromodel", "--boards", "600"]
    words = ask("montecarlo", *asked, "--dry-run").out
    number, unit = re.search(r"about ([\d.]+) (s|min)", words).groups()  # type: ignore[union-attr]
    told = float(number) * (60 if unit == "min" else 1)
    started = time.monotonic()
    assert ask("montecarlo", *asked, "--out", str(tmp_path / "boards")).code == 0
    assert told / 3 < time.monotonic() - started < 3 * told + 10  # and the design, and the figures
