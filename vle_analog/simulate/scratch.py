"""Folders to work in for a while: removed in the end, and after a kill by whoever works there next.

Who works in one holds a shared lock on a file in it; a simulator that was started there holds it, too. The lock is the
kernel's and ends with the last of these processes, however that ends. So a scratch folder that nobody holds was left
behind, and only a folder with this file in it is one: a user's own of such a name stays.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

#: the file in a scratch folder that is locked
LOCK = ".vle-analog-scratch"


@contextmanager
def scratch(folder: Path, prefix: str) -> Iterator[Path]:
    """A new folder inside of one that is there; what killed processes left beside it goes first.

    Args:
        folder: to make it in.
        prefix: of its name, and of those that are looked for.

    Raises:
        OSError: it cannot be made.
    """
    sweep(folder, prefix)
    place, descriptor = _made(folder, prefix)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(descriptor)


@contextmanager
def shared(folder: Path) -> Iterator[tuple[int, ...]]:
    """What a process has to be handed so that it, too, holds a scratch folder: descriptors; none of other folders."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        yield ()
        return
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield (descriptor,)
    finally:
        os.close(descriptor)


def sweep(folder: Path, prefix: str) -> None:
    """Remove the scratch folders of processes that are gone; where a file system knows no locks none is taken for one.

    Args:
        folder: that they are in.
        prefix: of their names.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(prefix) and entry.is_dir(follow_symlinks=False):
                _remove_if_left(folder / entry.name)


def _remove_if_left(place: Path) -> None:
    try:
        descriptor = os.open(place / LOCK, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(place, ignore_errors=True)
    except OSError:  # somebody works there, or nobody can tell
        pass
    finally:
        os.close(descriptor)


def _made(folder: Path, prefix: str) -> tuple[Path, int]:
    """A new scratch folder and the descriptor of its lock."""
    while True:
        place = folder / Path(tempfile.mkdtemp(prefix=prefix, dir=folder)).name
        descriptor = -1
        try:
            descriptor = os.open(place / LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_SH)
            if (place / LOCK).exists():  # nobody swept it in the moment before it was locked
                return place, descriptor
            os.close(descriptor)
        except BaseException:
            if descriptor >= 0:
                os.close(descriptor)
            shutil.rmtree(place, ignore_errors=True)
            raise
