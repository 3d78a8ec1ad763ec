"""What every node of a design does in the reference run: size and slopes, in volts and seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vle_analog.blocks.design import REFERENCE
from vle_analog.circuit.cell.stage import MULTIPLIER
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import GROUND, Instance
from vle_analog.compare.metrics import CONSTANT
from vle_analog.design.design import Design
from vle_analog.equations.system import instance_names, name_of
from vle_analog.stimulus import Gate
from vle_analog.studies.margins.replay import Replay

Array = NDArray[np.float64]

#: two nodes
Pins = tuple[str, str]
#: steps at most that are looked at, spread evenly over the run
_WATCHED = 200_000


@dataclass(frozen=True)
class Activity:
    """One node.

    Attributes:
        peak: largest absolute value, volts.
        least: smallest absolute value, volts.
        mean: volts, with the node's sign.
        rms: volts.
        swing: RMS about the mean, volts.
        slope: RMS, volts per second.
        steepest: largest absolute slope, volts per second.
        reach: volts between the smallest and the largest value.
    """

    peak: float
    least: float
    mean: float
    rms: float
    swing: float
    slope: float
    steepest: float
    reach: float

    @property
    def range(self) -> float:
        """What a run's NRMSE divides by: the reach; of a constant, the peak."""
        return self.reach if self.reach > CONSTANT * self.peak else self.peak

    @property
    def omega(self) -> float:
        """The angular frequency of a sine of this RMS and RMS slope, 1/s; 0 for a constant."""
        return self.slope / self.swing if self.swing > 1e-9 * self.peak else 0.0


_STILL = Activity(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


class Activities:
    """The activity of nodes by name: a signal's, its inverted copy's, the reference's, ground's.

    Args:
        signals: by name of each signal instance.
        inverted: by node of an inverted copy, the signal instance.
        reference: volts of the constant source.
        differences: by two nodes that a multiplier subtracts.
    """

    def __init__(
        self,
        signals: Mapping[str, Activity],
        inverted: Mapping[str, str],
        reference: float,
        differences: Mapping[Pins, Activity],
    ) -> None:
        self.signals, self.inverted, self.differences = signals, inverted, differences
        still = Activity(reference, reference, reference, reference, 0.0, 0.0, 0.0, 0.0)
        self._fixed = {GROUND: _STILL, **dict.fromkeys(REFERENCE.values(), still)}

    def __getitem__(self, node: str) -> Activity:
        if node in self._fixed:
            return self._fixed[node]
        if node in self.inverted:
            own = self.signals[self.inverted[node]]
            return replace(own, mean=-own.mean)
        return self.signals[node]

    def between(self, positive: str, negative: str) -> Activity:
        """The activity of the voltage between a multiplier's pins."""
        if negative == GROUND:
            return self[positive]
        if positive == GROUND:
            own = self[negative]
            return replace(own, mean=-own.mean)
        return self.differences[positive, negative]


def activities(design: Design, reference: float) -> Activities:
    """Run the reference once more and watch all signals at its own steps.

    As peaks do, all else counts from when plasticity begins, if it does. A slope is one between events: how steep a
    signal is while it is set is not among them.

    A run of more than 200,000 steps is watched in stretches of 1,000 that are spread over it: what is rare may then be
    missed, peaks excepted.

    Args:
        design: whose reference converged.
        reference: volts of the constant source.
    """
    replay = Replay(design)
    columns, settled = replay.columns, settling(design)
    volts = np.array([design.nominal.volts_per_unit.get(column, 0.0) for column in columns])
    pairs = _subtracted(design.nominal)
    apart = _between(pairs, columns, volts, design.nominal.inverted)
    watch, count = _Watch(len(columns) + len(pairs)), len(replay.times) - 1
    every = -(-count // _WATCHED)
    for stretch, values in replay.stretches(lambda number: number % every == 0):
        first = int(np.searchsorted(stretch.moments, min(settled, replay.times[-2])))
        if values is not None and first < len(values):
            shown = values[first:]
            watch.add(np.hstack([shown, shown @ apart]) if pairs else shown, stretch.steps[first:])
    volts = np.concatenate([volts, np.ones(len(pairs))])
    table = watch.table() * np.abs(volts)[:, None]
    table[:, 2] *= np.sign(volts)
    table[:, 5:7] /= design.system.unit
    found = [Activity(*map(float, row)) for row in table]
    known = {name: one for name, one in zip(columns, found, strict=False) if name in design.nominal.volts_per_unit}
    differences = dict(zip(pairs, found[len(columns) :], strict=True))
    return Activities(known, design.nominal.inverted, reference, differences)


def _subtracted(circuit: Circuit) -> list[Pins]:
    """Nodes at both pins of multipliers' inputs, either way round, where neither lies on ground."""
    found: dict[Pins, None] = {}
    for element in circuit.elements():
        if isinstance(element, Instance) and circuit.cells[element.cell].role == MULTIPLIER:
            for one, other in (element.nodes[:2], element.nodes[2:4]):
                if GROUND not in (one, other):
                    found |= {(one, other): None, (other, one): None}
    return list(found)


def _between(pairs: Sequence[Pins], columns: Sequence[str], volts: Array, inverted: Mapping[str, str]) -> Array:
    """What makes voltages between nodes of signals in model units, shape (signals, pairs)."""
    places = {column: place for place, column in enumerate(columns)}
    found = np.zeros((len(columns), len(pairs)))
    for pair, nodes in enumerate(pairs):
        for node, sign in zip(nodes, (1.0, -1.0), strict=True):
            place = places[inverted.get(node, node)]
            found[place, pair] += -sign * volts[place] if node in inverted else sign * volts[place]
    return found


def settling(design: Design) -> float:
    """Moment at which the first gate opens, model units; 0 without one: what comes before is no part of the work."""
    gates = [stimulus for each in design.system.inputs if each.gate for stimulus in each.stimuli]
    return max(0.0, min((gate.on for gate in gates if isinstance(gate, Gate)), default=0.0))


def template_peaks(design: Design) -> dict[str, float]:
    """Volts that the largest instance of each signal reaches once it has settled, by the signal's name."""
    peaks = design.reference.solution.peaks
    volts = design.nominal.volts_per_unit
    return {
        name_of(symbol): peaks[name] * abs(volts[instance_names(symbol)[0]])
        for name, symbol in design.diagram.signals.items()
    }


class _Watch:
    """Running sums over time of all signals, weighted with the length of steps."""

    def __init__(self, count: int) -> None:
        self.time = self.moving = 0.0
        self.peak, self.least = np.zeros(count), np.full(count, np.inf)
        self.low, self.high = np.full(count, np.inf), np.full(count, -np.inf)
        self.total, self.square = np.zeros(count), np.zeros(count)
        self.slope, self.steepest = np.zeros(count), np.zeros(count)

    def add(self, values: Array, steps: Array) -> None:
        """Values at the start of each step, shape (steps, signals)."""
        size = np.abs(values)
        self.peak, self.least = np.maximum(self.peak, size.max(axis=0)), np.minimum(self.least, size.min(axis=0))
        self.low, self.high = np.minimum(self.low, values.min(axis=0)), np.maximum(self.high, values.max(axis=0))
        self.time += float(steps.sum())
        self.total += steps @ values
        self.square += steps @ size**2
        if len(steps) > 1:
            slopes = np.abs(np.diff(values, axis=0)) / steps[:-1, None]
            self.moving += float(steps[:-1].sum())
            self.slope += steps[:-1] @ slopes**2
            self.steepest = np.maximum(self.steepest, slopes.max(axis=0))

    def table(self) -> Array:
        """Rows as `Activity` has its fields, model units."""
        time, moving = self.time or 1.0, self.moving or 1.0
        mean, square = self.total / time, self.square / time
        swing = np.sqrt(np.maximum(square - mean**2, 0.0))
        columns = (self.peak, self.least, mean, np.sqrt(square), swing, np.sqrt(self.slope / moving))
        return np.stack([*columns, self.steepest, self.high - self.low], axis=1)
