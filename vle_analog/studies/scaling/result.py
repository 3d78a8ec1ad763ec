"""How circuits and their simulation grow with a network's width: the numbers, and what they grow with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

#: the networks of a study: all weights plastic on the circuit, or fixed in resistors and forward only
LEARNER, INFERENCE = "learner", "inference"


@dataclass(frozen=True)
class SizeRun:
    """One network as a circuit, simulated once.

    Attributes:
        network: `LEARNER` or `INFERENCE`.
        width: neurons in each of the two hidden layers.
        weights: of all layers, biases left out.
        parts: how many op-amps, resistors, ... the circuit takes.
        unit: seconds of the circuit's own time per model unit.
        span, step: of the simulation, and its step bound, model units.
        equations, nonzeros, fill_in: of the simulator's matrix; elements before factoring, and added by it.
        points, iterations: accepted time points, and Newton steps of all points.
        seconds: processor time of the simulation, reading the deck left out.
        load, factor, solve: the shares of it spent in evaluating parts, factoring and solving.
        megabytes: the simulator's largest resident memory.
        design: seconds from equations to netlist.
    """

    network: str
    width: int
    weights: int
    parts: Mapping[str, int]
    unit: float
    span: float
    step: float
    equations: int
    nonzeros: int
    fill_in: int
    points: int
    iterations: int
    seconds: float
    load: float
    factor: float
    solve: float
    megabytes: float
    design: float

    @property
    def opamps(self) -> int:
        """How many op-amps the circuit takes."""
        return self.parts["opamps"]

    @property
    def per_point(self) -> float:
        """Seconds of simulation per accepted point."""
        return self.seconds / self.points

    @property
    def per_unit(self) -> float:
        """Seconds of simulation per model unit."""
        return self.seconds / self.span

    @property
    def slower(self) -> float:
        """How many times slower than the circuit itself its simulation is."""
        return self.per_unit / self.unit

    def to_json(self) -> dict[str, Any]:
        """Plain data of a run, what follows from its numbers included."""
        derived = {name: getattr(self, name) for name in ("opamps", "per_point", "per_unit", "slower")}
        return {**asdict(self), **derived}

    @staticmethod
    def from_json(record: Mapping[str, Any]) -> SizeRun:
        """The run that `to_json` wrote.

        Raises:
            KeyError: a number is missing.
        """
        return SizeRun(**{name: record[name] for name in SizeRun.__dataclass_fields__})


@dataclass(frozen=True)
class Growth:
    """A power law ``width^exponent`` through several sizes.

    Attributes:
        exponent: least squares on logarithms, over all widths.
        error: its standard error; None with fewer than three widths.
        last: the exponent between the two largest widths alone: what the power law is bending to.
    """

    exponent: float
    error: float | None
    last: float

    @staticmethod
    def of(widths: Sequence[int], values: Sequence[float]) -> Growth | None:
        """The growth of positive values; None with fewer than two, or where one is not positive."""
        if len(widths) < 2 or min(values) <= 0:
            return None
        x, y = np.log(widths), np.log(values)
        exponent, constant = np.polyfit(x, y, 1)
        error = None
        if len(widths) > 2:
            left = y - exponent * x - constant
            error = float(math.sqrt(left @ left / (len(x) - 2) / np.sum((x - x.mean()) ** 2)))
        return Growth(float(exponent), error, float((y[-1] - y[-2]) / (x[-1] - x[-2])))


#: what a power law is fitted to, with its name for people
GROWING: Mapping[str, str] = {
    "opamps": "op-amps",
    "equations": "equations",
    "nonzeros": "matrix elements",
    "fill_in": "fill-in",
    "per_point": "time per point",
    "per_unit": "time per model unit",
    "megabytes": "memory",
}


@dataclass(frozen=True)
class SizeLimit:
    """Limit at which a network's runs end.

    Attributes:
        network: `LEARNER` or `INFERENCE`.
        width: that could not be simulated.
        reason: why.
    """

    network: str
    width: int
    reason: str


@dataclass(frozen=True)
class Scaling:
    """Circuits of several widths.

    Attributes:
        rule: that the learners learn by.
        runs: by network, in order of width.
        limits: of the networks that could not be simulated at every width.
        shape: neurons of the layers, ``1-N-N-1``.
    """

    rule: str
    runs: Sequence[SizeRun]
    limits: Sequence[SizeLimit] = ()
    shape: str = "1-N-N-1"

    @property
    def title(self) -> str:
        """What it is about."""
        return f"{self.shape} networks as circuits: parts, simulation, real time"

    @property
    def networks(self) -> tuple[str, ...]:
        """Networks that have a run, in order."""
        return tuple(dict.fromkeys(run.network for run in self.runs))

    def of(self, network: str) -> list[SizeRun]:
        """A network's runs, in order of width."""
        return sorted((run for run in self.runs if run.network == network), key=lambda run: run.width)

    def growth(self, network: str, name: str) -> Growth | None:
        """How one of `GROWING` grows with width."""
        runs = self.of(network)
        return Growth.of([run.width for run in runs], [float(getattr(run, name)) for run in runs])

    def record(self) -> dict[str, Any]:
        """Plain data of all numbers, growth included."""
        growth = {
            network: {name: None if (law := self.growth(network, name)) is None else asdict(law) for name in GROWING}
            for network in self.networks
        }
        return {
            "rule": self.rule,
            "runs": [run.to_json() for network in self.networks for run in self.of(network)],
            "growth": growth,
            "walls": [asdict(limit) for limit in self.limits],
        }
