"""Settings of plasticity from the command line: ``--set NAME=VALUE``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Annotated, Any, get_args, get_type_hints

import typer

from vle_analog.errors import UsageError, nearest
from vle_analog.learning.plasticity import Plasticity

#: fields of `Plasticity` that have options of their own
_OWN = {"rule": "--rules", "eta": "--etas"}
#: what a switch may be set to
_TRUTHS = {"true": True, "false": False}
#: all others, with their types
SETTABLE = {name: hint for name, hint in get_type_hints(Plasticity).items() if name not in _OWN}
#: the option
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help=f"Another setting of plasticity, of: {', '.join(SETTABLE)}. Two numbers with a colon between them, "
        "e.g. anneal=100000:40000; true or false, e.g. eligibility=true; none switches off, e.g. trace=none. May be "
        "repeated.",
    ),
]


def changed(settings: Sequence[str]) -> dict[str, Any]:
    """Fields of `Plasticity` from texts ``NAME=VALUE``.

    Raises:
        UsageError: one is no such text, names no field or one with an option of its own, comes twice, or is no
            value of the field's type.
    """
    found: dict[str, Any] = {}
    for text in settings:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            raise UsageError(f"--set '{text}' is not NAME=VALUE", hint="e.g. --set averaging=500")
        if name in _OWN:
            raise UsageError(f"--set {name}: this has an option of its own", hint=f"give {_OWN[name]}")
        if name not in SETTABLE:
            raise UsageError(f"--set {name}: there is no such setting", hint=nearest(name, SETTABLE))
        if name in found:
            raise UsageError(f"--set {name}: given twice", hint="leave one of them out")
        try:
            found[name] = _value(SETTABLE[name], value)
        except (KeyError, ValueError):
            raise UsageError(f"--set {name}: '{value}' is not {_wanted(SETTABLE[name])}") from None
    return found


def _value(hint: Any, text: str) -> Any:
    """A value of the type that the hint says.

    Raises:
        KeyError, ValueError: the text is none.
    """
    options = _options(hint)
    if NoneType in options and text.lower() == "none":
        return None
    wanted = next(each for each in options if each is not NoneType)
    if wanted is bool:
        return _TRUTHS[text.lower()]
    if wanted in (str, int):
        return wanted(text)
    parts = text.split(":") if (pair := get_args(wanted)) else [text]
    values = tuple(float(part) for part in parts)
    if len(values) != max(1, len(pair)) or not all(map(math.isfinite, values)):
        raise ValueError
    return values if pair else values[0]


def _wanted(hint: Any) -> str:
    """What a value has to be, for people."""
    options = _options(hint)
    words: Mapping[Any, str] = {bool: "true or false", int: "a whole number", float: "a number", NoneType: "none"}
    return " or ".join(words.get(each, "two numbers with a colon between them") for each in options)


def _options(hint: Any) -> tuple[Any, ...]:
    """The types that a union allows; a hint that is none stands alone."""
    return get_args(hint) if NoneType in get_args(hint) else (hint,)
