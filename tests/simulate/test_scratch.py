"""Scratch folders: gone in the end, and gone with the next one where a process was killed."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.tool import visible
from vle_analog.lab.folder import claimed, workplace
from vle_analog.simulate.process import run_process
from vle_analog.simulate.scratch import LOCK, scratch, sweep


def killed(folder: Path, prefix: str = ".ngspice-", simulator: bool = False) -> int:
    """A process that works in a scratch folder and is killed; perhaps with a simulator that lives on, whose number it
    returns."""
    out, back = os.pipe()
    if (pid := os.fork()) == 0:
        with scratch(folder, prefix) as place:
            (place / "waveforms.raw").write_text("half of them")

            def started(line: str) -> None:
                os.write(back, line.encode() + b"\n")
                os.kill(os.getpid(), signal.SIGKILL)

            run_process(
                ["sh", "-c", "echo $$; exec sleep 30" if simulator else "echo 0"],
                folder=place, environment=dict(os.environ), timeout=None, on_line=started,
            )  # fmt: skip
        os._exit(1)
    os.close(back)
    with os.fdopen(out) as stream:
        number = int(stream.readline())
    assert os.waitpid(pid, 0)[1] == signal.SIGKILL
    return number


def test_it_is_there_for_a_while(tmp_path: Path) -> None:
    with scratch(tmp_path, ".x-") as place, scratch(tmp_path, ".x-") as other:
        (place / "file").touch()
        sweep(tmp_path, ".x-")
        assert place.is_dir() and other.is_dir() and place != other
    assert visible(tmp_path) == set()


def test_what_a_killed_process_left_goes_when_all_are_gone_who_worked_there(tmp_path: Path) -> None:
    for name in (".ngspice-mine", ".ngspice-own"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text("mine")
    (tmp_path / ".ngspice-file").write_text("mine")
    mine = visible(tmp_path)
    killed(tmp_path)
    killed(tmp_path, ".vle-analog-new-")
    simulator = killed(tmp_path, simulator=True)
    try:
        assert len(visible(tmp_path) - mine) == 2  # the first was swept by the last
        with claimed(tmp_path):
            (left,) = visible(tmp_path) - mine
            assert (tmp_path / left / LOCK).exists()  # the simulator is at work there
    finally:
        os.kill(simulator, signal.SIGKILL)
    while (Path("/proc") / str(simulator)).exists() and "Z" not in _state(simulator):
        pass
    with workplace(tmp_path):
        assert len(visible(tmp_path) - mine) == 1
    assert visible(tmp_path) == mine
    assert (tmp_path / ".ngspice-mine" / "notes.txt").read_text() == "mine"


def _state(number: int) -> str:
    try:
        return (Path("/proc") / str(number) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def test_folders_of_finished_work_are_swept_with_the_study_s(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    killed(tmp_path / "runs")
    with claimed(tmp_path):
        assert visible(tmp_path / "runs") == set()


def test_a_temporary_one_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    killed(tmp_path)
    with workplace(None):
        assert len(visible(tmp_path)) == 1
    assert visible(tmp_path) == set()
