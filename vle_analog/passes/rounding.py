"""Parts as catalogues list them: a circuit with its values rounded to E-series (IEC 60063)."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable
from itertools import pairwise

import eseries

from vle_analog.circuit.cells import Kind
from vle_analog.circuit.circuit import Circuit
from vle_analog.errors import UsageError, nearest
from vle_analog.passes.values import with_values


def rounded(circuit: Circuit, resistors: str | None = "E96", capacitors: str | None = None) -> Circuit:
    """The circuit with every value moved to its series' nearest, in ratio.

    Args:
        circuit: any.
        resistors, capacitors: names of series, E3 to E192; None leaves the values as they are.

    Raises:
        UsageError: no such series.
        CircuitError: a part cannot be reached or has no positive value.
    """
    names: dict[Kind, str | None] = {"resistor": resistors, "capacitor": capacitors}
    rounders = {kind: rounder(name) for kind, name in names.items() if name is not None}

    def change(kind: Kind, name: str, value: float) -> float:
        return rounders[kind](value) if kind in rounders else value

    return with_values(circuit, change)


def rounder(series: str) -> Callable[[float], float]:
    """The function that rounds a positive number to a series.

    Raises:
        UsageError: no such series.
    """
    known = {str(key.name): key for key in eseries.series_keys()}
    if series not in known:
        raise UsageError(f"there is no series '{series}' of part values", hint=nearest(series, known))
    decade = tuple(eseries.series(known[series]))  # whole numbers: 10 to 91, or 100 to 976
    digits = len(str(decade[0])) - 1
    steps = (*decade, 10 * decade[0])
    between = [math.sqrt(low * high) for low, high in pairwise(steps)]

    def nearest_value(value: float) -> float:
        exponent = math.floor(math.log10(value)) - digits
        # from decimal digits, so that 10.2 k is 10200 and not a bit off it
        return float(f"{steps[bisect(between, value / 10.0**exponent)]}e{exponent}")

    return nearest_value
