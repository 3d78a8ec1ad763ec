"""Installed packages: their versions, and the tasks and rules that they bring along as entry points of theirs.

A package that has ``[project.entry-points."vle_analog.rules"]`` with a line ``half = "mine.rules:HALF"`` makes its rule
known by the name ``half`` wherever a rule is asked for, in every process that has the package.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from typing import Any

from vle_analog.errors import UsageError
from vle_analog.library import remembered
from vle_analog.version import __version__

#: this package's name
OWN = "vle-analog"
#: groups of entry points
TASK_GROUP, RULE_GROUP = "vle_analog.tasks", "vle_analog.rules"


def version_of(package: str) -> str | None:
    """A package's version; None where it is not installed. This one's own is in its source, installed or not."""
    if package == OWN:
        return __version__
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@remembered
def installed(group: str) -> Mapping[str, EntryPoint]:
    """A group's entry points by name, sorted.

    Raises:
        UsageError: two packages have one of the same name.
    """
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entry_points(group=group), key=lambda each: each.name):
        if (other := found.setdefault(entry.name, entry)) != entry:
            raise UsageError(
                f"two packages bring '{entry.name}' along: {_said(other)} and {_said(entry)}",
                where=group,
                hint="uninstall one of them",
            )
    return found


def loaded(entry: EntryPoint, valid: Callable[[Any], bool], hint: str) -> Any:
    """What an entry point stands for.

    Args:
        entry: of a package.
        valid: whether a value is what is asked for.
        hint: said where it is not.

    Raises:
        UsageError: it cannot be imported, or is something else.
    """
    try:
        value = entry.load()
    except Exception as error:
        raise UsageError(
            f"it cannot be loaded: {type(error).__name__}: {error}", where=_said(entry), hint="mend the package"
        ) from error
    if not valid(value):
        raise UsageError(f"it is of type '{type(value).__name__}'", where=_said(entry), hint=hint)
    return value


def source(entry: EntryPoint) -> str:
    """What tells an entry point from another one of its name: package, version and the module's text."""
    loaded(entry, lambda value: True, "")
    try:
        text = inspect.getsource(sys.modules[entry.module])
    except (OSError, TypeError):
        text = ""
    return f"{_said(entry)}\n{text}"


def _said(entry: EntryPoint) -> str:
    package = "a package" if entry.dist is None else f"{entry.dist.name} {entry.dist.version}"
    return f"{package}, {entry.value}"


def frames() -> Any:
    """The module pandas.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module("pandas")
    except ModuleNotFoundError:
        hint = "install it: pip install 'vle-analog[notebooks]'"
        raise UsageError("frames need pandas, which is not installed", hint=hint) from None
