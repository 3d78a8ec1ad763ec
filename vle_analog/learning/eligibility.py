"""Synapses that look back: eligibility in the place of an error that looks ahead.

The exact error ``e = I+_{tau_m} D-_{tau_r} p`` of the neuron above a synapse is not causal. Its product with the rate r
below has the same integral as ``p D+_{tau_r} I-_{tau_m} r``, in which everything is: a leaky integrator per synapse
whose output looks ahead (`action.Derivation.eligibility`). A layer's plasticity is then exact for the p that it
receives; rules differ in what they pass down, and a layer below which nothing learns needs no error neurons.

That eligibility traces turn errors into gradients is known (RFLO, Murray 2019; e-prop, Bellec et al. 2020); the
operators here are those of this action's adjoint. It is this project's addition to VLE.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from vle_analog.equations.assembly import Equations
from vle_analog.equations.operators import prospective, retrospective
from vle_analog.equations.system import Signal, indices_of, name_of, signal, signals_in
from vle_analog.learning.action import Rates
from vle_analog.learning.calculus import algebraic


def eligible(
    equations: Equations, rates: Rates, w: Signal | None, g: Signal | None, relays: Sequence[Signal] = ()
) -> Rates:
    """The rates with a state and a signal for every synapse's (and every learned conductance's) eligibility.

    Where no time constant is the neuron's own, synapses with the same neuron below share them.

    Args:
        equations: what to add to.
        rates: as `action.Derivation.eligibility` has them, with the network's signals.
        w, g: what learns by them; None where it does not learn, and needs none.
        relays: weights of relays that learn by them; none where these do not learn.
    """

    def realised(rate: sp.Expr, learned: Signal | None) -> sp.Expr:
        if learned is None:
            return rate
        aheads = {ahead.args[0]: ahead for ahead in rate.atoms(prospective)}
        for back in rate.atoms(retrospective):  # of neurons that do not look ahead it is the eligibility itself
            ahead, (x, tau) = aheads.get(back, back), back.args
            used = {index for each in signals_in(ahead) for index in indices_of(each)}
            where = [index for index in indices_of(learned) if index in used]
            name = name_of(learned)
            past = signal(f"past{name}", *where)
            equations.state(past, (x - past) / tau)
            if back in aheads:
                past = equations.define(signal(f"el{name}", *where), algebraic(ahead).xreplace({back: past}))
            rate = rate.xreplace({ahead: past})
        return rate

    relayed = [realised(rate, each) for rate, each in zip(rates.relays, relays, strict=bool(relays))]
    return Rates(realised(rates.w, w), rates.b, realised(rates.g, g), tuple(relayed))
