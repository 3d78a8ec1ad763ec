"""The parts of a user's own."""

from __future__ import annotations

from dataclasses import dataclass

from vle_analog.lab.lab import Lab
from vle_analog.studies.part.shelf import OwnPart, own_parts


@dataclass(frozen=True)
class ListPlan:
    """Everything is listed."""


def listed(plan: ListPlan, lab: Lab) -> tuple[OwnPart, ...]:
    """All parts of the user's own, by name; those that cannot be read, too.

    Raises:
        UsageError: a folder that is named is none.
    """
    return tuple(own_parts().values())
