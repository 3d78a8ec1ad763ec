"""Sines that come from outside, as pairs of states: a machine without a signal generator makes them itself.

With ``w`` the angular frequency the pair ``s = a sin(w t + phi)``, ``c = a cos(w t + phi)`` obeys ``ds/dt = w c``,
``dc/dt = -w s``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import sympy as sp

from vle_analog.equations.system import Definition, EquationSystem, Internal, State, indices_of, name_of, signal
from vle_analog.owner import Owner
from vle_analog.stimulus import Sines


def with_oscillators(system: EquationSystem) -> EquationSystem:
    """The system with inputs that are sums of sines as sums of states; all other inputs stay."""
    kept, states, definitions, internal = [], list(system.states), list(system.definitions), dict(system.internal)
    for each in system.inputs:
        if not isinstance(each.stimulus, Sines) or indices_of(each.symbol):
            kept.append(each)
            continue
        name = name_of(each.symbol)
        pairs, constant = list(_pairs(name, each.stimulus)), _constant(each.stimulus)
        states += [state for pair in pairs for state in pair]
        internal |= {name_of(state.symbol): Internal(Owner.BOARD, name) for pair in pairs for state in pair}
        definitions.insert(0, Definition(each.symbol, sp.Add(sp.Float(constant), *(sine.symbol for sine, _ in pairs))))
    if len(kept) == len(system.inputs):
        return system
    return system.updated(
        states=tuple(states),
        definitions=tuple(definitions),
        inputs=tuple(kept),
        outputs=system.probes,
        internal=internal,
    )


def _pairs(name: str, stimulus: Sines) -> Iterator[tuple[State, State]]:
    """Sine and cosine of each of an input's sines; those of frequency 0 are none."""
    sines = zip(stimulus.amplitudes, stimulus.frequencies, stimulus.phases, strict=True)
    for number, (amplitude, frequency, phase) in enumerate(sines, 1):
        if frequency == 0:
            continue
        sine, cosine = (signal(f"{name}__{function}{number}") for function in ("sin", "cos"))
        turning = sp.Float(2 * math.pi * frequency)
        yield (
            State(sine, turning * cosine, amplitude * math.sin(phase)),
            State(cosine, -turning * sine, amplitude * math.cos(phase)),
        )


def _constant(stimulus: Sines) -> float:
    """What its sines of frequency 0 add up to."""
    sines = zip(stimulus.amplitudes, stimulus.frequencies, stimulus.phases, strict=True)
    return sum(amplitude * math.sin(phase) for amplitude, frequency, phase in sines if frequency == 0)
