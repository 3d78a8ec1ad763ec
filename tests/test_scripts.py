"""The scripts run: each in quick mode, as a process of its own, in an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


def results(tmp_path: Path, name: str, *arguments: str, at: str = "") -> dict:  # type: ignore[type-arg]
    """What a script writes into ``results/``, under its own name unless told otherwise."""
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS.parent)}
    command = [sys.executable, str(SCRIPTS / f"{name}.py"), *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    return json.loads((tmp_path / "results" / f"{at or name}.json").read_text())


def test_reference(tmp_path: Path) -> None:
    table = results(tmp_path, "bench_reference", "--quick")
    assert table["states"] == 165
    assert table["largest_error"]["reference"] <= table["largest_error"]["solve_ivp, lambdified with math"] < 1e-3
    assert table["ratio"]["solve_ivp, lambdified with numpy"] > 30  # about 100 on a quiet machine
    assert table["steps_per_second"] > 50_000  # about 550,000


def test_synthesis(tmp_path: Path) -> None:
    table = results(tmp_path, "bench_synthesis", "4", "8")
    assert [row["weights"] for row in table["rows"]] == [24, 80]
    assert all(row["seconds"] < 15 and row["peak_MB"] < 2000 for row in table["rows"])


@pytest.mark.slow
def test_synthesis_of_a_large_network(tmp_path: Path) -> None:
    """A learning 1-100-100-1 network: under 30 s and 2 GB, exponent at most 1.15."""
    table = results(tmp_path, "bench_synthesis")
    assert table["rows"][-1]["weights"] == 10_200
    assert table["rows"][-1]["seconds"] < 30 and table["rows"][-1]["peak_MB"] < 2048
    assert table["exponent"] <= 1.15


def test_chain_rules(tmp_path: Path, ngspice: str) -> None:
    table = results(tmp_path, "chain_rules", "120")
    assert set(table) == {"bp", "gle", "vle"}
    for row in table.values():
        assert all(values["trajectory_nrmse"] < 0.01 for values in row["parameters"].values())
    assert (tmp_path / "results" / "chain_rules.png").exists()


def test_run(tmp_path: Path, ngspice: str) -> None:
    """All that `run` does around ngspice and reference takes under 3 s."""
    table = results(tmp_path, "bench_run", "120")
    assert {row["rule"] for row in table["rows"]} == {"bp", "gle", "vle"}
    assert all(0 < row["around"] < 6 for row in table["rows"])  # about 1 s; the machine may be busy


def test_engine_agreement(tmp_path: Path, ngspice: str) -> None:
    table = results(
        tmp_path, "engine_agreement", "deployed lagnet", "--quick", "--boards", "2", at="engine_agreement/agreement"
    )
    assert len(table["deployed lagnet"]["boards"]) == 2
    assert all(each["trace"] < 1e-2 for each in table["deployed lagnet"]["boards"])
