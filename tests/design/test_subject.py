"""What a circuit is of: tasks, systems that come with the tool, and files, by the name that a user gave."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog.design.subject import Subject, system_of
from vle_analog.equations.system import EquationSystem
from vle_analog.errors import SystemFileError, UsageError
from vle_analog.library import system_files
from vle_analog.tasks import Task


def test_a_task_is_what_was_asked_for() -> None:
    task = Subject("chain", rule="gle", eta=0.5, span=100.0, seed=7).load()
    assert isinstance(task, Task)
    assert (task.rule, task.eta, task.seed, system_of(task).span) == ("gle", 0.5, 7, 100.0)
    usual = Subject("chain").load()
    assert isinstance(usual, Task) and (usual.rule, usual.seed) == ("vle", 0)


def test_a_system_comes_with_the_tool_or_from_a_file(tmp_path: Path) -> None:
    shipped = Subject("rc_low_pass", span=10.0).load()
    assert isinstance(shipped, EquationSystem) and shipped.span == 10.0 and system_of(shipped) is shipped
    (tmp_path / "mine").write_text(system_files()["lorenz"].read_text())
    assert Subject(str(tmp_path / "mine")).load().name == "lorenz"
    with pytest.raises(SystemFileError, match="there is no such file"):
        Subject("nowhere.toml").load()


@pytest.mark.parametrize(
    "given, text",
    [
        ({"rule": "gel"}, "unknown rule 'gel'\n  did you mean 'gle'"),
        ({"span": 0.0}, "`span` must be a positive number of model units, not 0"),
        ({"span": float("inf")}, "`span` must be a positive number"),
        ({"seed": -1}, "`seed` must not be negative, not -1"),
    ],
)
def test_what_is_refused_at_once(given: dict[str, object], text: str) -> None:
    with pytest.raises(UsageError) as refused:
        Subject("chain", **given)  # type: ignore[arg-type]
    assert text in str(refused.value)


@pytest.mark.parametrize("field, value", [("rule", "gle"), ("eta", 1.0), ("seed", 0)])
def test_systems_do_not_learn(field: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"`{field}` is for learning tasks; 'lorenz' is a system"):
        Subject("lorenz", **{field: value}).load()  # type: ignore[arg-type]


def test_an_unknown_name_has_a_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"unknown task or system 'lorentz'\n  did you mean 'lorenz'\?"):
        Subject("lorentz").load()
