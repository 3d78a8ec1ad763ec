"""`frequency`: error paths of all rules, as table, figure and numbers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.tool import refused, visible
from vle_analog.studies.frequency.error_paths import RULES, coefficients
from vle_analog.studies.frequency.study import SEVEN_SINES


def test_it_prints_a_table_and_writes_figure_and_numbers(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("frequency")
    assert answer.code == 0 and answer.err == "" and "results in results/frequency/" in answer.out
    folder = tmp_path / "results" / "frequency"
    assert visible(folder) == {"frequency.png", "frequency.html", "frequency.json"}
    assert (folder / "frequency.png").read_bytes().startswith(b"\x89PNG")
    metrics = json.loads((folder / "frequency.json").read_text())
    assert metrics["spectrum"] == list(SEVEN_SINES)  # to the last digit
    rows = {row[0]: row[1:] for row in (re.findall(r"[\w.+-]+", line) for line in answer.out.splitlines()) if row}
    for rule in RULES:
        cells = [float(cell) for cell in rows[rule]]
        learned = metrics["coefficients"].get(rule, [])
        gain = metrics["gain"][rule]
        expected = [*learned, metrics["error"][rule], gain[0], gain[3], gain[6]]
        assert cells == pytest.approx(expected, rel=6e-3, abs=1e-12)


def test_time_constants_and_spectrum_are_the_users(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("frequency", "--tau-m", 2, "--tau-r", "0.5", "--spectrum", "3, 0.2,1", "--out", "[b]o[/b]")
    assert answer.code == 0 and "results in [b]o[/b]/" in answer.out
    metrics = json.loads((tmp_path / "[b]o[/b]" / "frequency.json").read_text())
    assert (metrics["tau_m"], metrics["tau_r"], metrics["spectrum"]) == (2, 0.5, [3, 0.2, 1])
    assert metrics["coefficients"]["vle2"] == pytest.approx(coefficients("vle2", [0.2, 1, 3], 2, 0.5))
    assert re.search(r"w = 0.2 .*w = 1 .*w = 3 ", answer.out)


def test_it_replaces_its_own_files_alone(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "metrics.json").write_text("a run's")
    for line in ("1", "2"):
        assert ask("frequency", "--spectrum", line, "--out", tmp_path).code == 0
        assert json.loads((tmp_path / "frequency.json").read_text())["spectrum"] == [float(line)]
    assert visible(tmp_path) == {"frequency.png", "frequency.html", "frequency.json", "metrics.json"}


@pytest.mark.parametrize(
    "arguments, texts",
    [
        (["--tau-m", "0"], ["--tau-m must be positive and finite, not 0", "above 0"]),
        (["--tau-r", "-1"], ["--tau-r must be positive and finite, not -1"]),
        (["--tau-r", "nan"], ["--tau-r must be positive and finite, not nan"]),
        (["--tau-m", "long"], ["--tau-m", "valid"]),
        (["--spectrum", "1,0"], ["--spectrum must be positive and finite, not 0"]),
        (["--spectrum", "1,inf"], ["--spectrum must be positive and finite, not inf"]),
        (["--spectrum", "1,,2"], ["--spectrum '1,,2': a number is missing", "e.g. 0.1,0.3,1"]),
        (["--spectrum", ""], ["--spectrum '': a number is missing"]),
        (["--spectrum", "1;2"], ["--spectrum '1;2': '1;2' is not a number", "commas between them"]),
        (["--tau-m", "1e9"], ["reach from 0.1 to 1e+09 model units", "keep --tau-m, --tau-r and", "factor of 1000"]),
        (["--spectrum", "1e6"], ["reach from 1e-06 to 1 model units"]),
    ],
    ids=lambda value: " ".join(value) if value[0].startswith("--") else "",
)
def test_numbers_that_cannot_be_are_refused(ask, arguments, texts, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask("frequency", *arguments), *texts)
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("in the way")
    refused(ask("frequency", "--out", "file/deeper"), "cannot write", "file/deeper", "choose another folder")


def test_both_files_or_neither(ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    assert ask("frequency", "--spectrum", "1", "--out", "out").code == 0
    before = {each: each.read_bytes() for each in Path("out").rglob("*") if each.is_file()}
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        answer = ask("frequency", "--out", "out")
    refused(answer, "cannot write", "No space left on device", "is full")
    assert {each: each.read_bytes() for each in Path("out").rglob("*") if each.is_file()} == before
