"""The pages of docs/ as a site: it builds, offline, without a warning; a dead link would be one."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytest.importorskip("zensical")


def built(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    return tmp_path


def test_the_site_builds_without_a_warning(project: Path) -> None:
    answer = built(project)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    pages = {path.stem for path in (project / "docs").glob("*.md")} - {"index"}
    assert {path.name for path in (project / "build" / "site").iterdir() if (path / "index.html").is_file()} == pages


def test_a_dead_link_is_no_page(project: Path) -> None:
    with (project / "docs" / "glossary.md").open("a") as page:
        page.write("\n[nowhere](nowhere.md)\n")
    answer = built(project)
    assert answer.returncode != 0 and "page does not exist" in answer.stdout + answer.stderr


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("nav:")[2]
    assert [path.name for path in (ROOT / "docs").glob("*.md") if path.name not in navigation] == []
