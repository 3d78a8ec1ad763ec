"""A rule with its synapses, as legends, tables and records name it."""

from __future__ import annotations


class Variant(str):
    """The words for a rule and its synapses: ``gle``, or ``gle + eligibility`` where these look back.

    Attributes:
        rule: what the rule is called.
        eligibility: whether synapses look back instead of errors ahead (`eligibility`).
        color: that the rule says it is drawn in, if that is known here.
    """

    rule: str
    eligibility: bool
    color: str | None

    def __new__(cls, rule: str, eligibility: bool = False, color: str | None = None) -> Variant:
        made = super().__new__(cls, f"{rule} + eligibility" if eligibility else rule)
        made.rule, made.eligibility, made.color = rule, eligibility, color
        return made
