"""A design as its errors are followed: which errors its parts have, and where along its reference run one looks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from vle_analog.circuit.circuit import Circuit
from vle_analog.design.design import Design
from vle_analog.engine.anatomy import OFFSET, Anatomy, Key, dissected
from vle_analog.engine.compiler import compile_circuit
from vle_analog.engine.draft import Draft
from vle_analog.engine.program import Program
from vle_analog.engine.walk import Trajectory, Walk
from vle_analog.equations.system import instance_names
from vle_analog.production.devices import DeviceError, error_kinds, with_errors
from vle_analog.production.trimming import Trim
from vle_analog.studies.margins.cause import Cause
from vle_analog.studies.margins.replay import Replay
from vle_analog.studies.margins.signals import Activities
from vle_analog.waveforms import Array

#: samples per radian of the fastest state, as RMS slope tells it: 63 a period of a sine
_PER_RADIAN = 10
#: samples that are wanted at least, samples at least and at most, and elementary steps that a walk may take
_WANTED, _FEWEST, _MOST, _WORK = 400, 120, 400_000, 5e8
#: moments at an event
_BESIDE = 4
#: errors that are followed each by itself
APART = 200


def along(
    design: Design,
    active: Activities,
    anatomy: Anatomy,
    values: Mapping[Key, float],
    errors: Sequence[ErrorValues],
) -> tuple[float, Walk]:
    """A walk along the reference run, and the model unit at which it begins.

    Args:
        design: whose reference converged.
        active: what its nodes do.
        anatomy: of the circuit.
        values: of a board without errors.
        errors: of the boards that have some.

    Raises:
        CircuitError: a part or a stage that the engine does not know.
    """
    replay = Replay(design)
    begin, places = samples(design, replay, active, len(anatomy.instances), len(errors))
    step = design.system.span / max(1, len(places)) * design.system.unit
    perfect = compile_circuit(Draft(anatomy, boards(values, ()), 1, step, perfect=True))
    real = compile_circuit(Draft(anatomy, boards(values, errors), len(errors) + 1, step))
    events = {int(np.searchsorted(places, place)): names for place, names in replay.jumps.items() if place >= places[0]}
    run = Trajectory(replay.times[places], volts_along(design, replay, places, perfect), events)
    return begin, Walk(perfect, real, design.system.unit, run)


#: whose an error is, and the values of the circuit that it changes
ErrorValues = tuple[Cause, Mapping[Key, float]]


def single_errors(
    circuit: Circuit,
    values: Mapping[Key, float],
    stated: Mapping[str, float],
    scale: float,
    trim: Trim | None,
) -> Iterable[ErrorValues]:
    """Every device's error by one standard deviation."""
    for kind in error_kinds(circuit):

        def size(error: DeviceError, kind: str = kind) -> float | None:
            sigma = scale * error.spread.sigma
            if trim is not None:
                sigma = trim.left(kind, sigma)
            return sigma if error.kind == kind else None

        changed = dissected(with_errors(circuit, size))[1].values
        yield from ((Cause(kind, key[1]), {key: changed[key]}) for key in values if changed[key] != values[key])
    for stage, offset in stated.items():
        yield Cause("opamp.VOS", stage), {("X", stage, OFFSET): scale * offset}


def boards(values: Mapping[Key, float], errors: Sequence[ErrorValues]) -> dict[Key, Array]:
    """One board without errors, and one with each."""
    found = {key: np.full(len(errors) + 1, value) for key, value in values.items()}
    for place, (_, changed) in enumerate(errors):
        for key, value in changed.items():
            found[key][place + 1] = value
    return found


def samples(
    design: Design, replay: Replay, active: Activities, parts: int, errors: int
) -> tuple[float, NDArray[np.int64]]:
    """The model unit at which a walk begins, and the places of its moments among the run's: of every event the two
    before it and the two behind it.

    Args:
        design: whose reference converged.
        replay: of its run.
        active: what its nodes do.
        parts: how many it has.
        errors: how many are followed.
    """
    unit, span = design.system.unit, design.system.span
    states = [name for state in design.diagram.read_back.states for name in instance_names(state.symbol)]
    known = [active.signals[name] for name in states if name in active.signals]  # an inner memory is no signal
    omega = max((activity.omega * unit for activity in known), default=0.0)
    wanted = max(_WANTED, math.ceil(span * omega * _PER_RADIAN)) + _BESIDE * len(replay.jumps)
    size = len(states) + min(errors, APART)
    affordable = _WORK / (8 * parts * size + 500)
    most = int(min(_MOST, max(_FEWEST, affordable)))
    begin = 0.0 if wanted <= most else span * (1 - most / wanted)
    ideal = np.linspace(begin, span, min(wanted, most) + 1)
    places = np.unique(np.clip(np.searchsorted(replay.times, ideal), 0, len(replay.times) - 2))
    jumps = np.array([place for place in replay.jumps if place >= places[0]], np.int64)
    beside = (jumps[:, None] + np.arange(-1, _BESIDE - 1)).ravel()
    places = np.union1d(places, beside[(beside >= places[0]) & (beside < len(replay.times) - 1)])
    if len(jumps) and jumps[0] == places[0]:  # of an event at the very start nothing is known just before
        places = places[1:]
    return begin, places


def volts_along(design: Design, replay: Replay, indices: NDArray[np.int64], program: Program) -> dict[str, Array]:
    """Volts of all nodes that carry signals, at some of the reference's steps."""
    pieces, start = [], 0
    chosen = np.zeros(len(replay.times), dtype=bool)
    chosen[indices] = True
    for _, values in replay.stretches(lambda number: True):
        assert values is not None
        pieces.append(values[chosen[start : start + len(values)]])
        start += len(values)
    table, circuit = np.concatenate(pieces), design.nominal
    columns = {name: place for place, name in enumerate(replay.columns)}
    found = {name: table[:, columns[name]] * volts for name, volts in circuit.volts_per_unit.items() if name in columns}
    drives = {node: found[name] for name, (node, _) in program.drives.items() if name in found}
    return {**found, **drives, **{node: -found[name] for node, name in circuit.inverted.items() if name in found}}
