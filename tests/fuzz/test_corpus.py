"""Files that were a finding once, and a whole one of each kind: read, or refused in a user's words, in no time.

What is new is looked for by ``scripts/fuzz.py``. All files go through one process without the tests' own, because what
watches over code that runs cannot be taken off again.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).resolve().parent / "corpus"
#: seconds that a file may take
SECONDS = 10

_REPLAY = """
import sys, time
from pathlib import Path
from tests.fuzz.targets import TARGETS, guarded

with guarded():
    for path in sorted(Path(sys.argv[2]).iterdir()):
        started = time.perf_counter()
        TARGETS[sys.argv[1]](path.read_bytes())
        print(path.name, time.perf_counter() - started)
"""


@pytest.mark.parametrize("target", TARGETS)
def test_every_kept_file_has_an_answer(target: str) -> None:
    command = [sys.executable, "-c", _REPLAY, target, str(CORPUS / target)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    taken = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
    assert set(taken) == {path.name for path in (CORPUS / target).iterdir()}
    assert max(map(float, taken.values())) < SECONDS


@pytest.mark.parametrize("deed", ["canary()", "__import__('os').system('true')", "open('/canary', 'w')"])
def test_what_runs_code_is_noticed(deed: str) -> None:
    code = f"from tests.fuzz.targets import guarded\nwith guarded():\n    eval({deed!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "CodeRunError" in done.stderr
