"""Compiling generated integrators, once per content: numba keeps them on disk."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import importlib.util
import os
import shutil
import stat
import sys
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType


def cache_folder() -> Path:
    """Where generated integrators lie: ``$VLE_ANALOG_CACHE``, or the user's cache folder, or a temporary one."""
    base = os.environ.get("VLE_ANALOG_CACHE") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(base).expanduser() / "vle-analog"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError:
        folder = _temporary(Path(tempfile.gettempdir()))
    return folder


@cache
def _temporary(base: Path) -> Path:
    """A folder that only this user can write to, for what lies in it is executed; kept for later runs where safe."""
    if not hasattr(os, "getuid"):  # Windows: temporary folders are the user's own
        folder = base / "vle-analog"
        folder.mkdir(exist_ok=True)
        return folder
    folder = base / f"vle-analog-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()  # of a link itself, not of where it points
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) == 0o700:
        return folder
    fresh = tempfile.mkdtemp(prefix="vle-analog-", dir=base)
    atexit.register(shutil.rmtree, fresh, ignore_errors=True)
    return Path(fresh)


@cache
def compiled(source: str) -> ModuleType:
    """The module of a generated source; its name is its content's hash."""
    name = "reference_" + hashlib.sha256(source.encode()).hexdigest()[:24]
    path = cache_folder() / f"{name}.py"
    if not path.exists() or path.read_text(encoding="utf-8") != source:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".py", delete=False, encoding="utf-8") as file:
            file.write(source)
        os.replace(file.name, path)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
