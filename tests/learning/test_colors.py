"""One colour per rule in all figures, and none that means something else."""

from __future__ import annotations

import re
from pathlib import Path

import vle_analog
from vle_analog.learning.colors import ADJOINT, SPARE, rule_color
from vle_analog.learning.rules import DISTINCT, RULES
from vle_analog.learning.variant import Variant
from vle_analog.report.palette import IDEAL_PARTS, REAL_PARTS, REFERENCE
from vle_analog.studies.frequency.figure import _look
from vle_analog.studies.learn.rules import color_of, look

OWN = {name: rule.color for name, rule in DISTINCT.items()}


def test_every_rule_has_a_colour_that_nothing_else_has() -> None:
    fixed = [*OWN.values(), ADJOINT, *SPARE, REFERENCE, IDEAL_PARTS, REAL_PARTS]
    assert None not in fixed and len(set(fixed)) == len(fixed)
    assert rule_color("vle") == rule_color("vle2") and rule_color("adjoint") == ADJOINT


def test_no_figure_names_a_colour_of_a_rule() -> None:
    """It stands in the rule's file, or in the table of those that have no file, and nowhere else."""
    package = Path(vle_analog.__file__).parent
    theirs = {color for color in (*OWN.values(), ADJOINT, *SPARE, REFERENCE, IDEAL_PARTS, REAL_PARTS) if color}
    places: dict[str, set[str]] = {color: set() for color in theirs}
    for path in package.rglob("*.py"):
        for color in re.findall("#[0-9a-fA-F]{6}", path.read_text(encoding="utf-8")):
            if color.lower() in theirs:
                places[color.lower()].add(path.name)
    assert {name: places[color] for name, color in OWN.items() if color} == {name: {f"{name}.py"} for name in OWN}
    assert {place for color in (ADJOINT, *SPARE) for place in places[color]} <= {"colors.py", "rule.py"}
    assert {place for color in (REFERENCE, IDEAL_PARTS, REAL_PARTS) for place in places[color]} == {"palette.py"}


def test_a_rule_looks_alike_in_all_figures_with_eligibility_and_without() -> None:
    rules = [Variant(name, switch) for name in OWN for switch in (False, True)]
    for rule in rules:
        assert look(rule, rules)["color"] == color_of(rule, rules) == _look(rule.rule, list(RULES))[0]["color"]


def test_rules_without_a_colour_get_different_ones_whatever_stands_beside_them() -> None:
    others = ["mine", "yours", "theirs", "gle"]
    assert len({rule_color(rule, others) for rule in others}) == 4
    assert rule_color("mine", ["mine", "gle"]) == rule_color("mine") in SPARE
    assert rule_color(Variant("mine", True, "#123456")) == "#123456"
