"""Exponential function without branches or calls, on which the laws' fast forms are built.

A compiled loop that calls the C library's ``exp`` or ``tanh`` computes one at a time; of this one a compiler makes
vector code. Range reduction by Cody and Waite ("Software Manual for the Elementary Functions", 1980), then a Taylor
polynomial of degree 12.
"""

import math

import numpy as np

_LOG2E = 1 / math.log(2)
#: ln 2 in two parts, the first with trailing zeros
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
#: adding it leaves a double's integer part in its lowest bits
_MAGIC = 6755399441055744.0
_BIAS = 1023 << 52
#: beyond it tanh is 1, and exp is not asked for
_MOST = 350.0


def exponential(x: float) -> float:
    """exp(x) for |x| up to 350, relative error below 1e-12; the value at the bound beyond."""
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
    bits = np.float64(shifted).view(np.int64)
    return p * np.int64((bits << 52) + _BIAS).view(np.float64)  # times 2^n
