"""The tool as a process: exit codes, streams, signals, and a simulator that is missing or fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tool import ROOT, fake_ngspice, shell, visible
from vle_analog.cli import app
from vle_analog.lab.folder import claimed


def test_an_error_is_one_message_on_stderr_of_a_real_process(tmp_path: Path) -> None:
    done = shell("run", "chian", cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    assert (
        done.stderr == "error: unknown task or system 'chian'\n  did you mean 'chain'? (or name a .toml or .py file)\n"
    )


def test_ngspice_missing_says_how_to_install_it(tmp_path: Path) -> None:
    done = shell("run", "rc_low_pass", "--out", "out", cwd=tmp_path, PATH=str(tmp_path))
    assert done.returncode == 1 and done.stdout == "" and "Traceback" not in done.stderr
    assert "ngspice was not found" in done.stderr and "sudo apt-get install ngspice" in done.stderr
    assert not (tmp_path / "out" / "metrics.json").exists()


@pytest.mark.parametrize(
    "body, text",
    [
        ("kill -9 $$", "killed by SIGKILL"),
        ("echo 'doAnalyses: TRAN:  Timestep too small; time = 1e-3, timestep = 1e-18' >&2; exit 1", "no solution"),
        ("sleep 20", "timed out after"),
    ],
    ids=["killed", "no convergence", "timeout"],
)
def test_a_failing_simulator_leaves_deck_and_log(body: str, text: str, tmp_path: Path) -> None:
    path = fake_ngspice(tmp_path / "bin", body)
    done = shell("run", "rc_low_pass", "--out", "out", "--timeout", "2", cwd=tmp_path, PATH=path)
    assert done.returncode == 1 and done.stdout == "" and "Traceback" not in done.stderr
    assert text in done.stderr and "ngspice.log" in done.stderr
    assert str(Path("out", "ngspice-failed", "netlist.cir")) in done.stderr
    assert visible(tmp_path / "out" / "ngspice-failed") == {"netlist.cir", "ngspice.log"}
    assert not (tmp_path / "out" / "metrics.json").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_ends_the_simulator_too(number: signal.Signals, tmp_path: Path, ngspice: str) -> None:
    path = fake_ngspice(tmp_path / "bin", f'echo $$ > "{tmp_path}/pid"; exec {ngspice} "$@"')
    with subprocess.Popen(
        [sys.executable, "-m", "vle_analog", "run", "lorenz", "--span", "4000", "--out", "out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as tool:
        pid = tmp_path / "pid"
        until(lambda: pid.exists() and pid.read_text().strip() != "", 60)
        tool.send_signal(number)
        out, err = tool.communicate(timeout=30)
    until(lambda: gone(int(pid.read_text())), 5)
    if (
        number == signal.SIGKILL
    ):  # nothing can be tidied then, but by the next run; ngspice ends when it writes to a pipe that nobody reads
        assert [path.name[:9] for path in (tmp_path / "out").iterdir()] == [".ngspice-"]
        with claimed(tmp_path / "out"):
            assert list((tmp_path / "out").iterdir()) == []
        return
    assert tool.returncode == 128 + number and out == "" and "Traceback" not in err
    assert ("interrupted" in err) == (number == signal.SIGINT)
    assert list((tmp_path / "out").iterdir()) == []


def until(condition: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def gone(pid: int) -> bool:
    """Whether a process has ended (one that nobody reaps has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_signals_that_are_ignored_stay_so(ask, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """As under nohup."""
    seen = []
    monkeypatch.setattr(app, "app", lambda: seen.append(signal.getsignal(signal.SIGHUP)))
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert ask("tasks").code == 0 and seen == [signal.SIG_IGN]
    finally:
        signal.signal(signal.SIGHUP, before)
