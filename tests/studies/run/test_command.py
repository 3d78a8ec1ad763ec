"""`run`: what it writes and says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tool import refused, visible


def test_run_writes_results_and_says_what_it_found(ask, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask("run", "rc_low_pass", "--span", "10", "--out", tmp_path / "out")
    assert answer.code == 0
    assert "rc_low_pass" in answer.out and "NRMSE" in answer.out and str(tmp_path / "out") in answer.out
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["trace_nrmse_max"] < 1e-3 and metrics["span"] == 10
    assert visible(tmp_path / "out") == {
        "netlist.cir", "waveforms.npz", "figures", "report.html", "metrics.json",
    }  # fmt: skip
    assert metrics["within_bound"] is True and "warning" not in answer.err
    page = (tmp_path / "out" / "report.html").read_text()
    assert "vle-analog run rc_low_pass --span 10 --out " in page and answer.out.splitlines()[0] in page


def test_run_without_out_goes_into_results(ask, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    assert ask("run", "fast_ring").code == 0
    assert (tmp_path / "results" / "fast_ring" / "metrics.json").exists()


def test_run_a_task_with_all_its_options(ask, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask(
        "run",
        "chain",
        "--rule",
        "gle",
        "--eta",
        "0.5",
        "--span",
        "100",
        "--seed",
        "7",
        "--out",
        tmp_path,
        "--timeout",
        60,
    )
    assert answer.code == 0 and "plasticity off" in answer.out and "teacher" in answer.out
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert (metrics["rule"], metrics["seed"], metrics["span"]) == ("gle", 7, 100)


@pytest.mark.parametrize("name", ["a[/b]c", "[bold]", ":smile:", "a\\\\"])
def test_folders_of_any_name(ask, name: str, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask("run", "rc_low_pass", "--span", "4", "--out", f"out/{name}")
    assert answer.code == 0 and f"results in out/{name}/" in answer.out


def test_a_run_that_is_far_off_is_announced_as_such(ask, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask("run", "fast_ring", "--step", "0.5", "--out", "out")
    metrics = json.loads(Path("out/metrics.json").read_text())
    assert answer.code == 0 and metrics["within_bound"] is False and metrics["trace_nrmse_max"] > metrics["bound"]
    worst = max(metrics["trace_nrmse"], key=metrics["trace_nrmse"].get)
    assert f"warning: signal '{worst}' is off by an NRMSE of" in answer and "a good run stays under 0.001" in answer


def test_what_real_parts_leave_is_told_of(ask, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    """The worst three of what `margins` warns of."""
    asked = ("fast_ring", "--part", "opamp=opa2277", "--fidelity", "macromodel")
    run, margins = ask("run", *asked), ask("margins", *asked)
    assert run.code == margins.code == 0
    told = margins.err.partition("warning: ")[2].split("warning: ")
    assert "'y': loop " in told[0] and any("'y': slew 7.1 V/µs" in warning for warning in told)
    assert run.err.split("warning: ")[2:] == told[:3]  # the first is that the run is far off


@pytest.mark.parametrize(
    "options",
    [
        ("--mismatch", "0.01,0.05", "--matched", "0.5", "--distribution", "truncated"),
        ("--mismatch", "0.01,0.05", "--shares", "0.3,0.2", "--sampling", "sobol", "--board", "7"),
        ("--mismatch", "0.01,0.05", "--shares", "0.3,0.2", "--per-lot", "4", "--board", "7"),
        ("--fidelity", "macromodel", "--device-shares", "0.3,0.2", "--device-distribution", "truncated"),
        ("--coefficients", "50,-30", "--temperature", "10"),
        ("--noise-scale", "100"),
    ],
    ids=lambda options: options[-2],
)
def test_whatever_makes_boards_differ_makes_a_run_another(ask, options: tuple[str, ...], ngspice: str) -> None:  # type: ignore[no-untyped-def]
    plain, varied = (ask("run", "two_neurons", *more, "--out", name) for name, more in (("a", ()), ("b", options)))
    assert plain.code == varied.code == 0, varied.err
    decks = [Path(name, "netlist.cir").read_text() for name in "ab"]
    assert decks[0] != decks[1] and "board " in decks[1]


def test_a_board_of_a_hypercube_cannot_be_made_alone(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    asked = ("--mismatch", "0.01,0.05", "--shares", "0.3,0.2", "--sampling", "latin")
    refused(ask("run", "rc_low_pass", *asked), "hypercube is of many boards", "take --sampling sobol")
    assert list(tmp_path.iterdir()) == []


def test_earlier_results_are_replaced_with_a_word_and_a_users_files_are_not(ask, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    asked = ("run", "rc_low_pass", "--span", "4", "--out", "out")
    assert ask(*asked).err == ""
    assert ask(*asked).err == ("note: out has the results of an earlier run; they are replaced when this one is done\n")
    with (tmp_path / "out" / "figures" / "traces.png").open("ab") as figure:
        figure.write(b"a remark")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "metrics.json").write_text("mine")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    refused(ask(*asked), "out/figures/traces.png: this file is there", "choose another place")
    refused(ask(*asked[:-1], "mine"), "mine/metrics.json: this file is there")
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
