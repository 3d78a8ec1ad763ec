"""README and docs: their numbers are those that were measured, of circuits that the tool still builds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import command_reference
import documented
import pytest
import system_yields

ROOT = Path(__file__).resolve().parent.parent
ENTRIES = documented.entries()
README = documented.SOURCE / "README.md"


@pytest.mark.parametrize("source", sorted(documented.PAGES))
def test_a_page_has_the_numbers_that_were_measured(source: str) -> None:
    page = documented.PAGES[source].read_text(encoding="utf-8")
    assert page == documented.rendered(documented.SOURCE / source), "run scripts/reproduce.py"
    assert "{{" not in page


def test_every_number_was_measured_as_it_is_wanted() -> None:
    measured = documented.measured()
    assert measured.keys() == ENTRIES.keys()
    for name, entry in ENTRIES.items():
        assert measured[name]["command"] == entry["command"], name
        assert [*measured[name]["values"]] == entry["values"], name


@pytest.mark.parametrize("name", sorted(name for name in ENTRIES if "deck" in ENTRIES[name]))
def test_the_circuit_that_was_measured_is_what_the_tool_builds_today(name: str) -> None:
    was = json.loads((documented.RESULTS / f"{name}.json").read_text(encoding="utf-8"))["deck"]
    assert was == documented.deck(ENTRIES[name]), f"older than its circuit: python scripts/reproduce.py {name}"


@pytest.mark.parametrize("name", sorted(documented.yields()))
def test_the_boards_that_yields_were_measured_of_are_what_the_tool_builds_today(name: str) -> None:
    found = documented.yields()[name]
    assert found["netlist"] == system_yields.netlist_of(name)
    was = found["deck"]
    assert was == documented.deck({"deck": found["netlist"]}), "older than its circuit: python scripts/system_yields.py"


def test_commands_are_described_as_they_are() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == command_reference.text(), "run scripts/reproduce.py"


def test_the_readme_is_a_screen_and_a_half_and_measures_nothing_by_itself() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 150 and max(map(len, lines)) <= 110
    plain = re.sub(r"```.*?```|`[^`]*`|\{\{.*?\}\}", "", README.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.findall(r"\d+(?:\.\d+)? ?%|\d+\.?\d*e-?\d+", plain) == []


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("{{ a.x | percent }}", "0.027 %"),
        ("{{a.x}}", "0.0002668"),
        ("{{ a.y.z | .2g }}", "1.2"),
        ("{{ a.date }}", "today"),
    ],
)
def test_forms_of_numbers(mark: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result: dict[str, Any] = {"values": {"x": 0.0002668, "y.z": 1.234}, "date": "today"}
    monkeypatch.setattr(documented, "measured", lambda: {"a": result})
    (tmp_path / "page.md").write_text(f"it is {mark}.")
    assert documented.rendered(tmp_path / "page.md") == f"it is {text}."
    (tmp_path / "page.md").write_text("it is {{ b.x }}.")
    with pytest.raises(KeyError, match="b"):
        documented.rendered(tmp_path / "page.md")
