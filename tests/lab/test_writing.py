"""Reports in a folder: files in folders, what an earlier report left, and one writer at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.tool import visible
from vle_analog.errors import OutputError, UsageError
from vle_analog.lab.folder import claimed, write_results, write_whole
from vle_analog.lab.formats.markdown import text
from vle_analog.lab.lab import Lab
from vle_analog.report.report import Report, Table


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_files_may_stand_in_folders(tmp_path: Path) -> None:
    write_whole(tmp_path / "new", {"deep/down/a.txt": "a", "b.bin": b"\0"})
    assert names(tmp_path / "new") == {"deep/down/a.txt", "b.bin"}
    assert (tmp_path / "new" / "deep" / "down" / "a.txt").read_text() == "a"


def test_nothing_is_touched_before_all_is_ready(tmp_path: Path) -> None:
    write_results(tmp_path, {"a.txt": "before", "b.txt": "before"}, "deck")
    (tmp_path / "figures").write_text("a file in the way of a folder")
    with pytest.raises(OutputError, match="cannot write here"):
        write_results(tmp_path, {"a.txt": "after", "figures/c.png": b""}, "deck", "a.txt")
    assert names(tmp_path) >= {"a.txt", "b.txt", "figures"} and (tmp_path / "a.txt").read_text() == "before"


def test_what_an_earlier_report_left_goes_and_all_else_stays(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    lab.save(Report("found", "title", {"a": 1}, files={"extra/one.txt": "1"}))
    assert visible(tmp_path) == {"found.json", "found.md", "found.html", "extra"}
    (tmp_path / "extra" / "mine.txt").write_text("mine")
    lab.save(Report("found", "title", {"a": 2}, document=""))
    assert names(tmp_path / "extra") == {"mine.txt"} and visible(tmp_path) == {"found.html", "found.json", "extra"}


def test_a_folder_that_another_run_has_is_not_written(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool, claimed(tmp_path):
        refused = pool.submit(Lab(tmp_path).save, Report("found", "title", {"a": 1})).exception()
    assert isinstance(refused, OutputError) and "another run is writing here" in str(refused)
    assert names(tmp_path) == set()


def test_warnings_are_written_as_a_list() -> None:
    report = Report("found", "title", {"a": 1}, [Table("t", ["x"], [["1"]])], ["said"], warnings=["one\n  more", "two"])
    assert text(report) == "# title\n\nsaid\n\n| x |\n| --- |\n| 1 |\n\n- one\n  more\n- two\n"


def test_a_folder_that_was_made_for_what_is_refused_is_not_left_behind(tmp_path: Path) -> None:
    def refuse(folder: Path) -> None:
        with claimed(folder):
            raise UsageError("no")

    for folder, left in ((tmp_path / "new", False), (tmp_path, True)):
        with pytest.raises(UsageError):
            refuse(folder)
        assert folder.exists() == left
