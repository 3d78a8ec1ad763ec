"""Machine code that is kept, or cannot be: the answer is the same."""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from numba.core.caching import IndexDataCacheFile

from vle_analog import jit

SOURCE = """
import numba

from vle_analog.jit import cfunc, jit


@jit(error_model="numpy")
def doubled(x):
    return 2.0 * x


@cfunc("float64(float64)", error_model="numpy")
def tripled(x):
    return 3.0 * x
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], ModuleType]:
    """A module with a folder of its own, loaded as by a new process."""
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("VLE_ANALOG_CACHE", str(tmp_path / "cache"))
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text(SOURCE)

    def load() -> ModuleType:
        spec = importlib.util.spec_from_file_location("module_of_test_jit", tmp_path / "package" / "module.py")
        assert spec is not None and spec.loader is not None
        loaded = importlib.util.module_from_spec(spec)
        jit._stamp.cache_clear()
        monkeypatch.setitem(sys.modules, spec.name, loaded)
        spec.loader.exec_module(loaded)
        assert loaded.doubled(2.0) == 4.0 and loaded.tripled.ctypes(2.0) == 6.0
        return loaded

    return load


def hits(loaded: ModuleType) -> int:
    return sum(loaded.doubled.stats.cache_hits.values()) + loaded.tripled.cache_hits


def kept(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.nb?"))


def test_code_is_kept_beside_its_source(module: Callable[[], ModuleType], tmp_path: Path) -> None:
    assert hits(module()) == 0
    assert {path.parent for path in kept(tmp_path)} == {tmp_path / "package" / "__pycache__"}
    assert hits(module()) == 2


def test_a_source_that_cannot_be_written_beside_has_a_place_in_the_cache_folder(
    module: Callable[[], ModuleType], tmp_path: Path
) -> None:
    (tmp_path / "package" / "__pycache__").touch()  # holds for root, too, whom permissions do not stop
    assert hits(module()) == 0
    (place,) = {path.parent for path in kept(tmp_path)}
    assert place.parent == tmp_path / "cache" / "vle-analog"
    assert hits(module()) == 2
    (tmp_path / "package" / "module.py").write_text(SOURCE + "\n")
    assert hits(module()) == 0  # another text is another program


def test_code_of_the_package_goes_with_the_sources_beside_it(
    module: Callable[[], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A function may have others in it: of lanes in the engine's kernel, for one."""
    monkeypatch.setattr(jit, "_PACKAGE", tmp_path)
    assert hits(module()) == 0 and hits(module()) == 2
    (tmp_path / "other.py").write_text("ELSEWHERE = 1\n")
    assert hits(module()) == 2
    (tmp_path / "package" / "other.py").write_text("LANES = 16\n")
    assert hits(module()) == 0 and hits(module()) == 2


def test_where_nothing_can_be_kept_nothing_is(
    module: Callable[[], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("package/__pycache__", "cache", "no"):
        (tmp_path / name).touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "no"))
    for _ in range(2):
        assert hits(module()) == 0
    assert kept(tmp_path) == []


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def nonsense(path: Path) -> None:
    path.write_bytes(b"\x80\x05nonsense")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
@pytest.mark.parametrize("harm", [cut, empty, nonsense, folder])
def test_what_cannot_be_read_is_made_anew(
    harm: Callable[[Path], None], ending: str, module: Callable[[], ModuleType], tmp_path: Path
) -> None:
    module()
    for path in kept(tmp_path):
        if path.suffix == ending:
            harm(path)
    assert hits(module()) == 0
    if harm is not folder:  # which stays where it is
        assert hits(module()) == 2


@pytest.mark.parametrize("name", ["_save_index", "_save_data", "_open_for_write"])
def test_a_full_disk_costs_time_only(
    name: str, module: Callable[[], ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Iterator[None]:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(IndexDataCacheFile, name, full)
        for _ in range(2):
            assert hits(module()) == 0
    assert hits(module()) == 0 and hits(module()) == 2
