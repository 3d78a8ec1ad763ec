"""One signal times a constant, by a stage that has all of its resistors inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vle_analog.blocks.design import CircuitBlock, StageDesign
from vle_analog.blocks.sizing import window
from vle_analog.circuit.elements import GROUND, Element, Instance
from vle_analog.diagram.block import ONE, Block, Builder, Link, Numbers, Refused, Term
from vle_analog.equations.system import Definition, Signal, State, name_of


@dataclass(frozen=True)
class Amplifier(CircuitBlock):
    """``y = a x``: an inverting amplifier, ``a = -R2/R1`` but for the scales."""

    output: Signal
    term: Term

    kind = "amplifier"
    generality = 1

    @staticmethod
    def match(equation: State | Definition, builder: Builder) -> Block:
        """Take a definition that is one scalar signal times a constant."""
        if not isinstance(equation, Definition):
            raise Refused("not a definition")
        terms = builder.linear(equation.expression)
        if len(terms) != 1 or terms[0].over or terms[0].signal == ONE or np.ndim(builder.numbers(terms[0].coefficient)):
            raise Refused("not one signal times a number")
        return Amplifier(equation.symbol, terms[0])

    def equations(self) -> tuple[State | Definition, ...]:
        return (Definition(self.output, self.term.expression()),)

    def law(self) -> str:
        return f"{self.output} = {self.term.expression()}"

    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        return (Link(self.term.signal, -int(np.sign(numbers(self.term.coefficient)))),)

    def stage(self, design: StageDesign) -> Iterator[Element]:
        """R1 from the usual resistor, R2 from the gain in volts."""
        coefficient = float(design.numbers(self.term.coefficient, ()))
        gain = abs(coefficient) * design.scale(self.output) / design.scale(self.term.signal)
        low, high = design.technology.resistors
        bounds = {"R1": (np.array(low), np.array(high)), "R2": (np.array(low / gain), np.array(high / gain))}
        name = name_of(self.output)
        ohms = float(window(design.technology, bounds, name, "ohm").nearest(design.technology.usual_resistor))
        sign = -int(np.sign(coefficient)) * design.polarity(self.output)
        source = str(design.nodes(self.term.signal, (), sign)[()])
        yield Instance(name, (GROUND, source, f"{name}__s", name), "amplifier", (("R1", ohms), ("R2", ohms * gain)))


KINDS = (Amplifier,)
