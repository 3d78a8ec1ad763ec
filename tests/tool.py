"""The tool as users run it, and what it answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from vle_analog.lab.written import RECORDS

#: of the checkout
ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Answer:
    code: int
    out: str
    err: str

    def __contains__(self, text: str) -> bool:
        return text in re.sub(r"\s+", " ", self.err)


def refused(answer: Answer, *texts: str) -> None:
    """Refused as it should be: non-zero, on stderr alone, no traceback, with all the texts."""
    assert answer.code not in (0, None) and answer.out == ""
    assert "Traceback" not in answer.err and "VleAnalogError" not in answer.err
    for text in texts:
        assert text in answer, answer.err


def visible(folder: Path) -> set[str]:
    """Names of what is in a folder, but for the tool's records."""
    return {path.name for path in folder.iterdir()} - {RECORDS}


def shell(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the tool as a process of its own."""
    command = [sys.executable, "-m", "vle_analog", *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=120)


def fake_ngspice(folder: Path, body: str) -> str:
    """A shell script in ngspice's place; returns the PATH that finds it."""
    folder.mkdir()
    (folder / "ngspice").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "ngspice").chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"
