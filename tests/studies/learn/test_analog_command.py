"""``vle-analog learn --analog`` from a shell: what it writes, says and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tool import refused
from vle_analog.lesson import on_chip

SHORT = ("learn", "chain", "--analog", "--rules", "gle", "--span", "80")


def test_a_circuit_learns_beside_its_ideal(ask, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(on_chip, "MARKS", 4)
    out = tmp_path / "out"
    done = ask(*SHORT, "--out", out)
    assert done.code == 0, done.err
    assert {path.name for path in out.iterdir()} == {"analog.json", "analog.md", "analog.png", "runs"}
    record = json.loads((out / "analog.json").read_text())
    assert record["task"] == "chain" and record["mode"] == "on-chip" and record["settings"]["span"] == 80
    found = record["rules"]["gle"]
    assert found["loss_ratio"][0] == pytest.approx(1.0, abs=0.01) and found["weight_nrmse"][0] < 0.01
    assert "gle: 30 opamps" in done.out and f"results in {out}/" in done.out
    again = ask(*SHORT, "--out", out)
    assert again.code == 0 and json.loads((out / "analog.json").read_text()) == record  # nothing ran twice


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("learn", "chain", "--mode", "deploy"), "--mode is for circuits"),
        (("learn", "chain", "--mismatch", "0.1,0.1"), "--mismatch is for circuits"),
        ((*SHORT, "--mode", "onchip"), "unknown mode 'onchip'"),
        ((*SHORT, "--mismatch", "0.1"), "is not two numbers"),
        ((*SHORT, "--mismatch", "5,10"), "spread of resistors"),
        ((*SHORT, "--series", "E13"), "no series 'E13'"),
        ((*SHORT, "--series", "E96"), "add --mode deploy"),
        ((*SHORT, "--grade", "w1=3"), "below 0.5"),
        (("learn", "chain", "--grade", "w1=0.1"), "--grade is for circuits"),
        ((*SHORT, "--step", "-1"), "step must be positive"),
        ((*SHORT, "--etas", "0.1,1"), "at one rate"),
        (("learn", "chain", "--analog", "--rules", "adjoint"), "runs backward in time"),
    ],
)
def test_bad_options_make_no_folder(ask, options: tuple[str, ...], words: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    out = tmp_path / "out"
    refused(ask(*options, "--out", out), words)
    assert not out.exists()
