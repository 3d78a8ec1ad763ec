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


def cache_folder() -> Path | None:
    """Folder of generated sources: ``$VLE_ANALOG_CACHE``, or the user's cache folder, or a temporary one; None where
    nothing can be written."""
    base = os.environ.get("VLE_ANALOG_CACHE") or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    try:
        folder = Path(base).expanduser() / "vle-analog"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"to be written to")  # a full disk takes names
            file.flush()
        return folder
    except (OSError, RuntimeError):  # nobody knows where home is
        return _temporary()


def _temporary() -> Path | None:
    """A folder among the system's temporary ones; None where there is none."""
    try:
        return _private(Path(tempfile.gettempdir()))
    except OSError:
        return None


@cache
def _private(base: Path) -> Path:
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
    """The module of a generated source. Where no file can be written it has none, and nothing of it is kept.

    Args:
        source: Python text.
        kind: what its name begins with; the hash of its content follows.
    """
    name = f"{kind}_" + hashlib.sha256(source.encode()).hexdigest()[:24]
    module = ModuleType(name)
    module.__file__ = _file(name, source)
    sys.modules[name] = module
    try:
        exec(compile(source, module.__file__, "exec"), module.__dict__)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _file(name: str, source: str) -> str:
    """Path of the file that holds a source, which is written if it is not there; ``<name>`` if it cannot be."""
    if (folder := cache_folder()) is None:
        return f"<{name}>"
    path = folder / f"{name}.py"
    try:
        if not path.exists() or path.read_bytes() != source.encode():
            _replace(path, source)
        return str(path)
    except OSError:
        return f"<{name}>"


def _replace(path: Path, source: str) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    file = tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".py", delete=False, encoding="utf-8")  # noqa: SIM115
    try:
        with file:
            file.write(source)
        os.replace(file.name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(file.name)
        raise


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
