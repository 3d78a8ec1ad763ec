"""Quotients of two signals: an op-amp with a multiplier in its feedback."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp

from vle_analog.blocks.design import CircuitBlock, StageDesign
from vle_analog.blocks.sizing import rescaled, window
from vle_analog.circuit.cell.cell import START
from vle_analog.circuit.elements import GROUND, Element, Instance
from vle_analog.diagram.block import ONE, Block, Builder, Domain, Link, Numbers, Refused, plain
from vle_analog.equations.system import Definition, Signal, State, indices_of, name_of, on_grid, shape_of
from vle_analog.laws.reciprocal import reciprocal


@dataclass(frozen=True)
class Divider(CircuitBlock):
    """``y = c a/b`` for a divisor of one sign: a multiplier in the feedback of an op-amp (AD633 data sheet).

    ``v_y = -v_a (R2/R1) 10 V / v_b``, two quadrants: a has any sign. R2/R1 sets the output's scale; swapped pins take a
    divisor that stays negative. For ``1/b`` a is the reference.

    Attributes:
        divisor: b.
        dividend: a, or `ONE`.
        coefficient: c, one number.
        sign: of the divisor.
        by_name: whether the equations call it ``reciprocal``.
    """

    output: Signal
    divisor: Signal
    dividend: Signal = ONE
    coefficient: sp.Expr = sp.S.One
    sign: int = 1
    by_name: bool = True

    kind = "divider"

    @staticmethod
    def match(equation: State | Definition, builder: Builder) -> Block:
        """Take a definition that is one quotient, or the reciprocal of anything."""
        if not isinstance(equation, Definition):
            raise Refused("not a definition")
        if isinstance(equation.expression, reciprocal):
            return Divider(equation.symbol, builder.signal_for(equation.expression.args[0]))
        coefficient, above, below = builder.fraction(equation.expression)
        if not below:
            raise Refused("not a quotient")
        if indices_of(coefficient) or coefficient.has(sp.Indexed) or not np.all(builder.numbers(coefficient)):
            raise Refused("the quotient's coefficient is not one non-zero number")
        divisor = sp.Mul(*below)
        sign = -1 if np.max(builder.start_of(divisor)) < 0 else 1
        dividend = builder.signal_for(sp.Mul(*above)) if above else ONE
        return Divider(equation.symbol, builder.signal_for(divisor), dividend, coefficient, sign, False)

    def domains(self) -> tuple[Domain, ...]:
        """A divisor that passes zero: the loop around the op-amp would latch."""
        what = f"reciprocal({self.divisor})" if self.by_name else f"division by '{self.divisor}'"
        if self.by_name:
            hint = "write -reciprocal(-x) for a signal that stays negative; one that crosses zero has no reciprocal"
        else:
            hint = "a divisor keeps its sign: see whether the equation is meant so, or shorten the span"
        ends = (0.0, math.inf) if self.sign > 0 else (-math.inf, 0.0)
        return (Domain(self.divisor, *ends, False, what, hint),)

    def equations(self) -> tuple[State | Definition, ...]:
        if self.by_name:
            return (Definition(self.output, reciprocal(self.divisor)),)
        above = sp.S.One if self.dividend == ONE else self.dividend
        return (Definition(self.output, self.coefficient * above / self.divisor),)

    def law(self) -> str:
        above = "1" if self.dividend == ONE else str(self.dividend)
        front = "" if self.coefficient == 1 else f"{plain(self.coefficient)}*"
        return f"{self.output} = {front}{above}/{self.divisor}"

    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        if self.dividend == ONE:
            return (Link(self.divisor, 0),)
        return (Link(self.divisor, 0), Link(self.dividend, -self._direction(float(numbers(self.coefficient)))))

    def _direction(self, coefficient: float) -> int:
        """The sign of the output for a dividend of +1."""
        return self.sign if coefficient > 0 else -self.sign

    def stage(self, design: StageDesign) -> Iterator[Element]:
        """R1 from the dividend, R2 from the multiplier's output."""
        technology, indices = design.technology, indices_of(self.output)
        coefficient = float(design.numbers(self.coefficient, ()))
        ratio = (
            abs(coefficient)
            * design.scale(self.output)
            * design.scale(self.divisor)
            / (design.scale(self.dividend) * technology.multiplier_volts)
        )
        low, high = technology.resistors
        bounds = {
            "R1": (np.array(low), np.array(high)),
            "R2": (np.array(low / ratio), np.array(high / ratio)),
        }

        def remedy() -> str:
            reached = design.peaks.get(name_of(self.output), 0.0)
            if not low / high > ratio:
                return rescaled()
            return (
                f"the quotient reaches {reached:.3g} where its divisor '{self.divisor}' is small: keep that away from "
                f"zero, shorten the span, or {rescaled()}"
            )

        ohms = float(window(technology, bounds, name_of(self.output), "ohm", remedy).nearest(technology.usual_resistor))
        positive, negative = design.ports(self.divisor, indices)
        if self.sign < 0:
            positive, negative = negative, positive
        polarity = -design.polarity(self.output) * self._direction(coefficient)
        sources = design.nodes(self.dividend, indices, polarity)
        volts = design.volts_at_start(self.output)
        middles = -ratio * polarity * design.scale(self.dividend) * self._dividend_at_start(design)
        for at, name in design.instances(self.output):
            nodes = (GROUND, str(sources[at]), str(positive[at]), str(negative[at]), f"{name}__s", name)
            start = (("MID", float(middles[at])), (START, float(volts[at])))
            yield Instance(name, nodes, "divider", (("R1", ohms), ("R2", ohms * ratio), *start))

    def _dividend_at_start(self, design: StageDesign) -> np.ndarray:
        """Its values at time zero in the output's shape."""
        indices = indices_of(self.output)
        one = np.ones(shape_of(self.output))
        if self.dividend == ONE:
            return one
        return one * on_grid(design.start[name_of(self.dividend)], indices_of(self.dividend), indices)


KINDS = (Divider,)
