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
from dataclasses import replace
from pathlib import Path
from typing import Any

from vle_analog.compare.criterion import Criterion
from vle_analog.design.build import Build
from vle_analog.lesson.board import Board
from vle_analog.lesson.lesson import Lesson
from vle_analog.production.production import Production
from vle_analog.production.trimming import Trim
from vle_analog.production.variation import Tolerance, Variation
from vle_analog.studies.montecarlo.study import BOARDS, MonteCarloPlan

ROOT = Path(__file__).resolve().parents[3]
FIGURE, TABLE, PAGE, RECORD = (f"montecarlo.{kind}" for kind in ("png", "md", "html", "json"))
PARTS = Variation(Tolerance(0.02), Tolerance(0.05))
#: a lesson of a moment, on boards of real parts
BOARD = Board(
    Lesson("chain", span=80.0),
    build=Build(fidelity="macromodel"),
    production=Production(PARTS, trim=Trim.of(1e-3)),
)
PLAN = MonteCarloPlan(BOARD, boards=8, criterion=Criterion("loss", "<=", 0.5))

#: a study of PLAN, changed, in batches of one size, on a cluster if one is named
_SCRIPT = """
import sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.fleet.executors import in_batches
from tests.studies.montecarlo.boards import PLAN
from vle_analog.cli.executors import executor_of
from vle_analog.cli.signals import leaving
from vle_analog.lab.lab import Lab
from vle_analog.studies.montecarlo.report import report
from vle_analog.studies.montecarlo.study import montecarlo
if __name__ == "__main__":
    with leaving(), executor_of({cluster!r}, None) as executor:
        lab = Lab(Path({folder!r}), in_batches(executor, {batch!r}))
        lab.save(report(montecarlo(replace(PLAN, **{change!r}), lab)))
"""


def with_production(plan: MonteCarloPlan, **changes: Any) -> MonteCarloPlan:
    """A plan whose boards are made otherwise, by fields of their production."""
    return replace(plan, board=replace(plan.board, production=replace(plan.board.production, **changes)))


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """What must be the same from run to run: all but measured seconds."""
    rest = {name: value for name, value in record.items() if name != "seconds"}
    return rest | {"ngspice": [{**check, "seconds": None} for check in rest["ngspice"]]}


def read(folder: Path) -> dict[str, Any]:
    """The record of a study."""
    record: dict[str, Any] = json.loads((folder / RECORD).read_text())
    return record


def kept(folder: Path) -> list[Path]:
    """Files of finished batches."""
    return sorted(folder.glob(f"{BOARDS}/*/*.jsonl"))


@contextmanager
def started(folder: Path, batch: int, cluster: str | None = None, **change: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A study in a process of its own; killed in the end if it still runs."""
    code = _SCRIPT.format(root=str(ROOT), folder=str(folder), batch=batch, cluster=cluster, change=change)
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
