"""Where circuits/ is found, and what is said when it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from vle_analog import library
from vle_analog.errors import VleAnalogError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty package folder in which library.py believes to lie."""
    folder = tmp_path / "vle_analog"
    folder.mkdir()
    monkeypatch.setattr(library, "_PACKAGE", folder)
    return folder


def test_this_checkout_uses_its_own_folder() -> None:
    assert library.circuits_folder() == Path(__file__).resolve().parent.parent / "circuits"


def test_checkout(package: Path) -> None:
    (package.parent / "circuits").mkdir()
    assert library.circuits_folder() == package.parent / "circuits"


def test_packaged_folder_comes_first(package: Path) -> None:
    (package.parent / "circuits").mkdir()  # e.g. an unrelated package of that name in site-packages
    (package / "_circuits").mkdir()
    assert library.circuits_folder() == package / "_circuits"


def test_neither_exists(package: Path) -> None:
    with pytest.raises(VleAnalogError) as caught:
        library.circuits_folder()
    assert str(package / "_circuits") in caught.value.what
    assert str(package.parent / "circuits") in caught.value.what
    assert caught.value.hint is not None


def test_system_files_are_sorted_by_name(package: Path) -> None:
    systems = package.parent / "circuits" / "systems"
    systems.mkdir(parents=True)
    for name in ("rossler.toml", "lorenz.toml", "notes.md"):
        (systems / name).touch()
    assert list(library.system_files().items()) == [
        ("lorenz", systems / "lorenz.toml"),
        ("rossler", systems / "rossler.toml"),
    ]


def test_no_systems(package: Path) -> None:
    (package.parent / "circuits").mkdir()
    assert library.system_files() == {}
