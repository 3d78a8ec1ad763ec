"""How much room a design leaves: what each block needs or errs by, what is allowed, and which of these binds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vle_analog.design.built import Built

HEADROOM, SLEW, BANDWIDTH, GAIN, CURVE, OFFSET, DRIFT, LOOP, LEARNING, NOISE = (
    "headroom",
    "slew",
    "bandwidth",
    "gain",
    "curve",
    "offset",
    "drift",
    "loop",
    "learning",
    "noise",
)
#: every kind of margin: what its figure is, and its unit ("" for a fraction)
KINDS: Mapping[str, tuple[str, str]] = {
    HEADROOM: ("the signal's peak", "V"),
    SLEW: ("the steepest slope of the output", "V/s"),
    BANDWIDTH: ("what finite bandwidth errs by, RMS, over the peak", ""),
    GAIN: ("what finite or wrong gain errs by, RMS, over the peak", ""),
    CURVE: ("how far a nonlinear part's curve is from its law, at most, over the peak", ""),
    OFFSET: ("offset at the output over the peak", ""),
    DRIFT: ("what offsets add up to over the run, through all paths and loops, RMS over the range", ""),
    LOOP: ("what lags and wrong gains add up to over the run, through all loops, RMS over the range", ""),
    LEARNING: ("false learning rate over the RMS of the true one, while plasticity is on", ""),
    NOISE: ("RMS noise at the output over the peak", ""),
}
#: what kinds are called that are not called by their name
CALLED: Mapping[str, str] = {LEARNING: "false learning"}
#: blocks that are told of first
WORST = 20
#: what is allowed unless told otherwise: of slew, the fraction of the part's slew rate; of headroom, of its range
LIMITS: Mapping[str, float] = {
    HEADROOM: 1.0,
    SLEW: 0.5,
    BANDWIDTH: 0.01,
    GAIN: 0.01,
    CURVE: 0.01,
    OFFSET: 0.01,
    DRIFT: 0.01,
    LOOP: 0.01,
    LEARNING: 0.1,
    NOISE: 0.01,
}


@dataclass(frozen=True)
class Pole:
    """A pole of the circuit linearised at one moment of the run, without and with what its parts lack.

    Attributes:
        ideal, real: per model unit.
        time: model units.
        span: of the run, model units.
    """

    ideal: complex
    real: complex
    time: float
    span: float

    @property
    def weight(self) -> float:
        """The relative error that the shift makes of a motion, to first order, until this has died away."""
        decay = abs(self.ideal.real)
        shift = abs(self.real - self.ideal)
        return shift * (-math.expm1(-decay * self.span) / decay if decay * self.span > 1e-12 else self.span)

    @property
    def growth(self) -> float:
        """The factor by which the real motion grows over the span."""
        return math.exp(min(self.real.real * self.span, 700.0))

    @property
    def destabilised(self) -> bool:
        """Whether what does not grow in the ideal circuit grows in the real one, by a thousandth over the span."""
        return self.ideal.real <= 1e-9 * abs(self.ideal) and self.real.real * self.span > 1e-3

    def record(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "ideal": [self.ideal.real, self.ideal.imag],
            "real": [self.real.real, self.real.imag],
            "time": self.time,
            "growth": self.growth,
            "destabilised": self.destabilised,
        }

    def __str__(self) -> str:
        said = f"pole at {_complex(self.ideal)} per unit becomes {_complex(self.real)}"
        if self.destabilised:
            return f"{said}: grows by {self.growth:.3g} over the span"
        turn = abs((self.real - self.ideal).imag) * self.span
        decay = math.exp(max(min((self.real - self.ideal).real * self.span, 700.0), -700.0))
        return f"{said}: {decay:.3g} times as large and {turn:.2g} rad off at the end"


def _complex(value: complex) -> str:
    real = f"{value.real:.3g}"
    return f"{real} +- {abs(value.imag):.4g}j" if value.imag else real


@dataclass(frozen=True)
class Margin:
    """One figure of a block's worst instance, and what is allowed.

    Attributes:
        kind: one of `KINDS`, whose unit both numbers have.
        figure: what is needed or erred; offsets and drifts by one standard deviation of the parts' scatter.
        limit: the most that is allowed.
        instance: of the block's signal.
        median: the figure of the block's median instance.
        role: of the part that it is due to.
        detail: where the figure comes from, in a few words.
        unknown: what nobody says of the part, in words; where there is any, the figure is the least that it can be.
    """

    kind: str
    figure: float
    limit: float
    instance: str
    median: float
    role: str
    detail: str = ""
    unknown: tuple[str, ...] = ()

    @property
    def decibels(self) -> float:
        """The limit over the figure: positive where there is room, infinite where there is no figure.

        0 where it is not known whether there is room.
        """
        if self.unknown and not self.fails:
            return 0.0
        if self.figure <= 0:
            return math.inf
        return -math.inf if math.isinf(self.figure) else 20 * math.log10(self.limit / self.figure)

    @property
    def fails(self) -> bool:
        """Whether the figure is more than what is allowed, whatever is not known."""
        return self.figure > self.limit

    @property
    def holds(self) -> bool:
        """Whether the figure is known and allowed."""
        return not self.fails and not self.unknown


@dataclass(frozen=True)
class BlockMargins:
    """All margins of one block.

    Attributes:
        name: of the signal that it drives.
        kind: of block.
        law: its equation.
        parts: that its stage is built with, by role.
        instances: how many there are.
        peak: volts, over all instances.
        margins: of the kinds that apply.
        remedies: by kind, for margins that do not hold.
        reading: what it computes, in the words of the equations.
    """

    name: str
    kind: str
    law: str
    parts: Mapping[str, str]
    instances: int
    peak: float
    margins: tuple[Margin, ...]
    remedies: Mapping[str, str] = field(default_factory=dict)
    reading: str = ""

    def __getitem__(self, kind: str) -> Margin:
        return next(margin for margin in self.margins if margin.kind == kind)

    def get(self, kind: str) -> Margin | None:
        """The margin of a kind; None where it does not apply."""
        return next((margin for margin in self.margins if margin.kind == kind), None)

    @property
    def binding(self) -> Margin:
        """The smallest margin, one that is not known before those that hold.

        Headroom counts where it is used up only: scaling fills the range on purpose.
        """
        held = [margin for margin in self.margins if margin.kind != HEADROOM or not margin.holds]
        return min(held or self.margins, key=lambda each: each.decibels)


@dataclass(frozen=True)
class Warned:
    """A margin that does not hold.

    Attributes:
        block: the signal's name.
        margin: the one meant.
        remedy: what to do about it.
    """

    block: str
    margin: Margin
    remedy: str


@dataclass(frozen=True)
class Margins:
    """All blocks of a design.

    Attributes:
        name: of the design.
        fidelity: of its parts.
        parts: by role.
        unit: seconds per model unit.
        blocks: worst first.
        unknown: cells of stages of which headroom and slew alone are known.
        pole: the pole that parts shift most, as far as that matters; None without states, or where it is not known.
        begin: model units from which on drifts and loops are followed: not 0 where the run is too long for it.
        built: what the design is of.
    """

    name: str
    fidelity: str
    parts: Mapping[str, str]
    unit: float
    blocks: tuple[BlockMargins, ...]
    unknown: tuple[str, ...] = ()
    pole: Pole | None = None
    begin: float = 0.0
    built: Built | None = None

    def __getitem__(self, name: str) -> BlockMargins:
        return next(block for block in self.blocks if block.name == name)

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """All margins that do not hold, worst first."""
        found = [
            Warned(block.name, margin, block.remedies.get(margin.kind, ""))
            for block in self.blocks
            for margin in block.margins
            if margin.fails
        ]
        return tuple(sorted(found, key=lambda each: each.margin.decibels))

    @property
    def unstated(self) -> dict[str, int]:
        """What nobody says of parts, in words, and of how many blocks margins are therefore not known."""
        counts: dict[str, int] = {}
        for block in self.blocks:
            said = {what for margin in block.margins if not margin.fails for what in margin.unknown}
            for what in sorted(said):
                counts[what] = counts.get(what, 0) + 1
        return counts

    @property
    def verdict(self) -> str:
        """``fails`` where a margin does; else ``unknown`` where one is not known; else ``holds``."""
        margins = [margin for block in self.blocks for margin in block.margins]
        if any(margin.fails for margin in margins):
            return "fails"
        return "holds" if all(margin.holds for margin in margins) else "unknown"

    def binding(self) -> dict[str, int]:
        """How many blocks each kind binds, most first."""
        counts: dict[str, int] = {}
        for block in self.blocks:
            counts[block.binding.kind] = counts.get(block.binding.kind, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: -pair[1]))

    def record(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        return {
            "name": self.name,
            "fidelity": self.fidelity,
            "parts": dict(self.parts),
            "unit_seconds": self.unit,
            "verdict": self.verdict,
            **({"unknown_stages": list(self.unknown)} if self.unknown else {}),
            "unstated": self.unstated,
            "pole": None if self.pole is None else self.pole.record(),
            "followed_from": self.begin,
            "kinds": {kind: {"figure": figure, "unit": unit} for kind, (figure, unit) in KINDS.items()},
            "warnings": [
                {"block": warning.block, "kind": warning.margin.kind, "remedy": warning.remedy}
                for warning in self.warnings
            ],
            "blocks": [
                {
                    "name": block.name,
                    "kind": block.kind,
                    "law": block.law,
                    "reading": block.reading,
                    "parts": dict(block.parts),
                    "instances": block.instances,
                    "peak_volts": block.peak,
                    "binds": block.binding.kind,
                    "margins": {margin.kind: _plain(margin) for margin in block.margins},
                }
                for block in self.blocks
            ],
        }


def _plain(margin: Margin) -> dict[str, Any]:
    return {
        "figure": _finite(margin.figure),
        "limit": _finite(margin.limit),
        "decibels": None if margin.unknown and not margin.fails else _finite(margin.decibels),
        "holds": margin.holds,
        "instance": margin.instance,
        "median": _finite(margin.median),
        "role": margin.role,
        "detail": margin.detail,
        **({"unknown": list(margin.unknown)} if margin.unknown else {}),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
