"""`tolerance`: what is printed, written and refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tool import refused, visible

SHORT = ("chain", "--rule", "gle", "--span", "80", "--boards", "2")


def test_a_tolerance_writes_figure_table_and_numbers(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("tolerance", *SHORT, "--fidelity", "ideal", "--criterion", "loss<=1", "--out", "found")
    assert answer.code == 0 and answer.err == "" and "results in found/" in answer.out
    names = {"tolerance.png", "tolerance.md", "tolerance.html", "tolerance.json", "boards"}
    assert visible(tmp_path / "found") == names
    record = json.loads((tmp_path / "found" / "tolerance.json").read_text())
    assert [each["kind"] for each in record["kinds"]] == ["resistor mismatch", "capacitor mismatch"]
    assert record["criterion"] == "loss<=1" and record["yield_wanted"] == 0.95


@pytest.mark.parametrize(
    "arguments, texts",
    [
        (["tolerance", "chain", "--criterion", "accuracy>=0.9"], ["not right or wrong"]),
        (["tolerance", "chain", "--criterion", "loss>=0.9"], ["asks for a bad board"]),
        (["tolerance", "chain", "--yield", "95"], ["--yield must be over 0 and at most 1, not 95"]),
        (["tolerance", "chain", "--seed", "-1"], ["--seed must not be negative, not -1"]),
    ],
)
def test_what_is_refused(ask, tmp_path: Path, arguments: list[str], texts: list[str]) -> None:  # type: ignore[no-untyped-def]
    refused(ask(*arguments), *texts)
    assert not (tmp_path / "results").exists()
