"""`budget`: what is printed, written and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tool import refused, visible

SHORT = ("chain", "--rule", "gle", "--span", "80", "--boards", "2")


def test_a_budget_writes_figure_table_and_numbers(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("budget", *SHORT, "--fidelity", "ideal", "--sobol", "2")
    assert answer.code == 0 and answer.err == "" and "results in results/budget-chain--" in answer.out
    folder = tmp_path / "results" / "budget-chain--rule-gle--span-80--fidelity-ideal"
    assert visible(folder) == {"budget.png", "budget.md", "budget.html", "budget.json", "boards"}
    record = json.loads((folder / "budget.json").read_text())
    assert {each["kind"]: each["size"] for each in record["kinds"]} == {
        "resistor mismatch": "1 %",
        "capacitor mismatch": "5 %",
    }
    assert f"{record['everything']['loss']:.3g}" in answer.out
    assert record["sobol"]["rows"] == 2 and set(record["sobol"]["kinds"]) == {"resistor mismatch", "capacitor mismatch"}
    again = ask("budget", *SHORT, "--fidelity", "ideal", "--sobol", "2")
    assert again.out == answer.out and json.loads((folder / "budget.json").read_text()) == record


@pytest.mark.parametrize(
    "arguments, texts",
    [
        (["budget", "lorentz"], ["lorentz"]),
        (["budget", "chain", "--sobol", "3"], ["--sobol must be a power of two, or 0, not 3"]),
        (["budget", "chain", "--jobs", "0"], ["--jobs must be at least 1, not 0"]),
        (["budget", "chain", "--mismatch", "5,10"], ["below 0.5, not 5"]),
        (["budget", "chain", "--sobol-boards", "0"], ["--sobol-boards must be at least 1, not 0"]),
        (["budget", "chain", "--boards", "0"], ["--boards must be at least 1, not 0"]),
        (["budget", "chain", "--noise", "3"], ["No such option"]),
    ],
)
def test_what_is_refused(ask, tmp_path: Path, arguments: list[str], texts: list[str]) -> None:  # type: ignore[no-untyped-def]
    refused(ask(*arguments), *texts)
    assert not (tmp_path / "results").exists()
