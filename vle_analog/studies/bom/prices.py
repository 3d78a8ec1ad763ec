"""What parts cost: a table in TOML that users replace, with the date of its prices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vle_analog.equations.tomlfile import read_toml
from vle_analog.errors import SystemFileError
from vle_analog.library import circuits_folder
from vle_analog.studies.bom.result import CONNECTION, BillLine, Cost

#: where the table that comes with the tool is to be seen
EXAMPLE = "circuits/prices.toml"


@dataclass(frozen=True)
class Prices:
    """A table of prices.

    Attributes:
        each: price of a body by the part's name, or by a resistor's or capacitor's technology.
        currency, date: of all of them.
    """

    each: Mapping[str, float] = field(default_factory=dict)
    currency: str = "USD"
    date: str = ""

    def cost(self, lines: Iterable[BillLine]) -> Cost:
        """What all parts of some lines cost; connections cost nothing."""
        parts = [line for line in lines if line.group != CONNECTION]
        known = [line for line in parts if line.part in self.each]
        without = dict.fromkeys(line.part or line.kind for line in parts if line.part not in self.each)
        amount = sum(line.quantity * self.each[line.part] for line in known)
        return Cost(amount, self.currency, self.date, tuple(without))


def read_prices(path: Path | None = None) -> Prices:
    """A table of prices; the one that comes with the tool when None.

    Raises:
        SystemFileError: a file that cannot be read, or a price that is none.
    """
    path = path or circuits_folder() / "prices.toml"
    tables = read_toml(path, "price table", EXAMPLE)
    see = f"see {EXAMPLE}"
    if (unknown := [name for name in tables if name not in ("currency", "date", "each")]) or not isinstance(
        tables.get("each"), dict
    ):
        what = f"'{unknown[0]}' is no part of a price table" if unknown else "it has no prices"
        raise SystemFileError(what, where=path.name, hint=f"write prices under [each]; {see}")
    found: dict[str, float] = {}
    for name, price in tables["each"].items():
        if not isinstance(price, int | float) or isinstance(price, bool) or not 0 <= price < math.inf:
            raise SystemFileError(f"'{price}' is no price", where=f"{path.name}: each.{name}", hint=f"a number; {see}")
        found[name] = float(price)
    return Prices(found, str(tables.get("currency", "USD")), str(tables.get("date", "")))
