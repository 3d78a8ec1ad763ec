"""Learning rules, one per file: how an error neuron turns its input p into the error e that drives plasticity.

Rules are found by listing this folder: a new one is a new file that defines ``RULE`` (`rule.Rule`). One of a user's own
is such a file anywhere, named by its path wherever a rule is asked for; or it comes with an installed package, as an
entry point of the group ``vle_analog.rules``; or a Python session makes it known (`register`, `rule`).

That the backward path is learned and corrects the gain is the VLE paper's statement (arXiv 2603.09600, known to us by
abstract and summary); the variants vle1 to vle3 and how their coefficients learn (`error_neuron`) are ours.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import sympy as sp

from vle_analog.errors import UsageError, nearest
from vle_analog.installed import RULE_GROUP, installed, loaded, source
from vle_analog.learning.registered import keep, registered, registered_rules
from vle_analog.learning.registered import source as source_of_registered
from vle_analog.learning.rule import EXACT, Coefficients, Rule
from vle_analog.userfile import definition, guarded, is_file, text_of


def _listed() -> Mapping[str, Rule]:
    rules = (import_module(f"{__name__}.{file.name}").RULE for file in pkgutil.iter_modules(__path__))
    return {rule.name: rule for rule in rules}


#: the rules by name, in the order of their files
RULES: Mapping[str, Rule] = _listed()
#: those that are no other's second name
DISTINCT: Mapping[str, Rule] = {name: rule for name, rule in RULES.items() if rule.alias_of is None}
_BROUGHT = "let the entry point name a Rule(name, description, error)"
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
    if (own := registered(name)) is not None:
        return own
    if (entry := installed(RULE_GROUP).get(name)) is not None:
        brought: Rule = loaded(entry, lambda value: isinstance(value, Rule), _BROUGHT)
        return replace(brought, name=name)
    if not is_file(name):
        hint = nearest(name, [*known_rules(), *besides])
        raise UsageError(f"unknown rule '{name}'", hint=f"{hint} (or name a .py file)")
    rule: Rule = definition(name, "RULE", lambda found: isinstance(found, Rule), _HINT)
    return replace(rule, error=guarded(rule.error, name))


def known_rules() -> tuple[str, ...]:
    """Names of all rules that come with the tool or with an installed package, or that were made known here."""
    others = (*installed(RULE_GROUP), *registered_rules())
    return (*RULES, *(name for name in dict.fromkeys(others) if name not in RULES))


def register(rule: Rule) -> Rule:
    """Make a rule known by its name, in this process and those that learn for it; one of the same name that was made
    known before gives way.

    Returns:
        The rule, its error an expression.

    Raises:
        UsageError: the name is another rule's or no name, or the rule's error is no expression.
    """
    if rule.name in RULES or rule.name in installed(RULE_GROUP) or rule.name == EXACT:
        raise UsageError(f"there is a rule '{rule.name}' already", hint="give this one another name")
    if not rule.name.isidentifier():
        raise UsageError(f"'{rule.name}' is no name of a rule", hint="give one of letters, digits and underscores")
    return keep(rule)


def rule(
    name: str, description: str, color: str | None = None
) -> Callable[[Callable[[sp.Expr, Coefficients], sp.Expr]], Rule]:
    """Make a function ``error(exact, k)`` a rule that is known by its name: a decorator (`register`).

    Args:
        name, description, color: as a `Rule` has them.
    """
    return lambda error: register(Rule(name, description, error, color=color))


def name_of(given: str | Rule) -> str:
    """The name that a rule goes by; a rule that is given itself is made known.

    Raises:
        UsageError: as `register`.
    """
    return given if isinstance(given, str) else register(given).name


def color_named(name: str) -> str | None:
    """The color that the rule of that name says, or that of a file; None where it says none or is not known."""
    if name in RULES:
        return RULES[name].color
    known = is_file(name) or registered(name) is not None or name in installed(RULE_GROUP)
    return rule_named(name).color if known else None


def source_of(name: str) -> str | None:
    """What tells a rule from another one of its name: its file's text; None for those of the package.

    Raises:
        UsageError: the file cannot be read.
    """
    if (own := registered(name)) is not None:
        return source_of_registered(own)
    if (entry := installed(RULE_GROUP).get(name)) is not None and name not in RULES:
        return source(entry)
    return text_of(name) if is_file(name) else None


def files_of(name: str | None) -> tuple[Path, ...]:
    """The file that a rule is defined in; none where it has a name."""
    return (Path(name),) if name is not None and is_file(name) else ()


def title_of(name: str) -> str:
    """What people call the rule of that name: of another one's second name that one, for a file what the rule in it is
    called; the name itself where it is no local rule's.

    Raises:
        UsageError: there is no such file, or it defines no rule.
    """
    if is_file(name):
        return rule_named(name).name
    return RULES[name].alias_of or name if name in RULES else name
