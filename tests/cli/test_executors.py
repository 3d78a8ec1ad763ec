"""`--cluster` and `--jobs`: what is written and what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.tool import refused
from vle_analog.lab import cluster

SHORT = ("montecarlo", "chain", "--span", "80", "--boards", "2", "--mismatch", "0.02,0.05")


@pytest.mark.slow  # tests/lab/test_cluster.py has the same of the study
def test_the_same_with_a_cluster(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    found = []
    for options in ((), ("--cluster", "local:1")):
        answer = ask(*SHORT, *options, "--out", f"out{len(options)}")
        assert answer.code == 0 and answer.err == ""
        found.append(json.loads((tmp_path / f"out{len(options)}" / "montecarlo.json").read_text()))
    assert {name for name in found[0] if found[0][name] != found[1][name]} <= {"seconds"}


@pytest.mark.parametrize("command", ["montecarlo", "budget", "tolerance", "noise"])
def test_no_scheduler(ask, command: str, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(cluster, "CONNECT", 0.3)
    options = ("--span", "80", "--mismatch", "0.02,0.05", "--cluster", "tcp://127.0.0.1:1")
    refused(ask(command, "chain", *options), "no scheduler answers at tcp://127.0.0.1:1", "dask scheduler")


def test_threads_and_a_cluster(ask) -> None:  # type: ignore[no-untyped-def]
    refused(ask(*SHORT, "--jobs", "2", "--cluster", "local"), "--jobs is for this process", "leave one of them out")


def test_without_dask(ask, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "vle_analog.lab.cluster")
    refused(ask(*SHORT, "--cluster", "local"), "needs Dask distributed", "pip install 'vle-analog[cluster]'")
    assert ask(*SHORT).code == 0
