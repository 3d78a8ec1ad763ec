"""What a circuit is made of: resistors, capacitors, sources, and instances of cells.

Values are SI floats; node ``0`` is ground. An element's name goes without SPICE's letter. A part (resistor, capacitor,
instance) knows its block: the signal whose stage it is part of, where that is another name than its own; and, once a
diagram is realised, the one signal instance that its stage drives, upright or inverted. What a part knows beside its
netlist line is not in its ``repr``, by which designs are told apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from vle_analog.noise import Noise
from vle_analog.stimulus import Pace, Stimulus

GROUND = "0"


class Error(NamedTuple):
    """An error of an op-amp, which a source at its stage stands for.

    Attributes:
        instance: name of the stage.
        parameter: of the op-amp: ``VOS``, ``IB`` or ``IOS``.
    """

    instance: str
    parameter: str


@dataclass(frozen=True, slots=True)
class Resistor:
    """Ohms between two nodes."""

    name: str
    nodes: tuple[str, str]
    ohms: float
    block: str = field(default="", repr=False)
    signal: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Capacitor:
    """Farads between two nodes, with the voltage (first minus second node) at time zero."""

    name: str
    nodes: tuple[str, str]
    farads: float
    volts: float = 0.0
    block: str = field(default="", repr=False)
    signal: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Battery:
    """A constant voltage (first minus second node), which may stand for an error."""

    name: str
    nodes: tuple[str, str]
    volts: float
    error: Error | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CurrentSource:
    """A constant current, which flows through it from the first node to the second; it may stand for an error."""

    name: str
    nodes: tuple[str, str]
    amperes: float
    error: Error | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Drive:
    """A voltage source that plays a stimulus.

    Attributes:
        stimulus: in model units.
        volts_per_unit: its amplitude scale.
        unit: seconds per model unit of time.
        clock: name of the clock that makes it on the board; empty for what comes from outside.
        pace: of that clock on this board.
    """

    name: str
    nodes: tuple[str, str]
    stimulus: Stimulus
    volts_per_unit: float
    unit: float
    clock: str = field(default="", repr=False)
    pace: Pace = field(default=Pace(), repr=False)

    @property
    def played(self) -> Stimulus:
        """The stimulus as the board's clock makes it."""
        return self.stimulus.paced(self.pace) if self.clock else self.stimulus


@dataclass(frozen=True, slots=True)
class NoiseDrive:
    """A source of noise: a voltage (first minus second node), or a current from the first node to the second.

    Attributes:
        noise: in seconds and hertz, its density in V/sqrt(Hz) or A/sqrt(Hz).
        current: which of the two.
    """

    name: str
    nodes: tuple[str, str]
    noise: Noise
    current: bool


@dataclass(frozen=True, slots=True)
class Instance:
    """One use of a cell, with its ports' nodes in the cell's order and its parameters."""

    name: str
    nodes: tuple[str, ...]
    cell: str
    parameters: tuple[tuple[str, float], ...] = ()
    block: str = field(default="", repr=False)
    signal: str = field(default="", repr=False)


Element = Resistor | Capacitor | Battery | CurrentSource | Drive | NoiseDrive | Instance
