"""Comparators on whose threshold a signal slides, and comparators with hysteresis, as equations.

Where both sides of a jump drive a signal back to its threshold, it slides along: the mean of a comparator that switches
faster than anything follows (Filippov, "Differential Equations with Discontinuous Righthand Sides"). A real one
chatters there as its delay and its hysteresis make it. With hysteresis it is a state with two values, which events set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.canonical import canonical_system
from vle_analog.equations.system import EquationSystem, Event, State, evaluate, name_of, names_in, signal
from vle_analog.errors import UsageError
from vle_analog.laws import LAWS
from vle_analog.reference.accuracy import Reference, rerun
from vle_analog.stimulus import Array

#: of an argument's largest value, what is at its threshold; and of a run, how long it stays there if it slides
_NEAR, _LONG = 1e-3, 0.01
_SAMPLES = 20_000


@dataclass(frozen=True)
class Comparator:
    """A function that jumps, of a signal along a run.

    Attributes:
        call: the function of its argument, in the system's signals.
        peak: the largest absolute value of its argument.
        slides: when its argument first stays at the threshold, model units; None where it does not.
    """

    call: sp.Expr
    peak: float
    slides: float | None

    def remark(self) -> str:
        """What is to be said of one that slides."""
        return (
            f"'{self.call}' slides on its threshold from t = {self.slides:.4g} on: the ideal is the mean there, and a "
            "real comparator chatters; `hysteresis` gives it two thresholds"
        )


def comparators(diagram: BlockDiagram, ideal: Reference) -> tuple[Comparator, ...]:
    """All functions that jump in the equations of a diagram, along their reference run; of single signals only."""
    system = canonical_system(diagram.system)
    calls = sorted(set(_calls(system)), key=str)
    if not calls:
        return ()
    names = {name for call in calls for name in names_in(call.args[0])} - system.constants.keys()
    run = rerun(diagram.read_back, ideal.solution, sorted(names), _SAMPLES).waveforms
    values: dict[str, Array] = {**system.constants, **run.signals}
    return tuple(_comparator(call, run.time, values) for call in calls)


def _calls(system: EquationSystem) -> Iterator[sp.Expr]:
    """All applications of functions that jump, to scalars."""
    jumping = tuple(law.function for law in LAWS.values() if law.jumps)
    for expression in system.expressions:
        for call in expression.atoms(*jumping) if jumping else ():
            if not call.has(sp.Indexed):
                yield call


def _comparator(call: sp.Expr, time: Array, values: Mapping[str, Array]) -> Comparator:
    argument = np.abs(np.broadcast_to(evaluate(call.args[0], (), values), time.shape))
    peak = float(np.max(argument))
    near = argument < _NEAR * peak
    edges = np.flatnonzero(np.diff(np.concatenate([[False], near, [False]]).astype(int)))
    for first, end in edges.reshape(-1, 2):
        if time[end - 1] - time[first] > _LONG * time[-1]:
            return Comparator(call, peak, float(time[first]))
    return Comparator(call, peak, None)


def with_hysteresis(system: EquationSystem, found: tuple[Comparator, ...], width: float) -> EquationSystem:
    """The system with comparators whose two thresholds are a width over their arguments' largest values apart.

    Raises:
        UsageError: it has no comparator.
    """
    if not found:
        raise UsageError(
            "`hysteresis` is for comparators, of which there are none", hint="leave it out, or compare with sign(x)"
        )
    system = canonical_system(system)
    states, events, known = [], [], {}
    start = {name_of(state.symbol): np.asarray(state.initial, float) for state in system.states}
    start |= {name: stimulus(np.zeros(1))[0] for name, stimulus in system.stimuli.items()} | dict(system.constants)
    for number, each in enumerate(found, 1):
        argument, function = each.call.args[0], type(each.call)
        name = f"{function.__name__}__state{number}"
        symbol, half = signal(name), sp.Float(0.5 * width * each.peak)
        low, high = (float(evaluate(function(sp.Float(side)), (), {})) for side in (-1.0, 1.0))
        begins = float(evaluate(argument, (), start)) > 0 if names_in(argument) <= start.keys() else False
        states.append(State(symbol, sp.S.Zero, high if begins else low))
        events.append(Event(f"{name}__up", argument - half, ((symbol, sp.Float(high)),), f"{argument} > {half:.3g}"))
        events.append(Event(f"{name}__down", -half - argument, ((symbol, sp.Float(low)),), f"{argument} < {-half:.3g}"))
        known[each.call] = symbol
    return system.updated(
        states=(*(replace(s, derivative=s.derivative.xreplace(known)) for s in system.states), *states),
        definitions=tuple(replace(d, expression=d.expression.xreplace(known)) for d in system.definitions),
        events=(*system.events, *events),
        outputs=system.probes,
    )
