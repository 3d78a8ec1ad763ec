"""The gallery: 30 systems, each with a source and a page of what was measured; none older than today's circuit."""

from __future__ import annotations

from pathlib import Path

import gallery_pages as pages
import pytest

ROOT = Path(__file__).resolve().parent.parent


def test_there_are_thirty_with_all_that_belongs_to_them() -> None:
    known = pages.measured()
    assert len(known) >= 30 and known.keys() == pages.systems().keys()
    assert all((pages.FOLDER / f"{name}{ending}").is_file() for name in known for ending in (".md", ".svg", ".png"))
    size = sum(path.stat().st_size for path in pages.FOLDER.iterdir())
    assert size < 3e6


def test_own_systems_name_their_source() -> None:
    own = [name for name, path in pages.systems().items() if path.parent == pages.FOLDER]
    assert len(own) >= 16
    for name in own:
        what, source = pages.heading(name)
        assert what and any(year in source for year in map(str, range(1880, 2027))), name


def test_pages_say_what_was_measured() -> None:
    for path, text in pages.texts().items():
        assert path.read_text(encoding="utf-8") == text, f"python scripts/gallery.py writes {path.name} anew"


@pytest.mark.parametrize("name", ["rikitake"])
def test_results_are_of_todays_circuit(name: str) -> None:
    assert pages.measured()[name]["decks"] == pages.decks(name)


@pytest.mark.slow
def test_all_results_are_of_todays_circuits() -> None:
    known = pages.measured()
    assert [name for name in known if known[name]["decks"] != pages.decks(name)] == []


def test_ideal_parts_do_what_the_equations_say() -> None:
    chaotic = {"chua"}
    for name, result in pages.measured().items():
        assert max(result["nrmse"]["ideal"].values()) < (1e-2 if name in chaotic else 2e-3), name
