"""The tool as a process: exit codes, streams, signals, and a simulator that is missing or fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.tool import ROOT, fake_ngspice, refused, shell, visible
from vle_analog.cli import app
from vle_analog.lab.folder import claimed


def test_an_error_is_one_message_on_stderr_of_a_real_process(tmp_path: Path) -> None:
    done = shell("run", "chian", cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == ""
    assert (
        done.stderr == "error: unknown task or system 'chian'\n  did you mean 'chain'? (or name a .toml or .py file)\n"
    )


def test_ngspice_missing_says_how_to_install_it(ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("PATH", str(tmp_path))
    done = ask("run", "rc_low_pass", "--out", "out")
    refused(done, "ngspice was not found", "sudo apt-get install ngspice")
    assert not (tmp_path / "out" / "metrics.json").exists()


@pytest.mark.parametrize(
    "body, text",
    [
        ("kill -9 $$", "killed by SIGKILL"),
        ("echo 'doAnalyses: TRAN:  Timestep too small; time = 1e-3, timestep = 1e-18' >&2; exit 1", "no solution"),
        ("exec sleep 20", "timed out after"),
    ],
    ids=["killed", "no convergence", "timeout"],
)
def test_a_failing_simulator_leaves_deck_and_log(  # type: ignore[no-untyped-def]
    ask, body: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", fake_ngspice(tmp_path / "bin", body))
    done = ask("run", "rc_low_pass", "--out", "out", "--timeout", "2")
    refused(done, text, "ngspice.log", str(Path("out", "ngspice-failed", "netlist.cir")))
    assert visible(tmp_path / "out" / "ngspice-failed") == {"netlist.cir", "ngspice.log"}
    assert not (tmp_path / "out" / "metrics.json").exists()


def with_signals() -> None:
    """As in a terminal: under nohup, or behind a shell's &, these would be ignored, and stay so."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def running(tmp_path: Path, simulator: str, *subject: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The tool while it simulates a subject, and the simulator's process."""
    path = fake_ngspice(tmp_path / "bin", f'sleep 1; echo $$ > "{tmp_path}/pid"; exec {simulator}')
    with subprocess.Popen(
        [sys.executable, "-m", "vle_analog", "run", *subject, "--out", "out"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=with_signals,
    ) as tool:
        pid = tmp_path / "pid"
        until(lambda: pid.exists() and pid.read_text().strip() != "", 60)
        yield tool, int(pid.read_text())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_simulator_too(number: signal.Signals, tmp_path: Path) -> None:
    with running(tmp_path, "sleep 300", "rc_low_pass") as (tool, simulator):
        tool.send_signal(number)
        out, err = tool.communicate(timeout=30)
    until(lambda: gone(simulator), 5)
    assert tool.returncode == 128 + number and out == "" and "Traceback" not in err
    assert ("interrupted" in err) == (number == signal.SIGINT)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_kill_ends_ngspice_too(tmp_path: Path, ngspice: str) -> None:
    """Nothing can be tidied then, but by the next run; ngspice ends when it writes to a pipe that nobody reads."""
    with running(tmp_path, f'{ngspice} "$@"', "lorenz", "--span", "400") as (tool, simulator):
        tool.kill()
        tool.communicate(timeout=30)
    until(lambda: gone(simulator), 5)
    assert [path.name[:9] for path in (tmp_path / "out").iterdir()] == [".ngspice-"]
    with claimed(tmp_path / "out"):
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
