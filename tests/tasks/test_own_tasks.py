"""Tasks are found by listing, or given by a file's path, wherever a task's name is asked for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tool import refused
from vle_analog.errors import UsageError
from vle_analog.lesson.lesson import Lesson
from vle_analog.tasks import TASKS, summary_of, task_named, title_of

GAIN = Path(__file__).with_name("gain.py")


def own(folder: Path, text: str) -> str:
    path = folder / "mine.py"
    path.write_text(text)
    return str(path)


def test_the_folders_files_are_the_tasks() -> None:
    names = "chain complex_signal first_board grasp lagnet temporal_xor xor_medium xor_small"
    assert list(TASKS) == names.split()
    assert all(TASKS[name]().name == name and summary_of(TASKS[name]) for name in TASKS)
    assert summary_of(TASKS["chain"]) == "Two neurons in a row learn a teacher's weights and time constants"


def only(pattern: str) -> Path:
    """The results of a task from another folder, which their name tells."""
    (path,) = Path("results").glob(pattern)
    return path


def test_it_is_learned(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("learn", GAIN, "--rules", "gle,adjoint", "--etas", "0.3", "--seeds", "1")
    assert answer.code == 0, answer.err
    record = json.loads(only("learn-gain@*/learn.json").read_text())
    assert record["task"] == "gain"
    for rule in ("gle", "adjoint"):
        assert record["rules"][rule]["0.3"]["frozen_loss"][0] < 1e-3


def test_it_is_a_circuit_and_a_board(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("run", GAIN, "--rule", "gle", "--span", "40")
    assert answer.code == 0, answer.err
    assert json.loads(only("gain@*--rule-gle--span-40*/metrics.json").read_text())["learning"]
    boards = ("--rule", "gle", "--mode", "deploy", "--mismatch", "0.01,0.01", "--samples", "2")
    answer = ask("montecarlo", GAIN, *boards)
    assert answer.code == 0, answer.err
    assert json.loads(only("montecarlo-gain@*/montecarlo.json").read_text())["samples"] == 2
    assert "Network: input r0 -> 1 linear" in ask("derive", "--task", GAIN).out


def test_a_lessons_key_tells_the_files_text(tmp_path: Path) -> None:
    """Data are told by a thousand samples; a file's may differ between them."""
    path = own(tmp_path, GAIN.read_text())
    lesson = Lesson(path, rule="gle", eta=0.3, span=100.0)
    key = lesson.key()
    assert lesson.key() == key != replace(lesson, eta=0.1).key()
    own(tmp_path, GAIN.read_text() + "\n# no word of this is in the equations\n")
    assert lesson.key() != key
    own(tmp_path, GAIN.read_text())
    assert lesson.key() == key


def test_a_files_title_is_its_name() -> None:
    assert [title_of(name) for name in ("chain", "mine.py", "/some/where/mine.py")] == ["chain", "mine", "mine"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tasks = 1", ("mine.py", "the file defines no 'task'", "define task(rule='vle'")),
        ("task = 1", ("'task' is of type 'int'",)),
        ("\nraise ValueError('by my file')", ("mine.py, line 2", "cannot be run", "ValueError: by my file")),
        ("import nowhere", ("mine.py, line 1", "ModuleNotFoundError")),
        ("def task(rule):\n  pass", ("mine.py", "'task' fails", "TypeError")),
        ("def task(*args, **named):\n  return 1 / 0", ("mine.py, line 2", "'task' fails", "ZeroDivisionError")),
        ("def task(*args, **named):\n  return 1", ("mine.py", "returns something of type 'int', not a Task")),
        ("def task(*args, **named):\n  raise SystemExit(3)", ("mine.py, line 2", "SystemExit")),
    ],
)
def test_what_is_wrong_with_a_file(ask, tmp_path: Path, text: str, words: tuple[str, ...]) -> None:  # type: ignore[no-untyped-def]
    refused(ask("learn", own(tmp_path, text), "--rules", "gle"), *words)
    assert not (tmp_path / "results").exists()


def test_what_is_no_task(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask("learn", "chian"), "unknown task 'chian'", "did you mean 'chain'? (or name a .toml or .py file)")
    refused(ask("montecarlo", "none.py", "--mismatch", "0.1,0.1"), "none.py: there is no such file")
    refused(ask("run", tmp_path / "none.py"), "none.py: there is no such file")
    (tmp_path / "folder.py").mkdir()
    refused(ask("run", "folder.py"), "folder.py: the file cannot be read")
    with pytest.raises(UsageError, match="at least 40"):  # the file's own words
        task_named(str(GAIN))("gle", span=1.0)
