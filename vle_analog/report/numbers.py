"""Numbers in few letters, as tables and figures have them."""

from __future__ import annotations

import re

MINUS = "\N{MINUS SIGN}"
#: signs that a keyboard lacks, by what the tool's words have instead: a prefix of units, a minus, relations, factors
_SIGNS = {
    r"(?<=\d )u(?=(?:V|A|s|F|S|W|H|Hz|Ohm)\b)|(?<=/)u(?=s\b)": "μ",
    r"(?<![\w.])-(?=\d)": MINUS,
    r" ?<= ?": " ≤ ",
    r" ?>= ?": " ≥ ",
    r"(?<=\d) times\b": "×",
}
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 2) -> str:
    """A number in few letters: ``0.26``, ``−0.005``, ``1.6·10⁻⁵``."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if value == 0 or -3 <= int(exponent) < 4:
        text = f"{float(f'{mantissa}e{exponent}'):.{max(digits, 4)}g}"
    else:
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        text = {"1": "", "-1": "-"}.get(mantissa, f"{mantissa}·") + power_of_ten(int(exponent))
    return text.replace("-", MINUS)


def typeset(text: str) -> str:
    """Words with the signs that figures have: ``1.5 us`` as ``1.5 μs``, ``nrmse<=0.02`` as ``nrmse ≤ 0.02``."""
    for pattern, sign in _SIGNS.items():
        text = re.sub(pattern, sign, text)
    return text


def power_of_ten(exponent: int) -> str:
    """A power of ten: ``10⁻⁵``."""
    return "10" + str(exponent).translate(_SUPERSCRIPT)
