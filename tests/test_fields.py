"""Texts that fields are read from, and bounds that they are held to."""

from __future__ import annotations

import pytest

from vle_analog.errors import UsageError
from vle_analog.fields import at_least, fraction, numbers, pairs, positive


@pytest.mark.parametrize(
    "text, message",
    [
        ("1,x", "`rates` '1,x': 'x' is not a number"),
        ("1,,2", "`rates` '1,,2': a number is missing"),
        ("", "`rates` '': a number is missing"),
    ],
)
def test_numbers_that_are_none(text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        numbers(text, name="rates")
    assert error.value.what == message and error.value.hint == "give numbers with commas between them, e.g. 0.1,0.3,1"


def test_pairs() -> None:
    assert pairs(["a = 1", "b=2", "a=3"], name="parts", form="ROLE=NAME", example="x=y") == {"a": "3", "b": "2"}
    for text in ("a", "a=", "=1"):
        with pytest.raises(UsageError, match=f"`parts` '{text}' is not ROLE=NAME"):
            pairs([text], name="parts", form="ROLE=NAME", example="x=y")


def test_bounds() -> None:
    at_least(0, first=None, second=0)
    positive(step=None, other=1.0)
    with pytest.raises(UsageError, match="`second` must not be negative, not -1"):
        at_least(0, first=0, second=-1)
    with pytest.raises(UsageError, match="`step` must be at least 2, not nan"):
        at_least(2, step=float("nan"))
    for value in (0.0, -1.0, float("inf"), float("nan")):
        with pytest.raises(UsageError, match="`step` must be a positive voltage"):
            positive("a positive voltage", step=value)
    fraction(wanted=1.0)
    for value in (0.0, 1.01, float("nan")):
        with pytest.raises(UsageError, match="`wanted` must be over 0 and at most 1"):
            fraction(wanted=value)
