"""Noise inside of the kernel: white and 1/f samples of every source, one per step, from counters.

A sample is a function of its source's key and the step's number alone: nothing has to be kept or drawn in order. A
normal number is the count of ones among 48 random bits plus a uniform number from the other 16. White: independent
samples held for a step h have the one-sided density squared ``2 s^2 h``. 1/f: octaves of one variance, held for h,
2 h, 4 h, ...: their densities squared add up to ``s^2 / (ln 2 f)`` (Voss and McCartney); per step one octave draws
anew.
"""

# mypy: disable-error-code="misc,no-untyped-call"
from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

from vle_analog.noise import Noise

#: intervals of 1/f noise, each twice the one before: the longest of a learner's steps is hours of its time
OCTAVES = 24
_ONE = np.uint64(1)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_A, _B, _C = np.uint64(30), np.uint64(27), np.uint64(31)
#: how many bits are counted; the others are a number in steps of _FINE
_COUNTED, _REST, _FINE = 48, np.uint64(0xFFFF), 1 / 65536.0
_SHIFT = np.uint64(64 - _COUNTED)
#: mean and one over the standard deviation of count and number: 48/4 is the former's variance, 1/12 the latter's
_MEAN, _UNIT = 0.5 * _COUNTED + 0.5 * 65535.0 * _FINE, 1 / math.sqrt(_COUNTED / 4 + 1 / 12)


def key(seed: int, name: str) -> int:
    """A source's key, from 0 to 2^64."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{name}".encode()).digest()[:8], "little")


@dataclass(frozen=True)
class Amplitudes:
    """All sources of all boards: keys, and standard deviations of white samples and of an octave of 1/f.

    Arrays of shape (sources, samples).
    """

    keys: np.ndarray
    white: np.ndarray
    pink: np.ndarray


def amplitudes(names: Sequence[str], boards: Sequence[Mapping[str, Noise]], step: float) -> Amplitudes:
    """Amplitudes of sources by name, for steps of so many seconds."""
    shape = (len(names), len(boards))
    each = [[board[name] for board in boards] for name in names]
    keys = np.array([[key(one.seed, one.name) for one in row] for row in each], np.uint64).reshape(shape)
    density = np.array([[one.density for one in row] for row in each]).reshape(shape)
    corner = np.array([[one.corner for one in row] for row in each]).reshape(shape)
    return Amplitudes(keys, density / math.sqrt(2 * step), density * np.sqrt(math.log(2) * corner))


@intrinsic
def _ones(context: Any, bits: Any) -> Any:
    """How many bits are 1."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), generate


@njit(inline="always")
def _mixed(x: Any) -> Any:
    """SplitMix64 (Steele, Lea, Flood 2014)."""
    x = (x ^ (x >> _A)) * _FIRST
    x = (x ^ (x >> _B)) * _SECOND
    return x ^ (x >> _C)


@njit(inline="always")
def normal(source: Any, number: Any) -> float:
    """Standard normal number of a source's key and a counter."""
    bits = _mixed(source + (number + _ONE) * _GOLDEN)
    count = np.float64(np.int64(_ones(bits >> _SHIFT)))  # type: ignore[call-arg]
    return (count + np.float64(np.int64(bits & _REST)) * _FINE - _MEAN) * _UNIT
