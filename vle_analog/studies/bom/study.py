"""What a board of a task's or system's circuit takes, listed and, where a file is named, written."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from vle_analog.circuit.cell.cell import Kind
from vle_analog.design.design import design
from vle_analog.design.prototype import Prototype, from_file
from vle_analog.design.subject import is_task
from vle_analog.errors import UsageError
from vle_analog.lab.folder import is_stream, write_results
from vle_analog.lab.lab import Lab
from vle_analog.learning.chopper import SLOW
from vle_analog.options import names_of, option, part
from vle_analog.production.production import Production
from vle_analog.production.purchase import STANDARD, Order
from vle_analog.studies.bom.bill import bill
from vle_analog.studies.bom.report import bill_csv, placement_csv
from vle_analog.studies.bom.result import Bill

#: between the name of a bill's file and its ending, for the list of designators
_PLACEMENT = "-placement"


@dataclass(frozen=True)
class BomPlan:
    """What is listed.

    Attributes:
        prototype: the design; its parts stand for laws, and all else of real boards makes no difference to a bill.
        resistors, capacitors: which ones to buy.
        file: for the bill; designators go beside it. Nothing is written when None.

    Raises:
        UsageError: a file that is none.
    """

    prototype: Prototype = part(without=(*names_of(Production), "board", "step", "fidelity"))
    resistors: Order = option(
        "Which resistors to buy.",
        STANDARD["resistor"],
        metavar="SERIES:TOLERANCE",
        parse=partial(Order.parse, "resistor"),
    )
    capacitors: Order = option(
        "Which capacitors to buy.",
        STANDARD["capacitor"],
        metavar="SERIES:TOLERANCE",
        parse=partial(Order.parse, "capacitor"),
    )
    file: Path | None = option(
        "File for the bill; designators go beside it.", None, flag="out", metavar="FILE.csv", parse=Path
    )

    def __post_init__(self) -> None:
        if self.file is not None and is_stream(self.file):
            raise UsageError(f"`file` {self.file} is no file", hint="two files are written: name one")

    @property
    def bought(self) -> Prototype:
        """The prototype; a network that learns is built as one of real parts is, since these are listed."""
        subject, build = self.prototype.subject, self.prototype.build
        if build.chop is not None or not is_task(subject.name):
            return self.prototype
        return replace(self.prototype, build=replace(build, chop=SLOW))

    def check(self) -> None:
        """Refuse what cannot be loaded.

        Raises:
            VleAnalogError: as `Prototype.check`.
        """
        self.bought.check()


def bom(plan: BomPlan, lab: Lab) -> Bill:
    """The bill that a plan asks for, written where it names a file.

    Args:
        plan: what to list.
        lab: told what goes on.

    Raises:
        UsageError: a value that is not on sale.
        OutputError: the file cannot be written.
        VleAnalogError: bad equations, or no part values.
    """
    prototype = plan.bought
    loaded, build = prototype.loaded, prototype.build
    with from_file(loaded):
        circuit = design(loaded, replace(build, parts=()), progress=lab.progress).circuit
        lab.progress("bill", 0.0)
        orders: dict[Kind, Order] = {"resistor": plan.resistors, "capacitor": plan.capacitors}
        listed = bill(circuit, orders, dict(build.parts))
    if plan.file is None:
        return listed
    file = Path(os.path.realpath(plan.file))  # a link stays one
    beside = file.with_name(f"{file.stem}{_PLACEMENT}{file.suffix}")
    bills = {beside.name: placement_csv(listed), file.name: bill_csv(listed)}
    write_results(file.parent, bills, f"bill {file.name}")
    return replace(listed, files=(file, beside))
