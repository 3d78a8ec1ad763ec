"""Products of two signals: the four-quadrant multiplier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp

from vle_analog.blocks.design import CircuitBlock, StageDesign
from vle_analog.circuit.elements import Element, Instance
from vle_analog.circuit.technology import Technology
from vle_analog.diagram.block import Block, Builder, Link, Numbers, Refused, plain
from vle_analog.equations.system import Definition, Signal, State, indices_of


@dataclass(frozen=True)
class Multiplier(CircuitBlock):
    """``y = coefficient * a * b``: ``w = (x1 - x2)(y1 - y2)/10 V``.

    Both inputs are differential, so any polarity of the inputs gives any polarity of the output.
    The device fixes the output's volts per unit: ``k_y = k_a k_b / (10 V |coefficient|)``.
    """

    output: Signal
    first: Signal
    second: Signal
    coefficient: sp.Expr = sp.S.One

    kind = "multiplier"

    @staticmethod
    def match(equation: State | Definition, builder: Builder) -> Block:
        """Take a definition that is one product of two or more signals (and one constant)."""
        if not isinstance(equation, Definition):
            raise Refused("not a definition")
        coefficient, factors, below = builder.fraction(equation.expression)
        if below:
            raise Refused("a quotient")
        if len(factors) < 2:
            raise Refused("not a product of two signals")
        if indices_of(coefficient) or coefficient.has(sp.Indexed) or not np.all(builder.numbers(coefficient)):
            raise Refused("the product's coefficient is not one non-zero number")
        first = builder.signal_for(sp.Mul(*factors[:-1]))
        return Multiplier(equation.symbol, first, builder.signal_for(factors[-1]), coefficient)

    def equations(self) -> tuple[State | Definition, ...]:
        return (Definition(self.output, self.coefficient * self.first * self.second),)

    def law(self) -> str:
        return f"{self.output} = {plain(self.coefficient * self.first * self.second)}"

    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        return (Link(self.first, 0), Link(self.second, 0))

    def derived_scale(self, scale: Callable[[Signal], float], technology: Technology, numbers: Numbers) -> float | None:
        product = scale(self.first) * scale(self.second)
        return product / (technology.multiplier_volts * abs(float(numbers(self.coefficient))))

    def stage(self, design: StageDesign) -> Iterator[Element]:
        """One multiplier per instance; swapped input pins give the sign."""
        indices = indices_of(self.output)
        positive, negative = design.ports(self.first, indices)
        sign = np.sign(float(design.numbers(self.coefficient, ()))) * design.polarity(self.output)
        if sign < 0:
            positive, negative = negative, positive
        other = design.ports(self.second, indices)
        scale = design.technology.multiplier_volts
        columns = (positive, negative, *other)
        for at, name in design.instances(self.output):
            nodes = tuple(str(column[at]) for column in columns)
            yield Instance(name, (*nodes, name), "multiplier", (("scale", scale),))


KINDS = (Multiplier,)
