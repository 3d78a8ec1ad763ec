"""What the engine knows of a part: its figures, read from the part's cell, so that a new part is a file and no code."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from vle_analog.circuit.cell.cell import Cell, spice_value
from vle_analog.errors import CircuitError
from vle_analog.laws import LAWS

#: a cell's line with an instance, a resistor or a capacitor
_PAIR = re.compile(r"(\w+)=(\S+)")
#: the cell by which op-amps are described, whose parameters are a data sheet's figures
_CORE = "opamp_core"
#: kT/q at 27 C, volts: what a matched pair's offset is divided by
THERMAL = 0.025865
#: a matched pair's offset in units of the law's argument, per volt
_PER_VOLT = {law.name: 1 / (law.pair.thermal * THERMAL) for law in LAWS.values() if law.pair}


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
        per_volt: of a nonlinear cell: what a volt of VOS adds to the law's argument.
    """

    ideal: bool
    lag: float
    feedthrough: float = 0.0
    per_volt: float = 0.0


def op_amp(cell: Cell, cells: Mapping[str, Cell]) -> OpAmp:
    """The figures of a cell with the role ``opamp``.

    Raises:
        CircuitError: neither a gain nor a description by `opamp_core` nor stated figures.
    """
    inner = _part(cell, cells)
    line = next((text for text in _lines(inner) if text[:1] in "xX" and _CORE in text.split()), None)
    if line is not None:
        core = cells[_CORE]
        given = {**dict(core.defaults), **dict(inner.defaults)}
        for name, text in _PAIR.findall(line):
            given[name] = dict(inner.defaults).get(text[1:-1], "0") if text.startswith("{") else text
        gain, bandwidth, rail, slew = (_number(given[name]) for name in ("A0", "GBW", "RAIL", "SR"))
        above, below = _number(given["DROPP"]), _number(given["DROPN"])
        return OpAmp(1 / gain, 1 / (2 * math.pi * bandwidth), below - rail, rail - above, slew)
    if "A0" in inner.parameters:
        return OpAmp(1 / inner.default("A0"), 0.0, -math.inf, math.inf)
    gain_db = _stated(inner, "open_loop_gain")
    bandwidth = _stated(inner, "gain_bandwidth") * 1e6
    return OpAmp(
        10 ** (-gain_db / 20),
        1 / (2 * math.pi * bandwidth),
        _stated(inner, "swing_low"),
        _stated(inner, "swing_high"),
    )


def device(cell: Cell, cells: Mapping[str, Cell]) -> Device:
    """The figures of a multiplier or a nonlinear cell."""
    inner = _part(cell, cells)
    role = str(cell.role)
    feedthrough = _number(dict(inner.defaults).get("FX", "0"))
    return Device(inner is cell, _output_lag(inner), feedthrough, _PER_VOLT.get(role, 0.0))


def _part(cell: Cell, cells: Mapping[str, Cell]) -> Cell:
    """The part inside a role's cell; the cell itself where it is a law."""
    return cells[cell.uses[0]] if len(cell.uses) == 1 and not cell.passives else cell


def _output_lag(cell: Cell) -> float:
    """R C of the resistor and the capacitor from the output to ground; else by the stated bandwidth; else 0."""
    output = cell.ports[cell.output]
    found = {}
    for line in _lines(cell):
        words = line.split()
        if words and words[0][:1].upper() in "RC" and set(words[1:3]) == {output, "0"}:
            found[words[0][0].upper()] = _number(words[3])
    if len(found) == 2:
        return found["R"] * found["C"]
    if cell.noted("stated") and any(text.startswith("bandwidth") for text in cell.noted("stated")):
        return 1 / (2 * math.pi * 1e6 * _stated(cell, "bandwidth"))
    return 0.0


def _stated(cell: Cell, figure: str) -> float:
    for text in cell.noted("stated"):
        name, value, *_ = text.split()
        if name == figure:
            return float(value)
    raise CircuitError(
        f"'{figure}' is not stated", where=f"cell '{cell.name}'", hint=f"add '* stated: {figure} ...' to its header"
    )


def _number(text: str) -> float:
    return -spice_value(text[1:]) if text.startswith("-") else spice_value(text)


@cache
def _lines(cell: Cell) -> tuple[str, ...]:
    return tuple(line.strip() for line in cell.text.splitlines() if line.strip() and not line.startswith("*"))
