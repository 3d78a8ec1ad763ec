"""What parts are called where they are sold, and what they cost: a table that users replace.

``circuits/prices.csv`` is a list from memory, dated; a file of this name in the user's own library takes its place. A
line is for a kind of part, its name, package and tolerance, and values up to a bound where it has one. Numbers of
resistors and capacitors are written with their value in one of the makers' codes: ``{R}`` 4K99, ``{V}`` 4K99 in four
places, ``{E}`` 4991 (three digits and a power of ten), ``{C}`` 102 (picofarads likewise, of two digits), ``{F}`` 1 uF.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from vle_analog.errors import UsageError, reason
from vle_analog.library import price_file, remembered
from vle_analog.units import engineering

#: where the table that comes with the tool is to be seen
EXAMPLE = "circuits/prices.csv"
_COLUMNS = (
    "kind", "part", "package", "tolerance", "most", "maker", "number", "second_maker", "second_number", "euro", "date",
    "origin",
)  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """A part as it is sold.

    Attributes:
        maker, number: who makes it, and under which number.
        second_maker, second_number: another source, the same part of another maker; empty where none is known.
        euro: for one.
        date: of the price.
        origin: where this is from.
    """

    maker: str
    number: str
    second_maker: str
    second_number: str
    euro: float
    date: str
    origin: str


@dataclass(frozen=True)
class Wanted:
    """What is looked for.

    Attributes:
        kind, part, package: as bills have them.
        tolerance: relative; None where it has none.
        value: ohms or farads; None likewise.
    """

    kind: str
    part: str
    package: str
    tolerance: float | None = None
    value: float | None = None


@dataclass(frozen=True)
class PriceList:
    """A table of parts.

    Attributes:
        rows: what a part must be, the largest value of it, and how it is offered.
    """

    rows: tuple[tuple[Wanted, float, Offer], ...]

    def offer(self, wanted: Wanted) -> Offer | None:
        """How a part is sold; None where the table has none."""
        for row, offer in self._alike(wanted):
            if row.tolerance is None or wanted.tolerance is None or abs(row.tolerance - wanted.tolerance) < 1e-9:
                return _filled(offer, wanted.value)
        return None

    def grades(self, wanted: Wanted) -> tuple[float, ...]:
        """Tolerances at which the table has such a part, the closest first, whatever is asked for."""
        return tuple(sorted({row.tolerance for row, _ in self._alike(wanted) if row.tolerance is not None}))

    def _alike(self, wanted: Wanted) -> Iterator[tuple[Wanted, Offer]]:
        """Lines of the same part that reach its value, tolerances apart."""
        for row, most, offer in self.rows:
            same = (row.kind, row.part) == (wanted.kind, wanted.part)
            packaged = row.package in ("", wanted.package) or not wanted.package
            if same and packaged and (wanted.value or 0.0) <= most * (1 + 1e-9):
                yield row, offer


@remembered
def price_list() -> PriceList:
    """The table that is in force.

    Raises:
        UsageError: a line that cannot be read, by its number.
    """
    return read_prices(price_file())


def read_prices(path: Path) -> PriceList:
    """A table from its file.

    Raises:
        UsageError: there is no such file, columns are missing, or a line cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"`prices` {path} cannot be read: {reason(error)}", hint=f"write a table as {EXAMPLE} is"
        ) from None
    return _table(csv.DictReader(text.splitlines()), path)


def _table(reader: csv.DictReader[str], path: Path) -> PriceList:
    missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise UsageError(f"{path} has no column '{missing[0]}'", hint="its columns are " + ", ".join(_COLUMNS))
    return PriceList(tuple(_row(row, number, path) for number, row in enumerate(reader, 2)))


def _row(row: dict[str, str], number: int, path: Path) -> tuple[Wanted, float, Offer]:
    try:
        tolerance = float(row["tolerance"]) if row["tolerance"] else None
        most = float(row["most"]) if row["most"] else math.inf
        euro = float(row["euro"])
        if not 0 <= euro < math.inf:
            raise ValueError(f"'{row['euro']}' is no price")
    except (TypeError, ValueError) as error:
        raise UsageError(f"{path}, line {number}: {error}", hint="write numbers such as 0.01 or 4.7e-9") from None
    offer = Offer(
        maker=row["maker"],
        number=row["number"],
        second_maker=row["second_maker"],
        second_number=row["second_number"],
        euro=euro,
        date=row["date"],
        origin=row["origin"],
    )
    return Wanted(row["kind"], row["part"], row["package"], tolerance), most, offer


def _filled(offer: Offer, value: float | None) -> Offer:
    """An offer with a value's codes in its numbers."""
    if value is None:
        return offer
    codes = _codes(value)

    def written(text: str) -> str:
        for key, code in codes.items():
            text = text.replace("{" + key + "}", code)
        return text

    return replace(offer, number=written(offer.number), second_number=written(offer.second_number))


def _codes(value: float) -> dict[str, str]:
    """A value as makers write it in their numbers, by the letter of the code."""
    if value < 1e-3:  # farads
        pico = value * 1e12
        power = max(0, math.floor(math.log10(pico) + 1e-9) - 1)
        return {"C": f"{round(pico / 10**power):02d}{power}", "F": engineering(value, "F").replace(" ", "")}
    power = math.floor(math.log10(value) + 1e-9) - 2
    digits = round(value / 10.0**power)
    return {"R": _lettered(value), "V": _padded(value), "E": f"{digits}{max(power, 0)}"}


def _scaled(value: float) -> tuple[float, str]:
    for factor, letter in ((1e6, "M"), (1e3, "K")):
        if value >= factor * (1 - 1e-9):
            return value / factor, letter
    return value, "R"


def _lettered(value: float) -> str:
    """``4K99``, ``10K``, ``1M``."""
    number, letter = _scaled(value)
    whole, _, rest = f"{number:.6g}".partition(".")
    return f"{whole}{letter}{rest}"


def _padded(value: float) -> str:
    """``4K99``, ``10K0``, ``1M00``: four places."""
    number, letter = _scaled(value)
    places = 2 if number < 10 else 1 if number < 100 else 0
    return f"{number:.{places}f}".replace(".", letter) + ("" if places else letter)
