"""Operations are counted as a compiler would make them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from vle_analog.laws.tanh import fast_tanh
from vle_analog.roofline.counting import Ledger, Room
from vle_analog.roofline.interpreter import Interpreter


def test_a_dot_product_is_fused_and_each_number_read_once() -> None:
    ledger = Ledger()
    one, other, out = (Room(ledger, values) for values in (np.arange(5.0), np.arange(5.0), np.zeros(1)))
    ledger.forget()
    total = 0.0
    for i in range(5):
        total = total + one[i] * other[i]
    out[0] = total
    count = ledger.count()
    assert out.values() == [30.0]
    assert _positive(count.operations) == {"fma": 5}
    assert (count.read, count.stored, count.accessed) == (80, 8, 88)
    assert (count.flops, count.moved) == (10, 96)
    assert out.ready() == 6  # the first product, and five sums one after another


def test_what_is_computed_twice_counts_once_and_a_product_used_twice_is_not_fused() -> None:
    ledger = Ledger()
    a, b = Room(ledger, [2.0, 3.0]), Room(ledger, [0.0, 0.0, 0.0])
    ledger.forget()
    b[0], b[1], b[2] = a[0] * a[1] + 1.0, a[0] * a[1] + 1.0, a[0] * a[1] - 1.0
    assert _positive(ledger.count().operations) == {"multiply": 1, "add": 2}
    assert b.values().tolist() == [7.0, 7.0, 5.0]


def test_a_law_without_branches_is_counted_to_its_last_polynomial() -> None:
    ledger = Ledger()
    (x,) = (Room(ledger, [0.3])[0],)
    ledger.forget()
    y = Interpreter(ledger).of(fast_tanh)(x)
    operations = _positive(ledger.count().operations)
    assert y.value == pytest.approx(np.tanh(0.3), rel=1e-13)
    assert operations["divide"] == 1 and operations["integer"] == 2 and operations["compare"] == 2
    assert operations["fma"] >= 12  # the polynomial's degree


def test_loops_of_the_c_library_are_counted_by_name() -> None:
    def function(x: float) -> float:
        return math.copysign(math.exp(-abs(x)), x)

    ledger = Ledger()
    y = Interpreter(ledger).of(function)(Room(ledger, [-1.0])[0])
    assert y.value == -math.exp(-1)
    assert ledger.count().operations["exp"] == 1


def _positive(operations: object) -> dict[str, float]:
    return {kind: number for kind, number in operations.items() if number and kind}  # type: ignore[attr-defined]
