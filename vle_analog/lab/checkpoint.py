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

#: the file, in the folder of its line's finished boards, and the name in it of what it belongs to
FILE, _MARK = "halfway.npz", "mark"
#: seconds between two times that it is written
EVERY = 5.0

Arrays = Mapping[str, np.ndarray]


class Halfway:
    """Where a batch stands.

    Args:
        folder: where it is kept; nowhere when None.
        key: of the line.
        numbers: of the batch's boards.
    """

    def __init__(self, folder: Path | None, key: str, numbers: Sequence[int]) -> None:
        self._path = None if folder is None else folder / FILE
        self._key, self._numbers, self._written = key, list(numbers), time.monotonic()

    @cached_property
    def _mark(self) -> str:
        """What it belongs to; rows of an engine's memory mean something to the same sources alone."""
        return hashlib.sha256(repr((identity(), self._key, self._numbers)).encode()).hexdigest()

    def read(self) -> Arrays | None:
        """What was kept of this very batch; None if there is none, or no whole one.

        Raises:
            OutputError: the file is there and cannot be read.
        """
        if self._path is None:
            return None
        try:
            with np.load(BytesIO(self._path.read_bytes()), allow_pickle=False) as found:
                kept = dict(found)
        except (FileNotFoundError, ValueError, EOFError, zipfile.BadZipFile):
            return None
        except OSError as error:
            raise OutputError(f"cannot read: {error.strerror}", where=str(self._path)) from error
        return kept if str(kept.pop(_MARK, "")) == self._mark else None

    def keep(self, state: Callable[[], Arrays]) -> None:
        """Keep where the batch stands, if it is time to.

        Raises:
            OutputError: the folder cannot be written.
        """
        if self._path is None or time.monotonic() - self._written < EVERY:
            return
        stream, contents = BytesIO(), dict[str, Any](state())
        contents[_MARK] = np.array(self._mark)
        np.savez(stream, **contents)
        write_whole(self._path.parent, {FILE: stream.getvalue()})
        self._written = time.monotonic()


def forget(folder: Path) -> None:
    """The batch's results are kept there."""
    (folder / FILE).unlink(missing_ok=True)
