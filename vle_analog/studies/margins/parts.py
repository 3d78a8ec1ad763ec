"""What the data sheets of parts say that decides margins, from the notes of their cells."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.parts import devices
from vle_analog.laws import LAWS
from vle_analog.studies.bench.result import stated

#: a part's form with one pin of each input on ground
GROUNDED = "_grounded"
_POLE = re.compile(r"\bpole at ([\d.]+) (k|M|)Hz")
#: thermal voltage at 27 C, volts, as in the cells of transistor pairs
_THERMAL = 25.865e-3
#: a part's form with one pin of each input on ground
GROUNDED = "_grounded"
_POLE = re.compile(r"\bpole at ([\d.]+) (k|M|)Hz")
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
        """With offsets nulled to the nearest step of a trimmer: even between -1/2 and 1/2 of it."""
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
    """What is known of a part; None for a role that has no figures here.

    Raises:
        CircuitError: a note that cannot be read.
    """
    role = (part.role or "").removesuffix(GROUNDED)
    if role not in ("opamp", "multiplier", *_PAIRS):
        return None
    known = {name: each.value for name, each in stated(part.noted("stated"), role, f"cell '{part.name}'").items()}
    sigma = {name: each.sigma for name, each in part.spread.items()}
    if role == "opamp":
        return Amplifier(
            part.name,
            gain=10 ** (known["open_loop_gain"] / 20) if "open_loop_gain" in known else math.inf,
            bandwidth=known.get("gain_bandwidth", math.inf),
            slew=1e6 * min(known.get("slew_up", math.inf), known.get("slew_down", math.inf)),
            swing=min(known.get("swing_high", math.inf), -known.get("swing_low", -math.inf)),
            offset=sigma.get("VOS", abs(known.get("offset", 0.0))),
            bias=abs(known.get("bias_current", sigma.get("IB", 0.0))),
            noise=_given(part, "EN"),
            corner=_given(part, "FE"),
            current_noise=_given(part, "IN"),
        )
    if role == "multiplier":
        return Product(
            part.name,
            x=sigma.get("XOS", abs(known.get("x_offset", 0.0))),
            y=sigma.get("YOS", abs(known.get("y_offset", 0.0))),
            z=sigma.get("ZOS", abs(known.get("output_offset", 0.0))),
            gain_error=sigma.get("GE", 0.01 * abs(known.get("scale_error", 0.0))),
            feedthrough=0.01 * abs(known.get("x_feedthrough", 0.0)),
            bandwidth=known.get("bandwidth", math.inf),
            noise=_given(part, "EN"),
            corner=_given(part, "FE"),
        )
    pair = _PAIRS[role]
    scatter = sigma.get("VOS", 0.0) / (pair.thermal * _THERMAL)
    standing = 0.0 if scatter and _given(part, "VOS") else abs(known.get("offset", 0.0))  # else it is the scatter's
    return Curve(part.name, math.hypot(scatter, standing), pair.steepest, known.get("bandwidth", _pole(part)))


def played(cells: Mapping[str, Cell]) -> dict[str, Figures]:
    """The parts that play roles in a circuit, by the name of the role's cell; laws are left out."""
    known = devices()
    found = {}
    for name, cell in cells.items():
        # a role's cell holds one instance: the part; one that is a part itself has no other name for it
        if cell.role and name not in known and len(cell.uses) == 1 and (part := known.get(cell.uses[0])) is not None:
            whole = known.get(part.name.removesuffix(GROUNDED), part)  # not its form with grounded pins
            if (each := figures(whole)) is not None:
                found[name] = each
    return found


def candidates(role: str) -> dict[str, Figures]:
    """All installed parts for a role, by name."""
    found = {name: figures(cell) for name, cell in devices().items() if cell.role == role}
    return {name: each for name, each in found.items() if each is not None}


def _pole(part: Cell) -> float:
    """The pole that the note of a part's law names, hertz; infinite where it names none."""
    found = [match for text in part.noted("law") if (match := _POLE.search(text))]
    return float(found[0][1]) * {"": 1.0, "k": 1e3, "M": 1e6}[found[0][2]] if found else math.inf


def _given(part: Cell, parameter: str) -> float:
    return part.default(parameter) if parameter in part.parameters else 0.0
