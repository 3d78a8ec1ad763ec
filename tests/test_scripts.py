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


def test_startup(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS.parent)}
    command = [sys.executable, str(SCRIPTS / "bench_startup.py"), "--runs", "1"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    measured = [line.partition(":")[0] for line in done.stdout.splitlines()]
    assert measured == ["vle-analog --help", "import vle_analog", "import numpy"]


def test_systems_of_a_folder(tmp_path: Path, ngspice: str) -> None:
    """Two that are right, by an integration of their text that knows nothing of this package, and one refused."""
    head = 'name = "{0}"\n[time]\nunit = 1e-3\nspan = 5.0\n[states.x]\ninitial = 1.0\nderivative = "{1}"\n'
    folder = tmp_path / "systems"
    folder.mkdir()
    for name, text in {"gompertz": "-x*log(2*x)", "hill": "x**2/(1 + x**2) - 0.6*x", "wrong": "zeta(x)"}.items():
        (folder / f"{name}.toml").write_text(head.format(name, text))
    table = tmp_path / "table.json"
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS.parent)}
    command = [sys.executable, str(SCRIPTS / "run_systems.py"), str(folder), "--table", str(table)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert "3 systems: 2 accepted, 2 ran, 2 within 0.1 %" in done.stdout, done.stdout + done.stderr
    rows = {row["name"]: row for row in json.loads(table.read_text())}
    assert rows["hill"]["nrmse"] < 1e-3 and "unsupported function 'zeta'" in rows["wrong"]["reason"]
