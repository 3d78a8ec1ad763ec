"""Formats of reports: one file each, found by listing; the record comes last."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from tests.tool import visible
from vle_analog.lab import formats
from vle_analog.lab.formats import markdown, rendered
from vle_analog.lab.lab import Lab
from vle_analog.report.report import Report, Table

TABLE = Table("sizes", ["what", "size"], [["a|b", "1"], ["c", "20"]], frozenset({"size"}))
REPORT = Report(
    "answer",
    "An answer",
    {"value": 42},
    [TABLE],
    ["it is large", "and even"],
    lambda: {"answer": Figure((1, 1))},
    files={"deck.cir": "* a deck\n"},
)


def test_all_files_of_a_report_the_record_last(tmp_path: Path) -> None:
    assert list(rendered(REPORT)) == ["answer.png", "answer.md", "answer.html", "answer.json"]
    Lab(tmp_path).save(REPORT)
    assert visible(tmp_path) == {"answer.png", "answer.md", "answer.html", "answer.json", "deck.cir"}
    assert json.loads((tmp_path / "answer.json").read_text()) == {"value": 42}
    assert (tmp_path / "answer.png").read_bytes().startswith(b"\x89PNG")


def test_markdown() -> None:
    assert markdown.text(REPORT) == (
        "# An answer\n\nit is large\n\nand even\n\n| what | size |\n| --- | ---: |\n| a\\|b | 1 |\n| c | 20 |\n"
    )
    assert "## sizes" in markdown.text(Report("x", "X", {}, [TABLE, TABLE]))


def test_what_is_only_shown_leaves_no_file(tmp_path: Path) -> None:
    Lab(tmp_path).save(Report("list", "A list", tables=[TABLE]))
    Lab(None).save(REPORT)
    assert list(tmp_path.iterdir()) == []


def test_a_new_format_is_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "csv.py").write_text(
        "import csv, io\n"
        "ORDER = 30\n"
        "def files(report):\n"
        "    text = io.StringIO()\n"
        "    csv.writer(text).writerows([report.tables[0].header, *report.tables[0].rows])\n"
        "    return {f'{report.name}.csv': text.getvalue()}\n"
    )
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    formats.formats.cache_clear()
    try:
        assert list(rendered(REPORT)) == ["answer.png", "answer.md", "answer.csv", "answer.html", "answer.json"]
        assert rendered(REPORT)["answer.csv"] == "what,size\r\na|b,1\r\nc,20\r\n"
    finally:
        sys.modules.pop(f"{formats.__name__}.csv", None)
        formats.formats.cache_clear()
