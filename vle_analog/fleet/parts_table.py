"""What one board of a fleet is made of: beside every nominal value its tolerance and what came of it."""

from __future__ import annotations

import csv
import io

from vle_analog.circuit.cell.cell import Kind
from vle_analog.circuit.cell.datasheet import Spread
from vle_analog.fleet.blueprint import Blueprint, values
from vle_analog.production.devices import with_errors
from vle_analog.production.teacher import teaches
from vle_analog.production.values import with_values

COLUMNS = ("part", "kind", "nominal", "tolerance", "most", "value")


def parts_table(blueprint: Blueprint, board: int) -> str:
    """The parts of a board as CSV, SI units.

    Columns are the part's full name; its kind, ``resistor`` or ``opamp.VOS``; its nominal value, which of a device's
    error is 0; its standard deviation, relative for resistors and capacitors; the most that a device's error
    reaches by its data sheet; and the value that this board has, after trimming and at its temperature.

    Raises:
        UsageError: no such board.
    """
    rows: dict[str, tuple[str, float, float, float | None]] = {}
    production = blueprint.asked.production
    offsets = production.offsets

    def part(kind: Kind, name: str, value: float) -> float:
        rows[name] = kind, value, 0.0 if teaches(name) else production.variation.of(kind, name).sigma, None
        return value

    def error(kind: str, name: str, spread: Spread, value: float) -> None:
        scale = 0.0 if teaches(name) else offsets
        rows[name] = kind, 0.0, scale * spread.sigma, scale * spread.most

    with_values(blueprint.circuit, part)
    with_errors(blueprint.circuit, error)
    own = values(blueprint.board(board))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, (kind, nominal, sigma, most) in rows.items():
        limit = "" if most is None else f"{most:.6g}"
        writer.writerow([name, kind, f"{nominal:.9g}", f"{sigma:.6g}", limit, f"{own[name]:.9g}"])
    return text.getvalue()
