"""The output folder: one run at a time, written whole, and nothing of a user's lost."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from vle_analog.errors import OutputError, VleAnalogError
from vle_analog.simulate.disk import unwritable
from vle_analog.simulate.ngspice import DECK, FINAL, LOG, RAW

#: where deck and log of a failed run are kept
FAILED = "ngspice-failed"
#: the file that makes results complete
METRICS = "metrics.json"

#: what folders begin with in which files are written before they are put in place
NEW = ".vle-analog-new-"
_SIDE_FILE = re.compile(r'file="(stimulus_\w+\.txt)"')
_claimed: ContextVar[frozenset[tuple[int, int]]] = ContextVar("claimed", default=frozenset())


def writable(folder: Path) -> Path:
    """The folder, made if missing.

    Raises:
        OutputError: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise unwritable(error, folder) from error


@contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """The folder, made if missing and kept from all other runs meanwhile; may be nested.

    The lock is the kernel's and ends with the process, however that ends. Where a file system knows no locks (some
    network disks) there is none.

    Raises:
        OutputError: another run has it, or it cannot be written. Errors raised within say so if an
            earlier run's results are still in it.
    """
    descriptor = os.open(writable(folder), os.O_RDONLY | os.O_DIRECTORY)
    try:
        status = os.fstat(descriptor)
        identity = (status.st_dev, status.st_ino)
        if identity in _claimed.get():
            yield folder
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            hint = "wait until it is done, or choose another folder"
            raise OutputError("another run is writing here", where=str(folder), hint=hint) from None
        except OSError:
            pass
        else:
            swept(folder)
        token = _claimed.set(_claimed.get() | {identity})
        try:
            yield folder
        except VleAnalogError as error:
            if (folder / METRICS).exists():
                error.hint = f"{error.hint or ''} (results of an earlier run are still in {folder})".lstrip()
            raise
        finally:
            _claimed.reset(token)
    finally:
        os.close(descriptor)


@contextmanager
def workplace(folder: Path | None, failed: str = FAILED) -> Iterator[Path]:
    """A new folder inside for the simulator, removed in the end.

    Deck and log of a failed run are moved to ``ngspice-failed``, or the name that is given for it (with a number if
    that name is taken by anything but an earlier failure), and the error names them there. Without a folder
    all this is in a new one among the system's temporary files.
    """
    temporary = folder is None
    try:
        folder = Path(tempfile.mkdtemp(prefix="vle-analog-")) if folder is None else folder
        place = folder / Path(tempfile.mkdtemp(prefix=".ngspice-", dir=folder)).name
    except OSError as error:
        raise unwritable(error, folder or Path(tempfile.gettempdir())) from error
    try:
        yield place
    except VleAnalogError as error:
        with suppress(OSError):  # what the run failed of counts more
            _keep_failed(place, folder / failed, error)
        raise
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if temporary:
            with suppress(OSError):  # it holds a failed run's files
                folder.rmdir()


def _keep_failed(place: Path, wanted: Path, error: VleAnalogError) -> None:
    for name in (RAW, FINAL):  # of no use, and large
        (place / name).unlink(missing_ok=True)
    if _is_failed_run(place):
        kept = _free_for_failure(wanted)
        place.rename(kept)
        error.what = error.what.replace(str(place), str(kept))
        error.where = error.where and error.where.replace(str(place), str(kept))
        error.hint = error.hint and error.hint.replace(str(place), str(kept))


def is_stream(path: Path) -> bool:
    """Whether the path is a device or pipe, which takes text as it comes and must not be replaced by a file."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def write_whole(folder: Path, contents: Mapping[str, str | bytes], remains: Iterable[str] = ()) -> None:
    """Write files, each whole or not at all, in the given order; nothing is touched before all are ready.

    Args:
        folder: made if missing.
        contents: by the files' names, which may have folders in front of them.
        remains: names of an earlier writing's files, which are removed before the new ones come.

    Raises:
        OutputError: the folder or a file cannot be written.
    """
    path = writable(folder)
    try:
        with tempfile.TemporaryDirectory(prefix=NEW, dir=folder) as new:
            for name, content in contents.items():
                path, ready = folder / name, Path(new) / name
                for place in (path.parent, ready.parent):
                    place.mkdir(parents=True, exist_ok=True)
                ready.write_bytes(content.encode() if isinstance(content, str) else content)
            for name in remains:
                path = folder / name
                path.unlink(missing_ok=True)
            for name in contents:
                path = folder / name
                (Path(new) / name).replace(path)
    except OSError as error:
        raise unwritable(error, path) from error


def swept(folder: Path) -> None:
    """Remove what a process that was killed left half-written there; for those alone who claimed the folder."""
    for path in folder.glob(f"{NEW}*"):
        shutil.rmtree(path, ignore_errors=True)


def side_files(folder: Path) -> set[str]:
    """Names of the side files that the folder's deck reads."""
    try:
        return set(_SIDE_FILE.findall((folder / DECK).read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return set()


def _free_for_failure(wanted: Path) -> Path:
    """The first of a path, the path with ``-2``, ... that is free, or was an earlier failure's."""
    number = 1
    while True:
        path = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        if _is_failed_run(path):
            shutil.rmtree(path)
        if not os.path.lexists(path):
            return path
        number += 1


def _is_failed_run(folder: Path) -> bool:
    """Whether the folder holds deck and log, perhaps the deck's side files, and nothing else."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    names = {each.name for each in folder.iterdir()}
    return {DECK, LOG} <= names <= {DECK, LOG} | side_files(folder)
