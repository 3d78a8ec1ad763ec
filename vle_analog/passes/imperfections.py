"""Errors that all parts of a kind share: finite gain and bandwidth, feedthrough; more of them, less, or none.

They are figures in the parts' cells. Each is multiplied by a factor: 1 leaves the part as it is, 0 makes it exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from vle_analog.circuit.cells import OUTPUTS, Cell, spice_value
from vle_analog.circuit.circuit import Circuit
from vle_analog.errors import UsageError

#: of op-amps: one over gain and gain-bandwidth product
SPEED = "speed"
#: of multipliers and nonlinear cells: time constant of the output's pole
LAG = "lag"
#: of multipliers: what of x is left when y is nulled
FEEDTHROUGH = "feedthrough"
IMPERFECTIONS = (SPEED, LAG, FEEDTHROUGH)

#: the cell that describes op-amps by a data sheet's figures, and those that are one over an error
_CORE, _FASTER = "opamp_core", re.compile(r"\b(A0|GBW)=(\S+)")
#: of an exact one, over the part's own
_EXACT = 1e12
#: a multiplier's parameter, and its roles
_FX, _MULTIPLIERS = "FX", ("multiplier", "multiplier_grounded")


def imperfect(circuit: Circuit, factors: Mapping[str, float]) -> Circuit:
    """The circuit whose parts have such errors multiplied.

    Op-amps keep their slew rate and swing. Parts of transistors have no such figures and stay as they are.

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
    """The figure of a part's cell behind an imperfection: gain-bandwidth product, hertz; time constant, seconds; ratio.

    None where the cell has none.
    """
    if cell.role is None:
        return None
    if name == SPEED and (line := _line(cell, _is_core)) is not None:
        found = re.search(r"\bGBW=(\S+)", line)
        return None if found is None else spice_value(found[1])
    if name == LAG and None not in (r := _pole(cell, "R"), c := _pole(cell, "C")):
        return spice_value(str(r).split()[3]) * spice_value(str(c).split()[3])
    if name == FEEDTHROUGH and cell.role in _MULTIPLIERS and _FX in cell.parameters:
        return spice_value(dict(cell.defaults)[_FX])
    return None


def _changed(cell: Cell, factors: Mapping[str, float]) -> Cell:
    speed, lag, feedthrough = (factors.get(name, 1.0) for name in IMPERFECTIONS)
    if cell.role is None:
        return cell
    text, defaults = cell.text, dict(cell.defaults)
    if speed != 1 and (line := _line(cell, _is_core)) is not None:
        over = 1 / speed if speed else _EXACT
        new = _FASTER.sub(lambda found: f"{found[1]}={over * spice_value(found[2])!r}", line)
        text = text.replace(line, new)
    if lag != 1 and _pole(cell, "R") is not None and (line := _pole(cell, "C")) is not None:
        words = line.split()
        text = text.replace(line, " ".join([*words[:3], repr(lag * spice_value(words[3])), *words[4:]]))
    if feedthrough != 1 and cell.role in _MULTIPLIERS and _FX in defaults:
        before, after = defaults[_FX], repr(feedthrough * spice_value(defaults[_FX]))
        text = text.replace(f"{_FX}={before}", f"{_FX}={after}")
        defaults[_FX] = after
    return cell if text == cell.text else replace(cell, text=text, defaults=tuple(defaults.items()))


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
