"""A batch of boards in the middle of its lesson, on disk: an interruption costs seconds, not the batch."""

from __future__ import annotations

import hashlib
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from vle_analog.errors import OutputError
from vle_analog.lab.folder import write_whole
from vle_analog.lab.identity import identity

#: the file, in the folder of its blueprint's finished boards
FILE = "halfway.npz"
#: names in it of what it belongs to, and of the seconds that were spent
_MARK, _SECONDS = "mark", "seconds"
#: seconds between two times that it is written
EVERY = 5.0

Arrays = Mapping[str, np.ndarray]


class Checkpoint:
    """Record of how far a batch has come.

    Args:
        folder: where it is kept; nowhere when None.
        key: of the boards' blueprint.
        numbers: of the batch's boards.
    """

    def __init__(self, folder: Path | None, key: str, numbers: Sequence[int]) -> None:
        self._path = None if folder is None else folder / FILE
        self._key, self._numbers = key, list(numbers)
        self._started, self._before = time.perf_counter(), 0.0
        self._written = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time that the batch has taken, interrupted studies' included."""
        return time.perf_counter() - self._started + self._before

    @cached_property
    def _mark(self) -> str:
        """Digest of what it belongs to; rows of an engine's memory mean something to the same sources alone."""
        return hashlib.sha256(repr((identity(), self._key, self._numbers)).encode()).hexdigest()

    def read(self) -> Arrays | None:
        """What an interrupted study left of this batch; None if there is nothing, or nothing whole.

        Raises:
            OutputError: the file is there and cannot be read.
        """
        if self._path is None:
            return None
        try:
            with np.load(BytesIO(self._path.read_bytes()), allow_pickle=False) as arrays:
                state = dict(arrays)
        except (FileNotFoundError, ValueError, EOFError, zipfile.BadZipFile):
            return None
        except OSError as error:
            raise OutputError(f"cannot read: {error.strerror}", where=str(self._path)) from error
        if str(state.pop(_MARK, "")) != self._mark:
            return None
        self._before = float(state.pop(_SECONDS))
        return state

    def keep(self, state: Callable[[], Arrays]) -> None:
        """Keep where the batch stands, if it is time to.

        Raises:
            OutputError: the folder cannot be written.
        """
        if self._path is None or time.monotonic() - self._written < EVERY:
            return
        stream, contents = BytesIO(), dict[str, Any](state())
        contents |= {_MARK: np.array(self._mark), _SECONDS: np.array(self.seconds)}
        np.savez(stream, **contents)
        write_whole(self._path.parent, {FILE: stream.getvalue()})
        self._written = time.monotonic()


def forget(folder: Path) -> None:
    """Remove the checkpoint of a batch whose results are kept."""
    (folder / FILE).unlink(missing_ok=True)
