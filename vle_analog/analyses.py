"""What a simulator can be asked about a circuit: an analysis is data, which `vle_analog.netlist.control` writes.

Each has an ``axis``, the name of the vector that its plot is over, and is asked for through
`vle_analog.simulate.simulator.Simulator.analyse`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tran:
    """A run in time, over ``time``.

    Attributes:
        span: seconds.
        step: the solver's bound, seconds.
        uic: whether capacitors start at the voltages that the deck gives them, not at an operating point.
    """

    span: float
    step: float
    uic: bool = False
    axis = "time"


@dataclass(frozen=True)
class Dc:
    """Operating points over the value of a source, over ``v-sweep``.

    Attributes:
        source: its name.
        low, high, step: volts.
        outer: a second sweep, slower: for each of its values the whole of this one.
    """

    source: str
    low: float
    high: float
    step: float
    outer: Dc | None = None
    axis = "v-sweep"

    @property
    def points(self) -> int:
        """How many operating points there are."""
        own = round((self.high - self.low) / self.step) + 1
        return own if self.outer is None else own * self.outer.points


@dataclass(frozen=True)
class Ac:
    """Small signals, over ``frequency``.

    Attributes:
        low, high: hertz.
        points: per decade.
    """

    low: float
    high: float
    points: int
    axis = "frequency"


@dataclass(frozen=True)
class Noise:
    """Densities of noise at a node, ``onoise_spectrum``, and referred to a source by the gain from there,
    ``inoise_spectrum``, V/sqrt(Hz), over ``frequency``.

    Attributes:
        node: whose noise.
        source: its name; it has a small signal of 1 V.
        low, high: hertz.
        points: per decade.
        parts: whether every part's own share is wanted, too.
    """

    node: str
    source: str
    low: float
    high: float
    points: int
    parts: bool = False
    axis = "frequency"


Analysis = Tran | Dc | Ac | Noise
