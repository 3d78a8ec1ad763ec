"""Noise as a stimulus: white and 1/f, from a seed and a name, the same whichever stretch of it is played.

All densities are one-sided: the mean square over a band from f1 to f2 is the integral of density squared over f from
f1 to f2. A source of white density ``d`` (units per square root of frequency) and corner ``c`` (frequency) has the
density ``d sqrt(1 + c / f)``.

**White.** Independent normal samples w at an interval T, joined by straight lines, of variance s^2 have the one-sided
density squared ``2 s^2 T sinc(f T)^4`` (sinc(x) = sin(pi x) / (pi x): a line between samples is a convolution with a
triangle, whose spectrum is sinc^2). So ``s = d / sqrt(2 T)`` is exact at low frequencies, and the samples played are
``w[k] + (2 w[k] - w[k-1] - w[k+1]) / 12``, which takes out the roll-off to the fourth order: the density is within
0.04 dB up to 1/(8 T), 0.5 dB low at 1/(4 T) and 5.3 dB at 1/(2 T). ``shape`` has the curve.

**1/f.** Octaves of such noise, without the correction, of one variance and of intervals T, 2 T, 4 T, ...: their
densities squared add up to ``2 s^2 / (3 ln 2) / f``, within 0.4 % at any frequency well below 1/T. What is missing of
the octaves below T is white where it matters, and is given by doubling the power of the first. The longest interval
is 2^26 T: below 1/(2^26 T) the density stays level.

Every sample is a function of seed, name, octave and its own number alone, drawn in blocks by a numpy Generator, so
that a run may be split anywhere, and no source depends on which others there are.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from vle_analog.errors import EquationError
from vle_analog.stimulus import Array, Stimulus, TableSource, finite, inside, positive

#: intervals of 1/f noise, each twice the one before
OCTAVES = 27
#: most samples of one stretch
MOST_SAMPLES = 5_000_000
#: the highest frequency at which the density is right within 0.5 dB, times the interval
BAND = 0.25
_BLOCK = 1024
#: of the second difference: takes out sinc^4 to the fourth order
_LIFT = 1 / 12
#: variance of an octave whose sum has the density squared 1/f: half of 3 ln 2
_FLICKER = 1.5 * math.log(2)


@dataclass(frozen=True)
class Noise(Stimulus):
    """Band-limited noise; times in model units, frequencies in cycles per model unit.

    Attributes:
        density: of its white part, one-sided, per square root of frequency; at least 0.
        corner: frequency at which its 1/f part is as strong; 0 for none.
        seed: from 0.
        name: tells it from other sources of the seed.
        interval: between samples; None until a testbench says how fine its steps are.

    Raises:
        EquationError: a value that is not finite or out of range.
    """

    density: float
    corner: float
    seed: int
    name: str
    interval: float | None = None
    _identity: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for key, value in (("density", self.density), ("corner", self.corner), ("seed", self.seed)):
            finite(key, value)
            if value < 0:
                raise EquationError(f"the value {value:g} is negative", where=key, hint="give 0 or more")
        if self.interval is not None:
            finite("interval", self.interval)
            positive("interval", self.interval)
        digest = hashlib.sha256(self.name.encode()).digest()
        object.__setattr__(self, "_identity", int.from_bytes(digest[:8]))

    def sampled(self, interval: float) -> Noise:
        """The same source; at this interval if it has none of its own."""
        return self if self.interval is not None else replace(self, interval=interval)

    @property
    def rms(self) -> float:
        """Root mean square of the samples played, white part and octaves."""
        white = (1 + 2 * _LIFT) ** 2 + 2 * _LIFT**2
        variance = white * self.density**2 / (2 * self._interval)
        if self.corner:
            variance += (OCTAVES + 1) * _FLICKER * self.density**2 * self.corner
        return math.sqrt(variance)

    def __call__(self, t: Array) -> Array:
        t = np.asarray(t, float)
        if not t.size:
            return np.zeros(t.shape)
        first, last = math.floor(t.min() / self._interval), math.ceil(t.max() / self._interval)
        numbers = np.arange(first, last + 1)
        return np.asarray(np.interp(t / self._interval, numbers, self._samples(first, last)))

    def max_step(self, span: float) -> float | None:
        return self._interval

    def source(self, span: float, start: float = 0.0) -> TableSource:
        step = self._interval
        first, last = math.floor(start / step), math.ceil((start + span) / step)
        if last - first > MOST_SAMPLES:
            raise EquationError(
                f"{last - first:,} samples of noise are more than {MOST_SAMPLES:,}",
                where=self.name,
                hint="run a shorter span, or with a larger step bound",
            )
        numbers = np.arange(first, last + 1)
        samples = self._samples(first, last)
        times = np.concatenate([[0.0], inside(np.asarray(numbers * step - start, np.float64), span), [span]])
        return TableSource(times, np.interp((start + times) / step, numbers, samples), sharp=False)

    @property
    def _interval(self) -> float:
        if self.interval is None:
            raise EquationError("noise needs an interval between its samples", where=self.name)
        return self.interval

    def _samples(self, first: int, last: int) -> Array:
        """The values at the times k interval for k from first to last."""
        white = self._normal(0, first - 1, last + 1)
        lifted = white[1:-1] + _LIFT * (2 * white[1:-1] - white[:-2] - white[2:])
        values = self.density / math.sqrt(2 * self._interval) * lifted
        if self.density and self.corner:
            values += self.density * math.sqrt(_FLICKER * self.corner) * self._flicker(first, last)
        return values

    def _flicker(self, first: int, last: int) -> Array:
        """Octaves of unit variance, the first of twice that."""
        values = math.sqrt(2) * self._normal(1, first, last)
        numbers = np.arange(first, last + 1)
        for octave in range(1, OCTAVES):
            # each octave's knots are shifted by a part of its interval, so that they do not all lie at time zero
            shift = self._generator(octave + 1, 0).random()
            place = numbers / 2**octave + shift
            begin, end = math.floor(place[0]), math.floor(place[-1]) + 1
            values += np.interp(place, np.arange(begin, end + 1), self._normal(octave + 1, begin, end))
        return values

    def _normal(self, stream: int, first: int, last: int) -> Array:
        """Standard normal samples of a stream, number first to last; first is at least -_BLOCK."""
        low, high = first // _BLOCK, last // _BLOCK
        drawn = [self._generator(stream, block + 2).standard_normal(_BLOCK) for block in range(low, high + 1)]
        return np.concatenate(drawn)[first - low * _BLOCK : last - low * _BLOCK + 1]

    def _generator(self, stream: int, block: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, self._identity, stream, block])


def shape(hertz: ArrayLike, interval: float) -> Array:
    """The density of white noise as it is played, over the wanted one.

    Args:
        hertz: frequencies, any shape.
        interval: between samples, seconds.
    """
    x = np.asarray(hertz, float) * interval
    return np.asarray(np.sinc(x) ** 2 * (1 + 2 * _LIFT * (1 - np.cos(2 * np.pi * x))))
