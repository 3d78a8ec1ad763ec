"""``vle-analog learn``: settings of plasticity and of boards, what it shows, writes and refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tool import refused, visible

QUICK = ["learn", "xor_small", "--rules", "gle", "--etas", "0.01", "--seeds", "1", "--span", "150", "--jobs", "1"]
SHORT = ("learn", "chain", "--analog", "--rules", "gle", "--span", "80", "--marks", "4", "--jobs", "1")


@pytest.mark.parametrize(
    "arguments, texts",
    [
        (["--set", "trace"], ["--set 'trace' is not NAME=VALUE", "averaging=500"]),
        (["--set", "trace="], ["is not NAME=VALUE"]),
        (["--set", "trac=1"], ["--set trac: there is no such setting", "did you mean 'trace'?"]),
        (["--set", "rule=bp"], ["--set rule: this has an option of its own", "give the rule by it"]),
        (["--set", "eta=1"], ["give the eta by it"]),
        (["--set", "trace=1", "--set", "trace=2"], ["--set trace: given twice"]),
        (["--set", "trace=long"], ["--set trace: 'long' is not a number or none"]),
        (["--set", "trace=1:2"], ["'1:2' is not a number or none"]),
        (["--set", "eligibility=yes"], ["--set eligibility: 'yes' is not true or false"]),
        (["--set", "trace=inf"], ["'inf' is not a number"]),
        (["--set", "trace=-1"], ["trace must be positive, not -1"]),
        (["--set", "power=none"], ["--set power: 'none' is not a number"]),
        (["--set", "power=0"], ["power must be positive, not 0"]),
        (["--set", "eta_backward=-1"], ["eta_backward must not be negative, not -1"]),
        (["--set", "anneal=100"], ["'100' is not two numbers with a colon between them or none"]),
        (["--set", "anneal=100:0"], ["must be a moment and a time constant"]),
        (["--set", "tau_limits=3:1"], ["must be two time constants"]),
        (["--set", "feedback_seed=1.5"], ["'1.5' is not a whole number"]),
        (["--set", "feedback_seed=-1"], ["feedback_seed must not be negative"]),
        (["--set", "feedback=miror"], ["unknown feedback 'miror'", "did you mean 'mirror'?"]),
        (["--set", "feedback=mirror", "--feedback", "noise"], ["feedback is given twice, by --feedback and by --set"]),
        (["--seeds", "0"], ["--seeds must be at least 1, not 0"]),
        (["--jobs", "0"], ["--jobs must be at least 1, not 0"]),
        (["--etas", "0.1,x"], ["--etas '0.1,x': 'x' is not a number"]),
        (["--rules", ","], ["at least one rule"]),
    ],
    ids=lambda value: " ".join(value) if value and value[0] == "--set" else "",
)
def test_settings_that_cannot_be_are_refused(ask, arguments, texts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask(*QUICK, *arguments), *texts)
    assert list(tmp_path.iterdir()) == []


def test_settings_reach_the_runs_and_the_record(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    def record(*arguments: str) -> dict[str, Any]:
        answer = ask(*QUICK, "--out", "out", *arguments)
        assert answer.code == 0 and "…" not in answer.out, answer.err
        assert "best rate: gle + eligibility 0.01" in answer.out and "results in out/" in answer.out
        return json.loads((tmp_path / "out" / "learn.json").read_text())  # type: ignore[no-any-return]

    def losses(record: dict[str, Any]) -> list[list[float]]:
        return record["rules"]["gle + eligibility"]["0.01"]["loss"]  # type: ignore[no-any-return]

    plain = record()
    assert plain["settings"] == {"span": 150.0}
    other = record("--set", "trace=none", "--set", "anneal=10:5", "--feedback", "mirror")
    assert other["settings"] == {"span": 150.0, "trace": None, "anneal": [10.0, 5.0], "feedback": "mirror"}
    assert losses(other)[0] == losses(plain)[0]
    assert losses(other)[-1] != losses(plain)[-1]
    assert len(list((tmp_path / "out" / "runs").iterdir())) == 2


def test_a_circuit_learns_beside_its_ideal(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out"
    done = ask(*SHORT, "--out", out)
    assert done.code == 0, done.err
    assert visible(out) == {"analog.json", "analog.md", "analog.html", "analog.png", "runs"}
    record = json.loads((out / "analog.json").read_text())
    assert record["task"] == "chain" and record["mode"] == "on-chip" and record["settings"]["span"] == 80
    found = record["rules"]["gle"]
    assert found["loss_ratio"][0] == pytest.approx(1.0, abs=0.01) and found["weight_nrmse"][0] < 0.01
    assert "gle: 30 opamps" in done.out and f"results in {out}/" in done.out
    again = ask(*SHORT, "--out", out)
    assert again.code == 0 and json.loads((out / "analog.json").read_text()) == record  # nothing ran twice


def test_what_boards_are_made_of_reaches_them_and_the_record(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    deploy = (*SHORT, "--mode", "deploy", "--fidelity", "macromodel", "--mismatch", "0.02,0.05")
    options = {
        "plain": (),
        "shares": ("--shares", "0.3,0.2", "--device-shares", "0.5,0"),
        "values": ("--distribution", "uniform", "--device-distribution", "uniform", "--matched", "0.5"),
        "warm": ("--celsius", "70", "--coefficients", "100,-50", "--temperature", "5"),
        "noise": ("--noise", "3", "--noise-scale", "50"),
        "scale": ("--scale", "u2=0.7"),
    }
    losses = {}
    for name, given in options.items():
        done = ask(*deploy, *given, "--out", name)
        assert done.code == 0, done.err
        record = json.loads((tmp_path / name / "analog.json").read_text())
        losses[name] = record["rules"]["gle"]["frozen_loss"]["analog"][0]
        assert record["settings"]["fidelity"] == "macromodel" and len(record["settings"]) > 3 + (name != "plain")
    assert len(set(losses.values())) == len(options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("learn", "chain", "--mode", "deploy"), "--mode is for circuits"),
        (("learn", "chain", "--mismatch", "0.1,0.1"), "--mismatch is for circuits add --analog"),
        ((*SHORT, "--mode", "onchip"), "unknown mode 'onchip'"),
        ((*SHORT, "--mismatch", "0.1"), "is not two numbers"),
        ((*SHORT, "--mismatch", "5,10"), "standard deviation of parts must be at least 0 and below 0.5, not 5"),
        ((*SHORT, "--mismatch", "0.1,-0.1"), "standard deviation of parts must be at least 0 and below 0.5, not -0.1"),
        ((*SHORT, "--series", "E13"), "no series 'E13'"),
        ((*SHORT, "--grade", "w1=3"), "below 0.5"),
        (("learn", "chain", "--grade", "w1=0.1"), "--grade is for circuits"),
        ((*SHORT, "--step", "-1"), "--step must be positive"),
        ((*SHORT, "--marks", "0"), "--marks must be at least 1"),
        ((*SHORT, "--etas", "0.1,1"), "at one rate give one with --etas"),
        (("learn", "chain", "--analog", "--rules", "adjoint"), "runs backward in time"),
    ],
)
def test_bad_options_make_no_folder(ask, options: tuple[str, ...], words: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out"
    refused(ask(*options, "--out", out), words)
    assert not out.exists()
