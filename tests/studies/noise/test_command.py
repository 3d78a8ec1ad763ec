"""`noise`: what is printed, written and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tool import refused, visible

SHORT = ("chain", "--rule", "gle", "--span", "80", "--mode", "deploy", "--boards", "2", "--criterion", "loss<=0.9")


def test_it_writes_figure_table_and_numbers_and_says_the_answer_first(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("noise", *SHORT, "--trim", "1e-4", "--levels", "1:4")
    assert answer.code == 0 and answer.err == "" and "results in results/noise-chain--" in answer.out
    folder = tmp_path / "results" / "noise-chain--rule-gle--span-80--mode-deploy--trim-0.0001"
    assert visible(folder) == {"noise.png", "noise.md", "noise.html", "noise.json", "boards"}
    record = json.loads((folder / "noise.json").read_text())
    assert [level["scale"] for level in record["levels"]] == [1, 2, 4] and record["complete"]
    assert record["criterion"] == "loss<=0.9" and record["boards"] == 2 and record["mode"] == "deploy"
    ratio = record["holds"]["signal_to_noise_db"]
    assert f"chain, deploy: stands 4 times the parts' noise ({ratio:.1f} dB, " in answer.out
    again = ask("noise", *SHORT, "--trim", "1e-4", "--levels", "1:4")
    assert again.out == answer.out and json.loads((folder / "noise.json").read_text()) == record


def test_help_leads_to_the_sources(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("noise", "--help")
    assert answer.code == 0 and "noise-sources" in answer.out and "--levels" in answer.out


@pytest.mark.parametrize(
    "arguments, texts",
    [
        (["lorentz"], ["unknown task or system 'lorentz'", "did you mean 'lorenz'"]),
        (["lorenz", "--rule", "gle"], ["--rule is not for 'lorenz'"]),
        (["own.toml"], ["no such file (own.toml)"]),
        (["chan"], ["unknown task or system 'chan'"]),
        (["chain", "--levels", "8"], ["--levels '8' is not LOW:HIGH", "1:1024"]),
        (["chain", "--levels", "8:4"], ["--levels 8:4: the first must be positive and at most the second"]),
        (["chain", "--fidelity", "ideal"], ["ideal parts make no noise", "--fidelity macromodel"]),
        (["chain", "--check", "-1"], ["--check must not be negative, not -1"]),
        (["chain", "--criterion", "accuracy>=0.9"], ["not right or wrong", "loss<=0.2"]),
        (["chain", "--jobs", "0"], ["--jobs must be at least 1, not 0"]),
    ],
)
def test_what_is_refused(ask, tmp_path: Path, arguments: list[str], texts: list[str]) -> None:  # type: ignore[no-untyped-def]
    refused(ask("noise", *arguments), *texts)
    assert not (tmp_path / "results").exists()
