"""How much room a design leaves: what each block needs or errs by, what is allowed, and which of these binds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HEADROOM, SLEW, BANDWIDTH, GAIN, OFFSET, DRIFT, LEARNING, NOISE = (
    "headroom",
    "slew",
    "bandwidth",
    "gain",
    "offset",
    "drift",
    "learning",
    "noise",
)
#: every kind of margin: what its figure is, and its unit ("" for a fraction)
KINDS: Mapping[str, tuple[str, str]] = {
    HEADROOM: ("the signal's peak", "V"),
    SLEW: ("the steepest slope of the output", "V/s"),
    BANDWIDTH: ("what finite bandwidth errs by, RMS, over the peak", ""),
    GAIN: ("what finite or wrong gain errs by, RMS, over the peak", ""),
    OFFSET: ("offset at the output over the peak", ""),
    DRIFT: ("false rate of change over the RMS of the true one", ""),
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
    OFFSET: 0.01,
    DRIFT: 0.01,
    LEARNING: 0.1,
    NOISE: 0.01,
}


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
    """

    kind: str
    figure: float
    limit: float
    instance: str
    median: float
    role: str
    detail: str = ""

    @property
    def decibels(self) -> float:
        """The limit over the figure: positive where there is room, infinite where there is no figure."""
        if self.figure <= 0:
            return math.inf
        return -math.inf if math.isinf(self.figure) else 20 * math.log10(self.limit / self.figure)

    @property
    def holds(self) -> bool:
        """Whether the figure is allowed."""
        return self.figure <= self.limit


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
    """

    name: str
    kind: str
    law: str
    parts: Mapping[str, str]
    instances: int
    peak: float
    margins: tuple[Margin, ...]
    remedies: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, kind: str) -> Margin:
        return next(margin for margin in self.margins if margin.kind == kind)

    def get(self, kind: str) -> Margin | None:
        """The margin of a kind; None where it does not apply."""
        return next((margin for margin in self.margins if margin.kind == kind), None)

    @property
    def binding(self) -> Margin:
        """The smallest margin. Headroom counts where it is used up only: scaling fills the range on purpose."""
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
    """

    name: str
    fidelity: str
    parts: Mapping[str, str]
    unit: float
    blocks: tuple[BlockMargins, ...]
    unknown: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> BlockMargins:
        return next(block for block in self.blocks if block.name == name)

    @property
    def warnings(self) -> tuple[Warned, ...]:
        """All margins that do not hold, worst first."""
        found = [
            Warned(block.name, margin, block.remedies.get(margin.kind, ""))
            for block in self.blocks
            for margin in block.margins
            if not margin.holds
        ]
        return tuple(sorted(found, key=lambda each: each.margin.decibels))

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
            **({"unknown_stages": list(self.unknown)} if self.unknown else {}),
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
        "limit": margin.limit,
        "decibels": _finite(margin.decibels),
        "holds": margin.holds,
        "instance": margin.instance,
        "median": _finite(margin.median),
        "role": margin.role,
        "detail": margin.detail,
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
