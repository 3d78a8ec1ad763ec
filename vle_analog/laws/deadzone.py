"""Dead zone, the current of a limiter: two diodes to two references."""

from __future__ import annotations

import numpy as np
import sympy as sp

from vle_analog.laws.law import Law, Nonlinearity, Reach


class deadzone(Nonlinearity):
    """``deadzone(x, low, high)``: 0 between low and high, the distance outside.

    ``- k deadzone(x, low, high)`` in dx/dt is a soft wall: it holds x inside its bounds, as a
    diode limiter across an integrator does.
    """

    nargs = 3

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        raise NotImplementedError("the dead zone has no derivative at its corners")


def exact_deadzone(x: float, low: float, high: float) -> float:
    """The distance from between low and high, negative below."""
    return max(x - high, 0.0) + min(x - low, 0.0)


def objection(low: float, high: float) -> tuple[str, str] | None:
    """What is wrong with bounds, if anything."""
    return (f"has low {low:g} above high {high:g}", "exchange them") if low > high else None


LAW = Law(
    name="deadzone",
    function=deadzone,
    numeric=lambda x, low, high: np.maximum(np.asarray(x) - high, 0.0) + np.minimum(np.asarray(x) - low, 0.0),
    exact=exact_deadzone,
    constants=("low", "high"),
    objection=objection,
    odd=lambda low, high: bool(sp.simplify(low + high) == 0),
    open_at_zero=True,
    parts={"macromodel": "dead_zone", "transistor": "dead_zone"},
    reach=Reach(-4, 4, (-1.0, 1.0)),
)
