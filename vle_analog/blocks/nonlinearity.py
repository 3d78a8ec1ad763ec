"""Nonlinear functions of one signal: one cell each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from vle_analog.blocks.design import CircuitBlock, StageDesign
from vle_analog.circuit.elements import Element, Instance
from vle_analog.diagram.block import Block, Builder, Domain, Link, Numbers, Refused, plain
from vle_analog.equations.system import Definition, Signal, State, indices_of
from vle_analog.laws import Law, law_of


@dataclass(frozen=True)
class NonlinearStage(CircuitBlock):
    """``y = f(x)`` by one cell with a differential input; an odd f may be built for either polarity."""

    output: Signal
    argument: Signal
    function: sp.Expr

    kind = "nonlinearity"

    @staticmethod
    def match(equation: State | Definition, builder: Builder) -> Block:
        """Take a definition that is one nonlinear function with a cell, of anything."""
        if not isinstance(equation, Definition) or (law := law_of(equation.expression)) is None:
            raise Refused("not a nonlinear function")
        if not law.cell:
            raise Refused(f"{law.name} has no cell")
        argument = builder.signal_for(equation.expression.args[0])
        function = equation.expression.func(argument, *equation.expression.args[1:])
        return NonlinearStage(equation.symbol, argument, function)

    @property
    def nonlinearity(self) -> Law:
        """The function's declaration."""
        law = law_of(self.function)
        assert law is not None
        return law

    @property
    def fixed_polarity(self) -> int:
        return 0 if self.nonlinearity.odd(*self.function.args[1:]) else 1

    def equations(self) -> tuple[State | Definition, ...]:
        return (Definition(self.output, self.function),)

    def law(self) -> str:
        return f"{self.output} = {plain(self.function)}"

    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        return (Link(self.argument, 0),)

    def stage(self, design: StageDesign) -> Iterator[Element]:
        """One cell per instance; ``kin`` and ``kout`` are the volts per unit of input and output."""
        indices = indices_of(self.output)
        positive, negative = design.ports(self.argument, indices)
        if design.polarity(self.output) < 0:
            positive, negative = negative, positive
        parameters = [("kin", design.scale(self.argument)), ("kout", design.scale(self.output))]
        law = self.nonlinearity
        constants = {
            key: design.numbers(value, indices)
            for key, value in zip(law.constants, self.function.args[1:], strict=True)
        }
        for at, name in design.instances(self.output):
            own = tuple((key, float(values[at])) for key, values in constants.items())
            nodes = (str(positive[at]), str(negative[at]), name)
            yield Instance(name, nodes, law.name, (*parameters, *own))

    def domains(self) -> tuple[Domain, ...]:
        law = self.nonlinearity
        low, high = law.domain
        if math.isinf(low) and math.isinf(high):
            return ()
        constants = self.function.args[1:]
        closed = all(each.is_number for each in constants) and law.closed(*constants)
        within = f"above {low:g}" if math.isinf(high) else f"between {low:.4g} and {high:.4g}"
        hint = f"it is defined {within} only: see whether the equation is meant so, or shorten the span"
        return (Domain(self.argument, low, high, closed, str(self.function), hint),)


KINDS = (NonlinearStage,)
