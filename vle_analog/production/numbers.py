"""Standard normal numbers of many boards at once: the same as of one, bit for bit, compiled.

A number is made of the hash of a text (`draws`). Here the hash (SHA-256: FIPS 180-4) runs for sixteen texts side by
side, one per lane; the normal distribution's inverse is Wichura's (AS 241, 1988), in the
order in which Python's ``statistics`` computes it.
"""

# mypy: disable-error-code="misc,no-untyped-call,call-overload,type-var"
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from vle_analog.jit import jit
from vle_analog.lanes import LANES, aligned, both, differing, either, left, load, plus, right, spread, store

#: bytes of a hash's block
_BLOCK = 64


def _fraction(prime: int, power: int) -> int:
    """The first 32 bits of the fraction of a root of a prime, exact."""
    low, high = 0, 1 << 40
    while high - low > 1:  # the largest whole number whose power is no more than the prime's times 2**(32 power)
        middle = (low + high) // 2
        low, high = (middle, high) if middle**power <= prime << (32 * power) else (low, middle)
    return low % 2**32


_PRIMES = [n for n in range(2, 312) if all(n % divisor for divisor in range(2, n))]
_START = np.array([_fraction(prime, 2) for prime in _PRIMES[:8]], np.uint32)
_ROUNDS = np.array([_fraction(prime, 3) for prime in _PRIMES], np.uint32)
#: Wichura's numerators and denominators, highest powers first: in the middle, in the tails, and far out
_MIDDLE = np.array(
    [
        [2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
         13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.3871328727963666080],
        [5226.4952788528545610, 28729.085735721942674, 39307.895800092710610, 21213.794301586595867,
         5394.1960214247511077, 687.18700749205790830, 42.313330701600911252, 1.0],
    ]
)  # fmt: skip
_TAIL = np.array(
    [
        [7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1, 1.27045825245236838258,
         3.64784832476320460504, 5.76949722146069140550, 4.63033784615654529590, 1.42343711074968357734],
        [1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
         6.89767334985100004550e-1, 1.67638483018380384940, 2.05319162663775882187, 1.0],
    ]
)  # fmt: skip
_FAR = np.array(
    [
        [2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3, 2.65321895265761230930e-2,
         2.96560571828504891230e-1, 1.78482653991729133580, 5.46378491116411436990, 6.65790464350110377720],
        [2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
         1.48753612908506148525e-2, 1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0],
    ]
)  # fmt: skip


def texts(seeds: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Seeds as they are written, in words, highest byte first, zero behind the end; how many bytes each has.

    Shape (seeds, words), (seeds,).
    """
    written = [f"{seed}/".encode() for seed in seeds]
    width = -(-max(map(len, written), default=1) // 4)
    rows = np.frombuffer(b"".join(text.ljust(4 * width, b"\0") for text in written), ">u4").reshape(-1, width)
    return rows.astype(np.uint32), np.array([len(text) for text in written], np.int64)


def normal(seeds: np.ndarray, lengths: np.ndarray, name: np.ndarray) -> np.ndarray:
    """The numbers of a name for seeds, shape (seeds,).

    Args:
        seeds, lengths: of `texts`.
        name: its bytes.
    """
    found: np.ndarray = _normal(seeds, lengths, name, aligned((8 + _BLOCK, LANES), np.uint32))
    return found


@jit(nogil=True, error_model="numpy")
def _normal(seeds: np.ndarray, lengths: np.ndarray, name: np.ndarray, scratch: np.ndarray) -> np.ndarray:
    """As `normal`; the scratch is for the state of a hash and the words of a block, by lane."""
    found, shares = np.empty(len(seeds)), np.empty(LANES)
    state, words = scratch[:8], scratch[8:]
    common, before, first = np.empty(0, np.uint32), -1, 0
    while first < len(seeds):
        length = lengths[first]
        if length != before:
            common, before = _common(length, name), length
        last = first + 1
        while last < len(seeds) and last < first + LANES and lengths[last] == length:
            last += 1
        like = load(state, 0)
        for i in range(8):
            store(state, i, spread(like, _START[i]))
        for block in range(0, len(common), 16):
            for i in range(16):
                store(words, i, spread(like, common[block + i]))
            for i in range(block, min(block + 16, seeds.shape[1])):
                for j in range(last - first):
                    words[i - block, j] |= seeds[first + j, i]
            _compressed(state, words)
        for j in range(LANES):
            bits = (np.uint64(state[0, j]) << np.uint64(32) | np.uint64(state[1, j])) & np.uint64(2**52 - 1)
            shares[j] = (np.float64(bits) + 0.5) / 2.0**52
        _quantiles(shares, found[first:last])
        first = last
    return found


@jit(nogil=True, error_model="numpy")
def exponentials(factor: float, numbers: np.ndarray, less: float) -> np.ndarray:
    """exp(factor x - less), by the exponential that Python's ``math`` has; numpy's is another one."""
    found = np.empty(len(numbers))
    for j in range(len(numbers)):
        found[j] = math.exp(factor * numbers[j] - less)
    return found


@njit
def _common(start: int, name: np.ndarray) -> np.ndarray:
    """The words of a name's texts, highest byte first, behind so many bytes of a seed, which are zero: with a one and
    their length behind them, whole blocks."""
    length = start + len(name)
    found = np.zeros((length + 9 + _BLOCK - 1) // _BLOCK * 16, np.uint32)
    for at in range(start, length + 1):
        byte = np.uint32(name[at - start]) if at < length else np.uint32(0x80)
        found[at // 4] |= byte << np.uint32(24 - at % 4 * 8)
    found[-1] = 8 * length
    return found


@njit(inline="always")
def _turned(x: Any, by: int) -> Any:
    """Words turned to the right."""
    return either(right(x, by), left(x, 32 - by))


@jit(nogil=True, error_model="numpy", _nrt=False)
def _compressed(state: np.ndarray, words: np.ndarray) -> None:
    """One block of all lanes into their states; words 16 to 63 are made from the first sixteen."""
    for i in range(16, _BLOCK):
        x, y = load(words, i - 15), load(words, i - 2)
        low = differing(differing(_turned(x, 7), _turned(x, 18)), right(x, 3))
        high = differing(differing(_turned(y, 17), _turned(y, 19)), right(y, 10))
        store(words, i, plus(plus(load(words, i - 16), low), plus(load(words, i - 7), high)))
    a, b, c, d = load(state, 0), load(state, 1), load(state, 2), load(state, 3)
    e, f, g, h = load(state, 4), load(state, 5), load(state, 6), load(state, 7)
    for i in range(_BLOCK):
        sums = differing(differing(_turned(e, 6), _turned(e, 11)), _turned(e, 25))
        choice = differing(g, both(e, differing(f, g)))
        one = plus(plus(h, sums), plus(choice, plus(spread(e, _ROUNDS[i]), load(words, i))))
        others = differing(differing(_turned(a, 2), _turned(a, 13)), _turned(a, 22))
        majority = either(both(a, b), both(c, either(a, b)))
        h, g, f, e, d, c, b, a = g, f, e, plus(d, one), c, b, a, plus(one, plus(others, majority))
    for i, row in enumerate((a, b, c, d, e, f, g, h)):
        store(state, i, plus(load(state, i), row))


@njit
def _quantiles(shares: np.ndarray, found: np.ndarray) -> None:
    """The standard normal numbers below which shares of all lie; of those in the middle side by side."""
    middle = np.empty(LANES)
    for j in range(LANES):
        q = shares[j] - 0.5
        r = 0.180625 - q * q
        middle[j] = _power_series(_MIDDLE[0], r) * q / _power_series(_MIDDLE[1], r)
    for j in range(len(found)):
        found[j] = middle[j] if abs(shares[j] - 0.5) <= 0.425 else _far_quantile(shares[j])


@njit
def _far_quantile(p: float) -> float:
    """The standard normal number below which a share of all lies, far from the middle."""
    q = p - 0.5
    r = math.sqrt(-math.log(p if q <= 0.0 else 1.0 - p))
    if r <= 5.0:
        x = _power_series(_TAIL[0], r - 1.6) / _power_series(_TAIL[1], r - 1.6)
    else:
        x = _power_series(_FAR[0], r - 5.0) / _power_series(_FAR[1], r - 5.0)
    return -x if q < 0.0 else x


@njit
def _power_series(coefficients: np.ndarray, r: float) -> float:
    """A polynomial, by Horner's rule."""
    found = coefficients[0]
    for i in range(1, 8):
        found = found * r + coefficients[i]
    return found
