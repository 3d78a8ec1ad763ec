"""Rules compared on ideal networks: what runs, what is kept, what is found again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tool import ROOT, visible
from vle_analog.errors import OutputError
from vle_analog.lab.executor import Threads
from vle_analog.lab.folder import claimed
from vle_analog.lab.lab import Lab
from vle_analog.lesson.learning_run import LearningRun
from vle_analog.lesson.lesson import Lesson
from vle_analog.studies.learn.ideal.result import RuleComparison
from vle_analog.studies.learn.ideal.study import compare
from vle_analog.studies.learn.report import report
from vle_analog.studies.learn.runs import RUNS

LESSONS = [
    Lesson("temporal_xor", rule=rule, eta=0.01, seed=seed, span=400.0, moments=3)
    for rule in ("gle", "adjoint")
    for seed in (0, 1)
]
#: the cheapest one
ONE = replace(LESSONS[2], span=120.0)


def in_this_process(folder: Path | None = None, told: list[float] | None = None) -> Lab:
    """A lab without other processes, which tells how far it is."""
    progress: Callable[[str, float], None] = lambda stage, done: None if told is None else told.append(done)  # noqa: E731
    return Lab(folder, Threads(1), progress)


def timeless(runs: RuleComparison) -> list[LearningRun]:
    """What does not depend on how fast a machine is."""
    return [replace(run, seconds=0.0) for run in runs.runs]


def written(folder: Path) -> dict[str, int]:
    """When each run was written."""
    return {path.name: path.stat().st_mtime_ns for path in (folder / RUNS).iterdir()}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[RuleComparison, Path]:
    """All lessons' runs, and the folder in which they are kept: not to be changed."""
    folder = tmp_path_factory.mktemp("first")
    return compare(LESSONS, in_this_process(folder)), folder


def copied(folder: Path, to: Path) -> Path:
    """A folder with the same runs."""
    (to / RUNS).mkdir()
    for path in (folder / RUNS).iterdir():
        (to / RUNS / path.name).write_bytes(path.read_bytes())
    return to


@pytest.mark.parametrize("text", ["[]", "{}", "null", '{"rule": "gle"}', "\x00"])
def test_a_file_that_holds_no_run_is_run_again(tmp_path: Path, text: str) -> None:
    before = compare([ONE], in_this_process(tmp_path))
    (kept,) = (tmp_path / RUNS).iterdir()
    kept.write_text(text)
    assert compare([ONE], in_this_process(tmp_path)).runs[0].loss == before.runs[0].loss


def test_a_file_that_holds_another_run_is_run_again(tmp_path: Path) -> None:
    before = compare([ONE], in_this_process(tmp_path))
    (kept,) = (tmp_path / RUNS).iterdir()
    kept.write_text(json.dumps({**before.runs[0].to_json(), "seed": 1}))
    assert compare([ONE], in_this_process(tmp_path)).runs[0].seed == 0


def test_a_study_is_whole_and_strict_json(first: tuple[RuleComparison, Path], tmp_path: Path) -> None:
    Lab(tmp_path).save(report(first[0]))
    assert visible(tmp_path) == {"learn.json", "learn.md", "learn.html", "learn.png"}
    record = json.loads((tmp_path / "learn.json").read_text())
    assert record["task"] == "temporal_xor" and set(record["best"]) == {"gle + eligibility", "adjoint"}
    assert record["settings"] == {"span": 400.0}
    entry = record["rules"]["gle + eligibility"]["0.01"]
    assert (entry["rule"], entry["eligibility"]) == ("gle", True) and len(entry["validation_loss"]) == 2
    assert len(entry["frozen_loss"]) == len(entry["frozen_accuracy"]) == 2
    assert len(entry["loss"]) == len(entry["time"]) and all(len(losses) == 2 for losses in entry["loss"])
    assert entry["loss"][-1] == entry["frozen_loss"]


def test_what_is_finished_does_not_run_again(first: tuple[RuleComparison, Path], tmp_path: Path) -> None:
    folder, told = copied(first[1], tmp_path), list[float]()
    before = written(folder)
    assert len(before) == 4
    assert compare(LESSONS, in_this_process(folder, told)) == first[0]
    assert set(told) == {1.0} and written(folder) == before
    damaged = next((folder / RUNS).iterdir())
    damaged.write_text(damaged.read_text()[:100])
    again = compare(LESSONS, in_this_process(folder))
    assert timeless(again) == timeless(first[0])
    assert {name for name, moment in written(folder).items() if moment != before[name]} == {damaged.name}
    more = [replace(LESSONS[0], seed=seed) for seed in range(3)]
    compare(more, in_this_process(folder))
    assert len(written(folder)) == 5


def test_processes_side_by_side_find_the_same(first: tuple[RuleComparison, Path], tmp_path: Path) -> None:
    told: list[float] = []
    side_by_side = compare(LESSONS, Lab(tmp_path, Threads(2), lambda stage, done: told.append(done)))
    for one, other in zip(side_by_side.runs, first[0].runs, strict=True):
        np.testing.assert_allclose(one.loss, other.loss, rtol=1e-12)
    assert told[0] == 0 and told[-1] == 1 and told == sorted(told)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_study_keeps_its_finished_runs_and_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    command = [
        sys.executable, "-m", "vle_analog.cli", "learn", "chain", "--rules", "gle", "--etas", "0.3",
        "--seeds", "60", "--span", "200", "--jobs", "1", "--out", str(tmp_path),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    deadline = time.monotonic() + 120
    while len(list(tmp_path.glob(f"{RUNS}/*.json"))) < 2:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    process.wait(timeout=30)
    assert process.returncode != 0 and not (tmp_path / "learn.json").exists()
    kept = {path.name: path.read_text() for path in tmp_path.glob(f"{RUNS}/*.json")}
    assert 2 <= len(kept) < 60
    compare(
        [Lesson("chain", rule="gle", eta=0.3, seed=seed, span=200.0) for seed in range(4)], in_this_process(tmp_path)
    )
    for name, text in kept.items():
        assert (tmp_path / RUNS / name).read_text() == text


def test_two_studies_do_not_write_to_one_folder(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from vle_analog.lab.folder import claimed\n"
        "with claimed(pathlib.Path(sys.argv[1])):\n    print('has it', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as other:
        assert other.stdout is not None and other.stdout.readline()
        with pytest.raises(OutputError, match="another run"):
            compare(LESSONS, in_this_process(tmp_path))
        other.communicate()
    with claimed(tmp_path):
        pass
