"""What the data sheets of parts say that decides margins, from the notes of their cells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.parts import devices, works_on
from vle_analog.circuit.technology import USUAL, Supply, whole
from vle_analog.laws import LAWS
from vle_analog.laws.law import Pair
from vle_analog.production.trimming import Trim

#: thermal voltage at 27 C, volts, as in the cells of transistor pairs
_THERMAL = 25.865e-3
#: what is known of pairs, by role
_PAIRS = {law.name: law.pair for law in LAWS.values() if law.pair}


@dataclass(frozen=True)
class Amplifier:
    """An op-amp: SI units, one standard deviation of what scatters; infinite or zero where nobody says.

    Attributes:
        unstated: names of figures of which nobody says anything.
    """

    name: str
    gain: float
    bandwidth: float
    slew: float
    swing: float
    offset: float
    bias: float
    noise: float
    corner: float
    current_noise: float
    unstated: frozenset[str] = frozenset()

    def scattered(self, scale: float) -> Amplifier:
        """The op-amp with errors so many times as large."""
        return replace(self, offset=scale * self.offset, bias=scale * self.bias)

    def trimmed(self, trim: Trim) -> Amplifier:
        """The op-amp with its offset nulled, if it is."""
        return replace(self, offset=trim.left("opamp.VOS", self.offset))


@dataclass(frozen=True)
class Product:
    """A multiplier: offsets of both inputs and the output in volts, relative errors, hertz, V/sqrt(Hz).

    ``feedthrough`` is what is left of x at full scale when y is nulled, as a fraction of full scale: it goes as x^2, as
    ``bend_x`` does, and ``bend_y`` goes as y^2; these two differ from part to part. ``common`` is what x has of
    what both its pins have in common.
    """

    name: str
    x: float
    y: float
    z: float
    gain_error: float
    feedthrough: float
    bandwidth: float
    noise: float
    corner: float
    bend_x: float = 0.0
    bend_y: float = 0.0
    common: float = 0.0
    unstated: frozenset[str] = frozenset()

    def scattered(self, scale: float) -> Product:
        """The multiplier with errors so many times as large."""
        names = ("x", "y", "z", "gain_error", "bend_x", "bend_y", "common")
        return replace(self, **{name: scale * getattr(self, name) for name in names})

    def trimmed(self, trim: Trim) -> Product:
        """The multiplier with offsets nulled to the nearest step of their trimmers."""
        x, y, z = (
            trim.left(f"multiplier.{error}", sigma)
            for error, sigma in (("XOS", self.x), ("YOS", self.y), ("ZOS", self.z))
        )
        return replace(self, x=x, y=y, z=z)

    def square(self, first: float, second: float, scale: float) -> float:
        """Volts that the squares of its inputs, volts RMS, stand at on the average."""
        bends = (self.feedthrough * first**2, self.bend_x * first**2, self.bend_y * second**2)
        return math.hypot(*bends) / scale


@dataclass(frozen=True)
class Curve:
    """A nonlinear cell.

    Attributes:
        offset: of the law's argument (model units of the law, not volts), of a pair.
        slope: the law's steepest, of a pair.
        bandwidth: hertz.
        volts: offset of the input, of what is no pair.
        gain_error: relative, of the output.
        steepness: relative error of the input's gain: by so much the law's argument is too large.
        deviation: the largest from the law, over the range of the law where it is measured.
    """

    name: str
    offset: float
    slope: float
    bandwidth: float
    volts: float = 0.0
    gain_error: float = 0.0
    steepness: float = 0.0
    deviation: float = 0.0
    unstated: frozenset[str] = frozenset()

    def scattered(self, scale: float) -> Curve:
        """The cell with errors that scatter so many times as large: not the deviation, which all of them have."""
        names = ("offset", "volts", "gain_error", "steepness")
        return replace(self, **{name: scale * getattr(self, name) for name in names})

    def trimmed(self, trim: Trim) -> Curve:
        """The same: nonlinear cells have no trimmers."""
        return self


Figures = Amplifier | Product | Curve


def figures(part: Cell) -> Figures | None:
    """What is known of a part; None for a role that has no figures here."""
    role = whole(part.role or "")
    if role == "opamp":
        return _amplifier(part)
    if role == "multiplier":
        return _product(part)
    if role in _PAIRS:
        return _curve(part, _PAIRS[role])
    return _generator(part) if role in LAWS else None


#: what a cell's header says about each figure
HEADER: Mapping[str, str] = {
    "gain": "stated: open_loop_gain",
    "bandwidth": "stated: gain_bandwidth",
    "slew": "stated: slew_up, slew_down",
    "swing": "stated: swing_high, swing_low",
    "offset": "spread: VOS",
    "bias": "stated: bias_current",
    "noise": "stated: voltage_noise",
    "corner": "stated: noise_corner",
    "current_noise": "parameter IN",
    "x": "spread: XOS",
    "y": "spread: YOS",
    "z": "spread: ZOS",
    "gain_error": "spread: GE",
    "feedthrough": "stated: x_feedthrough",
    "deviation": "stated: deviation",
    "pole": "stated: bandwidth",
}


class _Reading:
    """The figures of a part's cell, and which of them nobody says.

    Args:
        part: its cell.
    """

    def __init__(self, part: Cell) -> None:
        self.part, self.unstated = part, set[str]()
        self.sigma = {name: spread.sigma for name, spread in part.spread.items()}

    def __call__(self, name: str, otherwise: float, *stated: str, parameter: str = "", spread: str = "") -> float:
        """A figure: what scatters, else what a parameter says, else what is stated, the least of several.

        Args:
            name: of the figure.
            otherwise: its value where nobody says it.
            stated: figures of the data sheet, any sign.
            parameter, spread: names of the cell's parameters that say it.
        """
        if spread in self.sigma:
            return self.sigma[spread]
        if parameter in self.part.parameters:
            return abs(self.part.signed(parameter))
        values = [abs(self.part.sheet.figures[each].value) for each in stated if each in self.part.sheet.figures]
        if len(values) == len(stated) > 0:
            return min(values)
        self.unstated.add(name)
        return otherwise


def _amplifier(part: Cell) -> Amplifier:
    read = _Reading(part)
    decibels = read("gain", math.inf, "open_loop_gain")
    return Amplifier(
        part.name,
        gain=10 ** (decibels / 20),
        bandwidth=read("bandwidth", math.inf, "gain_bandwidth"),
        slew=read("slew", math.inf, "slew_up", "slew_down"),
        swing=read("swing", math.inf, "swing_high", "swing_low"),
        offset=read("offset", 0.0, "offset", spread="VOS"),
        bias=abs(part.sheet.value("bias_current", 0.0)) or read("bias", 0.0, "bias_current", spread="IB"),
        noise=read("noise", 0.0, "voltage_noise", parameter="EN"),
        corner=read("corner", 0.0, "noise_corner", parameter="FE"),
        current_noise=read("current_noise", 0.0, parameter="IN"),
        unstated=frozenset(read.unstated),
    )


def _product(part: Cell) -> Product:
    read = _Reading(part)
    return Product(
        part.name,
        x=read("x", 0.0, "x_offset", spread="XOS"),
        y=read("y", 0.0, "y_offset", spread="YOS"),
        z=read("z", 0.0, "output_offset", spread="ZOS"),
        gain_error=read("gain_error", 0.0, "scale_error", spread="GE"),
        feedthrough=abs(part.sheet.value("x_feedthrough", 0.0)) or read("feedthrough", 0.0, parameter="FX"),
        bandwidth=read("pole", math.inf, "bandwidth"),
        noise=read("noise", 0.0, "voltage_noise", parameter="EN"),
        corner=read("corner", 0.0, "noise_corner", parameter="FE"),
        **{
            name: part.spread[error].sigma
            for name, error in (("bend_x", "DX"), ("bend_y", "FY"), ("common", "CX"))
            if error in part.spread
        },
        unstated=frozenset(read.unstated),
    )


def _curve(part: Cell, pair: Pair) -> Curve:
    sheet, read = part.sheet, _Reading(part)
    scatter = part.spread["VOS"].sigma / (pair.thermal * _THERMAL) if "VOS" in part.spread else 0.0
    # what an offset by default makes of the law is the scatter's
    by_default = scatter and "VOS" in part.parameters and part.signed("VOS")
    standing = 0.0 if by_default else abs(sheet.value("offset", 0.0))
    if not scatter and "offset" not in sheet.figures:
        read.unstated.add("offset")
    found = Curve(part.name, math.hypot(scatter, standing), pair.steepest, _pole(read))
    return _shaped(found, read)


def _generator(part: Cell) -> Curve:
    """A nonlinear cell that is no pair: its offset is volts at its input."""
    read = _Reading(part)
    return _shaped(Curve(part.name, 0.0, 0.0, _pole(read), read("offset", 0.0, "offset", spread="VOS")), read)


def _pole(read: _Reading) -> float:
    """Hertz of a nonlinear cell's pole."""
    sheet = read.part.sheet
    return read("pole", math.inf, "bandwidth") if sheet.pole is None else sheet.value("bandwidth", sheet.pole)


def _shaped(found: Curve, read: _Reading) -> Curve:
    """A curve with its gains' errors, which a cell without them does not have, and its deviation from the law."""
    gain, steepness = read.sigma.get("GE", 0.0), read.sigma.get("KE", 0.0)
    deviation = read("deviation", 0.0, "deviation")
    return replace(found, gain_error=gain, steepness=steepness, deviation=deviation, unstated=frozenset(read.unstated))


def played(cells: Mapping[str, Cell]) -> dict[str, Figures]:
    """The parts that play roles in a circuit, by the name of the role's cell; laws are left out."""
    known = {**devices(), **{name: cell for name, cell in cells.items() if cell.role and cell.part is None}}
    found = {}
    for name, cell in cells.items():
        part = known.get(cell.device or "")
        if part is not None and (each := figures(part)) is not None:
            found[name] = each
    return found


def candidates(role: str, supply: Supply = USUAL) -> dict[str, Figures]:
    """All installed parts for a role that work on a supply, by name."""
    there = {name: cell for name, cell in devices().items() if cell.role == role and works_on(supply, cell)}
    found = {name: figures(cell.at_rail(supply.rail)) for name, cell in there.items()}
    return {name: each for name, each in found.items() if each is not None}


def ratios(before: Figures, after: Figures) -> dict[str, float]:
    """How many times as large as with a part errors are with another one, by the error's name.

    What a part does not have at all stays as it was.
    """
    if isinstance(before, Amplifier) and isinstance(after, Amplifier):
        pairs = {
            "VOS": (before.offset, after.offset),
            "IB": (before.bias, after.bias),
            "IOS": (before.bias, after.bias),
            "gain": (1 / before.gain, 1 / after.gain),
            "lag": (1 / before.bandwidth, 1 / after.bandwidth),
        }
    elif isinstance(before, Product) and isinstance(after, Product):
        pairs = {
            "XOS": (before.x, after.x),
            "YOS": (before.y, after.y),
            "ZOS": (before.z, after.z),
            "GE": (before.gain_error, after.gain_error),
            "gain": (before.feedthrough, after.feedthrough),
            "lag": (1 / before.bandwidth, 1 / after.bandwidth),
        }
    elif isinstance(before, Curve) and isinstance(after, Curve):
        pairs = {
            "VOS": (before.offset or before.volts, after.offset or after.volts),
            "GE": (before.gain_error, after.gain_error),
            "KE": (before.steepness, after.steepness),
            "lag": (1 / before.bandwidth, 1 / after.bandwidth),
        }
    else:
        return {}
    return {name: new / old for name, (old, new) in pairs.items() if old}
