"""Errors that all parts of a kind share: gain and bandwidth, slew rate, swing, feedthrough, on-resistance.

They are figures in the parts' cells. Each error is multiplied by a factor: 1 leaves the part as it is, 0 makes it
exact. Of gain, bandwidth, slew rate and swing the error is one over the figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.opamp import core_figures, with_core_figures
from vle_analog.circuit.cell.stage import SWITCH
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.technology import GROUNDED
from vle_analog.errors import UsageError

#: of op-amps: one over gain and gain-bandwidth product
SPEED = "speed"
#: of op-amps: one over the slew rate; over how far the output goes to either side
SLEW, SWING = "slew", "swing"
#: of multipliers and nonlinear cells: time constant of the output's pole
LAG = "lag"
#: of multipliers: what of x is left when y is nulled
FEEDTHROUGH = "feedthrough"
#: of switches: what they resist while they conduct
RESISTANCE = "resistance"
IMPERFECTIONS = (SPEED, SLEW, SWING, LAG, FEEDTHROUGH, RESISTANCE)

#: figures of a described op-amp that are one over an error
_OVER = {SPEED: ("A0", "GBW"), SLEW: ("SR",)}
#: of an exact one, over the part's own; of swing less, which is read as a difference from the supply
_EXACT = {SPEED: 1e12, SLEW: 1e12, SWING: 1e6}
#: the supply that a swing is for, and what stays below and above it
_RAIL, _DROPS = "RAIL", ("DROPP", "DROPN")
#: a switch's parameter, and ohms of one that resists no more
_RON, _NO_OHMS = "RON", 1e-3
#: a multiplier's parameter, and its roles
_FX, _MULTIPLIERS = "FX", ("multiplier", GROUNDED["multiplier"])


def imperfect(circuit: Circuit, factors: Mapping[str, float]) -> Circuit:
    """The circuit whose parts have such errors multiplied.

    Parts of transistors have no such figures and stay as they are; what lags in an assembly are its amplifiers:
    ``speed`` goes for it.

    Args:
        circuit: any.
        factors: by name of `IMPERFECTIONS`; what is not named stays.

    Raises:
        UsageError: a negative factor.
        CircuitError: a part's figure that is an expression.
    """
    for name, factor in factors.items():
        if name not in IMPERFECTIONS or not 0 <= factor < float("inf"):
            raise UsageError(f"the factor of '{name}' must be at least 0, not {factor:g}")
    if all(factors.get(name, 1.0) == 1 for name in IMPERFECTIONS):
        return circuit
    return replace(
        circuit, cells={name: _changed(cell, factors, circuit.cells) for name, cell in circuit.cells.items()}
    )


def figure(cell: Cell, name: str, cells: Mapping[str, Cell]) -> float | None:
    """The figure of a part's cell behind an imperfection, None where the cell has none.

    Gain-bandwidth product, hertz; slew rate, volts per second; the smaller swing to either side, volts; time constant,
    seconds; ratio; ohms.

    Args:
        cell: any.
        name: of `IMPERFECTIONS`.
        cells: all, by name.

    Raises:
        CircuitError: a figure that is an expression.
    """
    if cell.role is None:
        return None
    if name in _OVER:
        known = core_figures(cell, _OVER[name][-1:], cells)
        return None if known is None else known[_OVER[name][-1]]
    if name == SWING:
        swings = _swings(cell, cells)
        return None if swings is None else min(swings[1:])
    if name == LAG and cell.pole is not None:
        resistor, capacitor = cell.pole
        return cell.number(resistor.value) * cell.number(capacitor.value)
    if name == FEEDTHROUGH and _feeds_through(cell):
        return cell.default(_FX)
    if name == RESISTANCE and cell.role == SWITCH and _RON in cell.parameters:
        return cell.default(_RON)
    return None


def _changed(cell: Cell, factors: Mapping[str, float], cells: Mapping[str, Cell]) -> Cell:
    if cell.role is None:
        return cell
    lag, feedthrough = (factors.get(name, 1.0) for name in (LAG, FEEDTHROUGH))
    found = with_core_figures(cell, _described(cell, factors, cells))
    if cell.sheet.assembly is not None and (speed := factors.get(SPEED, 1.0)) != 1:
        found = replace(found, sheet=cell.sheet.slower(speed or 1 / _EXACT[SPEED]))
    if lag != 1 and cell.pole is not None:
        capacitor = cell.pole[1]
        slower = capacitor.part.with_words(repr(lag * cell.number(capacitor.value)), *capacitor.part.words[1:])
        found = found.with_part(capacitor.part, slower)
    if feedthrough != 1 and _feeds_through(cell):
        found = found.with_defaults([(_FX, repr(feedthrough * cell.default(_FX)))])
    resistance = factors.get(RESISTANCE, 1.0)
    if resistance != 1 and (ohms := figure(cell, RESISTANCE, cells)) is not None:
        found = found.with_defaults([(_RON, repr(max(resistance * ohms, _NO_OHMS)))])
    return found


def _described(cell: Cell, factors: Mapping[str, float], cells: Mapping[str, Cell]) -> dict[str, float]:
    """An op-amp's figures with these of its errors multiplied; empty where it is not described by figures."""
    new: dict[str, float] = {}
    for error, names in _OVER.items():
        known = core_figures(cell, names, cells)
        if known is not None and (factor := factors.get(error, 1.0)) != 1:
            new |= {name: value * (1 / factor if factor else _EXACT[error]) for name, value in known.items()}
    swings = _swings(cell, cells)
    if swings is not None and (factor := factors.get(SWING, 1.0)) != 1:
        over = 1 / factor if factor else _EXACT[SWING]
        rail, *free = swings
        new |= {drop: rail - over * swing for drop, swing in zip(_DROPS, free, strict=True)}
    return new


def _swings(cell: Cell, cells: Mapping[str, Cell]) -> tuple[float, float, float] | None:
    """An op-amp's supply, and how far its output goes up and down, volts; None where it is not described by figures."""
    known = core_figures(cell, (_RAIL, *_DROPS), cells)
    if known is None:
        return None
    rail, above, below = known.values()
    return rail, rail - above, rail - below


def _feeds_through(cell: Cell) -> bool:
    return cell.role in _MULTIPLIERS and _FX in cell.parameters
