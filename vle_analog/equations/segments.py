"""Functions made of straight pieces: from a table of points, or in the place of an expression that has no cell.

As circuits these are diode function generators: one precision rectifier per breakpoint, which the reference sets, and
slopes by the ratio of resistors where all are summed (D. H. Sheingold, ed., "Nonlinear Circuits Handbook", Analog
Devices 1976, ch. 2.1). They are written out in rectifiers, ``y0 + sum_k d_k rectifier(x - x_k)``, where d_k is by how
much the slope changes at x_k, so that reference, engine and every kind of parts know them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.laws.rectifier import rectifier

Array = NDArray[np.float64]

#: points at most: each is a rectifier
MOST = 64
#: points at which a curve is looked at, per piece
_LOOKED = 400
#: a change of slope that is none, over the steepest slope
_STRAIGHT = 1e-9


class tabulated(sp.Function):
    """``tabulated(f(x), low, high, n)``: n straight pieces in the place of f between the bounds, and beyond."""

    nargs = 4


@dataclass(frozen=True)
class Segments:
    """A function of straight pieces.

    Attributes:
        x: breakpoints, strictly increasing.
        y: values there.
        flat: whether it stays at its ends' values beyond these; else its outermost pieces go on.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]
    flat: bool = True

    #: it is called with one argument
    nargs = (1,)

    def __call__(self, argument: sp.Expr) -> sp.Expr:
        """The function of an expression, written out in rectifiers."""
        slopes = np.diff(self.y) / np.diff(self.x)
        if self.flat:
            bends = np.diff(np.concatenate([[0.0], slopes, [0.0]]))
            corners, value = self.x, sp.Float(self.y[0])
        else:
            bends, corners = np.diff(slopes), self.x[1:-1]
            value = sp.Float(self.y[0] - slopes[0] * self.x[0]) + sp.Float(slopes[0]) * argument
        least = _STRAIGHT * float(np.max(np.abs(slopes), initial=0.0))
        terms = [
            sp.Float(bend) * rectifier(argument - sp.Float(corner))
            for bend, corner in zip(bends.tolist(), corners, strict=True)
            if abs(bend) > least
        ]
        return sp.Add(value, *terms)

    def values(self, x: Array) -> Array:
        """Its values."""
        inside = np.interp(x, self.x, self.y)
        if self.flat:
            return inside
        (first, *_), (*_, last) = (np.diff(self.y) / np.diff(self.x),) * 2
        beyond = np.minimum(x - self.x[0], 0.0) * first + np.maximum(x - self.x[-1], 0.0) * last
        return np.asarray(inside + beyond)


def fitted(curve: Callable[[Array], Array], low: float, high: float, count: int) -> tuple[Segments, float]:
    """Straight pieces for a curve, and their largest error between the ends.

    Pieces of equal error are as long as one over the root of the curvature; corners lie on the curve.

    Args:
        curve: of arrays, finite between the ends.
        low, high: ends.
        count: of pieces.
    """
    grid = np.linspace(low, high, _LOOKED * count + 1)
    values = curve(grid)
    bend = np.abs(np.gradient(np.gradient(values, grid), grid))
    density = np.sqrt(bend) + 1e-3 * float(np.max(np.sqrt(bend), initial=0.0)) + 1e-300
    whole = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]))])
    corners = np.interp(np.linspace(0.0, whole[-1], count + 1), whole, grid)
    corners[[0, -1]] = low, high
    found = Segments(tuple(corners.tolist()), tuple(curve(corners).tolist()), flat=False)
    return found, float(np.max(np.abs(found.values(grid) - values)))


def refused_points(x: Sequence[float], y: Sequence[float]) -> tuple[str, str] | None:
    """What is wrong with points, and what to do; None where they make a function."""
    if len(x) != len(y):
        return f"{len(x)} values of x but {len(y)} of y", "give one y for each x"
    if not 2 <= len(x) <= MOST:
        return f"{len(x)} points", f"give 2 to {MOST}: each is a rectifier"
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        return "a point is not finite", "give finite numbers"
    steps = np.diff(x)
    if not np.all(steps > 0):
        at = int(np.argmax(steps <= 0))
        return f"x = {x[at + 1]:g} does not come after {x[at]:g}", "sort the points by x; make a jump a steep piece"
    return None
