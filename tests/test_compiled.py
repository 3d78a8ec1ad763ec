"""Generated sources and where they are kept."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from vle_analog import compiled
from vle_analog.compiled import text_of
from vle_analog.equations.system import EquationSystem, State
from vle_analog.errors import UsageError
from vle_analog.reference.integrator import Integrator


def decay(rate: float) -> EquationSystem:
    """Its own source for each rate, so that nothing is compiled yet."""
    x = sp.Symbol("x")
    return EquationSystem("decay", (State(x, -sp.Float(rate) * x, 1.0),), span=1.0)


def test_cache_folder_is_the_one_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(tmp_path / "cache"))
    assert compiled.cache_folder() == tmp_path / "cache" / "vle-analog"
    run = Integrator(decay(0.7311)).run(0.01)
    assert run.final["x"] == pytest.approx(np.exp(-0.7311))
    (module,) = (tmp_path / "cache" / "vle-analog").glob("reference_*.py")
    assert "def flow" in module.read_text()
    assert not list((tmp_path / "cache" / "vle-analog").glob("tmp*"))


def test_cache_folder_falls_back_when_it_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")  # holds for root, too, which permissions do not stop
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(blocked))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = compiled.cache_folder()
    assert folder.parent == tmp_path and folder.is_dir()
    assert Integrator(decay(0.7312)).run(0.01).final["x"] == pytest.approx(np.exp(-0.7312))


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place of temporary folders where the cache folder cannot be written."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(tmp_path / "file"))
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    return place


def test_the_temporary_cache_folder_is_private_and_kept(base: Path) -> None:
    folder = compiled.cache_folder()
    assert folder == base / f"vle-analog-{os.getuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700
    compiled._private.cache_clear()  # as in a later run
    assert compiled.cache_folder() == folder


@pytest.mark.parametrize("what", ["link", "open", "file", "foreign"])
def test_a_temporary_folder_that_others_may_have_filled_is_not_used(
    what: str, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suspect = base / f"vle-analog-{os.getuid()}"
    if what == "link":
        (base / "elsewhere").mkdir(mode=0o700)
        suspect.symlink_to(base / "elsewhere")
    elif what == "file":
        suspect.touch()
    else:
        suspect.mkdir(mode=0o700)
        if what == "open":
            suspect.chmod(0o770)
        else:
            uid = os.getuid() + 1
            suspect.rename(base / f"vle-analog-{uid}")
            suspect = base / f"vle-analog-{uid}"
            monkeypatch.setattr(os, "getuid", lambda: uid)
    folder = compiled.cache_folder()
    assert folder.parent == base and folder.is_dir() and folder != suspect
    assert folder.stat().st_mode & 0o777 == 0o700
    assert compiled.cache_folder() == folder  # one per process


def test_where_users_have_no_number_the_temporary_folder_is_their_own(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "getuid")
    assert compiled.cache_folder() == base / "vle-analog"
    assert (base / "vle-analog").is_dir()


@pytest.mark.parametrize("text", [b"raise SystemExit\n", b"", b"\xff\xfe"], ids=["other", "empty", "no text"])
def test_a_damaged_cache_entry_is_written_anew(text: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(tmp_path))
    compiled.compiled.cache_clear()
    module = compiled.compiled("x = 1\n", "test")
    Path(str(module.__file__)).write_bytes(text)
    compiled.compiled.cache_clear()
    assert compiled.compiled("x = 1\n", "test").x == 1
    assert Path(str(module.__file__)).read_text() == "x = 1\n"


def nowhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a cache folder nor a temporary one."""
    (folder / "file").touch()
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(folder / "file"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "file"))


def no_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home, as in a container, and no temporary folder."""
    for name in ("VLE_ANALOG_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "~")
    monkeypatch.setattr(tempfile, "tempdir", str(folder / "no such folder"))


def full(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes names and no contents."""
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(folder))

    def replace(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", replace)


@pytest.mark.parametrize("surroundings", [nowhere, no_home, full])
def test_where_no_source_can_be_kept_it_is_run_all_the_same(
    surroundings: Callable[[Path, pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    surroundings(tmp_path, monkeypatch)
    compiled.compiled.cache_clear()
    assert Integrator(decay(0.7315)).run(0.01).final["x"] == pytest.approx(np.exp(-0.7315))
    assert [path for path in tmp_path.rglob("*") if path.suffix] == []


def test_two_processes_may_compile_the_same_source_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_compiled as t;"
        "print(repr(float(t.Integrator(t.decay(0.7314)).run(0.01).final['x'])))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            env={**os.environ, "VLE_ANALOG_CACHE": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert outputs[0][0] == outputs[1][0]
    assert float(outputs[0][0]) == pytest.approx(np.exp(-0.7314))


def doubled(x: float) -> float:
    """Twice x."""
    return 2.0 * abs(x)


FACTOR = 3.0


def tripled(x: float) -> float:
    return FACTOR * math.fabs(x)


def test_a_function_s_text_is_what_is_compiled() -> None:
    assert text_of(doubled, frozenset()).startswith("def doubled(x: float) -> float:\n")


@pytest.mark.parametrize("function", [tripled, lambda x: 2 * x], ids=["a name of its module", "lambda"])
def test_a_function_that_needs_more_than_its_text_is_refused(function: Callable[[float], float]) -> None:
    with pytest.raises(UsageError, match="cannot be compiled"):
        text_of(function, frozenset({"math"}))
