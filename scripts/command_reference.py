"""``docs/commands.md``, made of the commands themselves: their help, their arguments, their options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vle_analog.cli import listing
from vle_analog.cli.declare import command

_KINDS = {"str": "text", "int": "number", "float": "number", "Path": "path"}


def text() -> str:
    """The page."""
    return "\n".join(["# Commands", "", "Made of the commands' own help.", *_all(), ""])


def _all() -> Iterator[str]:
    names = listing.commands()
    yield from ("", ", ".join(f"[{name}](#vle-analog-{name.replace(' ', '-')})" for name in names))
    for name in names:
        parameters = [each for each in command(name).params if "--help" not in each.opts]
        usage = [each.metavar for each in parameters if each.param_type_name == "argument"]
        yield from ("", f"## vle-analog {name}", "", listing.help_of(name))
        yield from ("", "```", " ".join(["vle-analog", name, *usage, "[OPTIONS]"]), "```")
        yield from ("", "```sh", *listing.study_of(name).examples, "```")
        if parameters:
            yield from ("", "| | takes | |", "|---|---|---|")
            yield from map(_row, parameters)


def _row(parameter: Any) -> str:
    """How it is written, what it takes, what it does."""
    is_option = parameter.param_type_name == "option"
    written = ", ".join(f"`{word}`" for word in parameter.opts) if is_option else f"`{parameter.metavar}`"
    kind = parameter.type_descriptor.annotation
    takes = parameter.metavar or _KINDS.get(getattr(kind, "__name__", ""), "") if is_option else ""
    shown = parameter.show_default if isinstance(parameter.show_default, str) else parameter.default
    told = "" if shown in (None, False) or parameter.show_default is False else f" Default: `{shown}`."
    return f"| {_cell(written)} | {_cell(takes)} | {_cell(parameter.help)}{_cell(told)} |"


def _cell(words: str) -> str:
    return words.replace("\\[", "[").replace("|", "\\|").replace("<", "&lt;")
