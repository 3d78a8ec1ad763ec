"""Errors that all parts of a kind share: finite gain and bandwidth, slew rate, swing, feedthrough; more, less, or none.

They are figures in the parts' cells. Each error is multiplied by a factor: 1 leaves the part as it is, 0 makes it
exact. Of gain, bandwidth, slew rate and swing the error is one over the figure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from vle_analog.circuit.cell.cell import OUTPUTS, Cell, spice_value
from vle_analog.circuit.circuit import Circuit
from vle_analog.errors import UsageError

#: of op-amps: one over gain and gain-bandwidth product
SPEED = "speed"
#: of op-amps: one over the slew rate; over how far the output goes to either side
SLEW, SWING = "slew", "swing"
#: of multipliers and nonlinear cells: time constant of the output's pole
LAG = "lag"
#: of multipliers: what of x is left when y is nulled
FEEDTHROUGH = "feedthrough"
IMPERFECTIONS = (SPEED, SLEW, SWING, LAG, FEEDTHROUGH)

#: the cell that describes op-amps by a data sheet's figures, and those that are one over an error
_CORE = "opamp_core"
_OVER = {SPEED: ("A0", "GBW"), SLEW: ("SR",)}
#: of an exact one, over the part's own; of swing less, which is read as a difference from the supply
_EXACT = {SPEED: 1e12, SLEW: 1e12, SWING: 1e6}
#: the supply that a swing is for, and what stays below and above it
_RAIL, _DROPS = "RAIL", ("DROPP", "DROPN")
_FIGURE = re.compile(r"\b(\w+)=(\S+)")
#: a multiplier's parameter, and its roles
_FX, _MULTIPLIERS = "FX", ("multiplier", "multiplier_grounded")


def imperfect(circuit: Circuit, factors: Mapping[str, float]) -> Circuit:
    """The circuit whose parts have such errors multiplied.

    Parts of transistors have no such figures and stay as they are.

    Args:
        circuit: any.
        factors: by name of `IMPERFECTIONS`; what is not named stays.

    Raises:
        UsageError: a negative factor.
    """
    for name, factor in factors.items():
        if name not in IMPERFECTIONS or not 0 <= factor < float("inf"):
            raise UsageError(f"the factor of '{name}' must be at least 0, not {factor:g}")
    if all(factors.get(name, 1.0) == 1 for name in IMPERFECTIONS):
        return circuit
    return replace(circuit, cells={name: _changed(cell, factors) for name, cell in circuit.cells.items()})


def figure(cell: Cell, name: str) -> float | None:
    """The figure of a part's cell behind an imperfection, None where the cell has none.

    Gain-bandwidth product, hertz; slew rate, volts per second; the smaller swing to either side, volts; time constant,
    seconds; ratio.
    """
    if cell.role is None:
        return None
    if name in (SPEED, SLEW, SWING):
        given = _core(cell)
        if name == SWING:
            return min(_swings(cell, given)) if given else None
        return given.get(_OVER[name][-1])
    if name == LAG and None not in (r := _pole(cell, "R"), c := _pole(cell, "C")):
        return spice_value(str(r).split()[3]) * spice_value(str(c).split()[3])
    if name == FEEDTHROUGH and cell.role in _MULTIPLIERS and _FX in cell.parameters:
        return spice_value(dict(cell.defaults)[_FX])
    return None


def _changed(cell: Cell, factors: Mapping[str, float]) -> Cell:
    lag, feedthrough = (factors.get(name, 1.0) for name in (LAG, FEEDTHROUGH))
    if cell.role is None:
        return cell
    text, defaults = cell.text, dict(cell.defaults)
    if (line := _line(cell, _is_core)) is not None:
        text = text.replace(line, _slower(cell, line, factors))
    if lag != 1 and _pole(cell, "R") is not None and (line := _pole(cell, "C")) is not None:
        words = line.split()
        text = text.replace(line, " ".join([*words[:3], repr(lag * spice_value(words[3])), *words[4:]]))
    if feedthrough != 1 and cell.role in _MULTIPLIERS and _FX in defaults:
        before, after = defaults[_FX], repr(feedthrough * spice_value(defaults[_FX]))
        text = text.replace(f"{_FX}={before}", f"{_FX}={after}")
        defaults[_FX] = after
    return cell if text == cell.text else replace(cell, text=text, defaults=tuple(defaults.items()))


def _core(cell: Cell) -> dict[str, float]:
    """The figures by which an op-amp is described, as numbers; empty where it is not described so."""
    line = _line(cell, _is_core)
    found = {} if line is None else dict(_FIGURE.findall(line))
    return {name: _value(cell, text) for name, text in found.items()}


def _value(cell: Cell, text: str) -> float:
    """Of a number, or of a parameter in braces."""
    text = dict(cell.defaults).get(text[1:-1], "0") if text.startswith("{") else text
    return -spice_value(text[1:]) if text.startswith("-") else spice_value(text)


def _swings(cell: Cell, given: Mapping[str, float]) -> tuple[float, float]:
    """How far an output goes up and down, volts."""
    up, down = (given[_RAIL] - given[drop] for drop in _DROPS)
    return up, down


def _slower(cell: Cell, line: str, factors: Mapping[str, float]) -> str:
    """The line of an op-amp's figures with these of its errors multiplied."""
    given, new = _core(cell), dict[str, float]()
    for error, names in _OVER.items():
        if (factor := factors.get(error, 1.0)) != 1:
            new |= {name: given[name] * (1 / factor if factor else _EXACT[error]) for name in names}
    if (factor := factors.get(SWING, 1.0)) != 1:
        over = 1 / factor if factor else _EXACT[SWING]
        new |= {drop: given[_RAIL] - over * swing for drop, swing in zip(_DROPS, _swings(cell, given), strict=True)}
    return _FIGURE.sub(lambda found: f"{found[1]}={new[found[1]]!r}" if found[1] in new else found[0], line)


def _is_core(words: list[str]) -> bool:
    return words[0][:1] in "xX" and _CORE in words


def _pole(cell: Cell, letter: str) -> str | None:
    """The line of the resistor or capacitor from the output to ground."""
    output = next((port for port in cell.ports if port in OUTPUTS), None)

    def there(words: list[str]) -> bool:
        return words[0][:1].upper() == letter and set(words[1:3]) == {output, "0"}

    return _line(cell, there)


def _line(cell: Cell, wanted: Callable[[list[str]], bool]) -> str | None:
    for line in cell.text.splitlines():
        words = line.split()
        if words and line[:1] not in "*." and wanted(words):
            return line
    return None
