"""What the data sheets of parts say that decides margins, from the notes of their cells."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.parts import devices, works_on
from vle_analog.circuit.technology import USUAL, Supply
from vle_analog.laws import LAWS
from vle_analog.laws.law import Pair

#: a part's form with one pin of each input on ground
GROUNDED = "_grounded"
#: thermal voltage at 27 C, volts, as in the cells of transistor pairs
_THERMAL = 25.865e-3
#: what is known of pairs, by role
_PAIRS = {law.name: law.pair for law in LAWS.values() if law.pair}


@dataclass(frozen=True)
class Amplifier:
    """An op-amp: SI units, one standard deviation of what scatters; infinite or zero where nobody says."""

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


@dataclass(frozen=True)
class Product:
    """A multiplier: offsets of both inputs and the output in volts, relative errors, hertz, V/sqrt(Hz).

    ``feedthrough`` is what is left of x at full scale when y is nulled, as a fraction of full scale: it goes as x^2.
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

    def trimmed(self, step: float) -> Product:
        """The multiplier with offsets nulled to the nearest step of a trimmer: even between -1/2 and 1/2 of it."""
        left = step / math.sqrt(12)
        return replace(self, x=min(self.x, left), y=min(self.y, left), z=min(self.z, left))

    def square(self, rms: float, scale: float) -> float:
        """Volts that the first input's feedthrough stands at on the average."""
        return self.feedthrough * rms**2 / scale


@dataclass(frozen=True)
class Curve:
    """A nonlinear cell.

    Attributes:
        offset: of the law's argument (model units of the law, not volts).
        slope: the law's steepest.
        bandwidth: hertz.
    """

    name: str
    offset: float
    slope: float
    bandwidth: float


Figures = Amplifier | Product | Curve


def figures(part: Cell) -> Figures | None:
    """What is known of a part; None for a role that has no figures here."""
    role = (part.role or "").removesuffix(GROUNDED)
    if role == "opamp":
        return _amplifier(part)
    if role == "multiplier":
        return _product(part)
    return _curve(part, _PAIRS[role]) if role in _PAIRS else None


def _amplifier(part: Cell) -> Amplifier:
    sheet = part.sheet
    sigma = {name: each.sigma for name, each in part.spread.items()}
    gain = sheet.figures.get("open_loop_gain")
    return Amplifier(
        part.name,
        gain=math.inf if gain is None else 10 ** (gain.value / 20),
        bandwidth=sheet.value("gain_bandwidth", math.inf),
        slew=min(sheet.value("slew_up", math.inf), sheet.value("slew_down", math.inf)),
        swing=min(sheet.value("swing_high", math.inf), -sheet.value("swing_low", -math.inf)),
        offset=sigma.get("VOS", abs(sheet.value("offset", 0.0))),
        bias=abs(sheet.value("bias_current", sigma.get("IB", 0.0))),
        noise=_given(part, "EN"),
        corner=_given(part, "FE"),
        current_noise=_given(part, "IN"),
    )


def _product(part: Cell) -> Product:
    sheet = part.sheet
    sigma = {name: each.sigma for name, each in part.spread.items()}
    return Product(
        part.name,
        x=sigma.get("XOS", abs(sheet.value("x_offset", 0.0))),
        y=sigma.get("YOS", abs(sheet.value("y_offset", 0.0))),
        z=sigma.get("ZOS", abs(sheet.value("output_offset", 0.0))),
        gain_error=sigma.get("GE", abs(sheet.value("scale_error", 0.0))),
        feedthrough=abs(sheet.value("x_feedthrough", 0.0)),
        bandwidth=sheet.value("bandwidth", math.inf),
        noise=_given(part, "EN"),
        corner=_given(part, "FE"),
    )


def _curve(part: Cell, pair: Pair) -> Curve:
    sheet = part.sheet
    scatter = part.spread["VOS"].sigma / (pair.thermal * _THERMAL) if "VOS" in part.spread else 0.0
    # what an offset by default makes of the law is the scatter's
    standing = 0.0 if scatter and _given(part, "VOS") else abs(sheet.value("offset", 0.0))
    bandwidth = sheet.value("bandwidth", math.inf if sheet.pole is None else sheet.pole)
    return Curve(part.name, math.hypot(scatter, standing), pair.steepest, bandwidth)


def played(cells: Mapping[str, Cell]) -> dict[str, Figures]:
    """The parts that play roles in a circuit, by the name of the role's cell; laws are left out."""
    known = {**devices(), **{name: cell for name, cell in cells.items() if cell.role and cell.part is None}}
    found = {}
    for name, cell in cells.items():
        part = cell.part or ""
        whole = known.get(part.removesuffix(GROUNDED)) or known.get(part)  # rather not its form with grounded pins
        if whole is not None and (each := figures(whole)) is not None:
            found[name] = each
    return found


def candidates(role: str, supply: Supply = USUAL) -> dict[str, Figures]:
    """All installed parts for a role that work on a supply, by name."""
    there = {name: cell for name, cell in devices().items() if cell.role == role and works_on(supply, cell)}
    found = {name: figures(cell.at_rail(supply.rail)) for name, cell in there.items()}
    return {name: each for name, each in found.items() if each is not None}


def _given(part: Cell, parameter: str) -> float:
    return part.signed(parameter) if parameter in part.parameters else 0.0
