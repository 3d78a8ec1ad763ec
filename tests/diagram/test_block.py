"""What blocks have in common."""

from __future__ import annotations

import sympy as sp

from vle_analog.diagram.block import plain


def test_numbers_are_told_without_digits_that_say_nothing() -> None:
    x = sp.Symbol("x")
    assert plain(sp.Float("9.81") * x - sp.Float("0.1")) == "9.81*x - 0.1"
