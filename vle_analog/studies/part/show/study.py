"""One part of a user's own."""

from __future__ import annotations

from dataclasses import dataclass

from vle_analog.lab.lab import Lab
from vle_analog.options import option
from vle_analog.studies.part.shelf import OwnPart, own_part


@dataclass(frozen=True)
class ShowPlan:
    """Which one is shown.

    Attributes:
        name: of the part.
    """

    name: str = option("Name of the part.", argument=True, metavar="NAME")


def shown(plan: ShowPlan, lab: Lab) -> OwnPart:
    """The part.

    Raises:
        UsageError: there is none of the user's own.
        CircuitError: its file is no cell.
    """
    part = own_part(plan.name)
    if part.wrong is not None:
        raise part.wrong
    return part
