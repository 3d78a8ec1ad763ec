"""`bench`: a part against its data sheet, and which parts there are."""

from __future__ import annotations

import json
from pathlib import Path

from tests.tool import refused, visible
from vle_analog.studies.bench.study import benchable


def test_a_part_is_measured_and_written(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("bench", "opa2134", "--out", "out")
    assert answer.code == 0 and answer.err == "" and "results in out/" in answer.out
    assert visible(tmp_path / "out") == {"bench.png", "bench.md", "bench.html", "bench.json"}
    record = json.loads((tmp_path / "out" / "bench.json").read_text())
    rows = {row[0]: row[1:] for row in (line.split() for line in answer.out.splitlines()) if row}
    assert set(record["quantities"]) < set(rows)
    gain = record["quantities"]["gain_bandwidth"]
    assert rows["gain_bandwidth"] == [
        f"{gain['measured'] / 1e6:.4g}",
        "MHz",
        "8",
        "MHz",
        f"{100 * gain['deviation']:+.1f}",
        "%",
    ]
    assert "stated: [1] Burr-Brown, macromodel of the OPA134" in answer.out
    assert "stated as remembered, not as seen in a sheet: open_loop_gain, " in answer.out
    assert record["origins"]["gain_bandwidth"] == "1"


def test_without_a_folder_nothing_is_written(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("bench", "tanh_pair")
    assert answer.code == 0 and "offset" in answer.out and "results in" not in answer.out
    assert list(tmp_path.iterdir()) == []


def test_all_parts_are_listed(ask) -> None:  # type: ignore[no-untyped-def]
    answer = ask("bench")
    assert answer.code == 0
    rows = {row[0]: row[1:] for row in (line.split() for line in answer.out.splitlines()) if row}
    assert set(benchable()) <= set(rows)
    assert rows["ad633"][0] == "multiplier" and rows["ad633"][-1] == "macromodel"


def test_an_unknown_part_is_refused(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask("bench", "ad663"), "no part 'ad663'", "did you mean 'ad633'")
    refused(ask("bench", "opamp_core"), "no part 'opamp_core'")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("in the way")
    refused(ask("bench", "tanh_pair", "--out", "file/deeper"), "cannot write", "file/deeper")
