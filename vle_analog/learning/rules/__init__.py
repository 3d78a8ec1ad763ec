"""Learning rules, one per file: how an error neuron turns its input p into the error e that drives plasticity.

Rules are found by listing this folder: a new one is a new file that defines ``RULE`` (`rule.Rule`). One of a user's own
is such a file anywhere, named by its path wherever a rule is asked for.

That the backward path is learned and corrects the gain is the VLE paper's statement (arXiv 2603.09600, known to us by
abstract and summary); the variants vle1 to vle3 and how their coefficients learn (`error_neuron`) are ours.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module

from vle_analog.errors import UsageError, nearest
from vle_analog.learning.rule import Rule
from vle_analog.userfile import definition, guarded, is_file


def _listed() -> Mapping[str, Rule]:
    rules = (import_module(f"{__name__}.{file.name}").RULE for file in pkgutil.iter_modules(__path__))
    return {rule.name: rule for rule in rules}


#: the rules by name, in the order of their files
RULES: Mapping[str, Rule] = _listed()
#: those that are no other's second name
DISTINCT: Mapping[str, Rule] = {name: rule for name, rule in RULES.items() if rule.alias_of is None}
_HINT = "define `RULE = Rule(name, description, error)`, as the files of vle_analog.learning.rules do"


def rule_named(name: str, *besides: str) -> Rule:
    """The rule of that name, or the one that a Python file defines.

    Args:
        name: of the rule, or of a file.
        besides: other names that may be given in the same place, for the hint.

    Raises:
        UsageError: there is no such rule or file, or the file defines none; from its ``error``, where that fails.
    """
    if name in RULES:
        return RULES[name]
    if not is_file(name):
        raise UsageError(f"unknown rule '{name}'", hint=nearest(name, [*RULES, *besides]) + " (or name a .py file)")
    rule: Rule = definition(name, "RULE", lambda found: isinstance(found, Rule), _HINT)
    return replace(rule, error=guarded(rule.error, name))


def title_of(name: str) -> str:
    """What people call the rule of that name: for a file, what the rule in it is called.

    Raises:
        UsageError: there is no such file, or it defines no rule.
    """
    return rule_named(name).name if is_file(name) else name
