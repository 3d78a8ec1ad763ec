"""Part values inside a technology's ranges, or an error that names what binds."""

from __future__ import annotations

import numpy as np
from eseries import E12, find_nearest
from numpy.typing import NDArray

from vle_analog.circuit.technology import Technology
from vle_analog.errors import SynthesisError
from vle_analog.units import engineering

Array = NDArray[np.float64]


def choose(
    technology: Technology, wanted: Array, bounds: dict[str, tuple[Array, Array]], where: str, unit: str
) -> Array:
    """One value per instance: the wanted one, moved into all bounds.

    Args:
        technology: named in the error.
        wanted: preferred values, any shape.
        bounds: lower and upper bound (same shape) by the constraint's name.
        where: the signal, for the error.
        unit: of the value.

    Raises:
        SynthesisError: the bounds exclude each other; the two that bind are named.
    """
    names = list(bounds)
    lows = np.stack([np.broadcast_to(bounds[name][0], wanted.shape) for name in names])
    highs = np.stack([np.broadcast_to(bounds[name][1], wanted.shape) for name in names])
    low, high = lows.max(axis=0), highs.min(axis=0)
    bad = np.argwhere(low > high * (1 + 1e-9))
    if len(bad):
        at = tuple(bad[0])
        lower, upper = names[int(lows[(slice(None), *at)].argmax())], names[int(highs[(slice(None), *at)].argmin())]
        raise SynthesisError(
            f"no {technology.name} part values realise this signal: {lower} needs at least "
            f"{engineering(float(low[at]), unit)}, {upper} allows at most {engineering(float(high[at]), unit)}",
            where=f"signal '{where}'" + (f" {list(map(int, at))}" if at else ""),
            hint="change the time unit, or rescale the equations so that the terms are of similar size",
        )
    return np.clip(wanted, low, high)


def nearest_e12(values: Array, low: Array, high: Array) -> Array:
    """The nearest E12 values, where they lie within the bounds; elsewhere the values as they are."""
    unique, back = np.unique(values.ravel(), return_inverse=True)
    rounded = np.array([find_nearest(E12, float(value)) for value in unique])[back].reshape(values.shape)
    return np.where((rounded >= low) & (rounded <= high), rounded, values)
