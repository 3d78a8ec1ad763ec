"""`noise-sources`, and `--noise` on runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.tool import refused, visible


def test_it_ranks_sources_and_writes_figure_and_numbers(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("noise-sources", "rc_low_pass", "--fidelity", "macromodel", "--transient", "1")
    folder = tmp_path / "results" / "noise-sources-rc_low_pass--fidelity-macromodel--transient-1"
    assert answer.code == 0 and answer.err == "" and f"results in results/{folder.name}/" in answer.out
    assert visible(folder) == {"noise-sources.png", "noise-sources.md", "noise-sources.html", "noise-sources.json"}
    record = json.loads((folder / "noise-sources.json").read_text())
    lines = [line.split() for line in answer.out.splitlines() if line.strip()]
    shown = [line[0] for line in lines if line[0][0] in "RX"]
    assert shown == [each["name"] for each in record["sources"]]
    assert f"{100 * record['sources'][0]['share']:.3g}" in answer.out
    assert record["transient"]["seed"] == 1 and "dB below the signal's" in answer.out


def samples(folder: Path) -> bytes:
    """Of a run's second bank of noise."""
    (file,) = folder.glob("stimulus_noise_1-*.txt")
    return file.read_bytes()


def test_a_run_with_noise_is_the_same_again(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    asked = ("rc_low_pass", "--fidelity", "macromodel")
    found = {}
    for name, noise in (("a", ["1"]), ("b", ["1"]), ("c", ["2"]), ("loud", ["1", "--noise-scale", "1e4"])):
        assert ask("run", *asked, "--noise", *noise, "--out", name).code == 0
        found[name] = samples(tmp_path / name)
    assert found["a"] == found["b"] == found["loud"] != found["c"]  # strength is the source's, not the file's
    assert ask("run", *asked, "--out", "quiet").code == 0
    errors = {
        name: json.loads((tmp_path / name / "metrics.json").read_text())["trace_nrmse_max"]
        for name in ("a", "loud", "quiet")
    }
    assert errors["loud"] > 5 * errors["quiet"] and errors["a"] == pytest.approx(errors["quiet"], rel=0.1)
    assert ask("run", *asked, "--noise-scale", "1", "--board", "1", "--offsets", "0", "--out", "own").code == 0
    assert samples(tmp_path / "own") == found["a"]  # the board's number is the seed
    assert "filesource" in (tmp_path / "a" / "netlist.cir").read_text()
    refused(ask("netlist", *asked, "--noise", "1"), "side files (stimulus_noise_0-")


@pytest.mark.parametrize(
    "arguments, texts",
    [
        (
            ["noise-sources", "lorenz"],
            ["lorenz: the operating point is not stable", "vle-analog run SUBJECT --noise 0"],
        ),
        (["noise-sources", "rc_low_pass", "--output", "w"], ["no signal 'w'"]),
        (["noise-sources", "rc_low_pass", "--output", "drive"], ["nothing makes noise at 'drive'"]),
        (["noise-sources", "rc_low_pass", "--low", "-1"], ["--low must be positive, not -1"]),
        (["noise-sources", "rc_low_pass", "--transient", "-1"], ["--transient must not be negative"]),
        (["noise-sources", "rc_low_pass", "--high", "inf"], ["--high must be positive, not inf"]),
        (["noise-sources", "rc_low_pass", "--low", "10", "--high", "1"], ["no band", "give --low and --high"]),
        (["noise-sources", "rc_low_pass", "--noise", "1"], ["No such option", "--noise"]),
        (["run", "rc_low_pass", "--noise", "-1"], ["--noise must not be negative, not -1"]),
        (["run", "rc_low_pass", "--noise", "1", "--noise-scale", "-2"], ["--noise-scale must not be negative, not -2"]),
    ],
)
def test_what_is_refused(ask, arguments: list[str], texts: list[str]) -> None:  # type: ignore[no-untyped-def]
    refused(ask(*arguments), *texts)
