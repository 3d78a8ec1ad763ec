"""A part measured against its data sheet."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from vle_analog.circuit.cell.datasheet import FIGURES, Figure
from vle_analog.errors import SimulationError
from vle_analog.units import engineering
from vle_analog.waveforms import Array

_DECIBEL = 20 / math.log(10)


#: V/sqrt(Hz) below which a part makes no noise worth a word
LEAST_NOISE = 1e-9
#: how far a stated figure may be from the measured one, as a fraction; noise and its corner
AGREED, NOISE_AGREED = 0.1, 10 ** (1 / 20) - 1
_NOISE = ("voltage_noise", "current_noise", "noise_corner")
#: below this fraction of the noise that a part's file names its own devices are quiet
QUIET = 0.05


@dataclass(frozen=True)
class Measured:
    """A measured value.

    Attributes:
        value: in the unit of `FIGURES`; infinite where nothing limits it, NaN where there is none.
        note: why it is no plain figure, in words; empty for one that is.
    """

    value: float
    note: str = ""


@dataclass(frozen=True)
class Failure:
    """A measurement that failed.

    Attributes:
        quantities: that it would have given.
        error: why, where deck and log are kept, and what may help.
    """

    quantities: tuple[str, ...]
    error: SimulationError


@dataclass(frozen=True)
class NoiseAccount:
    """What a part's file says of its voltage noise and what its own devices make, both at 1 kHz.

    Attributes:
        named: V/sqrt(Hz); 0 where the file says nothing.
        devices: V/sqrt(Hz).
        native: whether an analysis of a circuit's noise leaves it to the devices (`vle_analog.circuit.cell.noise`).
    """

    named: float
    devices: float
    native: bool

    @property
    def is_quiet(self) -> bool:
        """Whether the devices make so little that what the file names is all there is."""
        return self.devices <= QUIET * self.named

    @property
    def played(self) -> str:
        """What to know of a figure of noise that stands for quiet devices."""
        return f"as its file says: its own devices make {engineering(self.devices, 'V/rtHz')}"

    @property
    def complaint(self) -> str:
        """What a circuit would count twice, miss or take from two sources that disagree; empty if nothing."""
        made = f"its devices make {engineering(self.devices, 'V/rtHz', 4)} of noise at 1 kHz"
        said = f"its file says {engineering(self.named, 'V/rtHz', 4)}"
        if not self.named and self.devices > LEAST_NOISE:
            return f"{made}, its file says nothing: runs in time go without it; add the parameters EN and FE"
        if self.native and self.named and not self._agree:
            rule = "analyses of noise go by the first, runs in time by the second"
            return f"{made}, {said}: {rule}; correct EN and FE, or what is stated"
        if not self.native and not self.is_quiet and self.named:
            return f"{made}, {said}: analyses of noise count both; add the note 'noise: devices'"
        return ""

    @property
    def _agree(self) -> bool:
        ratio = self.devices / self.named
        return 1 / (1 + NOISE_AGREED) <= ratio <= 1 + NOISE_AGREED


@dataclass(frozen=True)
class Quantity:
    """One quantity, measured, and what the data sheet says, both in ``unit``; ``note`` as in `Measured`."""

    name: str
    unit: str
    measured: float
    stated: float | None = None
    note: str = ""

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

    @property
    def agrees(self) -> bool:
        """Whether the stated figure is what was measured; also where nothing is stated."""
        deviation = self.deviation
        return deviation is None or abs(deviation) <= (NOISE_AGREED if self.name in _NOISE else AGREED)


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
class Findings:
    """What the measurements of a part gave.

    Attributes:
        quantities: by name, in the units of `FIGURES`.
        curves: for the figure; None where their measurement failed.
    """

    quantities: Mapping[str, Measured]
    curves: Curves | None


@dataclass(frozen=True)
class Bench:
    """A part on the bench.

    Attributes:
        cell: its name.
        role: which it plays.
        summary: what it is.
        source: of the stated figures.
        quantities: in the order of `FIGURES`.
        curves: for the figure; None where their measurement failed.
        failures: measurements without figures, with their reasons.
        noise: what makes the part's voltage noise; None where it was not measured.
        origins: where the file's figures are from, as `DataSheet` has it.
    """

    cell: str
    role: str
    summary: str
    source: str
    quantities: tuple[Quantity, ...]
    curves: Curves | None = field(repr=False)
    failures: tuple[Failure, ...] = ()
    noise: NoiseAccount | None = None
    origins: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Quantity:
        return next(quantity for quantity in self.quantities if quantity.name == name)

    @property
    def compared(self) -> tuple[Quantity, ...]:
        """The quantities that a figure is stated for."""
        return tuple(quantity for quantity in self.quantities if quantity.stated is not None)

    @property
    def disagreements(self) -> tuple[Quantity, ...]:
        """The quantities whose stated figure is not what was measured, but for those that could not be."""
        failed = {name for failure in self.failures for name in failure.quantities}
        return tuple(each for each in self.compared if not each.agrees and each.name not in failed)

    def record(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        return {
            "cell": self.cell,
            "role": self.role,
            "source": self.source,
            "origins": dict(self.origins),
            "quantities": {
                quantity.name: {
                    "unit": quantity.unit,
                    "measured": _finite(quantity.measured),
                    "stated": quantity.stated,
                    "deviation": _finite(quantity.deviation),
                    **({"note": quantity.note} if quantity.note else {}),
                }
                for quantity in self.quantities
            },
            "disagreements": [quantity.name for quantity in self.disagreements],
            "failures": [
                {"quantities": list(each.quantities), "reason": each.error.what, "deck": each.error.where}
                for each in self.failures
            ],
            "noise": None if self.noise is None else asdict(self.noise),
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
    """All parts that can be put on the bench, by name.

    Attributes:
        parts: they.
        wrong: what is wrong with files that are no cells.
    """

    parts: tuple[Part, ...]
    wrong: tuple[str, ...] = ()


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def quantities(role: str, measured: Mapping[str, Measured], figures: Mapping[str, Figure]) -> tuple[Quantity, ...]:
    """Measured and stated values side by side, in the order and the units of `FIGURES`.

    Args:
        role: of the part.
        measured: by name, in these units.
        figures: of its data sheet.
    """
    return tuple(
        Quantity(
            name, unit, measured[name].value, figures[name].per(unit) if name in figures else None, measured[name].note
        )
        for name, unit in FIGURES[role].items()
    )
