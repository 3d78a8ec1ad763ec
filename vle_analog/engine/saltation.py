"""What an event makes of small deviations: it comes sooner or later, and sets states to a little more or less.

Where a deviation d makes the difference m that an event waits for rise through zero by ``dt = -dm / (dm/dt)`` later,
states that it does not set go that much longer by their rates before it, and those that it sets begin that much later
what comes behind it. Between moments that are far from both events this is the saltation matrix (Leine and Nijmeijer,
"Dynamics and Bifurcations of Non-Smooth Mechanical Systems", ch. 7); what lasts between the moment and the setting adds
to ``dt``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vle_analog.circuit.cell.stage import TRIGGER
from vle_analog.engine.program import Jump
from vle_analog.engine.tangent import GAIN, LAG

Array = NDArray[np.float64]
#: what is deterministic of a trigger: when it tells, and how long the states take from there
CAUSES = (f"{TRIGGER}.{GAIN}", f"{TRIGGER}.{LAG}")
#: volts per model unit by which a difference rises at least, relative to how fast its parts move: else it touches zero
_LEAST = 1e-9


@dataclass(frozen=True)
class Moment:
    """All that is known at a moment of events.

    Attributes:
        states: places of the states, by row's name.
        off: deviations of every node just before it, volts, shape (directions,).
        rising: slopes of every node just before it, volts per model unit.
        volts: of every node just before it.
        after: of the states, just after it.
        before, behind: rates of the states just before and just after it, volts per model unit, shape (states,).
        place: of a deterministic cause among the directions.
        boards: place among the directions of board 1, behind which all other ones follow.
        unit: seconds per model unit.
    """

    states: Mapping[str, int]
    off: Callable[[str], Array]
    rising: Callable[[str], float]
    volts: Callable[[str], float]
    after: Mapping[str, float]
    before: Array
    behind: Array
    place: Mapping[str, int]
    boards: int
    unit: float


def crossed(moment: Moment, jumps: Sequence[Jump], state: Array) -> Array:
    """Deviations of the states behind events of one moment, volts, shape (states, directions).

    Args:
        moment: what is known there.
        jumps: the events, the first of which tells the moment.
        state: deviations before it.
    """
    first, left = jumps[0], moment.before - moment.behind
    delay = _delay(moment, first)
    found = state + left[:, None] * delay
    found[:, moment.place[CAUSES[1]]] += left * first.late / moment.unit
    for jump in jumps:
        for setting in jump.settings:
            place = moment.states[setting.state]
            value, row, slope = setting.constant.copy(), np.zeros(state.shape[1]), 0.0
            for node, own in setting.inputs.items():
                value += own * moment.volts(node)
                row += own[0] * moment.off(node)
                slope += float(own[0]) * moment.rising(node)
            row += (slope - moment.behind[place]) * delay
            row[moment.place[CAUSES[0]]] += value[0] - moment.after[setting.state]
            row[moment.place[CAUSES[1]]] -= moment.behind[place] * setting.dead / moment.unit
            row[moment.boards : moment.boards + len(value) - 1] += value[1:] - value[0]
            found[place] = row
    return found


def _delay(moment: Moment, jump: Jump) -> Array:
    """By how much later a trigger's difference rises through zero, model units, shape (directions,)."""
    off = moment.off(jump.positive) - moment.off(jump.negative)
    off[moment.place[CAUSES[0]]] += jump.offset[0]
    off[moment.boards : moment.boards + len(jump.offset) - 1] += jump.offset[1:] - jump.offset[0]
    slopes = [moment.rising(node) for node in (jump.positive, jump.negative)]
    return np.asarray(-off / max(slopes[0] - slopes[1], _LEAST * sum(map(abs, slopes)) or _LEAST))
