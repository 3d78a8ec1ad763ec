"""The means that a circuit is built with: supply, part ranges, which part plays which role."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from vle_analog.errors import UsageError
from vle_analog.laws import LAWS

#: volts between both ends of a supply, at most
MOST_VOLTS = 60.0
#: what a circuit's stages ask for by name; a fidelity says which part each is
ROLES = (
    "opamp",
    "multiplier",
    "multiplier_grounded",
    *(law.name for law in LAWS.values() if law.cell),
    "hold_switch",
    "trigger",
    "sample_hold",
)
#: roles that have a cheaper form, of a role of its own: with one pin of each input on ground
GROUNDED: Mapping[str, str] = {"multiplier": "multiplier_grounded"}
_WHOLE = {form: role for role, form in GROUNDED.items()}
#: the part of a role that is a mathematical law, from ``circuits/ideal``
LAW = "ideal"
#: what events are made of, where parts are real
_OF_EVENTS = {"trigger": "comparator_monostable", "sample_hold": "lf398"}
#: which part plays which role at a fidelity, unless told otherwise; a role that is not named is a law
FIDELITIES: Mapping[str, Mapping[str, str]] = {
    fidelity: parts | {law.name: law.parts[fidelity] for law in LAWS.values() if fidelity in law.parts}
    for fidelity, parts in {
        "ideal": dict[str, str](),
        "macromodel": {
            "opamp": "opa2134",
            "multiplier": "ad633",
            "hold_switch": "cd4053",
            **_OF_EVENTS,
        },
        "transistor": {"opamp": "opamp_bjt", "multiplier": "gilbert", **_OF_EVENTS},
    }.items()
}


def whole(role: str) -> str:
    """The role whose form with grounded pins a role is; the role itself where it is none."""
    return _WHOLE.get(role, role)


@dataclass(frozen=True)
class Supply:
    """A board's supply.

    Signals are counted from the middle between its two ends, which is the circuit's ground: on +-5 V that is the
    supply's own, on 0 to 5 V a mid-rail that the board makes.

    Attributes:
        low, high: volts of both ends.

    Raises:
        UsageError: none that a board can have.
    """

    low: float = -15.0
    high: float = 15.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and 0 < self.high - self.low <= MOST_VOLTS):
            raise UsageError(
                f"a supply of {self.low:g} to {self.high:g} V is none",
                hint=f"give up to {MOST_VOLTS:g} V between its ends, e.g. +-5 or 0,5",
            )

    @property
    def rail(self) -> float:
        """Volts from the middle to either end."""
        return (self.high - self.low) / 2

    @property
    def middle(self) -> float:
        """Volts of the circuit's ground, counted as the ends are."""
        return (self.high + self.low) / 2

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g} V" if self.middle else f"+-{self.rail:g} V"

    @staticmethod
    def parse(text: str) -> Supply:
        """A supply as people write it: ``+-5``, ``5`` for the same, ``0,5`` or ``-12,12``.

        Raises:
            UsageError: it cannot be read.
        """
        words = [word for word in text.replace("±", "+-").replace("V", "").split(",") if word.strip()]
        try:
            values = [float(word.strip().removeprefix("+-")) for word in words]
        except ValueError:
            values = []
        if len(values) == 1 and values[0] > 0:
            return Supply(-values[0], values[0])
        if len(values) != 2:
            raise UsageError(
                f"`supply` '{text}' is no supply", hint="e.g. `supply=+-5`, or `supply=0,5` with a mid-rail"
            )
        return Supply(min(values), max(values))


#: the supply that circuits have unless told otherwise
USUAL = Supply()


@dataclass(frozen=True)
class Technology:
    """What to build with.

    The ranges are what one can buy: thin-film resistors from 1 kohm to 100 Mohm, C0G and film
    capacitors from 10 pF to 10 uF.

    Attributes:
        name: the fidelity.
        parts: role and name of the part that plays it; all other roles are ideal laws.
        supply: of the board.
        full_scale: the largest signal voltage that every cell handles (AD633: 10 V of +-15 V).
        headroom: the fraction of full scale that stays free above the reference run's peak.
        reference: volts of the constant source.
        multiplier_volts: V in ``w = x y / V`` (AD633 data sheet: 10 V).
        resistors: smallest and largest, ohms.
        capacitors: smallest and largest, farads.
        usual_resistor: ohms that a design starts from.
    """

    name: str = "ideal"
    parts: tuple[tuple[str, str], ...] = ()
    supply: Supply = USUAL
    full_scale: float = 10.0
    headroom: float = 0.2
    reference: float = 10.0
    multiplier_volts: float = 10.0
    resistors: tuple[float, float] = (1e3, 100e6)
    capacitors: tuple[float, float] = (10e-12, 10e-6)
    usual_resistor: float = 100e3

    def part(self, role: str) -> str:
        """The part that plays a role, `LAW` for none."""
        return dict(self.parts).get(role, LAW)

    @property
    def rail(self) -> float:
        """Volts of either end of the supply from the circuit's ground."""
        return self.supply.rail

    @property
    def is_ideal(self) -> bool:
        """Whether no role is played by a real part."""
        return not self.parts


IDEAL = Technology()
