"""Delays as all-pass ladders: sections of first and second order whose product is Padé's approximation.

``exp(-s T)`` has as its [n/n] Padé approximant ``theta(-s T/2) / theta(s T/2)``, theta the reverse Bessel polynomial of
order n: an all-pass with the delay of two Bessel filters (Storch, Proc. IRE 42, 1954; Baker & Graves-Morris, "Padé
Approximants", ch. 1). With a pair of its poles at ``(-a +- j b)/2T`` a section is, in state form,

    dv/dt = (a (u - v) - w q) / T,    dq/dt = w v / T,    y = u - 2 v

with ``w^2 = (a^2 + b^2)/4``: v is a band-pass of the input and at rest 0. With a real pole ``-a/T`` it is

    dz/dt = a (u - z) / T,    y = 2 z - u
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.equations.system import Definition, Signal, State

Array = NDArray[np.float64]

#: highest order: its poles are known to all digits
MOST = 24


@dataclass(frozen=True)
class Section:
    """One section, for a delay of 1.

    Attributes:
        damping: a.
        speed: w; 0 for a section of first order.
    """

    damping: float
    speed: float = 0.0

    def response(self, s: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Output over input at complex frequencies."""
        if not self.speed:
            return np.asarray((self.damping - s) / (self.damping + s))
        even = s**2 + self.speed**2
        return np.asarray((even - self.damping * s) / (even + self.damping * s))


@cache
def sections(order: int) -> tuple[Section, ...]:
    """The sections of a ladder, the most damped one first."""
    from scipy.signal import besselap  # loads for half a second; only this needs it

    _, poles, _ = besselap(order, norm="delay")
    made = [Section(-2 * pole.real) for pole in poles if abs(pole.imag) < 1e-9 * abs(pole)]
    made += [Section(-4 * pole.real, 2 * abs(pole)) for pole in poles if pole.imag > 1e-9 * abs(pole)]
    return tuple(sorted(made, key=lambda each: -each.damping))


def error_at(order: int, phase: Array) -> Array:
    """By how much a ladder's response misses a delay's, at angular frequencies times the delay."""
    found = np.exp(1j * phase)
    for each in sections(order):
        found = found * each.response(np.asarray(1j * phase, complex))
    return np.asarray(np.abs(found - 1))


def band(order: int, error: float = 0.01) -> float:
    """The angular frequency times the delay up to which a ladder's error is no larger."""
    phase = np.linspace(0.0, 2.5 * order + 2, 4000)
    beyond = np.flatnonzero(error_at(order, phase) > error)
    return float(phase[beyond[0] - 1]) if len(beyond) else float(phase[-1])


def passed(order: int, duration: float, values: Array, step: float) -> Array:
    """What a ladder at rest makes of a signal that is straight between evenly spaced samples, shape (n,)."""
    from scipy.signal import cont2discrete, lfilter  # as above

    start, found = values[0], values - values[0]
    for each in sections(order):
        a, w = each.damping / duration, each.speed / duration
        if w:
            numerator, denominator = [1.0, -a, w * w], [1.0, a, w * w]
        else:
            numerator, denominator = [-1.0, a], [1.0, a]
        b, poles, _ = cont2discrete((numerator, denominator), step, method="foh")
        found = lfilter(np.ravel(b), poles, found)
    return np.asarray(found + start)


def equations(
    order: int, source: Signal, duration: sp.Expr, output: Signal, new: Callable[[str], Signal]
) -> Iterator[tuple[State | Definition, float]]:
    """The states and definitions of a ladder, and what each is of a source that rests; states with no start yet.

    Args:
        order: of the ladder.
        source: signal that is delayed.
        duration: by which.
        output: signal that the last section defines.
        new: makes a signal for a purpose.
    """
    chain = sections(order)
    for number, each in enumerate(chain, 1):
        a, w = sp.Float(each.damping), sp.Float(each.speed)
        if each.speed:
            passing, stored = new("pass"), new("store")
            yield State(passing, (a * (source - passing) - w * stored) / duration), 0.0
            yield State(stored, w * passing / duration), each.damping / each.speed
            result = source - 2 * passing
        else:
            stored = new("store")
            yield State(stored, a * (source - stored) / duration), 1.0
            result = 2 * stored - source
        target = output if number == len(chain) else new("step")
        yield Definition(target, result), 1.0
        source = target
