"""Part values inside a technology's ranges, or an error that names what binds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from eseries import E12, find_nearest
from numpy.typing import NDArray

from vle_analog.circuit.technology import Technology
from vle_analog.errors import SynthesisError
from vle_analog.units import engineering

Array = NDArray[np.float64]


#: what a stage's free part is called
_FREE = {"ohm": "resistor", "F": "capacitor"}


@dataclass(frozen=True)
class Window:
    """The values of a stage's free part that keep all its parts in range, per instance."""

    low: Array
    high: Array

    def nearest(self, wanted: Array | float) -> Array:
        """The wanted values, moved into the window."""
        return np.clip(wanted, self.low, self.high)


#: a remedy that is worded only where it is asked for
Remedy = Callable[[], str]


def rescaled() -> str:
    """What helps where neither terms nor time constants bind."""
    return "rescale the equations so that their signals are of similar size, or fix volts per unit with --scale"


def slower_or_faster() -> str:
    """What helps where a time constant binds."""
    return f"change the time unit, or {rescaled()}"


def window(
    technology: Technology,
    bounds: Mapping[str, tuple[Array, Array]],
    where: str,
    unit: str,
    remedy: Remedy = rescaled,
) -> Window:
    """What all bounds leave.

    Args:
        technology: named in the error.
        bounds: lower and upper bound by the constraint's name, one shape throughout.
        where: the signal, for the error.
        unit: of the value.
        remedy: for the error: what to do.

    Raises:
        SynthesisError: the bounds exclude each other; the two that bind are named.
    """
    names = list(bounds)
    lows, highs = (np.stack(np.broadcast_arrays(*(bounds[name][end] for name in names))) for end in (0, 1))
    low, high = lows.max(axis=0), highs.min(axis=0)
    bad = np.argwhere(low > high * (1 + 1e-9))
    if len(bad):
        at = tuple(bad[0])
        lower, upper = names[int(lows[(slice(None), *at)].argmax())], names[int(highs[(slice(None), *at)].argmin())]
        raise SynthesisError(
            f"no {technology.name} part values realise this signal: its {_FREE[unit]} would have to be at least "
            f"{engineering(float(low[at]), unit)} (because of {lower}) and at most "
            f"{engineering(float(high[at]), unit)} (because of {upper})",
            where=f"signal '{where}'" + (f" {list(map(int, at))}" if at else ""),
            hint=remedy() + ("; all instances of a template share one scale" if at else ""),
        )
    return Window(low, high)


def resistor_and_capacitor(
    technology: Technology,
    seconds: Array,
    bounds: Mapping[str, tuple[Array, Array]],
    where: str,
    remedy: Remedy = slower_or_faster,
) -> tuple[Array, Array]:
    """R and an E12 C (where one fits) with ``R C = seconds`` per instance.

    Args:
        technology: its usual resistor is aimed at.
        seconds: time constants, any shape.
        bounds: on R, by the constraint's name, in the same shape.
        where: the signal, for the error.
        remedy: for the error: what to do.

    Raises:
        SynthesisError: as `window`.
    """
    allowed = window(technology, bounds, where, "ohm", remedy)
    farads = seconds / allowed.nearest(technology.usual_resistor)
    farads = nearest_e12(farads, seconds / allowed.high, seconds / allowed.low)
    return seconds / farads, farads


def nearest_e12(values: Array, low: Array, high: Array) -> Array:
    """The nearest E12 values, where they lie within the bounds; elsewhere the values as they are."""
    unique, back = np.unique(values.ravel(), return_inverse=True)
    rounded = np.array([find_nearest(E12, float(value)) for value in unique])[back].reshape(values.shape)
    return np.where((rounded >= low) & (rounded <= high), rounded, values)
