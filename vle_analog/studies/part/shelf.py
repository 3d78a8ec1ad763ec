"""Where parts of a user's own stand, and what of each stands there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vle_analog.circuit.cell.cell import Cell, read_cell
from vle_analog.errors import CircuitError, UsageError, nearest
from vle_analog.library import ORIGINALS, PARTS, own_folders


@dataclass(frozen=True)
class OwnPart:
    """A part of a user's own.

    Attributes:
        name: its file's.
        file: of its cell.
        cell: as read; None where it cannot be.
        wrong: why it cannot.
    """

    name: str
    file: Path
    cell: Cell | None = None
    wrong: CircuitError | None = None

    @property
    def originals(self) -> Path:
        """The folder of what it was made from."""
        return self.file.parent / ORIGINALS / self.name


def own_parts() -> dict[str, OwnPart]:
    """All parts of the user's own, by name.

    Raises:
        UsageError: a folder that is named is none.
    """
    found: dict[str, OwnPart] = {}
    for folder in own_folders():
        for path in sorted((folder / "circuits" / PARTS).glob("*.cir")):
            if path.stem in found:
                continue  # the first folder's counts
            try:
                found[path.stem] = OwnPart(path.stem, path, read_cell(path))
            except CircuitError as error:
                found[path.stem] = OwnPart(path.stem, path, wrong=error)
    return dict(sorted(found.items()))


def own_part(name: str) -> OwnPart:
    """The part of a name.

    Raises:
        UsageError: there is none of the user's own.
    """
    known = own_parts()
    if name not in known:
        hint = nearest(name, known) if known else "there is none yet: `vle-analog part add FILE`"
        raise UsageError(f"no part '{name}' of your own", hint=hint)
    return known[name]
