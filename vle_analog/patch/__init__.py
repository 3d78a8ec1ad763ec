"""Programs for analog computers: one file per machine, found by listing this folder, and a user's own ones.

A machine's file declares `MACHINE`. `program` reads what a block diagram asks of any such machine.
"""

from __future__ import annotations

from collections.abc import Mapping

from vle_analog.errors import UsageError, nearest
from vle_analog.library import declared, remembered
from vle_analog.patch.machine import Machine


@remembered
def machines() -> Mapping[str, Machine]:
    """All machines by name."""
    return {each.name: each for _, each in declared(__name__, "MACHINE", Machine)}


def machine_named(name: str) -> Machine:
    """The machine of a name.

    Raises:
        UsageError: there is none.
    """
    known = machines()
    if name not in known:
        raise UsageError(f"no machine '{name}'", hint=nearest(name, known))
    return known[name]
