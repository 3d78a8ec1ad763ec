"""A Monte Carlo study of a moment, and the same as a process of its own that is ended on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vle_analog.compare.criterion import Criterion
from vle_analog.lesson.on_chip import Board
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.studies.montecarlo.study import BOARDS, RECORD, MonteCarlo

ROOT = Path(__file__).resolve().parents[3]
PARTS = Variation(Tolerance(0.02), Tolerance(0.05))
#: a lesson of a moment, on boards of real parts
PLAN = MonteCarlo(
    "chain", span=80.0, board=Board(fidelity="macromodel", trim=1e-3), variation=PARTS, samples=8,
    criterion=Criterion("loss", "<=", 0.5),
)  # fmt: skip

#: a study of PLAN, changed, on a cluster if one is named
_SCRIPT = """
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.studies.montecarlo.boards import PLAN
from vle_analog.cli.boards import cluster_of
from vle_analog.cli.signals import leaving
from vle_analog.studies.montecarlo import montecarlo, save
if __name__ == "__main__":
    folder = Path({folder!r})
    with leaving(), cluster_of({cluster!r}, None) as cluster:
        save(montecarlo(replace(PLAN, **{change!r}), folder, cluster=cluster), folder)
"""


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """What must be the same from run to run: all but measured seconds."""
    found = {name: value for name, value in record.items() if name != "seconds"}
    return found | {"ngspice": [{**each, "seconds": None} for each in found["ngspice"]]}


def read(folder: Path) -> dict[str, Any]:
    """The record of a study."""
    found: dict[str, Any] = json.loads((folder / RECORD).read_text())
    return found


def kept(folder: Path) -> list[Path]:
    """Files of finished batches."""
    return sorted(folder.glob(f"{BOARDS}/*/*.jsonl"))


@contextmanager
def started(folder: Path, cluster: str | None = None, **change: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A study in a process of its own; killed in the end if it still runs."""
    code = _SCRIPT.format(root=str(ROOT), folder=str(folder), cluster=cluster, change=change)
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": "7"})
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


def ended(process: subprocess.Popen[bytes], how: signal.Signals, after: Callable[[], bool]) -> int:
    """Its return code, when it was sent a signal as soon as something was so."""
    deadline = time.monotonic() + 240
    while not after() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(how)
    return process.wait(120)
