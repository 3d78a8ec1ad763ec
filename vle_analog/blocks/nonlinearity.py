"""Nonlinear functions of one signal: one cell each; the reciprocal: a multiplier fed back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import sympy as sp

from vle_analog.blocks.design import REFERENCE, CircuitBlock, StageDesign
from vle_analog.blocks.sizing import window
from vle_analog.circuit.cell.cell import START
from vle_analog.circuit.elements import GROUND, Element, Instance
from vle_analog.diagram.block import Block, Builder, Link, Numbers, Refused
from vle_analog.equations.system import Definition, Signal, State, indices_of, name_of
from vle_analog.errors import SynthesisError
from vle_analog.laws import Law, law_of
from vle_analog.laws.reciprocal import reciprocal


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
        return f"{self.output} = {self.function}"

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


@dataclass(frozen=True)
class Divider(CircuitBlock):
    """``y = 1/x`` for positive x: a multiplier in the feedback of an op-amp (AD633 data sheet).

    ``v_y = -v_ref (R2/R1) 10 V / v_x``; R2/R1 sets the output's scale, the reference its polarity.
    """

    output: Signal
    argument: Signal

    kind = "divider"

    @staticmethod
    def match(equation: State | Definition, builder: Builder) -> Block:
        """Take a definition that is the reciprocal of anything."""
        if not isinstance(equation, Definition) or not isinstance(equation.expression, reciprocal):
            raise Refused("not a reciprocal")
        return Divider(equation.symbol, builder.signal_for(equation.expression.args[0]))

    def check(self, lowest: Mapping[str, float]) -> None:
        """Refuse a divisor that does not stay positive: the loop around the op-amp would latch."""
        least = lowest[name_of(self.argument)]
        if not least > 0:
            raise SynthesisError(
                f"reciprocal({self.argument}) needs a signal that stays positive; the reference reaches {least:.3g}",
                where=f"signal '{self.output}'",
                hint="write -reciprocal(-x) for one that stays negative; one that crosses zero has no reciprocal",
            )

    def equations(self) -> tuple[State | Definition, ...]:
        return (Definition(self.output, reciprocal(self.argument)),)

    def law(self) -> str:
        return f"{self.output} = 1/{self.argument}"

    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        return (Link(self.argument, 0),)

    def stage(self, design: StageDesign) -> Iterator[Element]:
        """R1 from the reference, R2 from the multiplier's output."""
        technology = design.technology
        ratio = (
            design.scale(self.output)
            * design.scale(self.argument)
            / (technology.reference * technology.multiplier_volts)
        )
        low, high = technology.resistors
        bounds = {
            "R1": (np.array(low), np.array(high)),
            "R2": (np.array(low / ratio), np.array(high / ratio)),
        }
        ohms = float(window(technology, bounds, name_of(self.output), "ohm").nearest(technology.usual_resistor))
        positive, negative = design.ports(self.argument, indices_of(self.output))
        reference = REFERENCE[-design.polarity(self.output)]
        volts = design.volts_at_start(self.output)
        for at, name in design.instances(self.output):
            nodes = (GROUND, reference, str(positive[at]), str(negative[at]), f"{name}__s", name)
            middle = design.polarity(self.output) * technology.reference * ratio  # -v(ref) R2/R1
            start = (("MID", middle), (START, float(volts[at])))
            yield Instance(name, nodes, "divider", (("R1", ohms), ("R2", ohms * ratio), *start))


KINDS = (Divider, NonlinearStage)
