"""What one board of a fleet is made of: beside every nominal value its tolerance and what came of it."""

from __future__ import annotations

import csv
import io

from vle_analog.fleet.blueprint import Blueprint, values
from vle_analog.owner import Owner
from vle_analog.production.devices import device_errors
from vle_analog.production.sources import SOURCE_OFFSET, deviation, source_offsets
from vle_analog.production.values import parts

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
    for part in parts(blueprint.circuit):
        sigma = production.variation.of(part.kind, part.block).sigma if part.owner is Owner.BOARD else 0.0
        rows[part.name] = part.kind, part.value, sigma, None
    for error in device_errors(blueprint.circuit):
        scale = production.offsets if error.owner is Owner.BOARD else 0.0
        rows[error.name] = error.kind, 0.0, scale * error.spread.sigma, scale * error.spread.most
    made = blueprint.board(board)
    own = values(made)
    for name in source_offsets(made):
        rows[name] = SOURCE_OFFSET, 0.0, deviation(production.sources), production.sources
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for name, (kind, nominal, sigma, most) in rows.items():
        limit = "" if most is None else f"{most:.6g}"
        writer.writerow([name, kind, f"{nominal:.9g}", f"{sigma:.6g}", limit, f"{own[name]:.9g}"])
    return text.getvalue()
