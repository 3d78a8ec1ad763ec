"""The scripts run: each in quick mode, in an empty folder."""

from __future__ import annotations

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
Results = Callable[..., dict[str, Any]]


@pytest.fixture
def results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, Any]]:
    """What a script that is run in this process writes into ``results/``, under its own name unless told otherwise."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(SCRIPTS)
    monkeypatch.setenv("PYTHONPATH", str(SCRIPTS.parent))  # for processes that scripts start

    def of(name: str, *arguments: str, at: str = "") -> dict[str, Any]:
        path = SCRIPTS / f"{name}.py"
        monkeypatch.setattr(sys, "argv", [str(path), *arguments])
        try:
            runpy.run_path(str(path), run_name="__main__")
        except SystemExit as leave:
            assert not leave.code
        assert capsys.readouterr().out.strip()
        return json.loads((tmp_path / "results" / f"{at or name}.json").read_text())  # type: ignore[no-any-return]

    return of


def test_reference(results: Results) -> None:
    table = results("bench_reference", "--quick")
    assert table["states"] == 165
    assert table["largest_error"]["reference"] <= table["largest_error"]["solve_ivp, lambdified with math"] < 1e-3


@pytest.mark.slow
def test_synthesis(results: Results) -> None:
    table = results("bench_synthesis", "2", "4")
    assert [row["weights"] for row in table["rows"]] == [8, 24]
    assert all(row["seconds"] < 15 and row["peak_MB"] < 2000 for row in table["rows"])


@pytest.mark.slow
def test_synthesis_of_a_large_network(results: Results) -> None:
    """A learning 1-100-100-1 network: under 30 s and 2 GB, exponent at most 1.15."""
    table = results("bench_synthesis")
    assert table["rows"][-1]["weights"] == 10_200
    assert table["rows"][-1]["seconds"] < 30 and table["rows"][-1]["peak_MB"] < 2048
    assert table["exponent"] <= 1.15


def test_chain_rules(results: Results, tmp_path: Path, ngspice: str) -> None:
    table = results("chain_rules", "80")
    assert set(table) == {"bp", "gle", "vle"}
    for row in table.values():
        assert all(values["trajectory_nrmse"] < 0.01 for values in row["parameters"].values())
    assert (tmp_path / "results" / "chain_rules.png").exists()


def test_run(results: Results, ngspice: str) -> None:
    table = results("bench_run", "80")
    assert {row["rule"] for row in table["rows"]} == {"bp", "gle", "vle"}
    assert all(row["around"] > 0 for row in table["rows"])


def test_engine_agreement(results: Results, ngspice: str) -> None:
    name = "deployed chain"
    table = results("engine_agreement", name, "--quick", "--boards", "1", at="engine_agreement--quick/agreement")
    (board,) = table[name]["boards"]
    assert board["trace"] < 1e-2


def test_engine(results: Results, ngspice: str) -> None:
    """What the engine and ngspice come to agrees."""
    found = results("bench_engine", "--quick")
    for name in ("xor_small learning", "chain of 10"):
        numbers = found[name]
        assert numbers["nrmse_median"] < 0.05  # of a unit or two, most of which is the start


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


@pytest.mark.slow
def test_the_map_by_depth(results: Results) -> None:
    asked = ("--seeds", "1", "--span", "300", "--layers", "1")
    found = results("depth_map", *asked, at="depth_map/depth_map")
    assert [(cell["decades"], cell["layers"]) for cell in found["cells"]] == [(0.6, 1), (2.0, 1)]
    assert all(set(cell["rules"]) == {"gle", "vle1"} for cell in found["cells"])
    assert results("depth_map", *asked, at="depth_map/depth_map") == found  # from what was kept


@pytest.mark.slow
def test_width(results: Results) -> None:
    table = results("benchmark_width", "--quick")
    rows = table["nanoseconds_per_weight_and_step"]
    assert rows["reference"]["16"] < 2 * rows["reference"]["5"]
    assert rows["reference"]["5"] < rows["engine"]["5"] < rows["ngspice"]["5"]


@pytest.mark.slow
def test_roofline(results: Results) -> None:
    steps = results("benchmark_roofline")["steps"]
    assert all(0.05 < step["share"] < 1.1 for step in steps.values())
    assert steps["engine, single"]["read"] < 0.6 * steps["engine, double"]["read"]


@pytest.mark.slow
def test_cluster(results: Results) -> None:
    pytest.importorskip("distributed")
    table = results("benchmark_cluster", "--quick")
    assert table["workers"].keys() == {"1", "2"}
    assert all(0.8 < each["speed_up_by_processor_time"] < 2.3 for each in table["two_processes"].values())
    assert 0 < table["empty_batch_milliseconds"]["clock"] < 1000


@pytest.mark.slow
def test_netlist(results: Results, ngspice: str) -> None:
    table = results("bench_netlist", "1")
    assert table["ratio_layer"] < table["ratio_layer_two_voltages"] < 2
    assert max(table["nrmse"].values()) < 1e-3


_TWO_CLASSES = """
[task]
name = "two"
[network]
layers = [{neurons = 6, tau_m = 1.0}, {neurons = 2, tau_m = 0.5, activation = "linear"}]
[learning]
eta = 0.1
[data]
train = "train.npz"
exam = "train.npz"
dt = 0.5
[schedule]
span = 400.0
step = 0.05
"""


@pytest.mark.slow
def test_learning_of_sequences_goes_on_where_it_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 40)
    np.savez(tmp_path / "train.npz", sequences=np.where(labels, 1.0, -1.0)[:, None] * np.ones((40, 8)), labels=labels)
    (tmp_path / "two.toml").write_text(_TWO_CLASSES)
    monkeypatch.syspath_prepend(SCRIPTS)
    script = [sys.executable, str(SCRIPTS / "learn_sequences.py"), str(tmp_path / "two.toml")]
    environment = {**os.environ, "PYTHONPATH": str(SCRIPTS.parent)}
    for folder, stops in (("whole", ("2",)), ("halved", ("0", "2"))):
        for following in stops:
            given = [
                *script,
                str(tmp_path / folder),
                "--epochs",
                "1",
                "--following",
                following,
                "--batch",
                "4",
                "--rate",
                "0.2",
            ]
            subprocess.run(given, check=True, env=environment)
    whole, halved = (json.loads((tmp_path / each / "gle_0.json").read_text()) for each in ("whole", "halved"))
    assert [row["epoch"] for row in halved["curve"]] == [1, 2, 3]
    for key in ("cost", "validation"):
        assert [row[key] for row in whole["curve"]] == [row[key] for row in halved["curve"]]
    assert whole["exam_accuracy"] == 1.0


@pytest.mark.slow
def test_rivals(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each rewrites the equations of a network with and without eligibility, and its boards learn."""
    monkeypatch.syspath_prepend(SCRIPTS)
    main = runpy.run_path(str(SCRIPTS / "rivals.py"))["main"]
    main(["chain", "--boards", "2", "--span", "80", "--eta", "0.3", "--trace", "1.5"])
    main(["xor_small", "--boards", "1", "--span", "150", "--rivals", "zero", "high-pass=30"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:7]] == [
        "none", "slow", "product", "zero", "high-pass", "dead-zone", "leak",
    ]  # fmt: skip
    assert len(lines) == 9 and all("over 95 %" in line for line in lines[7:])
