"""Parts as one can buy them: a circuit whose resistors and capacitors miss their values at random."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from statistics import NormalDist

from vle_analog.circuit.cells import Kind
from vle_analog.circuit.circuit import Circuit
from vle_analog.errors import UsageError
from vle_analog.passes.values import with_values

#: no part is this far off; beyond it a spread is more likely given in percent by mistake
MOST = 0.5
_NORMAL = NormalDist()


def mismatched(
    circuit: Circuit, resistors: float, capacitors: float, seed: int, spared: Callable[[str], bool] | None = None
) -> Circuit:
    """The circuit with every resistance and capacitance multiplied by a factor of its own.

    Factors are lognormal, of mean 1: positive without a truncation that would narrow them, and a ratio of two
    parts errs alike upwards and downwards. A part's draw depends on the seed and its full name (see `with_values`)
    alone: it is the same on every machine and whatever other parts there are, and scales with the spread.

    Args:
        circuit: any.
        resistors, capacitors: the factors' standard deviations, e.g. 0.001; 0 leaves the parts as they are.
        seed: of the draws.
        spared: by a part's full name, whether it keeps its value.

    Raises:
        UsageError: a standard deviation is negative, not finite, or 0.5 or more.
        CircuitError: a part cannot be reached or has no positive value.
    """
    spreads: dict[Kind, float] = {"resistor": resistors, "capacitor": capacitors}
    logarithms = {}
    for kind, spread in spreads.items():
        if not 0 <= spread < MOST:
            raise UsageError(
                f"the relative standard deviation of {kind}s must be at least 0 and below {MOST:g}, not {spread:g}",
                hint="give a fraction: 0.01 for one per cent",
            )
        logarithms[kind] = math.sqrt(math.log1p(spread**2))

    def change(kind: Kind, name: str, value: float) -> float:
        if spared is not None and spared(name):
            return value
        sigma = logarithms[kind]
        return value * math.exp(sigma * draw(seed, name) - sigma**2 / 2)

    return with_values(circuit, change)


def draw(seed: int, name: str) -> float:
    """A standard normal number that seed and name determine."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    # the half keeps it inside (0, 1); 52 bits and a half are exact in a float
    return _NORMAL.inv_cdf((int.from_bytes(digest[:8]) % 2**52 + 0.5) / 2**52)
