"""`tradeoff` on boards of the engine: what is written, and that ngspice agrees."""

from __future__ import annotations

import json
from pathlib import Path

from tests.tool import visible


def test_boards_of_several_grades(ask, tmp_path: Path, ngspice: str) -> None:  # type: ignore[no-untyped-def]
    tries = ("--try", "mismatch=0.05,0.1/0.001,0.01", "--criterion", "error(gain(v, drive, 0.4))<=0.02")
    series = ("--series", "E96,E24")  # capacitors of 1 % are priced up to 10 nF
    answer = ask("tradeoff", "rc_low_pass", *tries, *series, "--boards", "8", "--check", "1", "--out", "found")
    assert answer.code == 0 and answer.err == ""
    names = {"tradeoff.png", "tradeoff.md", "tradeoff.html", "tradeoff.json", "boards"}
    assert visible(tmp_path / "found") == names
    record = json.loads((tmp_path / "found" / "tradeoff.json").read_text())
    coarse, fine = record["candidates"]
    assert coarse["amounts"]["cost"] < fine["amounts"]["cost"] and coarse["good"] < fine["good"] == 8
    assert record["best"]["choices"] == {"mismatch": "0.001,0.01"}
    assert [check["agrees"] for check in record["ngspice"]] == [True]
