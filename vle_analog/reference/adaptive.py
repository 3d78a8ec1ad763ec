"""Rates of learning that adapt: every weight moves by what drives it on average, over the root of its mean square.

That is Adam (Kingma and Ba 2015, arXiv 1412.6980) as differential equations, for deep networks in which the sizes of
gradients differ by decades from layer to layer:

    dm/dt = (g - m)/tau_mean,   dq/dt = (g^2 - q)/tau_square,   dw/dt = eta m/(sqrt(q) + floor)

with g what a rule asks for, per unit of eta. Euler's method with the step h is Adam with ``beta1 = 1 - h/tau_mean`` and
``beta2 = 1 - h/tau_square``, but for its correction of the start: q begins at ``floor`` here, and small changes remain
small.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import sympy as sp

from vle_analog.equations.system import Definition, EquationSystem, Parameter, State, indices_of, name_of, signal

_MEAN, _SQUARE, _FLOOR, _ETA = sp.symbols("tau_mean tau_square floor eta")


@dataclass(frozen=True)
class Adaptation:
    """Time constants of the averages, model units, and what the root of the mean square is not below.

    Attributes:
        mean: of what drives a weight.
        square: of its square.
        floor: see above.
    """

    mean: float
    square: float
    floor: float = 1e-8


def adaptive(system: EquationSystem, learned: Collection[str], adaptation: Adaptation) -> EquationSystem:
    """A resolved system whose weights and biases learn at rates that adapt.

    Args:
        system: a network that learns.
        learned: names of states; those whose rates are not proportional to ``eta`` stay as they are.
        adaptation: time constants.
    """
    states, definitions = [], [*system.definitions]
    for state in system.states:
        rate = sp.expand_mul(state.derivative)
        if name_of(state.symbol) not in learned or not all(each.has(_ETA) for each in sp.Add.make_args(rate)):
            states.append(state)
            continue
        name, indices = name_of(state.symbol), indices_of(state.symbol)
        asked, mean, square = (signal(f"{word}_{name}", *indices) for word in ("asked", "mean", "square"))
        definitions.append(Definition(asked, sp.Add(*[each / _ETA for each in sp.Add.make_args(rate)])))
        states += [
            replace(state, derivative=_ETA * mean / (sp.sqrt(square) + _FLOOR)),
            State(mean, (asked - mean) / _MEAN),
            State(square, (asked**2 - square) / _SQUARE, adaptation.floor),
        ]
    values = {_MEAN: adaptation.mean, _SQUARE: adaptation.square, _FLOOR: adaptation.floor}
    parameters = [Parameter(symbol, value) for symbol, value in values.items()]
    return system.updated(
        states=tuple(states), definitions=tuple(definitions), parameters=(*system.parameters, *parameters)
    )
