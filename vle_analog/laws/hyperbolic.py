"""Hyperbolic functions of signals, which are real."""

from __future__ import annotations

import sympy as sp


class _OfSignal(sp.Function):
    """A hyperbolic function of a signal: real, and zero where the signal is.

    sympy's own ask, of a symbol of which nothing is known, whether its imaginary part is a multiple of pi: for a
    polynomial of ten factors that takes minutes, or deeper recursion than Python has.
    """

    def _eval_is_real(self) -> bool:
        return True

    def _eval_is_finite(self) -> bool:
        return True

    def _eval_is_positive(self) -> bool | None:
        return self.args[0].is_positive

    def _eval_is_negative(self) -> bool | None:
        return self.args[0].is_negative

    def _eval_is_zero(self) -> bool | None:
        return self.args[0].is_zero


class sinh(_OfSignal, sp.sinh):
    """``sinh(x)``."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return cosh(self.args[0])


class cosh(_OfSignal, sp.cosh):
    """``cosh(x)``, which is positive."""

    def _eval_is_positive(self) -> bool:
        return True

    def _eval_is_negative(self) -> bool:
        return False

    def _eval_is_zero(self) -> bool:
        return False

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sinh(self.args[0])


class tanh(_OfSignal, sp.tanh):
    """``tanh(x)``."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return 1 - self**2
