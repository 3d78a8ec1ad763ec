"""Generated code, compiled once per content: numba keeps what it compiles beside the source.

A function gets into generated code by its text. What is compiled then depends on one text alone, whose hash is its
file's name: after a change nothing old is found, and two folders of a user's own do not disturb each other.
"""

from __future__ import annotations

import atexit
import builtins
import contextlib
import dis
import hashlib
import importlib.util
import inspect
import os
import shutil
import stat
import sys
import tempfile
import textwrap
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

from vle_analog.errors import UsageError


def cache_folder() -> Path:
    """Folder of generated sources: ``$VLE_ANALOG_CACHE``, or the user's cache folder, or a temporary one."""
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
def compiled(source: str, kind: str) -> ModuleType:
    """The module of a generated source.

    Args:
        source: Python text.
        kind: what its name begins with; the hash of its content follows.
    """
    name = f"{kind}_" + hashlib.sha256(source.encode()).hexdigest()[:24]
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


def text_of(function: Callable[..., object], known: frozenset[str]) -> str:
    """A function's text, for a generated module.

    Args:
        function: written with ``def``.
        known: names that the module has, builtins aside.

    Raises:
        UsageError: it uses other names, or is no such function.
    """
    where, code = f"function '{function.__name__}'", function.__code__
    used = {each.argval for each in dis.get_instructions(code) if each.opname == "LOAD_GLOBAL"} | {*code.co_freevars}
    others = sorted(used - known - {*dir(builtins)})
    if function.__name__ == "<lambda>" or others:
        raise UsageError(
            f"cannot be compiled: it uses {', '.join(others)}" if others else "cannot be compiled: it is a lambda",
            where=where,
            hint=f"write it with def, out of numbers, its arguments, builtins and {', '.join(sorted(known))}",
        )
    return textwrap.dedent(inspect.getsource(function))
