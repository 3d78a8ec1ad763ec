"""Looking into folders of results."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vle_analog.errors import UsageError
from vle_analog.lab.lab import Lab
from vle_analog.lab.study import RESULTS
from vle_analog.lab.told import told_in
from vle_analog.options import option
from vle_analog.studies.show.result import Folder, Shown

#: folders in which studies keep finished work
_KEPT = ("boards", "runs", "accounts", "lessons")


@dataclass(frozen=True)
class ShowPlan:
    """What is looked into.

    Attributes:
        folder: of results, or of such folders; `RESULTS` when None.
    """

    folder: Path | None = option(
        f"Folder of results, or of such folders (default: {RESULTS}).",
        None,
        argument=True,
        metavar="FOLDER",
        parse=Path,
    )


def shown(plan: ShowPlan, lab: Lab) -> Shown:
    """Look into a folder, or into all there are.

    Args:
        plan: which.
        lab: nothing is asked of it.

    Raises:
        UsageError: there is no such folder, or nothing in it that the tool wrote.
    """
    if plan.folder is None:
        return Shown(_inside(RESULTS) if RESULTS.is_dir() else [], one=False)
    if not plan.folder.is_dir():
        raise UsageError(f"there is no folder '{plan.folder}'", hint="see `vle-analog show` for those in results/")
    if (own := _looked(plan.folder)).told:
        return Shown([own], one=True)
    if not (inside := _inside(plan.folder)):
        raise UsageError(
            f"'{plan.folder}' has no results that say what they are",
            hint="give a folder that a command named as its results, or run the command again",
        )
    return Shown(inside, one=False)


def _inside(path: Path) -> list[Folder]:
    """The folders of results in a folder, by name."""
    return [each for place in sorted(path.iterdir()) if place.is_dir() and (each := _looked(place)).told]


def _looked(path: Path) -> Folder:
    """All that is known of a folder."""
    files = [each for each in sorted(path.rglob("*")) if each.is_file()]
    inside = [(each, each.relative_to(path)) for each in files]
    plain = {
        str(name): each.stat().st_size
        for each, name in inside
        if not any(part.startswith(".") for part in name.parts) and name.parts[0] not in _KEPT
    }
    kept = sum(name.parts[0] in _KEPT for _, name in inside)
    return Folder(path, told_in(path), plain, kept)
