"""A signal ends the tool wherever it arrives."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tool import ROOT
from vle_analog.cli.signals import leaving


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_is_lost_comes_again(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    """In a function that C code calls, and in a destructor, no exception reaches anybody."""

    @ctypes.CFUNCTYPE(None)
    def called() -> None:
        os.kill(os.getpid(), number)
        sum(range(1000))

    class Thing:
        def __del__(self) -> None:
            called()

    for loses in (called, Thing):
        before = signal.getsignal(number)
        with pytest.raises(SystemExit) as left, leaving():
            loses()
            time.sleep(5)
        assert left.value.code == 128 + number and signal.getsignal(number) is before
    assert capsys.readouterr().err == ""


def test_other_errors_that_nobody_gets_are_told_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    seen = []
    hook, sys.unraisablehook = sys.unraisablehook, seen.append
    try:
        with leaving():
            ctypes.CFUNCTYPE(None)(lambda: 1 // 0)()
    finally:
        sys.unraisablehook = hook
    assert len(seen) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seconds", [0.15, 0.5, 1.5])
def test_while_modules_load_and_code_is_compiled(seconds: float, number: signal.Signals, tmp_path: Path) -> None:
    """From the first module that is loaded under the tool's eyes; before that it is Python that answers."""
    code = (
        "import sys; from vle_analog.cli import entry\n"
        "def heard(event, what, said=[]):\n"
        "    if event == 'import' and what[0] == 'vle_analog.cli.app' and not said:\n"
        "        said.append(True); print(flush=True)\n"
        "sys.addaudithook(heard)\n"
        "sys.argv = ['vle-analog', 'montecarlo', 'chain', '--mismatch', '0.1,0.1']\n"
        "entry.main()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "VLE_ANALOG_CACHE": str(tmp_path / "cache")}
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as tool:
        assert tool.stdout is not None
        tool.stdout.readline()
        time.sleep(seconds)
        tool.send_signal(number)
        _, err = tool.communicate(timeout=30)
    assert tool.returncode == 128 + number
    assert err.decode().splitlines() == (["interrupted"] if number == signal.SIGINT else [])
