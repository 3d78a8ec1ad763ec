"""Of which order the ladder of each delay is: as high as the signal's bandwidth asks for, no higher.

A ladder is first tried on what it delays, along the reference run with true delays. In a loop its error comes back
larger or smaller: what counts is by how much the outputs of a reference with ladders differ, and orders are raised
until that is small.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vle_analog.blocks.delay import Delay
from vle_analog.compare import trace_nrmse
from vle_analog.design.build import Build
from vle_analog.design.domains import defined_reference
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.ladder import MOST, band, passed
from vle_analog.equations.system import EquationSystem, instance_names, name_of
from vle_analog.equations.templates import numbers_of
from vle_analog.reference.accuracy import Reference
from vle_analog.reference.integrator import Integrator
from vle_analog.stimulus import Array
from vle_analog.synthesis.lower import lower
from vle_analog.waveforms import Waveforms

#: evenly spaced samples on which ladders are tried, and how many there are in a delay at least
_SAMPLES, _WITHIN = 20_000, 200
#: how many times what the outputs may change by a ladder may err by itself, at first; and by how much orders are raised
_ALONE, _RAISED = 10.0, 1.3
#: of a signal's power, what its band holds
_POWER = 0.9999


@dataclass(frozen=True)
class Ladder:
    """The ladder of one delay.

    Attributes:
        signal: that it drives.
        source: that is delayed.
        duration: by which, model units.
        order: of the ladder.
        error: RMS error over the signal's range, along the reference run.
        good: frequency up to which the ladder errs by 1 % at most, cycles per model unit.
        needed: frequency below which the signal has all but 0.01 % of its power.
    """

    signal: str
    source: str
    duration: float
    order: int
    error: float
    good: float
    needed: float

    def remark(self) -> str:
        """What a netlist says of it."""
        return (
            f"{self.signal} = {self.source} {self.duration:g} model units ago, by an all-pass ladder (Pade) of order "
            f"{self.order}: 1 % up to {self.good:.3g} cycles per unit, below {self.needed:.3g} of which {self.source} "
            f"has 99.99 % of its power; RMS error {self.error:.1e} of its range along the reference run"
        )


@dataclass(frozen=True)
class Laddered:
    """A system whose delays are ladders.

    Attributes:
        ladders: of its delays.
        diagram: with them.
        reference: run of this diagram.
        error: NRMSE of its outputs against the run with true delays, by name.
    """

    ladders: tuple[Ladder, ...]
    diagram: BlockDiagram
    reference: Reference
    error: Mapping[str, float]


def with_ladders(
    system: EquationSystem, diagram: BlockDiagram, truth: Reference, build: Build, settings: Mapping[str, Any]
) -> Laddered:
    """The system with ladders for its delays.

    Args:
        system: the equations.
        diagram: lowered without ladders.
        truth: its reference run.
        build: of which order ladders are, or what they may change.
        settings: of `defined_reference`.

    Raises:
        VleAnalogError: as `lower` and `defined_reference` do.
    """
    delays = [block for block in diagram.blocks if isinstance(block, Delay)]
    run = _sources(diagram, delays, truth)
    least = 1
    while True:
        chosen = tuple(_ladder(diagram, block, run, build, least) for block in delays)
        made = lower(system, build.realisation, build.bandwidth, orders(chosen))
        ideal = defined_reference(made, **settings)
        waveforms = ideal.solution.waveforms
        error = trace_nrmse(truth.solution.waveforms, waveforms, waveforms.signals)
        lowest = min(each.order for each in chosen)
        if build.delay_order is not None or max(error.values()) <= build.delay_error or lowest >= MOST:
            return Laddered(chosen, made, ideal, error)
        least = min(MOST, math.ceil(_RAISED * lowest) + 1)


def orders(chosen: Sequence[Ladder]) -> Mapping[str, int]:
    """Orders by the delayed signals' names, as `lower` takes them."""
    return {each.signal: each.order for each in chosen}


def _sources(diagram: BlockDiagram, delays: Sequence[Delay], truth: Reference) -> Waveforms:
    """What is delayed, as it was in the reference run."""
    system = diagram.read_back
    step = min(truth.solution.step, system.span / _SAMPLES)  # straight lines between the reference's own are too coarse
    names = list(dict.fromkeys(name_of(block.source) for block in delays))
    return Integrator(system).run(step, record=names, samples=2 * _SAMPLES).waveforms


def _ladder(diagram: BlockDiagram, block: Delay, run: Waveforms, build: Build, least: int) -> Ladder:
    """The ladder of one delay, of no lower an order than the least."""
    duration = float(numbers_of(block.duration, diagram.system))
    span = float(run.time[-1])
    count = int(min(200_000, max(_SAMPLES, _WITHIN * span / duration)))
    time = np.linspace(0.0, span, count + 1)
    signals = [np.interp(time, run.time, run[name]) for name in instance_names(block.source)]
    order = build.delay_order or least
    while True:
        error = max(_error(order, duration, values, time) for values in signals)
        if build.delay_order is not None or error <= _ALONE * build.delay_error or order >= MOST:
            break
        order += 1
    return Ladder(
        signal=name_of(block.output),
        source=name_of(block.source),
        duration=duration,
        order=order,
        error=error,
        good=band(order) / (2 * np.pi * duration),
        needed=max(_bandwidth(values, time) for values in signals),
    )


def _error(order: int, duration: float, values: Array, time: Array) -> float:
    """RMS of what a ladder makes of a signal against the signal as it was, over its range."""
    wanted = np.interp(time - duration, time, values)
    made = passed(order, duration, values, float(time[1]))
    return float(np.sqrt(np.mean((made - wanted) ** 2))) / (float(np.ptp(values)) or 1.0)


def _bandwidth(values: Array, time: Array) -> float:
    """Frequency below which a signal has nearly all of its power, mean and straight trend left out."""
    trend = np.linspace(values[0], values[-1], len(values))
    power = np.cumsum(np.abs(np.fft.rfft(values - trend - np.mean(values - trend))) ** 2)
    if not power[-1] > 0:
        return 0.0
    place = int(np.searchsorted(power, _POWER * power[-1]))
    return float(place / time[-1])
