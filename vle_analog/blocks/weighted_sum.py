"""Definitions that are linear: the weighted sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.blocks.design import CircuitBlock, StageDesign
from vle_analog.blocks.sizing import window
from vle_analog.blocks.summing import input_bounds, input_elements, input_terms, smallest_sum, summing_links
from vle_analog.circuit.elements import GROUND, Element, Instance
from vle_analog.diagram.block import Block, Builder, Link, Numbers, Refused, Term, combination
from vle_analog.equations.system import Definition, Signal, State, name_of, shape_of


@dataclass(frozen=True)
class WeightedSum(CircuitBlock):
    """``y = sum a_k x_k``: an op-amp with R as feedback and ``R / a_k`` per input.

    Transfer function ``a_k`` from each input.
    """

    output: Signal
    terms: tuple[Term, ...]

    kind = "weighted sum"
    generality = 2

    @staticmethod
    def match(equation: State | Definition, builder: Builder) -> Block:
        """Take any definition; products and nonlinearities in it become signals of their own."""
        if not isinstance(equation, Definition):
            raise Refused("not a definition")
        return WeightedSum(equation.symbol, builder.linear(equation.expression))

    def equations(self) -> tuple[State | Definition, ...]:
        return (Definition(self.output, combination(self.terms)),)

    def law(self) -> str:
        return f"{self.output} = {combination(self.terms)}"

    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        return summing_links(self.terms, numbers)

    def smallest_peak(self, peaks: Mapping[str, float], numbers: Numbers) -> float:
        return smallest_sum(self.terms, peaks, numbers)

    def stage(self, design: StageDesign) -> Iterator[Element]:
        """R per instance, then one input resistor per input."""
        shape, technology = shape_of(self.output), design.technology
        inputs = input_terms(design, self.output, self.terms)
        low, high = technology.resistors
        bounds = input_bounds(technology, inputs, shape)
        bounds["the range of resistors"] = (np.full(shape, low), np.full(shape, high))
        ohms = window(technology, bounds, name_of(self.output), "ohm").nearest(technology.usual_resistor)
        for at, name in design.instances(self.output):
            summing = f"{name}__s"
            yield from input_elements(name, at, inputs, float(ohms[at]), summing)
            yield Instance(name, (GROUND, summing, name), "summer", (("R", float(ohms[at])),))


KINDS = (WeightedSum,)
