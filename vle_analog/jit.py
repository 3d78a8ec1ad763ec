"""numba's decorators with a cache that may fail: then a function is compiled once more, and nobody notices but by time.

numba keeps machine code beside the source, or where it is told to (``NUMBA_CACHE_DIR``), and raises whatever happens to
the files: a folder that cannot be written, a full disk, an index that was cut off. Here the place is the tool's own
cache folder where neither of those can be written, and none if that cannot be either; what cannot be read is as if it
were not there, and is replaced.
"""

# mypy: disable-error-code="misc,no-untyped-call,no-untyped-def"
from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import sigutils
from numba.core.caching import CompileResultCacheImpl, FunctionCache, InTreeCacheLocator, UserProvidedCacheLocator
from numba.core.ccallback import CFunc

from vle_analog.compiled import cache_folder

_PACKAGE = Path(__file__).parent
#: what writes machine code for all rooms
_WRITING = [_PACKAGE / "lanes.py", _PACKAGE / "native.py"]


def jit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """As ``numba.njit`` with ``cache=True``."""

    def decorate(function: Callable[..., Any]) -> Any:
        dispatcher = numba.njit(**options)(function)
        if (cache := _cache_of(function)) is not None:
            dispatcher._cache = cache
        return dispatcher

    return decorate


def cfunc(signature: Any, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    """As ``numba.cfunc`` with ``cache=True``."""

    def decorate(function: Callable[..., Any]) -> Any:
        callback: Any = CFunc(function, sigutils.normalize_signature(signature), {}, options)
        if (cache := _cache_of(function)) is not None:
            callback._cache = cache
        callback.compile()
        return callback

    return decorate


@cache
def _stamp(file: Path) -> str:
    """What changes with a source, and with those beside it in its room, whose functions it may have in it, and with
    what writes machine code for all rooms."""
    files = [file]
    if _PACKAGE in file.parents:
        files = [*sorted(file.parent.glob("*.py")), *_WRITING]
    return hashlib.sha256(b"\0".join(each.read_bytes() for each in files)).hexdigest()


class _Stamped:
    """A place of numba's own, by all sources that what is kept depends on."""

    _py_file: str

    def get_source_stamp(self) -> str:
        """What changes with the sources."""
        return _stamp(Path(self._py_file))


class _Told(_Stamped, UserProvidedCacheLocator):
    """Where numba is told to keep machine code."""


class _Beside(_Stamped, InTreeCacheLocator):
    """Beside the source."""


class _Place:
    """Where a function's machine code is kept if it cannot be beside its source, as numba asks for it."""

    def __init__(self, function: Any, file: str, folder: Path) -> None:
        self._function, self._file = function, Path(file)
        name = hashlib.sha256(os.fsencode(self._file.absolute().parent)).hexdigest()[:16]
        self._folder = folder / f"{self._file.parent.name}_{name}"

    @classmethod
    def from_function(cls, function: Any, file: str) -> _Place | None:
        """The place; None where there is none."""
        if (folder := cache_folder()) is None or not os.path.exists(file):
            return None
        place = cls(function, file, folder)
        try:
            place.ensure_cache_path()
        except OSError:
            return None
        return place

    def ensure_cache_path(self) -> None:
        """Make the folder.

        Raises:
            OSError: it cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=self._folder).close()

    def get_cache_path(self) -> str:
        """The folder."""
        return str(self._folder)

    def get_source_stamp(self) -> str:
        """What changes with the sources."""
        return _stamp(self._file)

    def get_disambiguator(self) -> str:
        """What tells functions of one file and name apart."""
        return str(self._function.__code__.co_firstlineno)


class _Kept(CompileResultCacheImpl):
    """What is kept, and where."""

    # of numba's own places, those that belong to nobody else
    _locator_classes: Any = (_Told, _Beside, _Place)


class _Cache(FunctionCache):
    """Machine code on disk, which may be there or not."""

    _impl_class = _Kept

    def load_overload(self, signature: Any, context: Any) -> Any:
        """What was kept; None if nothing, or nothing that can be read."""
        try:
            return super().load_overload(signature, context)
        except Exception:  # a file that was cut off raises anything
            return None

    def save_overload(self, signature: Any, data: Any) -> None:
        """Keep it if that is possible; an index that cannot be read goes first."""
        try:
            super().save_overload(signature, data)
        except Exception:
            with contextlib.suppress(Exception):
                self.flush()
                super().save_overload(signature, data)


def _cache_of(function: Any) -> Any:
    """A function's cache; None where nothing can be kept."""
    try:
        return _Cache(function)
    except (OSError, RuntimeError):
        return None
