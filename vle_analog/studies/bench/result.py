"""A part measured against its data sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vle_analog.circuit.cell.datasheet import FIGURES, Figure
from vle_analog.waveforms import Array

_DECIBEL = 20 / math.log(10)


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
        quantities: in the order of `FIGURES`.
        curves: for the figure.
    """

    cell: str
    role: str
    summary: str
    source: str
    quantities: tuple[Quantity, ...]
    curves: Curves = field(repr=False)

    def __getitem__(self, name: str) -> Quantity:
        return next(quantity for quantity in self.quantities if quantity.name == name)

    @property
    def compared(self) -> tuple[Quantity, ...]:
        """The quantities that a figure is stated for."""
        return tuple(quantity for quantity in self.quantities if quantity.stated is not None)

    def record(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        return {
            "cell": self.cell,
            "role": self.role,
            "source": self.source,
            "quantities": {
                quantity.name: {
                    "unit": quantity.unit,
                    "measured": _finite(quantity.measured),
                    "stated": quantity.stated,
                    "deviation": _finite(quantity.deviation),
                }
                for quantity in self.quantities
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


def quantities(role: str, measured: Mapping[str, float], figures: Mapping[str, Figure]) -> tuple[Quantity, ...]:
    """Measured and stated values side by side, in the order and the units of `FIGURES`.

    Args:
        role: of the part.
        measured: by name, in these units.
        figures: of its data sheet.
    """
    return tuple(
        Quantity(name, unit, measured[name], figures[name].per(unit) if name in figures else None)
        for name, unit in FIGURES[role].items()
    )
