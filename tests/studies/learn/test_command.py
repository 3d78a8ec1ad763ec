"""``vle-analog learn``: settings of plasticity, what it shows and what it writes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from tests.tool import refused
from vle_analog.studies.learn.command import _shown, changed

QUICK = ["learn", "xor_small", "--rules", "gle", "--etas", "0.01", "--seeds", "1", "--span", "150", "--jobs", "1"]


def test_settings_are_read_by_their_fields_types() -> None:
    texts = [
        "averaging=500",
        "eligibility=true",
        "trace=none",
        "eta_backward=0.005",
        "anneal=100000:40000",
        "tau_limits = 0.2 : 5",
    ]
    assert changed([*texts, "feedback=mirror", "feedback_seed=3"]) == {
        "averaging": 500.0, "eligibility": True, "trace": None, "eta_backward": 0.005, "anneal": (100000.0, 40000.0),
        "tau_limits": (0.2, 5.0), "feedback": "mirror", "feedback_seed": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    "arguments, texts",
    [
        (["--set", "trace"], ["--set 'trace' is not NAME=VALUE", "averaging=500"]),
        (["--set", "trace="], ["is not NAME=VALUE"]),
        (["--set", "trac=1"], ["--set trac: there is no such setting", "did you mean 'trace'?"]),
        (["--set", "rule=bp"], ["--set rule: this has an option of its own", "give --rules"]),
        (["--set", "eta=1"], ["give --etas"]),
        (["--set", "trace=1", "--set", "trace=2"], ["--set trace: given twice"]),
        (["--set", "trace=long"], ["--set trace: 'long' is not a number or none"]),
        (["--set", "trace=1:2"], ["'1:2' is not a number or none"]),
        (["--set", "eligibility=yes"], ["--set eligibility: 'yes' is not true or false"]),
        (["--set", "trace=inf"], ["'inf' is not a number"]),
        (["--set", "trace=-1"], ["trace must be positive, not -1"]),
        (["--set", "power=none"], ["--set power: 'none' is not a number"]),
        (["--set", "power=0"], ["power must be positive, not 0"]),
        (["--set", "eta_backward=-1"], ["eta_backward must not be negative, not -1"]),
        (["--set", "anneal=100"], ["'100' is not two numbers with a colon between them or none"]),
        (["--set", "anneal=100:0"], ["must be a moment and a time constant"]),
        (["--set", "tau_limits=3:1"], ["must be two time constants"]),
        (["--set", "feedback_seed=1.5"], ["'1.5' is not a whole number"]),
        (["--set", "feedback_seed=-1"], ["feedback_seed must not be negative"]),
        (["--set", "feedback=miror"], ["unknown feedback 'miror'", "did you mean 'mirror'?"]),
        (["--set", "feedback=mirror", "--feedback", "noise"], ["feedback is given twice"]),
    ],
    ids=lambda value: " ".join(value) if value and value[0] == "--set" else "",
)
def test_settings_that_cannot_be_are_refused(ask, arguments, texts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask(*QUICK, *arguments), *texts)
    assert list(tmp_path.iterdir()) == []


def test_settings_reach_the_runs_and_the_record(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    def record(*arguments: str) -> dict:  # type: ignore[type-arg]
        answer = ask(*QUICK, "--out", "out", *arguments)
        assert answer.code == 0 and "…" not in answer.out, answer.err
        return json.loads((tmp_path / "out" / "learn.json").read_text())  # type: ignore[no-any-return]

    plain = record()
    assert plain["settings"] == {"span": 150.0}
    other = record("--set", "trace=none", "--set", "anneal=10:5", "--feedback", "mirror")
    assert other["settings"] == {"span": 150.0, "trace": None, "anneal": [10.0, 5.0], "feedback": "mirror"}
    assert other["rules"]["gle"]["0.01"]["loss"][0] == plain["rules"]["gle"]["0.01"]["loss"][0]
    assert other["rules"]["gle"]["0.01"]["loss"][-1] != plain["rules"]["gle"]["0.01"]["loss"][-1]
    assert len(list((tmp_path / "out" / "runs").iterdir())) == 2


def test_the_table_fits_a_narrow_screen_and_keeps_its_words_whole() -> None:
    header = ["rule", "rate", "loss / variance", "bits right (%)", "time to 0.2"]
    header += ["bottom layer's alignment at start", "bottom layer's alignment later", "diverged"]
    spread = "0.93 [0.91 .. 0.95]"
    row = ["adjoint", "0.003 *", spread, "61.3 [60.8 .. 61.9]", "never", spread, spread, "0 of 2"]
    console = Console(width=80, file=io.StringIO())
    console.print(_shown([header, row], "title"))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= 80
    shown = " ".join(lines)
    assert "…" not in shown and all(word in shown.split() for text in (*header, *row) for word in text.split())
