"""The noise of a part: what its file says of it, and whether its own devices make it.

In a run in time no device makes noise: sources of the density that the file says stand for it. In a simulator's
analysis of noise the part's own devices may make it; a source beside them would count it twice. Which it is says the
note ``noise``: ``devices`` or ``figures``. Without the note it is the devices of a part with transistors, and of one
whose file has no EN. The bench measures what the devices make and holds the two against each other.

Densities are ``d sqrt(1 + corner / f)``. They are parameters, EN and FE of the voltage (V/sqrt(Hz), Hz; referred to an
op-amp's input, of any other part at its output), IN and FI of an op-amp's input current (A/sqrt(Hz), Hz); a part
without EN makes what its stated figures ``voltage_noise``, at 1 kHz, and ``noise_corner`` say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from vle_analog.circuit.cell.cell import Cell, needed

#: hertz at which a noise is stated
STATED_AT = 1e3


@dataclass(frozen=True)
class Made:
    """Noise of a part.

    Attributes:
        density: V/sqrt(Hz) or A/sqrt(Hz), white; 0 where its file says nothing.
        corner: hertz.
        native: whether its own devices make it in an analysis of noise.
    """

    density: float = 0.0
    corner: float = 0.0
    native: bool = False

    def at(self, hertz: float) -> float:
        """Density at a frequency."""
        return self.density * math.sqrt(1 + self.corner / hertz)


def voltage_noise(cell: Cell, cells: Mapping[str, Cell]) -> Made:
    """Voltage noise of the cell of a role, or of the part that it wraps.

    Raises:
        CircuitError: a parameter that is not a number.
    """
    part = _part(cell, cells)
    native = by_devices(part, cells)
    if "EN" in part.parameters:
        return Made(part.default("EN"), part.default("FE") if "FE" in part.parameters else 0.0, native)
    corner = part.sheet.value("noise_corner", 0.0)
    stated = abs(part.sheet.value("voltage_noise", 0.0))
    return Made(stated / math.sqrt(1 + corner / STATED_AT), corner, native)


def current_noise(cell: Cell, cells: Mapping[str, Cell]) -> Made:
    """Noise of the current into an op-amp's input.

    Raises:
        CircuitError: a parameter that is not a number.
    """
    part = _part(cell, cells)
    if "IN" not in part.parameters:
        return Made()
    corner = part.default("FI") if "FI" in part.parameters else 0.0
    return Made(part.default("IN"), corner, by_devices(part, cells))


def by_devices(part: Cell, cells: Mapping[str, Cell]) -> bool:
    """Whether a part's own devices make its noise in an analysis of noise."""
    if part.sheet.noise:
        return part.sheet.noise == "devices"
    return "EN" not in part.parameters or any(cell.of_transistors for cell in needed([part.name], cells))


def _part(cell: Cell, cells: Mapping[str, Cell]) -> Cell:
    return cell if cell.part is None else cells[cell.part]
