"""The four temporal operators of latent equilibrium as sympy functions, and the delay.

``tau`` is a time constant, ``d`` the time derivative (GLE, arXiv 2403.16933, eqs. 1-4):

====================== ====== =================== ==========================================
name                   symbol definition          in a circuit
====================== ====== =================== ==========================================
`prospective`          D+     ``(1 + tau d) x``   lead stage
`retrospective`        I-     ``x / (1 + tau d)`` leaky integrator
`adjoint_prospective`  D-     ``(1 - tau d) x``   proportional minus differentiator
`adjoint_retrospective` I+    ``x / (1 - tau d)`` none: not causal
`delay`                        ``x(t - tau)``      all-pass ladder, up to a band limit
====================== ====== =================== ==========================================

D- and I+ are the L2 adjoints of D+ and I-. ``doit`` applies the identities
``D+ I- = I- D+ = 1``, ``D- I+ = I+ D- = 1`` and ``D- I- = 2 I- - 1``; nothing is applied
unasked, because a circuit that contains both stages is not an empty circuit.
"""

from __future__ import annotations

from typing import Any

import sympy as sp


class TemporalOperator(sp.Function):
    """A linear time-invariant operator ``op(x, tau)`` acting on a signal x."""

    nargs = 2

    @classmethod
    def transfer_function(cls, s: sp.Expr, tau: sp.Expr) -> sp.Expr:
        """Its Laplace transform at complex frequency s (in radians per model unit)."""
        raise NotImplementedError

    def doit(self, **hints: Any) -> sp.Expr:
        """The operator with its inverse cancelled, when the argument is that inverse of equal tau."""
        x, tau = (argument.doit(**hints) for argument in self.args)
        if (inverse := _INVERSE.get(type(self))) is not None and isinstance(x, inverse) and x.args[1] == tau:
            return x.args[0]
        if isinstance(self, adjoint_prospective) and isinstance(x, retrospective) and x.args[1] == tau:
            return 2 * x - x.args[0]
        return self.func(x, tau)


class prospective(TemporalOperator):
    """D+: look ahead, ``x + tau dx/dt``."""

    @classmethod
    def transfer_function(cls, s: sp.Expr, tau: sp.Expr) -> sp.Expr:
        return 1 + s * tau


class retrospective(TemporalOperator):
    """I-: look back, the y with ``y + tau dy/dt = x``."""

    @classmethod
    def transfer_function(cls, s: sp.Expr, tau: sp.Expr) -> sp.Expr:
        return 1 / (1 + s * tau)


class adjoint_prospective(TemporalOperator):
    """D-: ``x - tau dx/dt``, the adjoint of `prospective`."""

    @classmethod
    def transfer_function(cls, s: sp.Expr, tau: sp.Expr) -> sp.Expr:
        return 1 - s * tau


class adjoint_retrospective(TemporalOperator):
    """I+: the bounded y with ``y - tau dy/dt = x``; it looks into the future."""

    @classmethod
    def transfer_function(cls, s: sp.Expr, tau: sp.Expr) -> sp.Expr:
        return 1 / (1 - s * tau)


class delay(TemporalOperator):
    """The signal as it was a time tau ago; before time zero it had its value at the start."""

    @classmethod
    def transfer_function(cls, s: sp.Expr, tau: sp.Expr) -> sp.Expr:
        return sp.exp(-s * tau)


_INVERSE: dict[type[TemporalOperator], type[TemporalOperator]] = {
    prospective: retrospective,
    retrospective: prospective,
    adjoint_prospective: adjoint_retrospective,
    adjoint_retrospective: adjoint_prospective,
}
