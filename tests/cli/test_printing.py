"""What is printed of a report: tables on narrow screens, texts as they stand, where results are, and how far it is."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from vle_analog.cli import printing
from vle_analog.cli.printing import laid_out, show
from vle_analog.report.report import Report, Table

HEADER = ["rule", "rate", "loss / variance", "bits right (%)", "time to 0.2"]
HEADER += ["bottom layer's alignment at start", "bottom layer's alignment later", "diverged"]
SPREAD = "0.93 [0.91 .. 0.95]"
ROW = ["adjoint", "0.003 *", SPREAD, "61.3 [60.8 .. 61.9]", "never", SPREAD, SPREAD, "0 of 2"]


def test_a_table_fits_a_narrow_screen_and_keeps_its_words_whole() -> None:
    console = Console(width=80, file=io.StringIO())
    console.print(laid_out(Table("title", HEADER, [ROW])))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= 80
    shown = " ".join(lines)
    assert "…" not in shown and all(word in shown.split() for text in (*HEADER, *ROW) for word in text.split())


def test_cells_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    show(Report("name", "title", tables=[Table("[b]t[/b]", ["[i]a[/i]"], [["[red]1[/red]"]])]), None)
    printed = capsys.readouterr().out
    assert all(text in printed for text in ("[b]t[/b]", "[i]a[/i]", "[red]1[/red]"))


def test_a_text_is_printed_as_it_stands_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report("name", "title", {"a": 1}, sentences=["said"], warnings=["careful"], printed="x [b] \\\\\n" * 3)
    show(report, Path("out"))
    printed = capsys.readouterr()
    assert printed.out == "x [b] \\\\\n" * 3 and printed.err == "warning: careful\n"


@pytest.mark.parametrize(("record", "told"), [({"a": 1}, True), ({}, False)])
def test_where_results_are_is_said_of_what_is_written(
    record: dict[str, int], told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    show(Report("name", "title", record, sentences=["said"]), Path("out"))
    printed = capsys.readouterr().out
    assert "said" in printed and ("results in out/" in printed) == told


@pytest.mark.parametrize("whole", [False, True])
def test_of_a_long_report_the_first_rows_and_warnings_are_shown_unless_all_are_asked_for(
    whole: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Table("", ["block"], [[f"row{number}"] for number in range(5)], most=2)
    show(Report("name", "title", tables=[table], warnings=["careful0", "careful1", "careful2"], most=1), None, whole)
    printed = capsys.readouterr()
    assert printed.out.count("row") == (5 if whole else 2 + 1)  # and the words "more rows"
    assert ("3 more rows with --all" in printed.out) == ("2 more warnings with --all" in printed.err) == (not whole)
    assert printed.err.count("careful") == (3 if whole else 1)


def test_long_work_is_told_in_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = iter([0.0, 3.0, 11.0, 12.0, 30.0])
    monkeypatch.setattr("vle_analog.cli.printing.time.monotonic", lambda: next(clock))
    with printing.progress() as tell:
        for fraction in (0.1, 0.5, 0.6, 0.9):
            tell("boards", fraction)
    assert capsys.readouterr().err == "boards: 50 %, 11 s\nboards: 90 %, 30 s\n"
