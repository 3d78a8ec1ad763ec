"""What the errors of a board's own parts should do to a signal, along the reference run and to first order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vle_analog.circuit.circuit import Circuit
from vle_analog.design.design import Design
from vle_analog.engine.anatomy import Key, dissected
from vle_analog.engine.tangent import LAG
from vle_analog.errors import CircuitError
from vle_analog.studies.margins.cause import Cause, drifts_by
from vle_analog.studies.margins.path import ErrorValues, along, single_errors
from vle_analog.studies.margins.signals import activities
from vle_analog.studies.run.causes import (
    BANDWIDTH,
    GAIN,
    OFFSETS,
    SOURCES,
    TOLERANCE,
)
from vle_analog.waveforms import Array


@dataclass(frozen=True)
class Prediction:
    """What causes should do to a signal, model units, shape (times,) each."""

    time: Array
    causes: Mapping[str, Array]
    exponent: float
    expansion: float


def predicted(ready: Design, signal: str) -> Prediction | None:
    """What the errors of a board's parts should do to a signal; None where that is not known."""
    try:
        nominal, made = dissected(ready.nominal)[1].values, dissected(ready.circuit)
        anatomy, actual = made[0], made[1].values
        levels = {("V", name, "") for name, *_ in anatomy.levels}
        base = {key: 0.0 if key in levels else nominal.get(key, value) for key, value in actual.items()}
        groups: dict[str, dict[Key, float]] = {OFFSETS: {}, TOLERANCE: {}, **({SOURCES: {}} if levels else {})}
        standing = _standing(ready.nominal, nominal)
        for key, value in actual.items():
            if value != base[key]:
                groups[SOURCES if key in levels else OFFSETS if key in standing else TOLERANCE][key] = value
        errors: list[ErrorValues] = [(Cause(name), changed) for name, changed in groups.items()]
        begin, walk = along(ready, activities(ready, ready.technology.reference), anatomy, base, errors)
    except CircuitError:
        return None
    if begin > 0 or signal not in walk.volts:
        return None
    names = [*(_group(kind) for kind in walk.causes), *groups]
    times, pieces, expansion = [], [], 0.0
    for stretch in walk.stretches((signal,), max(1, len(walk.time) // 20_000)):
        times.append(stretch.time)
        pieces.append(stretch.deviations[:, 0])
        expansion = stretch.expansion
    table = np.concatenate(pieces) / ready.nominal.volts_per_unit[signal]
    causes: dict[str, NDArray[np.float64]] = {}
    for place, name in enumerate(names):
        causes[name] = causes.get(name, np.zeros(len(table))) + table[:, place]
    span = float(walk.time[-1] - walk.time[0])
    return Prediction(np.concatenate(times), causes, expansion / span, expansion)


def _standing(circuit: Circuit, values: Mapping[Key, float]) -> set[Key]:
    """The values that are offsets of devices."""
    return {
        key
        for cause, changed in single_errors(circuit, values, {}, 1.0, None)
        if drifts_by(cause.kind)
        for key in changed
    }


def _group(kind: str) -> str:
    """The cause that a deterministic kind of error belongs to."""
    if Cause(kind).parameter == LAG:
        return BANDWIDTH
    return OFFSETS if drifts_by(kind) else GAIN
