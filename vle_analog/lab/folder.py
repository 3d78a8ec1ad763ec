"""The output folder: one run at a time, written whole, and nothing of a user's lost."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from vle_analog.errors import OutputError, VleAnalogError
from vle_analog.lab.written import RECORDS, Contents, Written
from vle_analog.simulate.disk import unwritable
from vle_analog.simulate.ngspice import DECK, FINAL, LOG, RAW
from vle_analog.simulate.scratch import LOCK, scratch, sweep

#: where deck and log of a failed run are kept
FAILED = "ngspice-failed"
#: the file that makes results complete
METRICS = "metrics.json"

#: what folders begin with in which files are written before they are put in place, and in which a simulator works
NEW, SIMULATION = ".vle-analog-new-", ".ngspice-"
_TEMPORARY = "set TMPDIR to a folder that can be written to"
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

    One that was made for what then is refused, and is empty, is taken away again.

    The lock is the kernel's and ends with the process, however that ends. Where a file system knows no locks (some
    network disks) there is none.

    Raises:
        OutputError: another run has it, or it cannot be written. Errors raised within say so if an
            earlier run's results are still in it.
    """
    made = not folder.exists()
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
        for place in (folder, *(path for path in folder.iterdir() if path.is_dir())):
            swept(place)
        token = _claimed.set(_claimed.get() | {identity})
        try:
            yield folder
        except VleAnalogError as error:
            if (folder / METRICS).exists():
                error.hint = f"{error.hint or ''} (results of an earlier run are still in {folder})".lstrip()
            if made:
                with suppress(OSError):  # it is not empty
                    folder.rmdir()
            raise
        finally:
            _claimed.reset(token)
    finally:
        os.close(descriptor)


@contextmanager
def workplace(folder: Path | None, failed: str = FAILED) -> Iterator[Path]:
    """A new folder inside for the simulator, removed in the end.

    Deck and log of a failed run are moved to ``ngspice-failed``, or the name that is given for it (with a number if
    that name is taken by anything but an earlier failure), and the error names them there. Without a folder all this
    is among the system's temporary files.

    Raises:
        OutputError: it cannot be made.
    """
    with ExitStack() as stack:
        try:
            place = stack.enter_context(scratch(folder or Path(tempfile.gettempdir()), SIMULATION))
        except OSError as error:
            if folder is not None:
                raise unwritable(error, folder) from error
            raise OutputError(f"no place for temporary files: {error.strerror}", hint=_TEMPORARY) from error
        try:
            yield place
        except VleAnalogError as error:
            if folder is None and isinstance(error, OutputError):
                error.hint = f"{error.hint}; TMPDIR says where temporary files go"
            with suppress(OSError):  # what the run failed of counts more
                _keep_failed(place, folder, failed, error)
            raise


def _keep_failed(place: Path, folder: Path | None, failed: str, error: VleAnalogError) -> None:
    for name in (RAW, FINAL, LOCK):  # of no use, and large
        (place / name).unlink(missing_ok=True)
    names = {path.name for path in place.iterdir() if path.is_file()}
    if {DECK, LOG} <= names:
        folder = folder or Path(tempfile.mkdtemp(prefix="vle-analog-"))
        contents = {name: (place / name).read_bytes() for name in sorted(names)}
        write_whole(place, Written(place, FAILED).record(contents))
        kept = _free_for_failure(folder / failed)
        place.rename(kept)
        error.what = error.what.replace(str(place), str(kept))
        error.where = error.where and error.where.replace(str(place), str(kept))
        error.hint = error.hint and error.hint.replace(str(place), str(kept))


def is_stream(path: Path) -> bool:
    """Whether the path is a device or pipe, which takes text as it comes and must not be replaced by a file."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


def write_whole(folder: Path, contents: Contents) -> None:
    """Write files that only the tool reads, each whole or not at all, in the given order; nothing is touched before
    all are ready. What is there of these names is replaced: names are made of digests, and no user has such files.

    Args:
        folder: made if missing.
        contents: by the files' names, which may have folders in front of them.

    Raises:
        OutputError: the folder or a file cannot be written.
    """
    with _ready(folder, contents) as new:
        for name in contents:
            _put(new, folder, name)


def write_results(folder: Path, contents: Contents, what: str, last: str | None = None) -> None:
    """Write files for a user, as `write_whole` does, in the place of an earlier writing's of the same; those of it that
    do not come again are removed. No other file is touched.

    Args:
        folder: made if missing.
        contents: by the files' names, which may have folders in front of them.
        what: is written, as `Written` has it.
        last: name of the file that makes the others complete: an earlier one is removed before these come.

    Raises:
        OutputError: the folder or a file cannot be written, or a file is there that is somebody else's or was changed.
    """
    written = Written(writable(folder), what)
    same = [name for name in contents if written.is_there(name, contents[name])]
    _refuse(folder, written.foreign(name for name in contents if name not in same))
    leftovers = written.leftovers(contents)
    ours = {name: content for name, content in contents.items() if not written.is_users(name, content)}
    record = written.record(ours, leftovers)
    coming = {name: content for name, content in contents.items() if name not in same}
    with _ready(folder, {**record, **coming}) as new:
        for name in record:
            _put(new, folder, name)
        for name in [last, *leftovers] if last is not None and written.is_own(last) else leftovers:
            _remove(folder, name)
        for name in coming:
            _put(new, folder, name)


def refuse_changed(folder: Path, names: Sequence[str], what: str) -> bool:
    """Refuse a place in which a writing could not be put, before what is to be written is computed.

    Args:
        folder: where it is to be.
        names: of its files that are known beforehand.
        what: will be written, as `Written` has it.

    Returns:
        Whether an earlier writing's files are there, which the new one will replace.

    Raises:
        OutputError: a file is there that is somebody else's or was changed.
    """
    written = Written(folder, what)
    _refuse(folder, written.foreign(names) or written.changed())
    return bool(written.there)


def _refuse(folder: Path, name: str | None) -> None:
    """Refuse to replace a file, if there is one."""
    if name is not None and (folder / name).is_dir():
        raise OutputError("cannot write here: this is a folder", where=str(folder / name), hint="choose another name")
    if name is not None:
        raise OutputError(
            "this file is there, and it is not what was written here before under its name: it is not replaced",
            where=str(folder / name),
            hint="move, rename or delete it, or choose another place to write to",
        )


@contextmanager
def _ready(folder: Path, contents: Contents) -> Iterator[Path]:
    """A folder beside in which all files are ready, and in which the folder has all folders that they need.

    Raises:
        OutputError: something cannot be written, also within the block.
    """
    path = writable(folder)
    try:
        with scratch(folder, NEW) as new:
            for name, content in contents.items():
                path, ready = folder / name, new / name
                for place in (path.parent, ready.parent):
                    place.mkdir(parents=True, exist_ok=True)
                ready.write_bytes(content.encode() if isinstance(content, str) else content)
            path = folder
            yield new
    except OSError as error:
        raise unwritable(error, Path(error.filename2 or path)) from error


def _put(new: Path, folder: Path, name: str) -> None:
    path = folder / name
    try:
        (new / name).replace(path)
    except OSError as error:
        raise unwritable(error, path) from error


def _remove(folder: Path, name: str) -> None:
    path = folder / name
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(error, path) from error


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
    """Whether the folder holds what a failed run left, unchanged, and nothing else."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    names = {path.name for path in folder.iterdir()} - {RECORDS}
    return {DECK, LOG} <= names <= {*Written(folder, FAILED).there}


def swept(folder: Path) -> None:
    """Remove what processes that were killed left half-written or half-run there."""
    for prefix in (NEW, SIMULATION):
        sweep(folder, prefix)
