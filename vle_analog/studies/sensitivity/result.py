"""What a block's figures depend on: expressions in its parts, and their values for one design."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp


@dataclass(frozen=True)
class Share:
    """What one part does to a figure.

    Attributes:
        expression: relative change of the figure per relative change of the part; of an error, the part's term.
        value: for the design.
        random: whether the part's figure is zero but for scatter; the value then is one standard deviation.
    """

    expression: sp.Expr
    value: float
    random: bool = False


@dataclass(frozen=True)
class Entry:
    """One figure of a block.

    Attributes:
        name: e.g. ``time constant``.
        unit: of its value; "" for ratios.
        expression: in the parts.
        value: for the design; of an error without what scatters.
        shares: by part; nothing for parts that do not matter.
        error: whether it is an error, to first order, and the shares are its terms: else they are sensitivities.
    """

    name: str
    unit: str
    expression: sp.Expr
    value: float
    shares: Mapping[str, Share]
    error: bool

    @property
    def deviation(self) -> float:
        """One standard deviation of what scatters, in the unit."""
        return math.hypot(*(share.value for share in self.shares.values() if share.random))


@dataclass(frozen=True)
class Sensitivity:
    """A block's figures and what they depend on.

    Attributes:
        block: its cell's name.
        summary: what it is.
        law: as its cell's file says.
        parts: names of parts by role.
        design: value of each symbol, SI units.
        meanings: of the symbols that are not the cell's parameters.
        entries: gain and time constants, then errors.
    """

    block: str
    summary: str
    law: str
    parts: Mapping[str, str]
    design: Mapping[str, float]
    meanings: Mapping[str, str]
    entries: tuple[Entry, ...]

    def __getitem__(self, name: str) -> Entry:
        return next(entry for entry in self.entries if entry.name == name)

    def record(self) -> dict[str, Any]:
        """Plain data: expressions as sympy writes them, None for what is infinite."""
        return {
            "block": self.block,
            "law": self.law,
            "parts": dict(self.parts),
            "design": {name: value if math.isfinite(value) else None for name, value in self.design.items()},
            "figures": {
                entry.name: {
                    "unit": entry.unit,
                    "expression": str(entry.expression),
                    "value": entry.value,
                    "deviation": entry.deviation,
                    "terms" if entry.error else "sensitivities": {
                        part: {"expression": str(share.expression), "value": share.value, "random": share.random}
                        for part, share in entry.shares.items()
                    },
                }
                for entry in self.entries
            },
        }


@dataclass(frozen=True)
class Formulas:
    """A block's figures of which only the expressions are wanted, as formulas."""

    sensitivity: Sensitivity


@dataclass(frozen=True)
class Block:
    """A block whose figures there are: its cell's name, what it is, and its law as the cell's file says."""

    name: str
    summary: str
    law: str


@dataclass(frozen=True)
class BlockList:
    """All blocks whose figures there are, by name."""

    blocks: tuple[Block, ...]
