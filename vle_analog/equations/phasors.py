"""Phases that wrap: the sine and the cosine of an argument that grows without bound, as a pair of states.

With ``w = du/dt`` the pair ``s = sin u``, ``c = cos u`` obeys ``ds/dt = c w``, ``dc/dt = -s w``: bounded signals
however far u turns. What parts add or lose of the amplitude, ``k s (1 - s^2 - c^2)`` brings back; ideally it is zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from vle_analog.equations.canonical import canonical_system
from vle_analog.equations.resolve import start_values, time_derivative
from vle_analog.equations.system import EquationSystem, Internal, State, evaluate, signal


@dataclass(frozen=True)
class Phase:
    """An argument of sine and cosine that becomes a pair of states.

    Attributes:
        argument: u, of scalar signals.
        hold: k, by which the amplitude returns to 1, per model unit.
    """

    argument: sp.Expr
    hold: float


def with_phasors(system: EquationSystem, phases: Sequence[Phase]) -> EquationSystem:
    """The system in which sines and cosines of some arguments are states.

    Raises:
        NotAlgebraic: an argument's derivative is not at hand, as it holds an input.
    """
    system = canonical_system(system)
    start = start_values(system)
    replaced: dict[sp.Expr, sp.Expr] = {}
    pairs: list[tuple[Phase, sp.Symbol, sp.Symbol]] = []
    for number, phase in enumerate(phases, 1):
        sine, cosine = (signal(f"phase{number}__{name}") for name in ("sin", "cos"))
        pairs.append((phase, sine, cosine))
        for atom in _of_phase(system, phase.argument):
            replaced[atom] = sine if isinstance(atom, sp.sin) else cosine
    states, internal = [], dict(system.internal)
    for phase, sine, cosine in pairs:
        speed = time_derivative(system, phase.argument)
        restored = sp.Float(phase.hold) * (1 - sine**2 - cosine**2)
        angle = float(evaluate(phase.argument, (), start))
        states += [
            State(sine, speed * cosine + restored * sine, float(np.sin(angle))),
            State(cosine, -speed * sine + restored * cosine, float(np.cos(angle))),
        ]
        internal |= {each.name: Internal(system.states[0].owner, each.name.split("__")[0]) for each in (sine, cosine)}
    return _with(system, states, replaced, internal)


def _with(
    system: EquationSystem,
    states: Sequence[State],
    replaced: Mapping[sp.Expr, sp.Expr],
    internal: Mapping[str, Internal],
) -> EquationSystem:
    """The system with more states, expressions replaced everywhere, and the same outputs."""
    return system.updated(
        states=tuple(
            replace(each, derivative=each.derivative.xreplace(dict(replaced))) for each in (*system.states, *states)
        ),
        definitions=tuple(
            replace(each, expression=each.expression.xreplace(dict(replaced))) for each in system.definitions
        ),
        outputs=system.probes,
        internal=internal,
    )


def _of_phase(system: EquationSystem, argument: sp.Expr) -> set[sp.Expr]:
    """The sines and cosines of an argument in the system's equations."""
    expressions = [each.derivative for each in system.states] + [each.expression for each in system.definitions]
    atoms = {atom for each in expressions for atom in each.atoms(sp.sin, sp.cos)}
    return {atom for atom in atoms if sp.expand(atom.args[0] - argument) == 0}
