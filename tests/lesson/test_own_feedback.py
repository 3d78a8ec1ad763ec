"""Boards of networks with feedback weights of their own, which deployed networks are without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

CHAIN = ("chain", "--span", "80", "--out", "out")


DEPLOY, TUNE = ("deploy",), ("fine-tune", "--tuning", "80")


@pytest.mark.parametrize(
    ("mode", "feedback"),
    [
        (DEPLOY, "mirror"),
        (DEPLOY, "noise"),
        pytest.param(TUNE, "mirror", marks=pytest.mark.slow),
        pytest.param(TUNE, "noise", marks=pytest.mark.slow),  # ngspice follows the noise
    ],
)
def test_learn(ask, mode: tuple[str, ...], feedback: str) -> None:  # type: ignore[no-untyped-def]
    board = ("--analog", "--marks", "1", "--rules", "gle", "--mode", *mode)
    answer = ask("learn", *CHAIN, *board, "--feedback", feedback)
    assert answer.code == 0, answer.err
    (run,) = (json.loads(path.read_text()) for path in Path("out/runs").iterdir())
    assert set(run["ideal"]["learned"]) == {"w1", "w2", "back2", "g1", "g2"}
    assert run["deployed"] < 0.1 and run["excerpt"]["nrmse"] < 0.02


def test_montecarlo(ask) -> None:  # type: ignore[no-untyped-def]
    boards = ("--mode", "deploy", "--mismatch", "0.01,0.01", "--samples", "2")
    answer = ask("montecarlo", *CHAIN, "--rule", "gle", *boards, "--set", "feedback=mirror")
    assert answer.code == 0, answer.err
    record = json.loads(Path("out/montecarlo.json").read_text())
    assert record["samples"] == 2 and all(board["loss"] < 1.0 for board in record["boards"])  # over the variance
