"""Power of a signal over the power of what noise adds to it, in decibels and effective bits."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from vle_analog.compare.metrics import ComparisonError, samples
from vle_analog.noise import BAND
from vle_analog.waveforms import Waveforms

#: of an ideal converter and a sine of full scale: decibels at zero bits, and of each bit
OFFSET_DB, BIT_DB = 1.76, 6.02


def signal_to_noise(
    silent: Waveforms, noisy: Waveforms, names: Sequence[str], start: float, stop: float, step: float
) -> float | None:
    """The power of signals about their means over the power of what noise adds, up to a quarter of one over the step.

    Args:
        silent, noisy: waveforms of the same board on the same stimuli, without and with noise; model units.
        names: of the signals, whose powers are added.
        start, stop: of the window, model units.
        step: of the simulation, model units.

    Returns:
        The ratio; None where a waveform is not finite, the window is empty, or noise adds nothing.
    """
    grid = start + step * np.arange(int((stop - start) / step + 1e-9))
    if not grid.size:
        return None
    power = noise = 0.0
    for name in names:
        try:
            quiet, loud = (np.interp(grid, *samples(each, name)) for each in (silent, noisy))
        except ComparisonError:
            return None
        found = np.abs(np.fft.rfft(loud - quiet)) ** 2 / grid.size**2
        found[1:] *= 2  # of both signs of the frequency
        noise += float(found[np.fft.rfftfreq(grid.size) <= BAND].sum())
        power += float(np.var(quiet))
    return power / noise if noise > 0 else None


def decibels(ratio: float | None) -> float | None:
    """Decibels or bits that a ratio of powers is worth."""
    return None if not ratio else 10 * math.log10(ratio)


def effective_bits(ratio: float | None) -> float | None:
    """Decibels or bits that a ratio of powers is worth."""
    return None if not ratio else (10 * math.log10(ratio) - OFFSET_DB) / BIT_DB
