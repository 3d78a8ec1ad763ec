"""Formats that reports are written in: one file each, found by listing this folder.

A format is a module with a function ``files(report)``, which gives the contents of files by their names, and a number
``ORDER``: a report's files are written in the order of their formats, the record, which makes it complete, last.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from vle_analog.report.report import Report


class Format(Protocol):
    """A way to write reports."""

    ORDER: int

    def files(self, report: Report) -> Mapping[str, str | bytes]:
        """Contents by name of file; none where the format has nothing to say of this report."""


@cache
def formats() -> tuple[Format, ...]:
    """All formats, in the order in which their files are written."""
    names = sorted(module.name for module in iter_modules(__path__))
    return tuple(
        sorted((cast(Format, import_module(f"{__name__}.{name}")) for name in names), key=lambda each: each.ORDER)
    )


def rendered(report: Report) -> dict[str, str | bytes]:
    """Contents of all files of a report, by name, in the order in which they are to be written."""
    return {name: content for each in formats() for name, content in each.files(report).items()}
