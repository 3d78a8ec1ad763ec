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
    """``y = coefficient * a * b``: ``w = (x1 - x2)(y1 - y2)/10 V``; or ``y = coefficient * (a - a') * b``.

    Both inputs are differential, so any polarity of the inputs gives any polarity of the output; a and a' are carried
    with the same sign and the same volts per unit.
    The device fixes the output's volts per unit: ``k_y = k_a k_b / (10 V |coefficient|)``.

    Attributes:
        output: y.
        first, second: a and b.
        coefficient: one number.
        subtracted: a', from the first factor.
    """

    output: Signal
    first: Signal
    second: Signal
    coefficient: sp.Expr = sp.S.One
    subtracted: Signal | None = None

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

    @property
    def factor(self) -> sp.Expr:
        """What the first input takes."""
        return self.first if self.subtracted is None else self.first - self.subtracted

    @property
    def pair(self) -> tuple[Signal, Signal] | None:
        return None if self.subtracted is None else (self.first, self.subtracted)

    def equations(self) -> tuple[State | Definition, ...]:
        return (Definition(self.output, self.coefficient * self.factor * self.second),)

    def law(self) -> str:
        return f"{self.output} = {plain(self.coefficient * self.factor * self.second)}"

    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        return tuple(Link(each, 0) for each in (*(self.pair or (self.first,)), self.second))

    def derived_scale(self, scale: Callable[[Signal], float], technology: Technology, numbers: Numbers) -> float | None:
        product = scale(self.first) * scale(self.second)
        return product / (technology.multiplier_volts * abs(float(numbers(self.coefficient))))

    def stage(self, design: StageDesign) -> Iterator[Element]:
        """One multiplier per instance; swapped input pins give the sign."""
        indices = indices_of(self.output)
        sign = np.sign(float(design.numbers(self.coefficient, ()))) * design.polarity(self.output)
        if self.subtracted is None:
            positive, negative = design.ports(self.first, indices)
        else:
            both = design.polarity(self.first)
            positive, negative = design.nodes(self.first, indices), design.nodes(self.subtracted, indices, both)
            sign *= both
        if sign < 0:
            positive, negative = negative, positive
        other = design.ports(self.second, indices)
        scale = design.technology.multiplier_volts
        columns = (positive, negative, *other)
        for at, name in design.instances(self.output):
            nodes = tuple(str(column[at]) for column in columns)
            yield Instance(name, (*nodes, name), "multiplier", (("scale", scale),))


KINDS = (Multiplier,)
