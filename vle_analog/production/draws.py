"""Random numbers that a board's number and a part's name decide, and the distributions that are made from them."""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np

#: a board's number, or those of boards that are made together (`Panel`), whose draws are then arrays
Numbers = int | tuple[int, ...]
#: of values, and of what lots and boards have in common
DISTRIBUTIONS = ("lognormal", "normal", "uniform", "truncated")
SAMPLINGS = ("random", "sobol", "latin")
#: a truncated distribution ends so many standard deviations of the whole one from its mean
_CUT = 2.0
_NORMAL = NormalDist()


def draw(seed: Numbers, name: str) -> Any:
    """A standard normal number that seed and name determine; of several seeds an array."""
    if isinstance(seed, tuple):
        from vle_analog.production.numbers import normal  # takes long to load, and few make many boards

        return normal(*_written(seed), np.frombuffer(name.encode(), np.uint8))
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    # the half keeps it inside (0, 1); 52 bits and a half are exact in a float
    return _NORMAL.inv_cdf((int.from_bytes(digest[:8]) % 2**52 + 0.5) / 2**52)


@lru_cache(maxsize=4)
def _written(seeds: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Seeds as texts, which all parts of some boards need."""
    from vle_analog.production.numbers import texts  # as above

    return texts(seeds)


def evenly(sampling: str, dimensions: int, place: int, points: int, seed: int) -> list[float]:
    """Standard normal numbers of one of the points that fill a space evenly.

    Args:
        sampling: ``sobol`` (scrambled) or ``latin`` (hypercube).
        dimensions: of the space.
        place: of the point.
        points: of the hypercube.
        seed: of the scrambling.
    """
    if sampling == "sobol":
        from scipy.stats import qmc  # loads for most of a second, and few studies fill a space evenly

        sequence = qmc.Sobol(dimensions, scramble=True, seed=seed)
        if place:
            sequence.fast_forward(place)
        point = sequence.random(1)[0]
    else:
        point = _hypercube(dimensions, points, seed)[place]
    return [_NORMAL.inv_cdf(min(max(at, 2.0**-53), 1 - 2.0**-53)) for at in point.tolist()]


def deviate(distribution: str, number: Any) -> Any:
    """A number of mean 0 and deviation 1 of a symmetric distribution, from a standard normal one; or arrays of them."""
    if distribution == "normal":
        return number
    if isinstance(number, np.ndarray):
        return np.array([deviate(distribution, each) for each in number.tolist()])
    if distribution == "uniform":
        return math.sqrt(3) * (2 * _NORMAL.cdf(number) - 1)
    low, high = _NORMAL.cdf(-_CUT), _NORMAL.cdf(_CUT)
    left = math.sqrt(1 - 2 * _CUT * _NORMAL.pdf(_CUT) / (high - low))  # the deviation inside the cut
    return _NORMAL.inv_cdf(low + (high - low) * _NORMAL.cdf(number)) / left


def lognormal(spread: float, number: Any) -> Any:
    """A lognormal factor of mean 1 and a relative standard deviation, from a standard normal number; or arrays."""
    sigma = math.sqrt(math.log1p(spread**2))
    if isinstance(number, np.ndarray):
        from vle_analog.production.numbers import exponentials  # as above

        return exponentials(sigma, number, sigma**2 / 2)
    return math.exp(sigma * number - sigma**2 / 2)


def some(value: Any) -> bool:
    """Whether a value, or any of an array, is not zero."""
    return bool(value.any()) if isinstance(value, np.ndarray) else bool(value)


@lru_cache(maxsize=4)
def _hypercube(dimensions: int, points: int, seed: int) -> Any:
    """All points of a latin hypercube, shape (points, dimensions)."""
    from scipy.stats import qmc  # as above

    return qmc.LatinHypercube(dimensions, seed=seed).random(points)
