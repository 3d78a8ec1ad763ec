"""What is in folders of results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vle_analog.lab.told import Told


@dataclass(frozen=True)
class Folder:
    """A folder of results.

    Attributes:
        path: of it.
        told: its reports, the oldest first.
        sizes: of all files, bytes, by name; finished work and records of the tool's own are left out.
        kept: files of finished work, which a later study of the same goes on from.
    """

    path: Path
    told: Sequence[Told]
    sizes: dict[str, int]
    kept: int = 0


@dataclass(frozen=True)
class Shown:
    """One folder, or all folders inside of one.

    Attributes:
        folders: that hold reports.
        one: whether a single folder was asked for, of which all is told.
    """

    folders: Sequence[Folder]
    one: bool
