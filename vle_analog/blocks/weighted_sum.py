"""Definitions that are linear: the weighted sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from vle_analog.blocks.design import CircuitBlock, StageDesign
from vle_analog.blocks.sizing import rescaled, window
from vle_analog.blocks.summing import (
    apart,
    attenuated,
    input_bounds,
    input_elements,
    input_terms,
    kept,
    omitted,
    smallest_sum,
    summing_links,
)
from vle_analog.circuit.elements import GROUND, Element, Instance
from vle_analog.diagram.block import Block, Builder, Link, Numbers, Refused, Term, combination, plain
from vle_analog.equations.system import Definition, Signal, State, name_of, shape_of


@dataclass(frozen=True)
class WeightedSum(CircuitBlock):
    """``y = sum a_k x_k``: an op-amp with R as feedback and ``R / a_k`` per input.

    Transfer function ``a_k`` from each input, while a gate that multiplies it is open.
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
        terms = builder.linear(equation.expression, gated=True)
        if any(term.signal == equation.symbol for term in terms):
            raise Refused(f"'{equation.expression}' is no sum of anything that there is a block for")
        return WeightedSum(equation.symbol, terms)

    def equations(self) -> tuple[State | Definition, ...]:
        return (Definition(self.output, combination(self.terms)),)

    def law(self) -> str:
        return f"{self.output} = {plain(combination(self.terms))}"

    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        return summing_links(self.terms, numbers)

    def smallest_peak(self, peaks: Mapping[str, float], numbers: Numbers) -> float:
        return smallest_sum(self.terms, peaks, numbers)

    def omitted(self, design: StageDesign) -> tuple[Term, ...]:
        return omitted(design, self.output, self.terms)

    def stage(self, design: StageDesign) -> Iterator[Element]:
        """R per instance, then one input resistor per input."""
        shape, technology = shape_of(self.output), design.technology
        inputs = attenuated(technology, input_terms(design, self.output, kept(self.terms, self.omitted(design))))
        low, high = technology.resistors
        bounds = input_bounds(technology, inputs, shape)
        bounds["the range of resistors"] = (np.full(shape, low), np.full(shape, high))

        def remedy() -> str:
            return apart(technology, inputs, shape) or rescaled()

        ohms = window(technology, bounds, name_of(self.output), "ohm", remedy).nearest(technology.usual_resistor)
        for at, name in design.instances(self.output):
            summing = f"{name}__s"
            yield from input_elements(name, at, inputs, float(ohms[at]), summing)
            yield Instance(name, (GROUND, summing, name), "summer", (("R", float(ohms[at])),))


KINDS = (WeightedSum,)
