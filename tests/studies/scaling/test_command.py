"""`scaling`: circuits of several widths, as table, figure and numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tool import refused, visible


def test_it_prints_a_table_and_writes_figure_and_numbers(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("scaling", "--widths", "1, 2", "--rule", "gle", "--span", "2")
    assert answer.code == 0 and answer.err == "" and "results in results/scaling--rule-gle--span-2/" in answer.out
    folder = tmp_path / "results" / "scaling--rule-gle--span-2"
    assert visible(folder) == {"scaling.png", "scaling.md", "scaling.html", "scaling.json", "runs"}
    record = json.loads((folder / "scaling.json").read_text())
    rows = [line.split() for line in answer.out.splitlines() if line.split()[:1] in (["learner"], ["inference"])]
    shown = [(row[0], int(row[1]), int(row[3])) for row in rows]
    assert shown == [(run["network"], run["width"], run["opamps"]) for run in record["runs"]]
    assert "learner: op-amps N^" in answer.out and "inference: op-amps N^" in answer.out
    assert "100,000 model units take the circuit 100 s and ngspice" in answer.out


def test_a_limit_is_told(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("scaling", "--widths", "1", "--rule", "gle", "--span", "200", "--timeout", "0.05", "--out", "out")
    refused(answer, "not even the smallest width could be simulated", "timed out after", "--timeout")


@pytest.mark.parametrize(
    "arguments, texts",
    [
        (["--widths", "2,x"], ["--widths '2,x': 'x' is not a number"]),
        (["--widths", "2.5"], ["whole number of neurons, not 2.5", "e.g. 2,4,8"]),
        (["--rule", "vel"], ["unknown rule 'vel'", "vle"]),
        (["--span", "-1"], ["--span must be positive, not -1"]),
        (["--timeout", "0"], ["--timeout must be positive, not 0"]),
    ],
)
def test_what_is_refused(ask, arguments, texts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask("scaling", *arguments), *texts)
    assert list(tmp_path.iterdir()) == []
