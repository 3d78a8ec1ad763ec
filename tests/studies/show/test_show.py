"""What a folder of results says of itself, and what figures are written as."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tool import refused


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gain and phase of a filter, with figures of three kinds."""
    from vle_analog.lab.lab import Lab
    from vle_analog.report.report import Report, Table

    place = tmp_path_factory.mktemp("results") / "letters"
    figures = {"drawn": _figure()}
    Lab(place).save(
        Report("letters", "Letters", {"letters": 3}, [Table("", ["n"], [["3"]])], ["three letters"],
               figures=lambda: figures, warnings=["few"], command="vle-analog count abc", drawn_as=(".svg", ".pdf"))
    )  # fmt: skip
    return place


def _figure():  # type: ignore[no-untyped-def]
    from vle_analog.report.sheet import Grid, new_sheet, style

    with style():
        sheet = new_sheet(Grid(1, 1, 2.0, 1.0, 1.0), "a")
        sheet.axes(0, 0, 0.0, 1.0).plot([0, 1], [0, 1])
    return sheet.figure


def test_a_folder_says_what_made_it_when_and_its_answer(ask, folder: Path) -> None:  # type: ignore[no-untyped-def]
    answer = ask("show", str(folder))
    assert answer.code == 0
    for words in ("Letters: vle-analog count abc", "three letters", "drawn.svg", "letters.json", "UTC"):
        assert words in answer.out
    assert "few" in answer.err


def test_all_folders_are_listed(ask, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("vle_analog.studies.show.study.RESULTS", folder.parent)
    assert "three letters" in ask("show").out
    monkeypatch.setattr("vle_analog.studies.show.study.RESULTS", folder / "none")
    assert "no results" in ask("show").out
    assert "three letters" in ask("show", str(folder.parent)).out


def test_figures_are_written_as_they_were_asked_for(folder: Path) -> None:
    assert {path.suffix for path in folder.glob("drawn.*")} == {".svg", ".pdf"}
    assert "data:image/png" in (folder / "letters.html").read_text()


def test_other_folders_are_refused(ask, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(ask("show", str(tmp_path / "none")), "no folder")
    refused(ask("show", str(tmp_path)), "no results")
    refused(ask("frequency", "--figure-format", "gif"), "'gif'")
