"""What a block's figures depend on: expressions in its parts, and their values for one design."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from vle_analog.design.built import Built


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


#: how far the middle is from the line between both ends, over the way between these, where a slope says little
BENT = 0.2
#: part of the largest effect below which nobody asks how straight a slope is
_SMALL = 0.05


@dataclass(frozen=True)
class Moved:
    """What one part of a system's circuit does to a quantity.

    Attributes:
        name: of the part, as SPICE has it: ``Rx__1``, ``Xx.C``; of a device's error ``Xx.VOS``.
        kind: ``resistor``, ``capacitor``, or role and parameter of a device's error, ``opamp.VOS``.
        block: the signal whose stage it is part of.
        value: ohms or farads; None of an error, which is 0 as designed.
        sigma: its standard deviation on boards: relative, or an error's in its own unit.
        slope: change of the quantity by a relative change of the value, or by an error in its unit; not finite where
            a board did not stay finite.
        relative: relative change of the quantity by a relative change of the value; None of an error, and where the
            quantity is 0.
        bend: how far the middle is from the line between both ends, over the way between these.
    """

    name: str
    kind: str
    block: str
    value: float | None
    sigma: float
    slope: float
    relative: float | None
    bend: float

    @property
    def effect(self) -> float | None:
        """Change of the quantity by one standard deviation of the part; None where there is none to tell."""
        effect = self.slope * self.sigma
        return effect if math.isfinite(effect) else None

    def to_json(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        plain = {key: value if not isinstance(value, float) or math.isfinite(value) else None
                 for key, value in vars(self).items()}  # fmt: skip
        return {**plain, "effect": self.effect}


@dataclass(frozen=True)
class PartsSensitivity:
    """How much each part of a system's circuit moves a quantity.

    Attributes:
        name: of the system.
        quantity: its text.
        value: of the circuit as designed, with no device's error.
        ideal: of the equations.
        parts: by effect, largest first.
        settings: of the boards, for the record.
        built: what boards are of, for those who read of it.
    """

    name: str
    quantity: str
    value: float
    ideal: float
    parts: tuple[Moved, ...]
    settings: Mapping[str, Any]
    built: Built | None = None

    @property
    def deviation(self) -> float:
        """Standard deviation of the quantity on boards, if it is linear in all parts and these are independent."""
        return math.sqrt(sum(each.effect**2 for each in self.parts if each.effect is not None))

    @property
    def shares(self) -> dict[str, float]:
        """Part of that variance by kind of part, largest first."""
        whole = self.deviation**2
        found: dict[str, float] = {}
        for each in self.parts:
            if each.effect:
                found[each.kind] = found.get(each.kind, 0.0) + each.effect**2 / whole
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    @property
    def bent(self) -> list[Moved]:
        """Parts that matter and whose slope says little: the quantity does not follow them in a line, or not at all."""
        most = max((abs(each.effect) for each in self.parts if each.effect is not None), default=0.0)
        return [
            each for each in self.parts
            if each.effect is None or (each.bend > BENT and abs(each.effect) > _SMALL * most)
        ]  # fmt: skip

    def record(self) -> dict[str, Any]:
        """Plain data, all numbers finite or None."""
        return {
            "name": self.name,
            "quantity": self.quantity,
            "value": self.value,
            "ideal": self.ideal,
            "deviation": self.deviation,
            "shares": self.shares,
            "parts": [each.to_json() for each in self.parts],
            "settings": dict(self.settings),
        }
