"""`tasks`: what comes with the tool."""

from __future__ import annotations

from vle_analog.library import system_files


def test_tasks_lists_everything(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("tasks")
    assert answer.code == 0 and answer.err == ""
    for name in ("chain", "bp, gle, vle", *system_files()):
        assert name in answer.out
