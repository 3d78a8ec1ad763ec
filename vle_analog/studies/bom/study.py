"""What a board of a task's or system's circuit takes, listed and, where a file is named, written."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from vle_analog.design.design import design
from vle_analog.design.prototype import Prototype, bought, from_file
from vle_analog.errors import UsageError
from vle_analog.lab.folder import is_stream, write_results
from vle_analog.lab.lab import Lab
from vle_analog.options import option
from vle_analog.production.prices import EXAMPLE, PriceList, price_list, read_prices
from vle_analog.production.purchase import STANDARD, Tolerances
from vle_analog.studies.bom.bill import bill
from vle_analog.studies.bom.report import assembly_csv, bill_csv, placement_csv
from vle_analog.studies.bom.result import Bill

#: between the name of a bill's file and its ending, for the list of designators
_PLACEMENT = "-placement"
#: the same, for the list that assemblers ask for
_ASSEMBLY = "-assembly"


@dataclass(frozen=True)
class BomPlan:
    """What is listed.

    Attributes:
        prototype: the design; what scatters from board to board makes no difference to a bill.
        tolerances: of the resistors and capacitors to buy.
        prices: table of makers' numbers and prices; the user's own, or the tool's, when None.
        file: for the bill; designators go beside it. Nothing is written when None.

    Raises:
        UsageError: a file that is none.
    """

    prototype: Prototype = bought()
    tolerances: Tolerances = option(
        "Of the resistors and capacitors to buy.", STANDARD, metavar="R%,C%", parse=Tolerances.parse
    )
    prices: Path | None = option(
        f"Table of makers' numbers and prices (default: {EXAMPLE}, which is from memory).",
        None,
        metavar="FILE.csv",
        parse=Path,
    )
    file: Path | None = option(
        "File for the bill; designators go beside it.", None, flag="out", metavar="FILE.csv", parse=Path
    )

    def __post_init__(self) -> None:
        if self.file is not None and is_stream(self.file):
            raise UsageError(f"`file` {self.file} is no file", hint="three files are written: name one")

    def check(self) -> None:
        """Refuse what cannot be loaded.

        Raises:
            VleAnalogError: as `Prototype.check`.
            UsageError: a table of prices that cannot be read.
        """
        self.prototype.check()
        _ = self.table

    @property
    def table(self) -> PriceList:
        """The table of numbers and prices.

        Raises:
            UsageError: it cannot be read.
        """
        return price_list() if self.prices is None else read_prices(self.prices)


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
    loaded, build = plan.prototype.loaded, plan.prototype.build
    with from_file(loaded):
        ready = design(loaded, build, plan.prototype.bought, lab.progress)
        lab.progress("bill", 0.0)
        listed = bill(
            ready.circuit,
            plan.tolerances,
            build.roles,
            exact=ready.exact,
            probes=ready.bench.probes,
            outputs=ready.outputs,
            prices=plan.table,
        )
    if plan.file is None:
        return listed
    file = Path(os.path.realpath(plan.file))  # a link stays one
    beside = file.with_name(f"{file.stem}{_PLACEMENT}{file.suffix}")
    third = file.with_name(f"{file.stem}{_ASSEMBLY}{file.suffix}")
    bills = {beside.name: placement_csv(listed), third.name: assembly_csv(listed), file.name: bill_csv(listed)}
    write_results(file.parent, bills, f"bill {file.name}")
    return replace(listed, files=(file, beside, third))
