"""An op-amp's cell that describes itself by a data sheet's figures: by one instance of the cell `CORE`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.reader import Part

#: the cell whose parameters are a data sheet's figures: A0, GBW, SR, RAIL, DROPP, DROPN, ...
CORE = "opamp_core"


def core_figures(cell: Cell, names: Iterable[str], cells: Mapping[str, Cell]) -> dict[str, float] | None:
    """Figures that a cell gives `CORE`, as numbers; None where it is not described so.

    Args:
        cell: any.
        names: of the figures; one that the cell does not give has the core's own default.
        cells: all, by name.

    Raises:
        CircuitError: a figure that is an expression.
    """
    part = _core(cell)
    if part is None:
        return None
    given = dict(part.given)
    return {name: cell.number(given[name]) if name in given else cells[CORE].signed(name) for name in names}


def swing(cell: Cell, cells: Mapping[str, Cell]) -> float:
    """How far an op-amp's output goes to either side, volts; infinite where nothing is known to limit it.

    Raises:
        CircuitError: a figure that is an expression.
    """
    known = core_figures(cell, ("RAIL", "DROPP", "DROPN"), cells)
    if known is not None:
        return known["RAIL"] - max(known["DROPP"], known["DROPN"])
    return min(cell.sheet.value("swing_high", math.inf), -cell.sheet.value("swing_low", -math.inf))


def with_core_figures(cell: Cell, figures: Mapping[str, float]) -> Cell:
    """The cell with other figures; itself where there are none or where it is not described so."""
    part = _core(cell)
    if part is None or not figures:
        return cell
    return cell.with_part(part, part.with_given((name, repr(value)) for name, value in figures.items()))


def _core(cell: Cell) -> Part | None:
    return next((part for part in cell.instances if part.cell == CORE), None)
