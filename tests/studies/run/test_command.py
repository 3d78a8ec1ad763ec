"""What commands write and say: `tasks`, `run` and `derive`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tool import refused
from vle_analog.library import system_files


def test_tasks_lists_everything(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("tasks")
    assert answer.code == 0 and answer.err == ""
    for name in ("chain", "bp, gle, vle", *system_files()):
        assert name in answer.out


def test_run_writes_results_and_says_what_it_found(ask, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    answer = ask("run", "rc_low_pass", "--span", "10", "--out", tmp_path / "out")
    assert answer.code == 0
    assert "rc_low_pass" in answer.out and "NRMSE" in answer.out and str(tmp_path / "out") in answer.out
    metrics = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert metrics["trace_nrmse_max"] < 1e-3 and metrics["span"] == 10
    assert {each.name for each in (tmp_path / "out").iterdir()} == {
        "netlist.cir", "waveforms.npz", "figures", "metrics.json",
    }  # fmt: skip
    assert metrics["within_bound"] is True and "warning" not in answer.err


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


def test_derive_prints_every_step_as_text_or_latex(ask) -> None:  # type: ignore[no-untyped-def]
    text = ask("derive", "--rule", "gle").out
    for part in ("Euler-Lagrange", "Exact adjoint", "Local rules", "Plasticity", "dw1/dt = eta e1 r0"):
        assert part in text
    latex = ask("derive", "--task", "temporal_xor", "--latex").out
    assert latex.startswith("\\documentclass") and latex.rstrip().endswith("\\end{document}")
    refused(ask("derive", "--rule", "gel"), "unknown rule 'gel'", "gle")
    refused(ask("derive", "--task", "chian"), "unknown task 'chian'", "chain")
