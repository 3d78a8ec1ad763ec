"""A study that is killed ten times, in all that it does, and comes to the same result."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.studies.montecarlo.boards import FIGURE, RECORD, ROOT, TABLE, kept, plain, read
from vle_analog.studies.montecarlo.study import BOARDS

#: the study; a log of what it does; and, if asked, its end by its own hand before so many files were put in place
_SCRIPT = """
import os, signal, sys
from dataclasses import dataclass, replace
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.fleet.executors import Batches
from tests.studies.montecarlo.boards import PLAN
from vle_analog.lab import checkpoint
from vle_analog.lab.lab import Lab
from vle_analog.studies.montecarlo.report import report
from vle_analog.studies.montecarlo.study import montecarlo
folder, log, files = Path({folder!r}), os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT), {files!r}

def note(*words):
    os.write(log, (" ".join(map(str, words)) + "\\n").encode())

class Noted(Batches):
    def run(self, work, shared, jobs, tell):
        for job in jobs:
            note("boards", *job)
            yield from super().run(work, shared, [job], tell)

def put(self, target, rename=Path.rename):
    global files
    if files is not None:
        files -= 1
        if files < 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)

Path.replace = put
checkpoint.EVERY = {every!r}
lesson = replace(PLAN.board.lesson, span=400.0)
plan = replace(PLAN, board=replace(PLAN.board, lesson=lesson), boards=36, checks=2)
lab = Lab(folder, Noted(1, size={batch!r}), lambda stage, done: note("stage", stage))
study = montecarlo(plan, lab)
note("stage", "save")
lab.save(report(study))
"""


@dataclass(frozen=True)
class Moment:
    """When a study is killed: so many seconds into a stage, or when it puts its so many-th file in place."""

    stage: str
    seconds: float = 0.0
    files: int | None = None


def moments(seed: int) -> list[Moment]:
    """Ten, over design, boards, files of boards, ngspice, and saving."""
    dice = random.Random(seed)
    found = [Moment("start", dice.uniform(0.0, 3.0)), Moment("design", dice.uniform(0.0, 2.0))]
    found += [Moment("boards", dice.uniform(0.0, 0.6)) for _ in range(3)]
    found += [Moment("boards", files=dice.randrange(7)) for _ in range(2)]
    dice.shuffle(found)
    return [*found, Moment("ngspice", dice.uniform(0.0, 3.0)), Moment("save", 0.0), Moment("save", files=2)]


def run(folder: Path, batch: int, every: float, moment: Moment | None = None) -> tuple[int, list[list[str]]]:
    """A study in a process of its own: how it ended, and the words that it noted."""
    log = folder.parent / "log"
    log.unlink(missing_ok=True)
    files = None if moment is None else moment.files
    code = _SCRIPT.format(root=str(ROOT), folder=str(folder), log=str(log), files=files, batch=batch, every=every)
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": "3"})

    def noted() -> list[list[str]]:
        return [line.split() for line in log.read_text().splitlines()] if log.exists() else []

    try:
        if moment is not None and moment.files is None:
            while moment.stage != "start" and ["stage", moment.stage] not in noted() and process.poll() is None:
                time.sleep(0.005)
            time.sleep(moment.seconds)
            process.send_signal(signal.SIGKILL)
        return process.wait(240), noted()
    finally:
        process.kill()
        process.wait(30)


def on_disk(folder: Path) -> dict[Path, tuple[int, int, bytes]]:
    """Everything that is finished: a later run must leave it as it is."""
    found = [*kept(folder), *folder.glob(f"{BOARDS}/*/ngspice-*.json")]
    return {path: ((status := path.stat()).st_ino, status.st_mtime_ns, path.read_bytes()) for path in found}


def boards(files: dict[Path, tuple[int, int, bytes]]) -> list[int]:
    """Numbers of boards that are finished in the engine."""
    lines = [line for path, (_, _, text) in files.items() if path.suffix == ".jsonl" for line in text.splitlines()]
    return [int(json.loads(line)["board"]) for line in lines]


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize(("seed", "batch", "every"), [(1, 2, 5.0), (2, 18, 0.0)], ids=["batches", "half-way"])
def test_ten_kills(seed: int, batch: int, every: float, tmp_path: Path, ngspice: str) -> None:
    folder, before = tmp_path / "killed" / "out", dict[Path, tuple[int, int, bytes]]()
    folder.parent.mkdir()
    (tmp_path / "whole").mkdir()
    began: Counter[str] = Counter()
    for moment in [*moments(seed), None]:
        code, noted = run(folder, batch, every, moment)
        assert code == (0 if moment is None else -signal.SIGKILL), moment
        for word, *numbers in noted:
            if word == "boards":
                began.update(numbers)
                assert not set(map(int, numbers)) & set(boards(before)), "a finished board ran again"
        after = on_disk(folder)
        assert before.items() <= after.items(), "what was finished was lost or written again"
        before = after
        assert (folder / RECORD).exists() == (moment is None)
    assert sorted(boards(before)) == list(range(36))  # each once
    assert max(began.values()) > 1  # kills met boards on their way
    assert run(tmp_path / "whole" / "out", batch, 5.0)[0] == 0
    assert json.dumps(plain(read(folder))) == json.dumps(plain(read(tmp_path / "whole" / "out")))
    for name in (FIGURE, TABLE):
        assert (folder / name).read_bytes() == (tmp_path / "whole" / "out" / name).read_bytes()
