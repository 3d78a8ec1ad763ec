"""What the engine knows of a part: its figures, read from the part's cell, so that a new part is a file and no code."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vle_analog.circuit.cell.arithmetic import evaluated
from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.opamp import core_figures
from vle_analog.circuit.cell.stage import MULTIPLIER
from vle_analog.circuit.elements import Instance
from vle_analog.errors import CircuitError
from vle_analog.laws import LAWS

#: by which op-amps are described: gain, gain-bandwidth product, supply, slew rate, what the output leaves free of it
_CORE_FIGURES = ("A0", "GBW", "RAIL", "SR", "DROPP", "DROPN")
#: of a step: a device that lags by so much or more is followed to second order
_COMPARABLE = 0.3
#: a matched pair's offset in units of the law's argument, per volt
_PER_VOLT = {law.name: 1 / law.pair.volts for law in LAWS.values() if law.pair}


@dataclass(frozen=True)
class OpAmp:
    """An op-amp at the speed of its signals.

    Attributes:
        a: one over its gain at low frequencies.
        t: one over its gain-bandwidth product, seconds per radian; 0 for an ideal one.
        low, high: between which its output stays, volts.
        slew: the most that its output changes by, volts per second.
    """

    a: float
    t: float
    low: float
    high: float
    slew: float = math.inf


@dataclass(frozen=True)
class Device:
    """A multiplier or a nonlinear cell.

    Attributes:
        ideal: whether it is the mathematical law alone.
        lag: time constant of its output's pole, seconds.
        feedthrough: of a multiplier's x: FX in ``x (y + FX x)``.
        formula: of the lag, where it depends on an instance's parameters; empty for any other.
        per_volt: of a matched pair: what a volt of VOS adds to the law's argument; 0 where it adds to the input.
    """

    ideal: bool
    lag: float
    feedthrough: float = 0.0
    per_volt: float = 0.0
    formula: str = ""

    def lag_of(self, parameters: Mapping[str, float]) -> float:
        """The lag of an instance with such parameters, seconds."""
        return evaluated(self.formula, parameters) if self.formula else self.lag


@dataclass(frozen=True)
class Switch:
    """A switch between a bus of resistors and a summing node.

    Attributes:
        ohms: while it conducts; 0 for the law, whose bus is at ground whatever the summing node is at.
        charge: coulombs that an edge of the gate couples into the sum, and the edge back takes out.
    """

    ohms: float
    charge: float = 0.0


def switch(cell: Cell, cells: Mapping[str, Cell]) -> Switch:
    """The figures of a switch's cell."""
    inner = _part(cell, cells)
    ohms, charge = (inner.default(name) if name in inner.parameters else 0.0 for name in ("RON", "QI"))
    return Switch(ohms, charge)


def op_amp(cell: Cell, cells: Mapping[str, Cell]) -> OpAmp:
    """The figures of a cell with the role ``opamp``.

    Raises:
        CircuitError: neither a gain nor a description by `CORE` nor stated figures.
    """
    inner = _part(cell, cells)
    given = core_figures(inner, _CORE_FIGURES, cells)
    if given is not None:
        gain, bandwidth, rail, slew, above, below = given.values()
        return OpAmp(1 / gain, 1 / (2 * math.pi * bandwidth), below - rail, rail - above, slew)
    if "A0" in inner.parameters:
        return OpAmp(1 / inner.default("A0"), 0.0, -math.inf, math.inf)
    gain, lag = 10 ** (-_stated(inner, "open_loop_gain") / 20), 1 / (2 * math.pi * _stated(inner, "gain_bandwidth"))
    if inner.sheet.measured:  # what was not found there has no limit: the bench looked for it
        low, high, up, down = (
            inner.sheet.value(name, otherwise)
            for name, otherwise in (
                ("swing_low", -math.inf),
                ("swing_high", math.inf),
                ("slew_up", math.inf),
                ("slew_down", math.inf),
            )
        )
        return OpAmp(gain, lag, low, high, min(up, down))
    return OpAmp(gain, lag, _stated(inner, "swing_low"), _stated(inner, "swing_high"))


def device(cell: Cell, cells: Mapping[str, Cell]) -> Device:
    """The figures of a multiplier or a nonlinear cell."""
    inner = _part(cell, cells)
    feedthrough = inner.signed("FX") if "FX" in inner.parameters else 0.0
    per_volt = _PER_VOLT.get(str(cell.role), 0.0)
    return Device(cell.part is None, _output_lag(inner), feedthrough, per_volt, inner.sheet.lag)


def resolved_lag(step: float) -> float:
    """The least lag that is comparable with a step, both in seconds: what is late by less is close enough as it is."""
    return _COMPARABLE * step


def lags_within(instances: Iterable[Instance], cells: Mapping[str, Cell], step: float) -> bool:
    """Whether a multiplier or a nonlinear cell lags by as much as is comparable with a step of so many seconds."""
    for name, parameters in {(each.cell, each.parameters) for each in instances}:
        cell = cells[name]
        if cell.part is None or str(cell.role) not in (MULTIPLIER, *LAWS):
            continue
        part = device(cell, cells)
        own = {key: cell.default(key) for key in cell.parameters} | dict(parameters) if part.formula else {}
        if part.lag_of(own) >= resolved_lag(step):
            return True
    return False


def _part(cell: Cell, cells: Mapping[str, Cell]) -> Cell:
    """The part inside a role's cell; the cell itself where it is a law."""
    return cell if cell.part is None else cells[cell.part]


def _output_lag(cell: Cell) -> float:
    """R C of the resistor and the capacitor from the output to ground; else by the stated bandwidth; else 0."""
    if cell.pole is not None:
        resistor, capacitor = cell.pole
        return cell.number(resistor.value) * cell.number(capacitor.value)
    return 1 / (2 * math.pi * _stated(cell, "bandwidth")) if lags_as_stated(cell) else 0.0


def lags_as_stated(cell: Cell) -> bool:
    """Whether a part's output follows by the bandwidth that its notes state, for want of a pole in the cell."""
    return cell.pole is None and "bandwidth" in cell.sheet.figures


def _stated(cell: Cell, name: str) -> float:
    """A stated figure, SI units."""
    if (figure := cell.sheet.figures.get(name)) is None:
        raise CircuitError(
            f"'{name}' is not stated", where=f"cell '{cell.name}'", hint=f"add '* stated: {name} ...' to its header"
        )
    return figure.value
