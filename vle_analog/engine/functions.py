"""Exponential, hyperbolic tangent and the like without branches, so that a compiler makes vector code of them.

A compiled loop that calls the C library's ``tanh`` computes one at a time. Relative errors here are below 1e-13.
"""

# mypy: disable-error-code="misc,no-untyped-def,no-untyped-call"
from __future__ import annotations

import math
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

_LOG2E = 1 / math.log(2)
#: ln 2 in two parts, the first with trailing zeros (Cody and Waite)
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
#: adding it leaves a double's integer part in its lowest bits
_MAGIC = 6755399441055744.0
_BIAS = 1023 << 52
#: beyond it tanh is 1, and exp is not asked for
_MOST = 350.0


@intrinsic
def _as_float(context: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic
def _as_bits(context: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@njit(inline="always")
def exponential(x: float) -> float:
    """exp(x) for |x| up to 350; the value at the bound beyond."""
    x = min(max(x, -_MOST), _MOST)
    shifted = x * _LOG2E + _MAGIC
    n = shifted - _MAGIC
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    p = 1 / 479001600.0
    p = p * r + 1 / 39916800.0
    p = p * r + 1 / 3628800.0
    p = p * r + 1 / 362880.0
    p = p * r + 1 / 40320.0
    p = p * r + 1 / 5040.0
    p = p * r + 1 / 720.0
    p = p * r + 1 / 120.0
    p = p * r + 1 / 24.0
    p = p * r + 1 / 6.0
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    scale: float = _as_float((_as_bits(shifted) << 52) + _BIAS)  # type: ignore[call-arg]
    return p * scale


@njit(inline="always")
def tangent(x: float) -> float:
    """tanh(x)."""
    return 1.0 - 2.0 / (exponential(2.0 * x) + 1.0)


@njit(inline="always")
def share(x: float) -> float:
    """The logistic function 1/(1 + exp(-x))."""
    return 1.0 / (1.0 + exponential(-x))


@njit(inline="always")
def rectified(x: float) -> float:
    """The softplus function ln(1 + exp(x))."""
    z = exponential(-abs(x))
    s = z / (2.0 + z)  # ln(1 + z) = 2 artanh(s), s up to 1/3
    q = s * s
    p = 1 / 27.0
    p = p * q + 1 / 25.0
    p = p * q + 1 / 23.0
    p = p * q + 1 / 21.0
    p = p * q + 1 / 19.0
    p = p * q + 1 / 17.0
    p = p * q + 1 / 15.0
    p = p * q + 1 / 13.0
    p = p * q + 1 / 11.0
    p = p * q + 1 / 9.0
    p = p * q + 1 / 7.0
    p = p * q + 1 / 5.0
    p = p * q + 1 / 3.0
    p = p * q + 1.0
    return max(x, 0.0) + 2.0 * s * p
