"""What ngspice had to say of boards, on disk: it takes long, so no board runs there twice."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from vle_analog.errors import OutputError
from vle_analog.lab.folder import write_whole
from vle_analog.studies.agreement.result import Account
from vle_analog.waveforms import Waveforms

#: what names of signals begin with in a file
_SIGNAL = "signal "


def keep(path: Path, account: Account) -> None:
    """Write an account, signals in single precision.

    Raises:
        OutputError: the folder cannot be written.
    """
    stream = BytesIO()
    signals = {f"{_SIGNAL}{name}": values.astype(np.float32) for name, values in account.exam.signals.items()}
    np.savez_compressed(
        stream,
        time=account.exam.time,
        marks=account.marks,
        course=account.course,
        **signals,  # type: ignore[arg-type]
    )
    write_whole(path.parent, {path.name: stream.getvalue()})


def read(path: Path) -> Account | None:
    """What an earlier study left; None if there is none, or no whole one.

    Raises:
        OutputError: the file is there and cannot be read.
    """
    try:
        with path.open("rb") as stream, np.load(stream) as data:
            signals = {
                name.removeprefix(_SIGNAL): data[name].astype(np.float64)
                for name in data.files
                if name.startswith(_SIGNAL)
            }
            return Account(Waveforms(data["time"], signals), data["marks"], data["course"])
    except (FileNotFoundError, ValueError, KeyError, EOFError, BadZipFile):
        return None
    except OSError as error:
        raise OutputError(f"cannot read: {error.strerror}", where=str(path)) from error
