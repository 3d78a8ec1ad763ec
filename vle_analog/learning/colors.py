"""Colours of learning rules, the same in all figures.

A rule says its own (`rule.Rule`). One that says none has one of `SPARE` by its name; the exact gradient has `ADJOINT`.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from vle_analog.learning.rule import EXACT
from vle_analog.learning.rules import color_named
from vle_analog.learning.variant import Variant

ADJOINT = "#1f6fb4"
SPARE = ("#d6619b", "#a89a1c", "#5c3a1e", "#2a8fa8", "#6a51c7")


def rule_color(rule: str, rules: Sequence[str] = ()) -> str:
    """A rule's colour, with eligibility or without.

    Args:
        rule: what it is called, or a file of it.
        rules: that stand beside it: of those that say none no two get the same while there are spare ones.
    """
    if (own := _own(rule)) is not None:
        return own
    taken: dict[str, int] = {}
    for other in (*rules, rule):
        name = base_of(other)
        if name not in taken and _own(other) is None:
            first = crc32(name.encode()) % len(SPARE)
            places = [(first + step) % len(SPARE) for step in range(len(SPARE))]
            taken[name] = next((place for place in places if place not in taken.values()), first)
    return SPARE[taken[base_of(rule)]]


def base_of(rule: str) -> str:
    """The rule without its synapses."""
    return rule.rule if isinstance(rule, Variant) else rule


def _own(rule: str) -> str | None:
    """What a rule says itself."""
    if isinstance(rule, Variant) and rule.color is not None:
        return rule.color
    return ADJOINT if base_of(rule) == EXACT else color_named(base_of(rule))
