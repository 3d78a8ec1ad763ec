"""What comes with the tool, as tables."""

from __future__ import annotations

from vle_analog.learning.rules import known_rules
from vle_analog.report.report import Report, Table
from vle_analog.studies.tasks.result import Catalogue


def report(catalogue: Catalogue) -> Report:
    """What is told of them."""
    rules = ", ".join(known_rules())
    learning = [[name, summary, rules] for name, summary in catalogue.tasks]
    systems = [
        [name, str(len(system.states)), str(len(system.inputs)), f"{system.span:g}", f"{system.unit:g} s"]
        for name, system in catalogue.systems
    ]
    counted = frozenset({"states", "inputs", "span", "unit"})
    return Report(
        "tasks",
        "Learning tasks and systems",
        tables=[
            Table("Learning tasks", ["name", "what it is", "rules"], learning),
            Table("Systems (circuits/systems/)", ["name", "states", "inputs", "span", "unit"], systems, counted),
        ],
    )
