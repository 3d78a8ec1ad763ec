"""A part measured against its data sheet."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vle_analog.errors import CircuitError, nearest
from vle_analog.laws import LAWS
from vle_analog.waveforms import Array

#: what is measured of each role, and its unit; a data sheet's figures go by these names
QUANTITIES: dict[str, dict[str, str]] = {
    "opamp": {
        "open_loop_gain": "dB",
        "gain_bandwidth": "Hz",
        "unity_gain_frequency": "Hz",
        "phase_margin": "deg",
        "slew_up": "V/us",
        "slew_down": "V/us",
        "overload_recovery": "s",
        "swing_high": "V",
        "swing_low": "V",
        "source_current": "A",
        "sink_current": "A",
        "offset": "V",
        "bias_current": "A",
        "offset_current": "A",
        "cmrr": "dB",
        "psrr": "dB",
        "voltage_noise": "V/rtHz",
        "noise_corner": "Hz",
        "supply_current": "A",
    },
    "multiplier": {
        "total_error": "%",
        "scale_error": "%",
        "x_offset": "V",
        "y_offset": "V",
        "output_offset": "V",
        "x_feedthrough": "%",
        "y_feedthrough": "%",
        "bandwidth": "Hz",
        "voltage_noise": "V/rtHz",
        "noise_corner": "Hz",
        "supply_current": "A",
    },
    **{
        law.name: {"deviation": "%", "offset": "V", "bandwidth": "Hz", "supply_current": "A"}
        for law in LAWS.values()
        if law.pair
    },
}
QUANTITIES |= {"multiplier_grounded": QUANTITIES["multiplier"]}

_PREFIXES = {"f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9}
_STATED = re.compile(r"(\S+)\s+([-+]?[\d.]+(?:e[-+]?\d+)?)\s*(\S+)(.*)", re.IGNORECASE)
_LOAD = re.compile(r"\bat\s+([\d.]+)\s*([kM]?)(?:ohm)?(?=$|[\s,;])")
_DECIBEL = 20 / math.log(10)


@dataclass(frozen=True)
class Stated:
    """A data sheet's figure: its value in the quantity's unit, and the load in ohms that it is for, if one is given."""

    value: float
    load: float | None = None


@dataclass(frozen=True)
class Quantity:
    """One quantity, measured, and what the data sheet says, both in ``unit``."""

    name: str
    unit: str
    measured: float
    stated: float | None = None

    @property
    def deviation(self) -> float | None:
        """Measured over stated, less one, decibels taken as the ratio that they mean; None where nothing is stated."""
        if self.stated is None:
            return None
        if self.unit == "dB":
            return math.exp((self.measured - self.stated) / _DECIBEL) - 1
        if self.stated == 0:
            return 0.0 if self.measured == 0 else math.inf
        return self.measured / self.stated - 1


@dataclass(frozen=True)
class Curves:
    """What a bench's figure shows.

    Attributes:
        x: hertz of an op-amp's gain, shape (n,); volts at the input of the others, shape (n,).
        y: complex open-loop gain, shape (n,); a multiplier's error over the square of its inputs in % of full scale,
            shape (n, n), second input first; a nonlinear cell's output in volts, shape (n,).
        ideal: the output by the law, shape (n,); a nonlinear cell's only.
    """

    x: Array
    y: Any
    ideal: Array | None = None


@dataclass(frozen=True)
class Bench:
    """A part on the bench.

    Attributes:
        cell: its name.
        role: which it plays.
        summary: what it is.
        source: of the stated figures.
        quantities: in the order of `QUANTITIES`.
        curves: for the figure.
    """

    cell: str
    role: str
    summary: str
    source: str
    quantities: tuple[Quantity, ...]
    curves: Curves = field(repr=False)

    def __getitem__(self, name: str) -> Quantity:
        return next(each for each in self.quantities if each.name == name)

    @property
    def compared(self) -> tuple[Quantity, ...]:
        """The quantities that a figure is stated for."""
        return tuple(each for each in self.quantities if each.stated is not None)

    def record(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        return {
            "cell": self.cell,
            "role": self.role,
            "source": self.source,
            "quantities": {
                each.name: {
                    "unit": each.unit,
                    "measured": _finite(each.measured),
                    "stated": each.stated,
                    "deviation": _finite(each.deviation),
                }
                for each in self.quantities
            },
        }


@dataclass(frozen=True)
class Part:
    """A part that can be put on the bench.

    Attributes:
        name: of its cell.
        role: which it plays.
        summary: what it is.
        folder: name of the one that its file lies in.
    """

    name: str
    role: str
    summary: str
    folder: str


@dataclass(frozen=True)
class PartList:
    """All parts that can be put on the bench, by name."""

    parts: tuple[Part, ...]


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def stated(lines: Iterable[str], role: str, where: str) -> dict[str, Stated]:
    """The figures of a cell's ``stated:`` notes, such as ``swing_high 13.8 V at 10k``.

    Args:
        lines: a name of `QUANTITIES`, a number, a unit with or without prefix, then anything.
        role: the cell's.
        where: for errors.

    Raises:
        CircuitError: a line that is none, an unknown or repeated name, or another unit.
    """
    units = QUANTITIES[role]
    found: dict[str, Stated] = {}
    for line in lines:
        match = _STATED.match(line)
        if match is None:
            hint = "write a name, a number, a unit, then anything: stated: gain_bandwidth 8 MHz"
            raise CircuitError(f"'stated: {line}' is not a figure", where=where, hint=hint)
        name, number, unit, rest = match.groups()
        if name not in units:
            raise CircuitError(f"the stated figure '{name}' is not measured", where=where, hint=nearest(name, units))
        if name in found:
            raise CircuitError(f"the figure '{name}' is stated twice", where=where, hint="keep one of them")
        prefix = unit.removesuffix(units[name])
        if not unit.endswith(units[name]) or prefix not in {"", *_PREFIXES}:
            raise CircuitError(f"'{name}' is stated in '{unit}'", where=where, hint=f"its unit is {units[name]}")
        load = _LOAD.search(rest)
        ohms = float(load[1]) * _PREFIXES.get(load[2], 1.0) if load and "Hz" not in rest else None
        found[name] = Stated(float(number) * _PREFIXES.get(prefix, 1.0), ohms)
    return found


def quantities(role: str, measured: Mapping[str, float], figures: Mapping[str, Stated]) -> tuple[Quantity, ...]:
    """Measured and stated values side by side, in the order of `QUANTITIES`."""
    return tuple(
        Quantity(name, unit, measured[name], figures[name].value if name in figures else None)
        for name, unit in QUANTITIES[role].items()
    )
