"""What studies keep: finished runs as files of their own, and a figure, a table and a record of all."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from vle_analog.errors import OutputError
from vle_analog.lab.folder import write_whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Run = TypeVar("Run")


def read_kept(path: Path, read: Callable[[Any], Run]) -> Run | None:
    """What an earlier study left in a JSON file; None if there is none, or no whole one: then it is made again.

    Args:
        path: of the file.
        read: turns its contents into a run; may raise for what is none.

    Raises:
        OutputError: the file is there and cannot be read.
    """
    try:
        return read(json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return None
    except OSError as error:
        raise OutputError(f"cannot read: {error.strerror}", where=str(path)) from error


def write_study(
    folder: Path, names: tuple[str, str, str], figure: Figure, table: str, record: Mapping[str, Any]
) -> None:
    """Write a figure, a table and, last, a record in JSON under these names; an earlier study's are replaced.

    Raises:
        OutputError: the folder cannot be written.
    """
    from vle_analog.report.sheet import save as draw  # matplotlib loads for half a second

    with tempfile.TemporaryDirectory() as place:
        picture = draw(figure, Path(place) / names[0]).read_bytes()
    text = json.dumps(record, indent=1, allow_nan=False) + "\n"
    write_whole(folder, dict(zip(names, (picture, table, text), strict=True)))
