"""`sensitivity`: a block's expressions, and which blocks there are."""

from __future__ import annotations

import json
from pathlib import Path

from tests.tool import refused
from vle_analog.circuit.parts import library
from vle_analog.studies.sensitivity.study import blocks


def rows(text: str) -> dict[str, str]:
    """Lines of a table by their first column, which two spaces end."""
    return {line.strip().split("  ")[0].strip(): line for line in text.splitlines() if "  " in line.strip()}


def test_a_block_is_printed(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("sensitivity", "leaky_integrator")
    assert answer.code == 0 and answer.err == ""
    printed = rows(answer.out)
    assert "C R" in printed["time constant"] and "1 ms" in printed["time constant"]
    assert "C +1, R +1" in printed["time constant"]
    assert "(g + 1)/(2 pi GBW)" in printed["lag"] and "39.79 ns" in printed["lag"]
    assert "opamp opa2134" in answer.out
    assert list(tmp_path.iterdir()) == []


def test_another_op_amp_and_other_values(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("sensitivity", "summer", "--part", "opamp=tl072", "--value", "g=3", "--value", "IB=-1n")
    assert answer.code == 0
    printed = rows(answer.out)
    assert "212.2 ns" in printed["lag"]  # 4 / (2 pi 3 MHz)
    assert "-6.67 ppm" in printed["gain error"]
    assert "VOS ± 12 mV, IB ± 100 uV" in printed["offset"]


def test_a_stated_bandwidth_is_in_the_unit_that_it_is_stated_in(ask) -> None:  # type: ignore[no-untyped-def]
    """softplus_translinear states 47 kHz: the time constant is 1 / (2 pi 47 kHz)."""
    answer = ask("sensitivity", "softplus", "--part", "softplus=softplus_translinear")
    assert answer.code == 0
    assert "3.386 us" in rows(answer.out)["lag"]


def test_latex_and_files(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("sensitivity", "divider", "--latex", "--out", "out")
    assert answer.code == 0 and answer.err == ""
    assert answer.out == (tmp_path / "out" / "sensitivity.tex").read_text()
    assert answer.out.startswith("% divider: ") and r"\begin{align*}" in answer.out
    record = json.loads((tmp_path / "out" / "sensitivity.json").read_text())
    assert record["parts"] == {"multiplier": "ad633", "opamp": "opa2134"}
    table = ask("sensitivity", "divider", "--out", "out")
    assert "results in out/" in table.out


def test_all_blocks_are_listed(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("sensitivity")
    assert answer.code == 0
    assert set(blocks()) <= set(rows(answer.out))
    smooth = {"multiplier", "tanh", "logistic", "softplus"}
    assert set(blocks()) == {name for name, cell in library().items() if cell.role is None} | smooth


def test_what_is_refused(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask("sensitivity", "sumer"), "no block or system 'sumer'", "did you mean 'summer'")
    refused(ask("sensitivity", "summer", "--part", "opamp=none"), "no part 'none'")
    refused(ask("sensitivity", "summer", "--value", "R"), "--value 'R' is not NAME=NUMBER")
    refused(ask("sensitivity", "summer", "--value", "R1=1k"), "does not depend on 'R1'", "R")
    refused(ask("sensitivity", "summer", "--value", "R=-1k"), "R must be a positive number")
    (tmp_path / "file").write_text("in the way")
    refused(ask("sensitivity", "summer", "--out", "file/deeper"), "cannot write")
