"""The means that a circuit is built with: supply, part ranges, which cell plays which role."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Technology:
    """Rails, ranges and cells.

    The ranges are what one can buy: thin-film resistors from 1 kohm to 100 Mohm, C0G and film
    capacitors from 10 pF to 10 uF.

    Attributes:
        name: the fidelity.
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
    rail: float = 15.0
    full_scale: float = 10.0
    headroom: float = 0.2
    reference: float = 10.0
    multiplier_volts: float = 10.0
    resistors: tuple[float, float] = (1e3, 100e6)
    capacitors: tuple[float, float] = (10e-12, 10e-6)
    usual_resistor: float = 100e3


IDEAL = Technology()
