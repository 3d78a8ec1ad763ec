"""The means that a circuit is built with: supply, part ranges, which part plays which role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vle_analog.laws import LAWS

#: what a circuit's stages ask for by name; a fidelity says which part each is
ROLES = (
    "opamp",
    "multiplier",
    "multiplier_grounded",
    *(law.name for law in LAWS.values() if law.cell),
    "hold_switch",
)
#: roles that have a cheaper form, of a role of its own: with one pin of each input on ground
GROUNDED: Mapping[str, str] = {"multiplier": "multiplier_grounded"}
_WHOLE = {form: role for role, form in GROUNDED.items()}
#: the part of a role that is a mathematical law, from ``circuits/ideal``
LAW = "ideal"
#: which part plays which role at a fidelity, unless told otherwise; a role that is not named is a law
FIDELITIES: Mapping[str, Mapping[str, str]] = {
    fidelity: parts | {law.name: law.parts[fidelity] for law in LAWS.values() if fidelity in law.parts}
    for fidelity, parts in {
        "ideal": dict[str, str](),
        "macromodel": {"opamp": "opa2134", "multiplier": "ad633"},
        "transistor": {"opamp": "opamp_bjt", "multiplier": "gilbert"},
    }.items()
}


def whole(role: str) -> str:
    """The role whose form with grounded pins a role is; the role itself where it is none."""
    return _WHOLE.get(role, role)


@dataclass(frozen=True)
class Technology:
    """What to build with.

    The ranges are what one can buy: thin-film resistors from 1 kohm to 100 Mohm, C0G and film
    capacitors from 10 pF to 10 uF.

    Attributes:
        name: the fidelity.
        parts: role and name of the part that plays it; all other roles are ideal laws.
        rail: supply voltage, +- volts.
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
    rail: float = 15.0
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
    def is_ideal(self) -> bool:
        """Whether no role is played by a real part."""
        return not self.parts


IDEAL = Technology()
