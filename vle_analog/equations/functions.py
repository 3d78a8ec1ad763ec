"""The nonlinear functions that circuits have a cell for, as sympy functions.

Each knows its derivative (for prospective coding by the chain rule), whether it is odd (its
circuit may then be driven by either polarity) and, where it has one, its domain.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp


class Nonlinearity(sp.Function):
    """A scalar function realised by one cell; further arguments are constants."""

    odd = False

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        raise NotImplementedError


class softplus(Nonlinearity):
    """``log(1 + exp(x))``."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return logistic(self.args[0])


class logistic(Nonlinearity):
    """``1 / (1 + exp(-x))``, the derivative of `softplus`."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return logistic(self.args[0]) * (1 - logistic(self.args[0]))


class reciprocal(Nonlinearity):
    """``1 / x`` for a signal that stays positive: an op-amp with a multiplier in its feedback."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return -(reciprocal(self.args[0]) ** 2)


class deadzone(Nonlinearity):
    """``deadzone(x, low, high)``: 0 between low and high, the distance outside (a limiter's current).

    ``- k deadzone(x, low, high)`` in dx/dt is a soft wall: it holds x inside its bounds, as a
    diode limiter across an integrator does.
    """

    nargs = 3

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        raise NotImplementedError("the dead zone has no derivative at its corners")


NONLINEARITIES: dict[str, Any] = {
    "tanh": sp.tanh,
    "softplus": softplus,
    "logistic": logistic,
    "reciprocal": reciprocal,
    "deadzone": deadzone,
}


#: numpy implementations, for sympy's ``lambdify``
NUMERIC: dict[str, Any] = {
    "softplus": lambda x: np.logaddexp(0.0, x),
    "logistic": lambda x: 0.5 * (1.0 + np.tanh(0.5 * np.asarray(x))),
    "reciprocal": lambda x: 1.0 / np.asarray(x),
    "deadzone": lambda x, low, high: np.maximum(np.asarray(x) - high, 0.0) + np.minimum(np.asarray(x) - low, 0.0),
}


def is_nonlinearity(expression: sp.Basic) -> bool:
    """Whether the expression is one application of a known nonlinearity."""
    return isinstance(expression, sp.tanh | Nonlinearity)


def is_odd(expression: sp.Basic) -> bool:
    """Whether f(-x) = -f(x), so that the cell may be driven by either polarity."""
    if isinstance(expression, deadzone):
        low, high = expression.args[1:]
        return bool(sp.simplify(low + high) == 0)
    return isinstance(expression, sp.tanh)
