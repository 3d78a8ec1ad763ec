"""What a user gets from the wheel, built as a release is: checkout -> sdist -> wheel, without the network."""

from __future__ import annotations

import ast
import email
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.message import Message
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import vle_analog
from vle_analog.cli import main
from vle_analog.installed import version_of
from vle_analog.version import __version__

ROOT = Path(__file__).resolve().parent.parent
CIRCUITS = sorted(
    path.relative_to(ROOT / "circuits").as_posix()
    for path in (ROOT / "circuits").rglob("*")
    if path.is_file() and not path.name.startswith(".")
)


def build(target: str, source: Path, out: Path) -> Path:
    """Path of the one file that hatchling builds from a source tree."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(out)]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.iterdir()
    return built


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source distribution."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build("sdist", ROOT, folder / "dist")) as archive:
        if hasattr(tarfile, "data_filter"):  # Debian 12's Python 3.11.2 has no filters, 3.12 warns without one
            archive.extraction_filter = tarfile.data_filter
        archive.extractall(folder)
    return folder / f"vle_analog-{__version__}"


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(build("wheel", source, folder / "dist")) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    return email.message_from_string(
        (wheel / f"vle_analog-{__version__}.dist-info" / "METADATA").read_text(encoding="utf-8")
    )


def test_sdist_has_circuits_tests_and_scripts(source: Path) -> None:
    assert [name for name in CIRCUITS if not (source / "circuits" / name).is_file()] == []
    for name in ("LICENSE", "pyproject.toml", ".ci/run", "scripts/test", "tests/test_packaging.py"):
        assert (source / name).is_file(), name


def test_wheel_has_circuits_and_nothing_but_the_package(wheel: Path) -> None:
    assert [name for name in CIRCUITS if not (wheel / "vle_analog" / "_circuits" / name).is_file()] == []
    assert {path.name for path in wheel.iterdir()} == {"vle_analog", f"vle_analog-{__version__}.dist-info"}


def test_wheel_carries_its_licence(wheel: Path, metadata: Message) -> None:
    assert metadata["License-Expression"] == "GPL-3.0-or-later"
    assert metadata["License-File"] == "LICENSE"
    text = (wheel / f"vle_analog-{__version__}.dist-info" / "licenses" / "LICENSE").read_text(encoding="utf-8")
    assert text == (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 3, 29 June 2007" in text


def test_a_release_has_the_version_of_its_source_and_so_do_the_texts_beside_it(metadata: Message) -> None:
    assert metadata["Version"] == __version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    assert f"version: {__version__}" in citation
    (released,) = (line.removeprefix("date-released: ").strip('"') for line in citation if "date-released" in line)
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    assert next(line for line in changes if line.startswith("## ")) == f"## {__version__}, {released}"


def test_the_version_is_the_source_s_whatever_was_installed_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda package: "0.0.1")
    monkeypatch.setattr("vle_analog.installed.version", lambda package: "0.0.1")
    assert version_of("vle-analog") == vle_analog.__version__ == __version__ and version_of("numpy") == "0.0.1"
    monkeypatch.setattr(sys, "argv", ["vle-analog", "--version"])
    with pytest.raises(SystemExit):
        main()
    assert capsys.readouterr().out == f"vle-analog {__version__}\n"


def test_wheel_installs_the_command(wheel: Path, metadata: Message) -> None:
    assert metadata["Requires-Python"] == ">=3.11"
    entry_points = (wheel / f"vle_analog-{__version__}.dist-info" / "entry_points.txt").read_text(encoding="utf-8")
    assert "vle-analog = vle_analog.cli:main" in entry_points.splitlines()


def test_circuits_are_found_in_the_unpacked_wheel(wheel: Path, tmp_path: Path) -> None:
    code = "from vle_analog import library; print(library.circuits_folder(), *library.system_files(), sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(wheel), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    folder, *systems = done.stdout.splitlines()
    assert Path(folder) == (wheel / "vle_analog" / "_circuits").resolve()
    assert systems == sorted(path.stem for path in (ROOT / "circuits" / "systems").glob("*.toml"))


def test_every_import_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [lines for name, lines in project["optional-dependencies"].items() if name != "dev"]
    lines = sum(extras, project["dependencies"])
    declared = {Requirement(line).name.lower() for line in lines}
    distributions = packages_distributions()
    undeclared = set()
    for path in (ROOT / "vle_analog").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for top in {name.partition(".")[0] for name in names} - sys.stdlib_module_names - {"vle_analog"}:
                if declared.isdisjoint(name.lower() for name in distributions.get(top, [top])):
                    undeclared.add(f"{path.relative_to(ROOT)}: {top}")
    assert sorted(undeclared) == []
