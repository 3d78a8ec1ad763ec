"""Tasks and rules that other packages bring along, in this process and in new ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tasks.taskfiles import with_data

MODULE = '''
from pathlib import Path
from vle_analog.learning.rule import Rule, causal
from vle_analog.tasks import TASKS

HALF = Rule("half", "gle at half its gain", lambda exact, k: causal(exact) / 2)
GRASPING = Path(__file__).with_name("mine.toml")


def chain_of_mine(rule="gle", *args, **named):
    """The chain, by another name."""
    return TASKS["chain"](rule, *args, **named)


NO_RULE = 3
'''
ENTRIES = """[vle_analog.rules]
half_of_gle = brought:HALF
no_rule = brought:NO_RULE
gone = nowhere:RULE
[vle_analog.tasks]
grasping = brought:GRASPING
my_chain = brought:chain_of_mine
"""


@pytest.fixture
def brought(tmp_path: Path) -> Path:
    """A package as it lies after its installation: a module, a task's files, and what it says of itself."""
    site = tmp_path / "site"
    about = site / "brought-1.2.dist-info"
    about.mkdir(parents=True)
    with_data(site)
    (site / "brought.py").write_text(MODULE)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text(ENTRIES)
    return site


def ask(site: Path, folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[1]
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(root)]), "COLUMNS": "200"}
    command = [sys.executable, "-m", "vle_analog.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=paths, check=False)


def test_they_are_known_on_the_command_line_and_in_workers(brought: Path, tmp_path: Path) -> None:
    listed = ask(brought, tmp_path, "tasks")
    assert listed.returncode == 0, listed.stderr
    assert all(word in listed.stdout for word in ("grasping", "Two of three", "my_chain", "half_of_gle"))
    learning = ("learn", "grasping", "--rules", "half_of_gle,gle", "--etas", "0.1", "--seeds", "2", "--jobs", "2")
    answer = ask(brought, tmp_path, *learning, "--out", "out")
    assert answer.returncode == 0, answer.stderr
    record = json.loads((tmp_path / "out" / "learn.json").read_text())
    assert set(record["rules"]) == {"half_of_gle + eligibility", "gle + eligibility"}
    ends = [record["rules"][f"{rule} + eligibility"]["0.1"]["frozen_loss"][0] for rule in ("half_of_gle", "gle")]
    assert ends[0] != ends[1]


@pytest.mark.slow
def test_unknown_ones_are_named_with_the_nearest(brought: Path, tmp_path: Path) -> None:
    for arguments, words in (
        (("learn", "graspin"), "did you mean 'grasping'?"),
        (("run", "chain", "--rule", "half_of_gel"), "did you mean 'half_of_gle'?"),
        (("run", "chain", "--rule", "no_rule"), "brought 1.2, brought:NO_RULE: it is of type 'int'"),
        (("run", "chain", "--rule", "gone"), "it cannot be loaded: ModuleNotFoundError"),
    ):
        answer = ask(brought, tmp_path, *arguments)
        assert answer.returncode != 0 and words in answer.stderr, answer.stderr


@pytest.mark.slow
def test_boards_of_them_run_on_a_cluster(brought: Path, tmp_path: Path) -> None:
    boards = ("--rule", "half_of_gle", "--span", "20", "--mismatch", "0.01,0.02", "--boards", "2")
    answer = ask(brought, tmp_path, "montecarlo", "grasping", *boards, "--cluster", "local:1", "--out", "out")
    assert answer.returncode == 0, answer.stderr
    assert json.loads((tmp_path / "out" / "montecarlo.json").read_text())["samples"] == 2
