"""Words for what boards came to, the same in tables and figures."""

from __future__ import annotations

from collections.abc import Mapping

from vle_analog.compare.criterion import ACCURACY
from vle_analog.compare.influence import Influence

_NONE: Mapping[str, str] = {}


def named(part: Influence, words: Mapping[str, str] = _NONE) -> str:
    """A part; between bars where it is the absolute deviation that counts.

    Args:
        part: any.
        words: what parts are called, by their names; by these where nobody knows.
    """
    name = words.get(part.name, part.name)
    return f"|{name}|" if abs(part.absolute) > abs(part.signed) else name


def amount(metric: str, value: float | None) -> str:
    """A loss over the variance, or right answers in per cent."""
    if value is None:
        return "not finite"
    return f"{100 * value:.4g} %" if metric == ACCURACY else f"{value:.3g}"
