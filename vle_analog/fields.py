"""What fields that a user may set are read from and held to: texts of numbers, switches and pairs; bounds.

Messages name the field in backticks, as `options` has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from vle_analog.errors import UsageError


def numbers(text: str, *, name: str, count: int | None = None, example: str = "0.1,0.3,1") -> tuple[float, ...]:
    """Numbers with commas between them.

    Args:
        text: of them.
        name: of the field, for messages.
        count: how many there must be; any when None.
        example: for the hint.

    Raises:
        UsageError: one is missing or cannot be read, or there are more or fewer; says which.
    """
    found = []
    for word in text.split(","):
        try:
            found.append(float(word))
        except ValueError:
            what = f"'{word.strip()}' is not a number" if word.strip() else "a number is missing"
            raise UsageError(
                f"`{name}` '{text}': {what}", hint=f"give numbers with commas between them, e.g. {example}"
            ) from None
    if count is not None and len(found) != count:
        words = {2: "two numbers"}.get(count, f"{count} numbers")
        raise UsageError(f"`{name}` '{text}' is not {words}", hint=f"with a comma between them, e.g. {example}")
    return tuple(found)


def switched(name: str) -> Callable[[str], bool]:
    """What reads ``on`` or ``off``, for the field of that name."""

    def read(text: str) -> bool:
        if text not in ("on", "off"):
            raise UsageError(f"`{name}` is on or off, not '{text}'", hint=f"`{name}=on`, or `{name}=off`")
        return text == "on"

    return read


def pairs(texts: Sequence[str], *, name: str, form: str, example: str) -> dict[str, str]:
    """Texts ``KEY=VALUE`` by key; the last of a key counts.

    Args:
        texts: as given.
        name: of the field, for messages.
        form: ``ROLE=NAME``, for messages.
        example: for the hint: how it is written.

    Raises:
        UsageError: one is not of this form.
    """
    found = {}
    for text in texts:
        key, equals, value = (word.strip() for word in text.partition("="))
        if not (key and equals and value):
            raise UsageError(f"`{name}` '{text}' is not {form}", hint=f"e.g. `{name}={example}`")
        found[key] = value
    return found


def at_least(least: float, **values: float | None) -> None:
    """Refuse fields that are under a bound.

    Raises:
        UsageError: names the first.
    """
    for name, value in values.items():
        if value is not None and not value >= least:
            if least == 0:
                raise UsageError(f"`{name}` must not be negative, not {value:g}", hint="take 0 or more")
            raise UsageError(f"`{name}` must be at least {least:g}, not {value:g}")


def positive(what: str = "", **values: float | None) -> None:
    """Refuse fields that are not positive and finite.

    Args:
        what: they must be, e.g. ``a positive voltage``; ``positive`` when empty.
        values: by name; None passes.

    Raises:
        UsageError: names the first.
    """
    for name, value in values.items():
        if value is not None and not 0 < value < math.inf:
            raise UsageError(f"`{name}` must be {what or 'positive'}, not {value:g}")


def fraction(**values: float) -> None:
    """Refuse fields that are no fraction of a whole, over 0 and at most 1.

    Raises:
        UsageError: names the first.
    """
    for name, value in values.items():
        if not 0 < value <= 1:
            raise UsageError(f"`{name}` must be over 0 and at most 1, not {value:g}", hint="e.g. 0.95")
