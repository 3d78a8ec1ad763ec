"""A rule with its synapses, as legends, tables and records name it."""

from __future__ import annotations


class Variant(str):
    """The words for a rule and its synapses: ``gle``, or ``gle + eligibility`` where these look back.

    Attributes:
        rule: what the rule is called.
        eligibility: whether synapses look back instead of errors ahead (`eligibility`).
    """

    rule: str
    eligibility: bool

    def __new__(cls, rule: str, eligibility: bool = False) -> Variant:
        made = super().__new__(cls, f"{rule} + eligibility" if eligibility else rule)
        made.rule, made.eligibility = rule, eligibility
        return made
