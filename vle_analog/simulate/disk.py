"""What goes wrong with files that are written, in a user's words."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from vle_analog.errors import OutputError

_FULL = {errno.ENOSPC, errno.EDQUOT}


def unwritable(error: OSError, path: Path) -> OutputError:
    """The error for a file or folder that cannot be written; a full disk is named."""
    hint = "choose another folder"
    if error.errno in _FULL:
        hint = f"the disk mounted at {_mount(path)} is full: make room there, or choose a folder on another disk"
    return OutputError(f"cannot write here: {error.strerror or error}", where=str(path), hint=hint)


def _mount(path: Path) -> Path:
    """Folder at which the disk that holds a path is mounted."""
    real = Path(os.path.realpath(path))
    return next(each for each in (real, *real.parents) if os.path.ismount(each))
