"""A part of a user's own is taken off the shelf."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from vle_analog.lab.lab import Lab
from vle_analog.library import forget
from vle_analog.options import option
from vle_analog.simulate.disk import unwritable
from vle_analog.studies.part.shelf import own_part


@dataclass(frozen=True)
class RemovePlan:
    """Which one goes.

    Attributes:
        name: of the part.
    """

    name: str = option("Name of the part.", argument=True, metavar="NAME")


def removed(plan: RemovePlan, lab: Lab) -> Path:
    """The file of the part that was removed, with the copy of what it was made from.

    Raises:
        UsageError: there is none of the user's own: parts that come with the tool stay.
        OutputError: it cannot be removed.
    """
    part = own_part(plan.name)
    try:
        part.file.unlink()
        if part.originals.is_dir() and not part.originals.is_symlink():
            shutil.rmtree(part.originals)
    except OSError as error:
        raise unwritable(error, part.file) from error
    forget()
    return part.file
