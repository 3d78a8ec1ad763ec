"""The study of learning rules: what runs, what is kept, what is found again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vle_analog.errors import OutputError, UsageError
from vle_analog.lab.folder import claimed
from vle_analog.lesson.learner import Lesson, learn
from vle_analog.studies.learn import study as learning
from vle_analog.studies.learn.study import RECORD, RUNS, Plan, learning_study, save

SMALL = Plan("temporal_xor", ("gle", "adjoint"), (0.01,), (0, 1), span=400.0, moments=3)


def lesson(**changes: object) -> Lesson:
    small = Lesson("temporal_xor", "gle", 0.01, 0, 400.0, 3, probe=100.0, settle=40.0)
    return replace(small, **changes)  # type: ignore[arg-type]


def test_a_run_is_judged_before_learning_and_on_the_way() -> None:
    run = learn(lesson())
    assert run.time[0] == 0.0 and run.time[-1] == 400.0
    assert len(run.time) == len(run.loss) == len(run.accuracy) == len(run.online) + 1
    assert set(run.alignment) == {"1", "2", "3"}
    assert all(len(course) == len(run.time) for course in run.alignment.values())
    assert run.loss[-1] < run.loss[0]
    assert run.diverged is None and set(run.learned) >= {"w1_0", "w2_7_7", "b3", "w3_0"}


def test_a_run_is_a_function_of_its_lesson() -> None:
    again = replace(learn(lesson()), seconds=0.0)
    assert again == replace(learn(lesson()), seconds=0.0)
    assert learn(lesson(seed=1)).loss != again.loss


def test_all_rules_start_from_the_same_network_and_data() -> None:
    first = {rule: learn(lesson(rule=rule, span=120.0)).loss[0] for rule in ("bp", "vle", "adjoint")}
    assert len(set(first.values())) == 1


def test_a_run_that_diverges_says_when() -> None:
    run = learn(lesson(eta=1e6))
    assert run.diverged is not None and 0 < run.diverged <= 400.0
    assert run.frozen_loss is None and run.learned == {}
    json.dumps(run.to_json(), allow_nan=False)


def test_the_teacher_stands_beside_what_was_learned() -> None:
    run = learn(Lesson("chain", "gle", 0.3, 0, 400.0, 2, probe=40.0, settle=0.0))
    assert {name: taught for name, (_, taught) in run.learned.items()} == {
        "w1": 1.0, "w2": 2.0, "tau_m1": 1.0, "tau_m2": 2.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [{"rule": "bp"}, {"eta": 0.02}, {"seed": 1}, {"span": 402.0}, {"moments": 4}, {"changes": {"averaging": 60.0}}],
)
def test_a_key_depends_on_all_that_matters(changes: dict[str, object]) -> None:
    assert lesson(**changes).key() != lesson().key()


def test_a_key_is_the_same_in_another_process() -> None:
    code = (
        "from vle_analog.studies.learner import Lesson\n"
        "print(Lesson('temporal_xor', 'gle', 0.01, 0, 400.0, 3, probe=100.0, settle=40.0).key())"
    )
    env = {**os.environ, "PYTHONHASHSEED": "7"}
    printed = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
    assert printed.strip() == lesson().key()


@pytest.mark.parametrize(("span", "end"), [(400.0, 400.0), (401.013, 401.0), (515.0, 515.0)])
def test_the_last_moment_is_the_end_of_the_span(span: float, end: float) -> None:
    times = lesson(span=span).times(20.0, 0.02)
    assert times[-1] == pytest.approx(end) and (np.diff(times) > 0).all() and times[0] > 0
    assert all(round(time / 20.0) * 20.0 == time for time in times[:-1])


@pytest.mark.parametrize("text", ["[]", "{}", "null", '{"rule": "gle"}', "\x00"])
def test_a_file_that_holds_no_run_is_run_again(tmp_path: Path, text: str) -> None:
    plan = replace(SMALL, rules=("adjoint",), seeds=(0,), span=120.0)
    first = learning_study(plan, tmp_path, jobs=1)
    (kept,) = (tmp_path / RUNS).iterdir()
    kept.write_text(text)
    assert learning_study(plan, tmp_path, jobs=1).runs[0].loss == first.runs[0].loss


def test_a_file_that_holds_another_run_is_run_again(tmp_path: Path) -> None:
    plan = replace(SMALL, rules=("adjoint",), seeds=(0,), span=120.0)
    first = learning_study(plan, tmp_path, jobs=1)
    (kept,) = (tmp_path / RUNS).iterdir()
    kept.write_text(json.dumps({**first.runs[0].to_json(), "seed": 1}))
    assert learning_study(plan, tmp_path, jobs=1).runs[0].seed == 0


def test_every_seed_has_feedback_weights_of_its_own() -> None:
    tasks = [lesson(seed=seed, changes={"feedback": "mirror"}).build() for seed in (0, 3)]
    assert [task.plasticity.feedback_seed for task in tasks] == [0, 3]
    assert lesson(seed=3, changes={"feedback_seed": 7}).build().plasticity.feedback_seed == 7


def test_a_study_is_whole_and_strict_json(tmp_path: Path) -> None:
    study = learning_study(SMALL, tmp_path, jobs=1)
    save(study, tmp_path)
    record = json.loads((tmp_path / RECORD).read_text())
    assert record["task"] == "temporal_xor" and set(record["best"]) == {"gle", "adjoint"}
    entry = record["rules"]["gle"]["0.01"]
    assert len(entry["frozen_loss"]) == len(entry["frozen_accuracy"]) == 2
    assert len(entry["loss"]) == len(entry["time"]) and all(len(each) == 2 for each in entry["loss"])
    assert entry["loss"][-1] == entry["frozen_loss"]
    assert {path.name for path in tmp_path.iterdir()} == {"learn.json", "learn.md", "learn.png", RUNS}


def test_what_is_finished_does_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Lesson] = []

    def counted(each: Lesson, tell: object) -> object:
        ran.append(each)
        return learn(each, tell)  # type: ignore[arg-type]

    monkeypatch.setattr(learning, "learn", counted)
    first = learning_study(SMALL, tmp_path, jobs=1)
    assert len(ran) == 4
    assert learning_study(SMALL, tmp_path, jobs=1) == first and len(ran) == 4
    damaged = next((tmp_path / RUNS).iterdir())
    damaged.write_text(damaged.read_text()[:100])
    again = learning_study(SMALL, tmp_path, jobs=1)
    assert len(ran) == 5
    assert [replace(run, seconds=0.0) for run in again.runs] == [replace(run, seconds=0.0) for run in first.runs]
    learning_study(replace(SMALL, seeds=(0, 1, 2), rules=("gle",)), tmp_path, jobs=1)
    assert len(ran) == 6


def test_processes_side_by_side_find_the_same(tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []
    side_by_side = learning_study(SMALL, tmp_path, jobs=2, progress=lambda done, total: told.append((done, total)))
    alone = learning_study(SMALL, jobs=1)
    for one, other in zip(side_by_side.runs, alone.runs, strict=True):
        np.testing.assert_allclose(one.loss, other.loss, rtol=1e-12)
    assert told[0][0] == 0 and told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_study_keeps_its_finished_runs_and_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    command = [
        sys.executable, "-m", "vle_analog.cli", "learn", "temporal_xor", "--rules", "gle", "--etas", "0.01",
        "--seeds", "60", "--span", "400", "--jobs", "1", "--out", str(tmp_path),
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while len(list(tmp_path.glob(f"{RUNS}/*.json"))) < 2:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(number)
    process.wait(timeout=30)
    assert process.returncode != 0 and not (tmp_path / RECORD).exists()
    kept = {path.name: path.read_text() for path in tmp_path.glob(f"{RUNS}/*.json")}
    assert 2 <= len(kept) < 60
    plan = Plan("temporal_xor", ("gle",), (0.01,), (0, 1, 2, 3), span=400.0)
    learning_study(plan, tmp_path, jobs=1)
    for name, text in kept.items():
        assert (tmp_path / RUNS / name).read_text() == text


def test_two_studies_do_not_write_to_one_folder(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from vle_analog.studies.output import claimed\n"
        "with claimed(pathlib.Path(sys.argv[1])):\n    print('has it', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None and other.stdout.readline()
        with pytest.raises(OutputError, match="another run"):
            learning_study(SMALL, tmp_path, jobs=1)
        other.communicate()
    with claimed(tmp_path):
        pass


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"task": "xor"}, "unknown task 'xor'"),
        ({"rules": ("gel",)}, "unknown rule 'gel'"),
        ({"rules": ()}, "at least one rule"),
        ({"seeds": ()}, "at least one seed"),
        ({"seeds": (-1,)}, "must not be negative"),
        ({"etas": (0.1, -1.0)}, "must be positive"),
        ({"etas": (float("nan"),)}, "must be positive"),
        ({"span": 10.0}, "at least 100"),
        ({"moments": 0}, "at least once"),
        ({"changes": {"feedbak": "mirror"}}, "unknown setting of plasticity 'feedbak'"),
        ({"changes": {"rule": "bp"}}, "no change of a study's plasticity"),
        ({"changes": {"feedback": "miror"}}, "unknown feedback 'miror'"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace(SMALL, **changes).lessons()  # type: ignore[arg-type]
