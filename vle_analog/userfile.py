"""Python files of a user's own: learning tasks and rules from outside of the package, each given by its path.

A file is run when something in it is asked for, once as long as its text stays the same. It stands alone: it may import
what is installed, but no neighbours, so that its text says all that it does.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from types import ModuleType
from typing import Any, ParamSpec, TypeVar

from vle_analog.errors import UsageError, VleAnalogError, reason

P = ParamSpec("P")
T = TypeVar("T")

SUFFIX = ".py"


def is_file(name: str) -> bool:
    """Whether a name means a Python file rather than something that comes with the package."""
    return name.endswith(SUFFIX)


def told_apart(given: str, title: str, shipped: Collection[str]) -> str:
    """What a thing is called among others of its title: the title, and where it comes from if that does not say it.

    Args:
        given: its name, or the path of the file that it is in.
        title: that it gives itself.
        shipped: names that are no files.
    """
    if given in shipped:
        return title
    path = Path(given)
    place = os.path.relpath(path)
    alone = path.suffix == SUFFIX or not path.with_suffix(SUFFIX).exists()
    if alone and title not in shipped and place == title + path.suffix:
        return title
    return f"{title}@{place}"


def text_of(path: str) -> str:
    """The file's text.

    Raises:
        UsageError: it is missing or cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError("there is no such file", where=path, hint="check the path") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the file cannot be read: {reason(error)}", where=path, hint="give a Python file in UTF-8"
        ) from None


def digest_of(paths: Iterable[Path], folder: Path) -> str:
    """What tells the contents of files from others, wherever they lie.

    Args:
        paths: of the files, in order.
        folder: that their names are relative to.

    Raises:
        UsageError: one is missing or cannot be read.
    """
    found = hashlib.sha256()
    for path in paths:
        content = _content(path)
        found.update(f"{os.path.relpath(path, folder)} {len(content)} ".encode() + content)
    return found.hexdigest()


@dataclass(frozen=True)
class Parcel:
    """Files with all that is in them, for a process on another machine.

    Attributes:
        files: their contents by path, relative to one folder, the main one first.
    """

    files: tuple[tuple[str, bytes], ...]

    @classmethod
    def of(cls, paths: Iterable[Path]) -> Parcel:
        """Pack files, the main one first.

        Raises:
            UsageError: one is missing or cannot be read.
        """
        places = [Path(os.path.abspath(path)) for path in paths]
        folder = os.path.commonpath([place.parent for place in places])
        return cls(tuple((os.path.relpath(place, folder), _content(place)) for place in places))

    def there(self, path: str) -> str:
        """The path of the main file where all files lie there as they were packed, or else that of a copy."""
        main = Path(os.path.abspath(path))
        folder = Path(str(main).removesuffix(self.files[0][0]))
        try:
            alike = all((folder / name).read_bytes() == content for name, content in self.files)
        except OSError:
            alike = False
        return path if alike else self.unpacked()

    def unpacked(self) -> str:
        """Path of the main file's copy in a folder of this process's own, which lasts as long as the process."""
        digest = hashlib.sha256(repr(self.files).encode()).hexdigest()[:24]
        folder = Path(_copies().name) / digest
        for name, content in self.files:
            place = folder / name
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                beside = place.with_name(f"{place.name}.{os.getpid()}.{threading.get_ident()}")
                beside.write_bytes(content)
                beside.replace(place)  # whole or not at all: several threads may unpack
        return str(folder / self.files[0][0])


@cache
def _copies() -> tempfile.TemporaryDirectory[str]:
    """The folder of copies, removed when the process ends."""
    return tempfile.TemporaryDirectory(prefix="vle-analog-")


def _content(path: Path) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise UsageError("there is no such file", where=str(path), hint="check the path") from None
    except OSError as error:
        raise UsageError(f"the file cannot be read: {error.strerror}", where=str(path), hint="check the path") from None


def definition(path: str, name: str, valid: Callable[[Any], bool], hint: str) -> Any:
    """What a file defines under a name.

    Args:
        path: of the file.
        name: of a function, class or value at its top level.
        valid: whether a value is what is asked for.
        hint: said where it is missing or not valid.

    Raises:
        UsageError: the file is missing, cannot be run, or defines no such thing.
    """
    module = _run(str(Path(path).resolve()), text_of(path), path)
    if not hasattr(module, name):
        raise UsageError(f"the file defines no '{name}'", where=path, hint=hint)
    found = getattr(module, name)
    if not valid(found):
        raise UsageError(f"'{name}' is of type '{type(found).__name__}'", where=path, hint=hint)
    return found


def guarded(function: Callable[P, T], path: str) -> Callable[P, T]:
    """The function of a user's file; what it raises is told with the file's line.

    Raises (the function that is returned):
        VleAnalogError: the function raised it.
        UsageError: the function raised anything else.
    """

    @wraps(function)
    def told(*args: P.args, **named: P.kwargs) -> T:
        try:
            return function(*args, **named)
        except VleAnalogError:
            raise
        except (Exception, SystemExit) as error:
            raise _complaint(error, path, f"'{function.__name__}' fails") from error

    return told


@cache
def _run(place: str, text: str, path: str) -> ModuleType:
    """The module that a file makes; it stays the same while the file's place and text do."""
    digest = hashlib.sha256(f"{place}\n{text}".encode()).hexdigest()[:12]
    module = ModuleType(f"{Path(place).stem}_{digest}")
    module.__file__ = place
    sys.modules[module.__name__] = module  # where dataclasses and pickle look for it
    try:
        exec(compile(text, place, "exec"), module.__dict__)
    except BaseException as error:
        del sys.modules[module.__name__]
        if isinstance(error, Exception | SystemExit):
            raise _complaint(error, path, "the file cannot be run") from error
        raise
    return module


def _complaint(error: BaseException, path: str, what: str) -> UsageError:
    """The error as a user's: the last line of the file that it passed."""
    place = str(Path(path).resolve())
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == place]
    if isinstance(error, SyntaxError) and error.filename == place:
        lines.append(error.lineno)
    where = f"{path}, line {lines[-1]}" if lines else path
    said = error.msg if isinstance(error, SyntaxError) else str(error)
    return UsageError(f"{what}: {type(error).__name__}: {said}", where=where, hint="correct the file")
