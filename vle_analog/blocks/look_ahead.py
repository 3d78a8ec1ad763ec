"""Band-limited look-ahead: the lead stage and the differentiator.

The third realisation, algebra, needs no block of its own: `resolve` writes ``x + tau dx/dt`` out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from vle_analog.blocks.design import CircuitBlock, StageDesign
from vle_analog.blocks.sizing import resistor_and_capacitor, slower_or_faster
from vle_analog.blocks.weighted_sum import WeightedSum
from vle_analog.circuit.elements import GROUND, Element, Instance
from vle_analog.diagram.block import Block, Builder, Link, Numbers, Refused, Term
from vle_analog.equations.operators import prospective
from vle_analog.equations.system import Definition, Signal, State, indices_of, name_of, shape_of, signal

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BandLimited(CircuitBlock):
    """What both stages have: an inverting op-amp, and a state inside that limits the band.

    Attributes:
        argument: what is looked ahead.
        tau: by how much.
        bandwidth: how many times faster than tau the stage's own pole is.
        initial: of the state, which starts settled at its input.
        stem: what the state is called after: the signal that looks ahead.
    """

    output: Signal
    argument: Signal
    tau: sp.Expr
    bandwidth: float
    initial: ArrayLike
    stem: str

    band_limited = True

    def lagging(self) -> State:
        """The state inside: the input, low-passed at the band limit (`regularize` names it so)."""
        z = signal(f"{self.stem}__z", *indices_of(self.output))
        return State(z, (self.argument - z) * self.bandwidth / self.tau, self.initial)

    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        return (Link(self.argument, -1),)


@dataclass(frozen=True)
class LeadStage(BandLimited):
    """``y = (1 + tau s)/(1 + tau_b s) x``: one op-amp, R1||C1 at its input, R2||C2 as feedback.

    ``tau = R1 C1``, ``tau_b = R2 C2 = tau / bandwidth``.
    """

    kind = "lead stage"

    @staticmethod
    def match(equation: State | Definition, builder: Builder) -> Block:
        """Take ``prospective(x, tau)`` where a lead stage is the chosen realisation, or the only one."""
        argument, tau = _look_ahead(equation)
        if builder.realisation == "differentiator":
            raise Refused("a differentiator is asked for")
        name = name_of(equation.symbol)
        return LeadStage(equation.symbol, argument, tau, builder.bandwidth, builder.start[name], name)

    def equations(self) -> tuple[State | Definition, ...]:
        z = self.lagging()
        return z, Definition(self.output, z.symbol + self.bandwidth * (self.argument - z.symbol))

    def law(self) -> str:
        return f"{self.output} = (1 + s*{self.tau})/(1 + s*{self.tau}/{self.bandwidth:g}) {self.argument}"

    def stage(self, design: StageDesign) -> Iterator[Element]:
        """R1, C1 from tau; R2 from the scales; C2 from the band limit."""
        indices, shape, technology = indices_of(self.output), shape_of(self.output), design.technology
        seconds = design.numbers(self.tau, indices) * design.unit
        gain = design.scale(self.output) / design.scale(self.argument)
        (low, high), (c_low, c_high) = technology.resistors, technology.capacitors
        bounds = {
            "R1": (np.full(shape, low), np.full(shape, high)),
            "R2": (np.full(shape, low / gain), np.full(shape, high / gain)),
            "C1": (seconds / c_high, seconds / c_low),
            "C2": (seconds / (self.bandwidth * gain * c_high), seconds / (self.bandwidth * gain * c_low)),
        }

        def remedy() -> str:
            """C2 is too small beside the resistors, or the time constant is out of reach."""
            smallest = np.maximum.reduce([bounds[name][0] for name in ("R1", "R2", "C1")])
            return _narrower(float(np.min(seconds / (gain * c_low * smallest))), self.bandwidth)

        ohms, farads = resistor_and_capacitor(technology, seconds, bounds, name_of(self.output), remedy)
        sources = design.nodes(self.argument, indices, -design.polarity(self.output))
        volts = design.volts_at_start(self.output)
        for at, name in design.instances(self.output):
            r1, c1, r2 = float(ohms[at]), float(farads[at]), float(ohms[at]) * gain
            parameters = (
                ("R1", r1),
                ("C1", c1),
                ("R2", r2),
                ("C2", float(seconds[at]) / (self.bandwidth * r2)),
                ("IC1", -float(volts[at]) / gain),
                ("IC2", float(volts[at])),
            )
            yield Instance(name, (GROUND, str(sources[at]), f"{name}__s", name), "lead", parameters)


@dataclass(frozen=True)
class Differentiator(BandLimited):
    """``y = tau s/(1 + tau_b s) x``: C at the input with RS in series, RF as feedback.

    ``tau = RF C`` (times the scales), ``tau_b = RS C = tau / bandwidth``.
    """

    kind = "differentiator"
    generality = 1

    @staticmethod
    def match(equation: State | Definition, builder: Builder) -> Block:
        """Take ``prospective(x, tau)`` as x plus a differentiator's output."""
        argument, tau = _look_ahead(equation)
        name = name_of(equation.symbol)
        output = signal(f"{name}__d", *indices_of(equation.symbol))
        builder.add(Differentiator(output, argument, tau, builder.bandwidth, builder.start[name], name))
        return WeightedSum(equation.symbol, (Term(sp.S.One, argument), Term(sp.S.One, output)))

    def equations(self) -> tuple[State | Definition, ...]:
        z = self.lagging()
        return z, Definition(self.output, self.bandwidth * (self.argument - z.symbol))

    def law(self) -> str:
        return f"{self.output} = s*{self.tau}/(1 + s*{self.tau}/{self.bandwidth:g}) {self.argument}"

    def stage(self, design: StageDesign) -> Iterator[Element]:
        """RS and C from the band limit, RF from tau and the scales."""
        indices, shape, technology = indices_of(self.output), shape_of(self.output), design.technology
        seconds = design.numbers(self.tau, indices) * design.unit
        gain = design.scale(self.output) / design.scale(self.argument)
        (low, high), (c_low, c_high) = technology.resistors, technology.capacitors
        bounds = {
            "RF": (np.full(shape, low / gain), np.full(shape, high / gain)),
            "RS": (np.full(shape, low * self.bandwidth), np.full(shape, high * self.bandwidth)),
            "C": (seconds / c_high, seconds / c_low),
        }

        def remedy() -> str:
            """RS is too small beside C, or the time constant is out of reach."""
            largest = np.minimum(bounds["RF"][1], bounds["C"][1])
            return _narrower(float(np.min(largest / low)), self.bandwidth)

        ohms, farads = resistor_and_capacitor(technology, seconds, bounds, name_of(self.output), remedy)
        sources = design.nodes(self.argument, indices, -design.polarity(self.output))
        z = -design.polarity(self.output) * design.scale(self.argument) * np.asarray(self.initial, float)
        z = np.broadcast_to(z, shape)
        for at, name in design.instances(self.output):
            parameters = (
                ("RS", float(ohms[at]) / self.bandwidth),
                ("C", float(farads[at])),
                ("RF", float(ohms[at]) * gain),
                ("IC", float(z[at])),
            )
            yield Instance(name, (GROUND, str(sources[at]), f"{name}__s", name), "differentiator", parameters)


def _narrower(most: float, bandwidth: float) -> str:
    """What to do where a band limit cannot be built: a lower one, if that is what binds.

    Args:
        most: band limit that can.
        bandwidth: that is asked for.
    """
    if not 2 < most < bandwidth:
        return slower_or_faster()
    return f"lower the band limit: --bandwidth {0.9 * most:.2g} can be built, or {slower_or_faster()}"


def _look_ahead(equation: State | Definition) -> tuple[Signal, sp.Expr]:
    if not isinstance(equation, Definition) or not isinstance(equation.expression, prospective):
        raise Refused("not prospective(x, tau)")
    argument, tau = equation.expression.args
    return argument, tau


KINDS = (LeadStage, Differentiator)
