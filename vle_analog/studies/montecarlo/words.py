"""Words for what boards came to, the same in tables and figures."""

from __future__ import annotations

from vle_analog.compare.criterion import ACCURACY
from vle_analog.compare.influence import Influence


def named(part: Influence) -> str:
    """A part; between bars where it is the absolute deviation that counts."""
    return f"|{part.name}|" if abs(part.absolute) > abs(part.signed) else part.name


def amount(metric: str, value: float | None) -> str:
    """A loss over the variance, or right answers in per cent."""
    if value is None:
        return "not finite"
    return f"{100 * value:.4g} %" if metric == ACCURACY else f"{value:.3g}"
