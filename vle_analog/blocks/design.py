"""What a block's stage is designed with: scales, polarities, nodes and part ranges."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.circuit.elements import GROUND, Element
from vle_analog.circuit.technology import Technology
from vle_analog.diagram.block import ONE, Block, Builder, Numbers, Term
from vle_analog.equations.system import (
    Definition,
    EquationSystem,
    Signal,
    State,
    evaluate,
    indices_of,
    instance_names,
    name_of,
    on_grid,
    shape_of,
    size,
)

Array = NDArray[np.float64]
Names = NDArray[np.object_]

#: nodes of the constant source, either polarity
REFERENCE = {1: "ref__p", -1: "ref__n"}
#: what the inverted copy of a signal's node is called
INVERTED = "__n"


class CircuitBlock(Block):
    """A block with a stage of parts.

    Attributes:
        generality: how much it takes. Kinds that take one form of equation (0) are asked first, then those that take
            what these leave or look for a form of linear combination (1), for which products and functions would be
            made signals, then those that take any (2).
    """

    generality: ClassVar[int] = 0

    @staticmethod
    @abstractmethod
    def match(equation: State | Definition, builder: Builder) -> Block:
        """The block that realises an equation.

        Raises:
            Refused: it cannot; says why.
        """

    @abstractmethod
    def stage(self, design: StageDesign) -> Iterator[Element]:
        """The elements of all instances."""

    def omitted(self, design: StageDesign) -> tuple[Term, ...]:
        """Terms that the stage leaves out, because no part realises them and nobody misses them."""
        return ()

    def smallest_peak(self, peaks: Mapping[str, float], numbers: Numbers) -> float:
        """The peak in model units that the output is scaled for at least, though the reference run shows less.

        Args:
            peaks: of all signals, by name.
            numbers: evaluates constants.
        """
        return 0.0

    def derived_scale(self, scale: Callable[[Signal], float], technology: Technology, numbers: Numbers) -> float | None:
        """Volts per unit of the output where the stage leaves no choice; None where any will do.

        Args:
            scale: volts per unit of an input.
            technology: what it is built with.
            numbers: evaluates constants.
        """
        return None


@dataclass(frozen=True)
class StageDesign:
    """The choices that all stages share.

    Attributes:
        system: the diagram's equations (for parameter values).
        technology: part ranges and cells.
        scales: volts per model unit by signal name, positive.
        polarities: +1 or -1 by signal name: the sign with which its node carries it.
        start: every signal's value at time zero, by name, in its shape.
        signals: every signal's template by name.
        peaks: largest absolute values by signal name, model units; empty where no reference has run.
        jumping: names of the states that events set: their capacitors should be charged quickly.
    """

    system: EquationSystem
    technology: Technology
    scales: Mapping[str, float]
    polarities: Mapping[str, int]
    start: Mapping[str, Array]
    signals: Mapping[str, Signal]
    peaks: Mapping[str, float] = field(default_factory=dict)
    jumping: frozenset[str] = frozenset()

    @property
    def unit(self) -> float:
        """Seconds of circuit time per model unit."""
        return self.system.unit

    def numbers(self, expression: sp.Expr, indices: Sequence[sp.Idx]) -> Array:
        """A constant expression over an index grid."""
        return evaluate(expression, indices, self.system.constants)

    def scale(self, symbol: Signal) -> float:
        """Volts per model unit."""
        return self.technology.reference if symbol == ONE else self.scales[name_of(symbol)]

    def polarity(self, symbol: Signal) -> int:
        """The sign with which the signal's own node carries it."""
        return 1 if symbol == ONE else self.polarities[name_of(symbol)]

    def nodes(self, symbol: Signal, indices: Sequence[sp.Idx], polarity: NDArray[np.int_] | int | None = None) -> Names:
        """Node names over an index grid.

        Args:
            symbol: the signal's occurrence.
            indices: the grid's axes.
            polarity: +1 or -1 (array over the grid, or one for all): the polarity wanted; None
                takes the signal's own node as it is.

        Returns:
            Array of strings of the grid's shape.
        """
        grid = tuple(size(index) for index in indices)
        if symbol == ONE:
            own, other = (np.array(REFERENCE[sign], object) for sign in (1, -1))
        else:
            shape = shape_of(self.signals[name_of(symbol)])
            names = np.array(instance_names(self.signals[name_of(symbol)]), object).reshape(shape)
            own = on_grid(names, indices_of(symbol), indices)
            other = own + INVERTED
        if polarity is None:
            return np.broadcast_to(own, grid)
        same = np.broadcast_to(np.asarray(polarity) == self.polarity(symbol), grid)
        return np.where(same, np.broadcast_to(own, grid), np.broadcast_to(other, grid))

    def instances(self, symbol: Signal) -> Iterator[tuple[tuple[int, ...], str]]:
        """Indices and name of every instance of a template."""
        return zip(np.ndindex(*shape_of(symbol)), instance_names(symbol), strict=True)

    def ports(self, symbol: Signal, indices: Sequence[sp.Idx]) -> tuple[Names, Names]:
        """Nodes for a differential input that carries +signal: (positive, negative) port."""
        own = self.nodes(symbol, indices)
        ground = np.broadcast_to(np.array(GROUND, object), own.shape)
        return (own, ground) if self.polarity(symbol) > 0 else (ground, own)

    def volts_at_start(self, symbol: Signal) -> Array:
        """The node voltage of each instance at time zero, in the signal's shape."""
        value = self.start[name_of(symbol)]
        return np.asarray(self.polarity(symbol) * self.scale(symbol) * value, float)
