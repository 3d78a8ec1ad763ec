"""A task's or system's netlist, as text or in a file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from vle_analog.design.prototype import Prototype, from_file
from vle_analog.errors import UsageError, nearest
from vle_analog.lab.folder import is_stream, write_results
from vle_analog.lab.lab import Lab
from vle_analog.netlist.dialects import DIALECTS
from vle_analog.netlist.testbench import Deck
from vle_analog.options import option
from vle_analog.simulate.disk import unwritable

#: the dialect that every design is written in
_OWN = "ngspice"


@dataclass(frozen=True)
class NetlistPlan:
    """What is asked for.

    Attributes:
        prototype: whose netlist.
        output: file to write; the text itself is the result when None.
        dialect: simulator that it is for.

    Raises:
        UsageError: no such dialect.
    """

    prototype: Prototype
    output: Path | None = option("File to write; else standard output.", None, aliases=("-o", "--out"), parse=Path)
    dialect: str = option(f"Simulator that it is for: {', '.join(DIALECTS)}.", _OWN)

    def __post_init__(self) -> None:
        if self.dialect not in DIALECTS:
            raise UsageError(f"no dialect '{self.dialect}'", hint=nearest(self.dialect, DIALECTS))

    def check(self) -> None:
        """Refuse what cannot be loaded.

        Raises:
            VleAnalogError: as `Prototype.check`.
        """
        self.prototype.check()


def netlist(plan: NetlistPlan, lab: Lab) -> str:
    """What goes to standard output: the netlist, or nothing where it is written to a file.

    Args:
        plan: what is asked for.
        lab: told what goes on.

    Raises:
        UsageError: a netlist with side files and no file beside which they could be.
        OutputError: the file cannot be written.
        VleAnalogError: bad equations, or no part values.
    """
    with from_file(plan.prototype.loaded):
        ready = plan.prototype.design(lab.progress)
        deck = ready.deck if plan.dialect == _OWN else DIALECTS[plan.dialect](ready.circuit, ready.bench)
    if plan.output is not None and not is_stream(plan.output):
        place = Path(os.path.realpath(plan.output))  # a link stays one
        write_results(place.parent, {**deck.files, place.name: deck.text}, f"deck {place.name}")
        return ""
    _refuse_side_files(deck)
    if plan.output is None:
        return deck.text
    try:
        plan.output.write_text(deck.text, encoding="utf-8")
    except OSError as error:
        raise unwritable(error, plan.output) from error
    return ""


def _refuse_side_files(deck: Deck) -> None:
    """Refuse a netlist that is more than one file.

    Raises:
        UsageError: names these files.
    """
    if deck.files:
        raise UsageError(
            f"this netlist needs side files ({', '.join(deck.files)})",
            hint="name a file with `output`, they go beside it",
        )
