"""Settings of plasticity as a user writes them: ``NAME=VALUE``."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any, get_args, get_type_hints

from vle_analog.errors import UsageError, nearest
from vle_analog.learning.plasticity import Plasticity

#: fields of `Plasticity` that a lesson has itself
_OWN = ("rule", "eta")
#: what a switch may be set to
_TRUTHS = {"true": True, "false": False}
#: all others, with their types
SETTABLE = {name: hint for name, hint in get_type_hints(Plasticity).items() if name not in _OWN}

#: fields of `Plasticity` and their values, in the order in which they were given
Changes = tuple[tuple[str, Any], ...]


def parsed(texts: Sequence[str]) -> Changes:
    """Fields of `Plasticity` and their values from texts ``NAME=VALUE``.

    Raises:
        UsageError: one is no such text, names no field or one that a lesson has itself, comes twice, or is no value of
            the field's type.
    """
    changes: dict[str, Any] = {}
    for text in texts:
        name, equals, value = (word.strip() for word in text.partition("="))
        if not equals or not name or not value:
            raise UsageError(f"`changes` '{text}' is not NAME=VALUE", hint="e.g. `changes=averaging=500`")
        if name in _OWN:
            raise UsageError(f"`changes` {name}: this has an option of its own", hint=f"give the {name} by it")
        if name not in SETTABLE:
            raise UsageError(f"`changes` {name}: there is no such setting", hint=nearest(name, SETTABLE))
        if name in changes:
            raise UsageError(f"`changes` {name}: given twice", hint="leave one of them out")
        try:
            changes[name] = _value(SETTABLE[name], value)
        except (KeyError, ValueError):
            raise UsageError(f"`changes` {name}: '{value}' is not {_wanted(SETTABLE[name])}") from None
    return tuple(changes.items())


def _value(hint: Any, text: str) -> Any:
    """A value of the type that the hint says.

    Raises:
        KeyError, ValueError: the text is none.
    """
    options = _options(hint)
    if NoneType in options and text.lower() == "none":
        return None
    wanted = next(option for option in options if option is not NoneType)
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
    words: Mapping[Any, str] = {bool: "true or false", int: "a whole number", float: "a number", NoneType: "none"}
    return " or ".join(words.get(option, "two numbers with a colon between them") for option in _options(hint))


def _options(hint: Any) -> tuple[Any, ...]:
    """The types that a union allows; a hint that is none stands alone."""
    return get_args(hint) if NoneType in get_args(hint) else (hint,)
