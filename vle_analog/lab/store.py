"""Finished runs as files of their own, found again by another study."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from vle_analog.errors import OutputError

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
