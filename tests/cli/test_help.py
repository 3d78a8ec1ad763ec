"""``--help``."""

from __future__ import annotations

import re

import pytest


@pytest.mark.parametrize(
    "command, options",
    [
        (
            "run",
            ["--rule", "--eta", "--span", "--seed", "--out", "--prospective", "--bandwidth", "--step", "--timeout"],
        ),
        (
            "netlist",
            ["--rule", "--eta", "--span", "--seed", "--output", "-o", "--prospective", "--bandwidth", "--step"],
        ),
        ("tasks", []),
        ("derive", ["--task", "--rule", "--latex"]),
        ("frequency", ["--tau-m", "--tau-r", "--spectrum", "--out"]),
        ("scaling", ["--widths", "--rule", "--span", "--timeout", "--out"]),
    ],
)
def test_help_mentions_all_options(ask, command: str, options: list[str]) -> None:  # type: ignore[no-untyped-def]
    answer = ask(command, "--help")
    assert answer.code == 0 and answer.err == ""
    for option in options:
        assert option in answer.out
    if command == "run":
        for word in (
            "bp, gle, vle",
            "metrics.json",
            "model units",
            "algebraic, lead, differentiator",
            "the task's own",
            "--eligibility",
            "--sizes",
            "--tau-m",
        ):
            assert word in re.sub(r"[\s│]+", " ", answer.out)


def test_help_of_the_whole(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("--help")
    assert answer.code == 0
    for word in ("tasks", "run", "derive", "netlist", "frequency", "ngspice", "vle-analog run lorenz"):
        assert word in answer.out
