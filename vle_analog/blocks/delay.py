"""A true delay: what a ladder is held against. No circuit has one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from vle_analog.blocks.design import CircuitBlock, StageDesign
from vle_analog.circuit.elements import Element
from vle_analog.diagram.block import Block, Builder, Link, Numbers, Refused, plain
from vle_analog.equations.operators import delay
from vle_analog.equations.system import Definition, Signal, State
from vle_analog.errors import SynthesisError


@dataclass(frozen=True)
class Delay(CircuitBlock):
    """``y(t) = x(t - T)``.

    Attributes:
        source: x.
        duration: T, model units.
    """

    output: Signal
    source: Signal
    duration: sp.Expr

    kind = "delay"

    @staticmethod
    def match(equation: State | Definition, builder: Builder) -> Block:
        """Take a definition that is a signal's delay."""
        if not isinstance(equation, Definition) or not isinstance(equation.expression, delay):
            raise Refused("not a delay")
        source, duration = equation.expression.args
        return Delay(equation.symbol, builder.signal_for(source), duration)

    def equations(self) -> tuple[State | Definition, ...]:
        return (Definition(self.output, delay(self.source, self.duration)),)

    def law(self) -> str:
        return f"{self.output} = delay({self.source}, {plain(self.duration)})"

    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        return (Link(self.source, 0),)

    def stage(self, design: StageDesign) -> Iterator[Element]:
        raise SynthesisError(
            "no stage of parts delays a signal as it is",
            where=f"signal '{self.output}'",
            hint="lower the equations with a ladder for it, as `design` does",
        )


KINDS = (Delay,)
