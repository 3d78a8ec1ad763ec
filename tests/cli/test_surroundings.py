"""Surroundings that are not as they should be: no traceback, no harm, and the right result or a clear refusal."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tool import ROOT, visible
from vle_analog.cli import streams

RUN = ("run", "rc_low_pass", "--span", "4", "--fidelity", "macromodel", "--out", "out")


def started(*arguments: str, cwd: Path, env: dict[str, str] | None = None, **how: Any) -> tuple[int, str, str]:
    """Code, output and errors of the tool as a process of its own, whose variables are these and few others."""
    usual = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**usual, "PYTHONPATH": str(ROOT), **(env or {})}
    how = {"stdout": subprocess.PIPE, **how}
    done = subprocess.run(
        [sys.executable, "-m", "vle_analog", *arguments],
        cwd=cwd, env={name: text for name, text in environment.items() if text != "UNSET"},
        stderr=subprocess.PIPE, timeout=120, **how,
    )  # fmt: skip
    err = done.stderr.decode(errors="replace")
    assert "Traceback" not in err and "Exception" not in err
    return done.returncode, (done.stdout or b"").decode("latin-1"), err


@pytest.mark.parametrize(
    "env",
    [
        # no home and no temporary folder; an encoding without most letters
        {"HOME": "UNSET", "TMPDIR": "/dev/null/tmp", "PYTHONIOENCODING": "latin-1", "COLUMNS": "80"},
        # a home and a cache folder that cannot be made, not even by root; letters of English alone
        {"HOME": "/dev/null/home", "VLE_ANALOG_CACHE": "/dev/null/cache", "LC_ALL": "POSIX", "PYTHONUTF8": "0",
         "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["no home", "nothing can be written"],
)  # fmt: skip
def test_no_home_no_temporary_folder_and_few_letters(env: dict[str, str], tmp_path: Path) -> None:
    code, out, err = started(*RUN, cwd=tmp_path, env=env)
    assert code == 0 and "results in out/" in out, err
    assert all(line.startswith(("warning: ", "  ")) for line in err.splitlines())  # of offsets alone
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["trace_nrmse_max"] < 0.1
    assert visible(tmp_path) == {"out"} and visible(tmp_path / "out") == {
        "figures", "metrics.json", "netlist.cir", "report.html", "waveforms.npz",
    }  # fmt: skip


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """As by a bound of what a process may write: half-written results are none, and the message says where."""

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))

    code, out, err = started(*RUN, cwd=tmp_path, preexec_fn=small)
    assert code == 1 and out == ""
    assert err.startswith("error: out") and "\n  " in err
    assert not (tmp_path / "out" / "metrics.json").exists()
    assert visible(tmp_path) == {"out"} and visible(tmp_path / "out") <= {"ngspice-failed", "figures"}


def test_standard_output_that_takes_nothing(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as full:
        code, _, err = started("--help", cwd=tmp_path, stdout=full)
    assert code == 1 and err == "error: cannot write standard output: No space left on device\n"
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        code, _, err = started("--help", cwd=tmp_path, stdout=pipe)
    assert code == 1 and err == ""  # nobody is left to be told


def test_streams_that_are_closed(tmp_path: Path) -> None:
    """A file that is opened then does not get their numbers, and what is said is not written to it."""

    def closed(*numbers: int) -> Callable[[], None]:
        def close() -> None:
            for number in numbers:
                os.close(number)

        return close

    asked = ("netlist", "rc_low_pass", "-o", "deck.cir")
    code, _, err = started("--help", cwd=tmp_path, stdout=None, preexec_fn=closed(1))
    assert code == 1 and err == "error: cannot write standard output: Bad file descriptor\n"
    code, _, _ = started(*asked, cwd=tmp_path, stdout=None, preexec_fn=closed(0, 1, 2))
    assert code == 0 and (tmp_path / "deck.cir").read_text().startswith(".title rc_low_pass")


@pytest.mark.parametrize(
    ("encoding", "text", "written"),
    [
        ("latin-1", "−3 µV → 2·10⁻³ ≤ ½ ─ τ Ω", "-3 µV -> 2·10-³ <= ½ - tau Omega"),
        ("ascii", "−3 µV → 2·10⁻³ é", "-3 uV -> 2*10-3 e"),
        ("utf-8", "−3 µV → a\udcff", "−3 µV → a\udcff"),
        ("ascii", "a\udcff 字", "a\udcff ?"),
    ],
)
def test_letters_that_an_encoding_does_not_have(
    encoding: str, text: str, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, stream)
    streams.open_all()
    print(text, end="", flush=True)
    stream.seek(0)
    assert stream.buffer.read().decode(encoding, errors="surrogateescape") == written
