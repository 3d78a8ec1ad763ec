"""Pages of docs/: their Python runs, their system files load, and their commands are commands."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import depth_map
import pytest
import system_yields

from vle_analog.cli import listing
from vle_analog.compare.measures import MEASURES
from vle_analog.compare.timing import EVENT_MEASURES
from vle_analog.equations.functions import CALLED
from vle_analog.equations.inputs import KINDS
from vle_analog.equations.systemfile import load_system
from vle_analog.library import circuits_folder
from vle_analog.tasks import is_task
from vle_analog.tasks.data import KINDS as DATA
from vle_analog.tasks.taskfile import load_task

README = Path(__file__).resolve().parent.parent / "README.md"
NAMED = re.compile(r'^name = "(\w+)"', re.MULTILINE)
PAGES = sorted((Path(__file__).resolve().parent.parent / "docs").glob("*.md"))


def blocks(page: Path, language: str) -> list[str]:
    """Code of one language on a page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def cases(language: str) -> list[object]:
    return [
        pytest.param(block, id=f"{page.stem}-{number}")
        for page in (README, *PAGES)
        for number, block in enumerate(blocks(page, language))
    ]


@pytest.mark.parametrize("block", cases("python"))
def test_python_runs(block: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block, "docs", "exec"), {"__name__": "docs"})
    printed = capsys.readouterr().out
    assert all(float(number) < 1e-3 for number in re.findall(r": ([\d.e-]+)", printed)), printed


@pytest.mark.parametrize("block", cases("toml"))
def test_files_load(block: str, tmp_path: Path) -> None:
    """A system's or a task's, whose data lie where those of the tool do."""
    path = tmp_path / "page.toml"
    path.write_text(block)
    for folder in (each for each in (circuits_folder() / "tasks").iterdir() if each.is_dir()):
        (tmp_path / folder.name).symlink_to(folder)
    if is_task(str(path)):
        assert load_task(path).document.network.layers
    else:
        assert load_system(path).states


def test_systems_that_pages_measure_are_those_that_they_show() -> None:
    """By their names: what stands in ``docs/examples`` was measured, what stands on a page is read."""
    shown = {named[1]: block for page in PAGES for block in blocks(page, "toml") if (named := NAMED.search(block))}
    files = {path.stem: path.read_text(encoding="utf-8") for path in (PAGES[0].parent / "examples").glob("*.toml")}
    both = shown.keys() & files.keys()
    assert len(both) == 3 and {name: shown[name] for name in both} == {name: files[name] for name in both}


@pytest.mark.parametrize("block", cases("sh"))
def test_commands_are_commands(block: str) -> None:
    for line in block.splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["vle-analog"]:
            assert words[1] in listing.names(), line


def test_all_inputs_and_quantities_are_told() -> None:
    text = (PAGES[0].parent / "systems.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []
    assert [name for name in (*MEASURES, *EVENT_MEASURES) if f"`{name}(" not in text] == []


def test_all_kinds_of_data_are_told() -> None:
    text = (PAGES[0].parent / "tasks.md").read_text(encoding="utf-8")
    assert [kind for kind in DATA if f"`{kind}`" not in text and kind not in ("table", "sequences")] == []


def test_the_table_of_yields_is_of_the_record_and_nothing_is_three_standard_errors_apart() -> None:
    record = json.loads((PAGES[0].parent / "system_yields.json").read_text(encoding="utf-8"))
    page = (PAGES[0].parent / "systems.md").read_text(encoding="utf-8")
    rows = system_yields.table(record)
    assert "\n".join(rows) in page, "put what `python scripts/system_yields.py FOLDER --table` prints there"
    apart = [float(number) for row in rows for number in re.findall(r"([+-]\d+\.\d\d)(?: from 0\.95)? \|$", row)]
    assert len(apart) > 5 and max(map(abs, apart)) <= 3
    closed = record["state_variable_filter"]["closed_form"]
    said = record["state_variable_filter"]["yield"]
    assert abs(said["engine"] - closed["yield"]) <= 3 * said["error"]
    for kind in ("resistor mismatch", "capacitor mismatch"):
        found = record["state_variable_filter"]["budget"][kind]["engine"]
        assert abs(found["sd"] - closed["sd"][kind]) <= 3 * found["sd_error"]


def test_the_table_by_depth_is_of_the_record() -> None:
    record = json.loads((PAGES[0].parent / "depth_map.json").read_text(encoding="utf-8"))
    page = (PAGES[0].parent / "rules.md").read_text(encoding="utf-8")
    assert [row for row in depth_map.table(record) if row not in page] == []
    assert f"{record['seeds']} seeds" in page


def test_all_that_may_stand_in_equations_is_told() -> None:
    text = (README.parent / "docs" / "systems.md").read_text(encoding="utf-8")
    missing = [name for name in (*CALLED, "table", "Piecewise") if not re.search(rf"`[^`]*\b{name}\b[^`]*`", text)]
    assert not missing and all(f"[{key}" in text for key in ("definitions]", "tables", "events", "history]"))
