"""Sums over wide layers as vector code: the numbers of numpy, whatever sizes and orders in memory."""

from __future__ import annotations

import ctypes

import numba
import numpy as np
import pytest

from vle_analog.reference.contraction import Contraction, contraction

NUMBERS = numba.types.CPointer(numba.types.float64)


def pointer(array: np.ndarray) -> object:
    return array.ctypes.data_as(ctypes.POINTER(ctypes.c_double))


@pytest.mark.parametrize(
    ("rows", "columns", "depth", "turned", "along"),
    [
        (13, 1, 23, False, True),  # rates into a layer
        (1, 29, 7, False, False),  # errors out of it
        (6, 27, 9, True, False),  # errors of several streams
        (7, 5, 15, False, True),  # what weights learn from several streams
        (9, 11, 5, False, True),
    ],
)
def test_a_contraction_is_a_product_of_matrices(rows: int, columns: int, depth: int, turned: bool, along: bool) -> None:
    rng = np.random.default_rng(rows)
    a, b = rng.normal(size=(rows, depth)), rng.normal(size=(depth, columns))
    given = np.concatenate([[np.nan] * 2, (a.T if turned else a).ravel()])
    heard = np.concatenate([[np.nan], (b.T if along else b).ravel()])
    sizes = {
        "rows": rows,
        "columns": columns,
        "depth": depth,
        "a": 2,
        "b": 1,
        "out": 3,
        "a_strides": (1, rows) if turned else (depth, 1),
        "b_strides": (1, depth) if along else (columns, 1),
    }
    assert Contraction(**sizes).across is not along and Contraction(**sizes).vectorised
    product = contraction(**sizes)

    @numba.cfunc(numba.void(NUMBERS, NUMBERS, NUMBERS))
    def run(out, one, other):  # type: ignore[no-untyped-def]
        product(out, one, other)

    out = np.full(3 + rows * columns + 1, 7.0)
    run.ctypes(pointer(out), pointer(given), pointer(heard))
    np.testing.assert_allclose(out[3:-1].reshape(rows, columns), a @ b, rtol=0, atol=1e-13)
    assert [*out[:3], out[-1]] == [7.0] * 4  # nothing beside it
