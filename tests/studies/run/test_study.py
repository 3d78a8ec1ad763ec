"""One run end to end: equations in, results folder out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tool import visible
from vle_analog.design.build import Build
from vle_analog.design.design import design
from vle_analog.equations.system import EquationSystem
from vle_analog.equations.systemfile import load_system
from vle_analog.errors import OutputError, SimulationError, VleAnalogError
from vle_analog.lab.folder import claimed
from vle_analog.lab.lab import Lab
from vle_analog.library import system_files
from vle_analog.simulate import Ngspice
from vle_analog.studies.run.study import run
from vle_analog.tasks import Task, chain
from vle_analog.waveforms import Waveforms

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
PARTS = {"opamps", "resistors", "capacitors", "multipliers"}


def shipped(name: str) -> EquationSystem:
    return load_system(system_files()[name])


def results(subject: EquationSystem | Task, folder: Path) -> dict:  # type: ignore[type-arg]
    """The metrics of a run, as returned and as written."""
    metrics = run(subject, lab=Lab(folder)).save(folder)
    assert json.loads((folder / "metrics.json").read_text()) == metrics
    return metrics


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def fake(tmp_path: Path, body: str) -> Ngspice:
    path = tmp_path / "fake-ngspice"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return Ngspice(str(path))


@pytest.mark.parametrize("name", system_files())
def test_shipped_systems_follow_their_ideal_to_a_thousandth(name: str, ngspice: str) -> None:
    """NRMSE at most 0.1 % of range for every output."""
    comparison = run(shipped(name)).comparison
    assert set(comparison.trace_nrmse) == set(shipped(name).probes)
    assert 0 < comparison.trace_nrmse_max <= 1e-3


def test_a_systems_results(tmp_path: Path, ngspice: str) -> None:
    metrics = results(shipped("rc_low_pass"), tmp_path)
    assert metrics["name"] == "rc_low_pass" and metrics["fidelity"] == "ideal"
    assert metrics["rule"] is None and metrics["seed"] is None and "learning" not in metrics
    assert set(metrics["trace_nrmse"]) == {"v"} and metrics["trace_nrmse_max"] == metrics["trace_nrmse"]["v"]
    assert metrics["seconds"].keys() >= {"reference", "synthesis", "ngspice", "total"}
    assert metrics["seconds"]["total"] >= metrics["seconds"]["ngspice"] > 0
    assert metrics["parts"].keys() >= PARTS
    assert metrics["parts"]["opamps"] >= 1 and metrics["parts"]["capacitors"] == 1
    assert visible(tmp_path) == {"netlist.cir", "waveforms.npz", "figures", "report.html", "metrics.json"}
    assert visible(tmp_path / "figures") == {"diagram.svg", "traces.png"}
    assert (tmp_path / "figures" / "traces.png").read_bytes().startswith(b"\x89PNG")
    waveforms = Waveforms.load(tmp_path / "waveforms.npz")
    assert set(waveforms.signals) == {"ideal_v", "analog_v"}
    assert np.max(np.abs(waveforms["ideal_v"] - waveforms["analog_v"])) < 2e-3
    assert waveforms.time[0] == 0 and waveforms.time[-1] == pytest.approx(40.0)


def test_the_netlist_in_the_results_runs_alone(tmp_path: Path, ngspice: str) -> None:
    results(shipped("prospective_identity"), tmp_path)
    vectors = Ngspice().run((tmp_path / "netlist.cir").read_text(), span=30e-3, folder=tmp_path / "again")
    assert set(vectors.values) == {"lagged", "restored"}


@pytest.mark.parametrize("rule", ["bp", "gle", "vle"])
def test_a_learning_tasks_results(rule: str, tmp_path: Path, ngspice: str) -> None:
    metrics = results(chain(rule, span=200.0), tmp_path)
    assert metrics["name"] == "chain" and metrics["seed"] == 0
    assert metrics["rule"] == ("vle2" if rule == "vle" else rule)
    assert metrics["trace_nrmse_max"] < 1e-2
    learning = metrics["learning"]
    assert learning.keys() >= {"loss_initial", "loss_final_ideal", "loss_final_analog", "parameters"}
    assert learning["loss_initial"] == pytest.approx(0.2564, rel=0.01)
    assert learning["loss_final_ideal"] < learning["loss_initial"]
    assert learning["loss_final_analog"] == pytest.approx(learning["loss_final_ideal"], rel=0.05, abs=1e-5)
    assert set(learning["parameters"]) >= {"w1", "w2", "g1", "g2"}
    assert ("ka1" in learning["parameters"]) == (rule == "vle")
    for name, values in learning["parameters"].items():
        assert values.keys() >= {"ideal", "analog", "target"}
        assert values["analog"] == pytest.approx(values["ideal"], rel=0.01), name
        assert values["trajectory_nrmse"] < 0.01
    figures = {path.stem for path in (tmp_path / "figures").iterdir()}
    assert figures == {"diagram", "traces", "learning_curve", "parameters"}
    waveforms = Waveforms.load(tmp_path / "waveforms.npz")
    assert set(waveforms.signals) == {f"{kind}_{n}" for kind in ("ideal", "analog") for n in metrics["trace_nrmse"]}
    assert metrics["parts"]["multipliers"] > 0


def test_seconds_add_up(tmp_path: Path, ngspice: str) -> None:
    seconds = results(chain("gle", span=100.0), tmp_path)["seconds"]
    stages = [value for name, value in seconds.items() if name != "total"]
    assert sum(stages) == pytest.approx(seconds["total"], abs=5.0) and sum(stages) <= seconds["total"]


def test_results_are_the_same_without_a_folder(ngspice: str) -> None:
    result = run(shipped("rc_low_pass"))
    assert result.comparison.trace_nrmse_max < 1e-3
    assert set(result.ideal.signals) == set(result.analog.signals) == {"v"}


def test_a_failed_simulation_keeps_deck_and_log_and_no_metrics(tmp_path: Path) -> None:
    simulator = fake(tmp_path, "echo 'the fake gives up'; exit 1")
    with pytest.raises(SimulationError, match="the fake gives up") as caught:
        run(shipped("rc_low_pass"), lab=Lab(tmp_path / "out", simulator=simulator))
    failed = tmp_path / "out" / "ngspice-failed"
    assert (failed / "netlist.cir").read_text().startswith(".title rc_low_pass")
    assert "the fake gives up" in (failed / "ngspice.log").read_text()
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["ngspice-failed"]
    assert caught.value.where == str(failed / "netlist.cir") and str(failed / "ngspice.log") in caught.value.hint
    assert not (tmp_path / "out" / "metrics.json").exists()


def test_a_failed_run_leaves_an_earlier_ones_results_and_says_so(tmp_path: Path, ngspice: str) -> None:
    results(shipped("rc_low_pass"), tmp_path / "out")
    before = contents(tmp_path / "out")
    with pytest.raises(SimulationError) as caught:
        run(shipped("rc_low_pass"), lab=Lab(tmp_path / "out", simulator=fake(tmp_path, "exit 1")))
    assert f"results of an earlier run are still in {tmp_path / 'out'}" in str(caught.value)
    assert before.items() <= contents(tmp_path / "out").items()


def test_a_failure_replaces_an_earlier_failure_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for text in ("one", "two"):
        with pytest.raises(SimulationError):
            run(shipped("rc_low_pass"), lab=Lab(out, simulator=fake(tmp_path, f"echo {text}; exit 1")))
    assert [each.name for each in out.iterdir()] == ["ngspice-failed"]
    assert "two" in (out / "ngspice-failed" / "ngspice.log").read_text()
    (out / "ngspice-failed" / "notes.txt").write_text("mine")
    with pytest.raises(SimulationError) as caught:
        run(shipped("rc_low_pass"), lab=Lab(out, simulator=fake(tmp_path, "echo three; exit 1")))
    assert (out / "ngspice-failed" / "notes.txt").read_text() == "mine"
    assert caught.value.where == str(out / "ngspice-failed-2" / "netlist.cir")
    assert "three" in (out / "ngspice-failed-2" / "ngspice.log").read_text()
    with (out / "ngspice-failed-2" / "netlist.cir").open("a") as deck:
        deck.write("* to be tried\n")
    with pytest.raises(SimulationError) as caught:
        run(shipped("rc_low_pass"), lab=Lab(out, simulator=fake(tmp_path, "echo four; exit 1")))
    assert (out / "ngspice-failed-2" / "netlist.cir").read_text().endswith("* to be tried\n")
    assert caught.value.where == str(out / "ngspice-failed-3" / "netlist.cir")


def test_a_failure_without_a_folder_is_kept_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with pytest.raises(SimulationError) as caught:
        run(shipped("rc_low_pass"), lab=Lab(simulator=fake(tmp_path, "exit 1")))
    assert Path(str(caught.value.where)).read_text().startswith(".title rc_low_pass")
    run(shipped("rc_low_pass"))
    assert len(list((tmp_path / "temporary").iterdir())) == 1


def test_files_that_are_not_the_tools_stay(tmp_path: Path, ngspice: str) -> None:
    own = [
        tmp_path / name
        for name in ("ngspice/notes.txt", "figures/my.png", "stimulus_my.txt", "ngspice-failed/notes.txt", "a.npz")
    ]
    for path in own:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    for _ in range(2):
        results(shipped("rc_low_pass"), tmp_path)
        assert [path.read_text() for path in own] == ["mine"] * len(own)


def test_a_folder_in_use_is_refused_and_left_alone(tmp_path: Path, ngspice: str) -> None:
    results(shipped("rc_low_pass"), tmp_path)
    result, before = run(shipped("fast_ring")), contents(tmp_path)
    code = (
        "import sys, pathlib\nfrom vle_analog.lab.folder import claimed\n"
        "with claimed(pathlib.Path(sys.argv[1])): print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT
    ) as other:
        assert other.stdout is not None and other.stdout.readline()
        for attempt in (lambda: run(shipped("fast_ring"), lab=Lab(tmp_path)), lambda: result.save(tmp_path)):
            with pytest.raises(OutputError, match="another run is writing here") as caught:
                attempt()
            assert caught.value.where == str(tmp_path) and "choose another folder" in str(caught.value.hint)
        assert contents(tmp_path) == before
        other.kill()  # a lock does not outlive its process
        other.wait()
    assert result.save(tmp_path)["name"] == "fast_ring"


def test_runs_of_two_threads_do_not_share_a_folder(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool, claimed(tmp_path), claimed(tmp_path / "."):
        second = pool.submit(claimed(tmp_path).__enter__)
        assert isinstance(second.exception(), OutputError)
    with claimed(tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_metrics_say_whether_the_run_is_good(tmp_path: Path, ngspice: str) -> None:
    good = run(shipped("rc_low_pass"))
    assert good.metrics()["within_bound"] is True and good.metrics()["bound"] == 1e-3
    off = replace(good, comparison=replace(good.comparison, trace_nrmse={"v": 1.1e-3}))
    assert off.metrics()["within_bound"] is False
    task = replace(off, subject=chain("gle"))
    assert task.metrics()["within_bound"] is True and task.metrics()["bound"] == 1e-2


def test_a_later_run_replaces_an_earlier_ones_results(tmp_path: Path, ngspice: str) -> None:
    results(chain("bp", span=80.0), tmp_path)
    metrics = results(shipped("fast_ring"), tmp_path)
    assert metrics["name"] == "fast_ring"
    assert "fast_ring" in (tmp_path / "netlist.cir").read_text().splitlines()[0]
    assert "analog_x" in Waveforms.load(tmp_path / "waveforms.npz").signals
    # nothing of the chain's remains beside it
    assert visible(tmp_path / "figures") == {"diagram.svg", "traces.png", "portrait.png"}
    assert visible(tmp_path) == {"netlist.cir", "waveforms.npz", "figures", "report.html", "metrics.json"}


def test_writing_that_cannot_be_done_touches_nothing(tmp_path: Path, ngspice: str) -> None:
    folder = tmp_path / "out"
    result = run(shipped("rc_low_pass"), lab=Lab(folder))
    result.save(folder)
    (folder / "waveforms.npz").unlink()
    (folder / "waveforms.npz").mkdir()
    before = contents(folder)
    with pytest.raises(OutputError, match="cannot write here") as caught:
        result.save(folder)
    assert caught.value.where == str(folder / "waveforms.npz") and contents(folder) == before


def test_timeout_says_how_long_it_would_take(tmp_path: Path, ngspice: str) -> None:
    with pytest.raises(SimulationError, match="timed out") as caught:
        run(chain("gle", span=4000.0), lab=Lab(tmp_path, timeout=0.7))
    assert "--timeout" in str(caught.value)
    assert visible(tmp_path / "ngspice-failed") == {"netlist.cir", "ngspice.log"}
    assert not (tmp_path / "metrics.json").exists()


def test_killed(tmp_path: Path) -> None:
    with pytest.raises(SimulationError, match="killed by SIGKILL"):
        run(shipped("rc_low_pass"), lab=Lab(tmp_path / "out", simulator=fake(tmp_path, "kill -9 $$")))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write here") as caught:
        run(shipped("rc_low_pass"), lab=Lab(tmp_path / "file" / "out"))
    assert caught.value.hint == "choose another folder"
    assert (tmp_path / "file").read_text() == "in the way"


def test_progress_names_the_stages_in_order(ngspice: str) -> None:
    seen: list[str] = []

    def tell(stage: str, fraction: float) -> None:
        assert 0 <= fraction <= 1
        if seen[-1:] != [stage]:
            seen.append(stage)

    run(shipped("lorenz"), lab=Lab(progress=tell))
    assert seen == ["reference", "ngspice"]


@pytest.mark.parametrize("realisation", ["lead", "differentiator"])
def test_band_limited_look_ahead_runs_and_states_what_the_limit_costs(realisation: str, ngspice: str) -> None:
    result = run(shipped("two_neurons"), Build(realisation, 100.0))
    assert result.comparison.trace_nrmse_max < 1e-3  # against the reference with the same band limit
    assert 1e-4 < max(result.metrics()["look_ahead_nrmse"].values()) < 0.05


def test_a_given_step_is_taken() -> None:
    deck = design(shipped("rc_low_pass"), Build(step=0.01)).deck
    assert "tran 10u 40m 0 10u uic" in deck.text


def test_a_given_scale_that_leaves_the_rails_is_refused() -> None:
    with pytest.raises(VleAnalogError, match="full scale") as caught:
        design(shipped("lorenz"), Build(scales=(("z", 1.0),)))
    assert "'z'" in str(caught.value.where) and "V per unit keeps the headroom" in str(caught.value.hint)
