"""Engineering notation at the edges; SI floats everywhere inside."""

from __future__ import annotations

import math

_PREFIXES = {
    -15: "f", -12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "Meg", 9: "G", 12: "T",
}  # fmt: skip


def spice_number(value: float, digits: int = 10) -> str:
    """A float as SPICE reads it: ``1e5`` -> ``100k``, ``1e6`` -> ``1Meg`` (SPICE's ``M`` is milli).

    Args:
        value: finite number.
        digits: significant digits kept (trailing zeros are dropped).

    Raises:
        ValueError: the value is not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    if value == 0:
        return "0"
    exponent = 3 * math.floor(math.log10(abs(value)) / 3 + 1e-12)
    if exponent not in _PREFIXES:
        return f"{value:.{digits}g}"
    mantissa = float(f"{value / 10.0**exponent:.{digits}g}")
    if abs(mantissa) >= 1000 and exponent + 3 in _PREFIXES:
        mantissa, exponent = mantissa / 1000, exponent + 3
    return f"{mantissa:.{digits}g}{_PREFIXES[exponent]}"


def number_of(text: str) -> float:
    """A float that `spice_number` wrote.

    Raises:
        ValueError: it is none.
    """
    number = text.rstrip("fpnumkMegGT") if not text[-1:].isdigit() else text
    power = {prefix: power for power, prefix in _PREFIXES.items()}.get(text[len(number) :])
    if power is None:
        raise ValueError(f"'{text}' is no number")
    return float(number) * 10.0**power


def engineering(value: float, unit: str = "", digits: int = 3) -> str:
    """A float for people: ``engineering(4.7e-9, "F")`` -> ``4.7 nF``."""
    text = spice_number(value, digits).replace("Meg", "M")
    number = text.rstrip("fpnumkMGT")
    return f"{number} {text[len(number) :]}{unit}".strip()


def several(number: int, noun: str) -> str:
    """A number of things for people: ``1 board``, ``2 boards``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def measured(value: float, unit: str) -> str:
    """An amount for people: fractions in ``%``, slew rates (``V/s``) per microsecond, factors as ``times``."""
    if unit == "%":
        return f"{100 * value:.3g} %"
    if unit == "times":
        return f"{value:.3g} times"
    if unit == "V/s":
        return f"{1e-6 * value:.3g} V/us"
    return engineering(value, unit)
