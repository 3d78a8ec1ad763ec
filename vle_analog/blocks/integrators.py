"""States: the leaky integrator and the integrator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from vle_analog.blocks.design import CircuitBlock, StageDesign
from vle_analog.blocks.sizing import nearest_e12, resistor_and_capacitor, slower_or_faster, window
from vle_analog.blocks.summing import (
    NEGLIGIBLE,
    apart,
    attenuated,
    gain_span,
    input_bounds,
    input_elements,
    input_terms,
    kept,
    omitted,
    smallest_sum,
    strongest,
    summing_links,
    weakest,
)
from vle_analog.circuit.elements import GROUND, Element, Instance
from vle_analog.diagram.block import Block, Builder, Link, Numbers, Refused, Term, combination, plain
from vle_analog.equations.system import Definition, Signal, State, indices_of, name_of, shape_of

Array = NDArray[np.float64]

#: farads of a state that events set, and the ohms of a leak beyond which it is not made smaller for that
QUICK, SLOWEST = 1e-9, 20e6


@dataclass(frozen=True)
class LeakyIntegrator(CircuitBlock):
    """``tau du/dt = -u + sum a_k x_k``: an op-amp with R parallel C as feedback.

    Transfer function ``a / (1 + s tau)``; ``tau = R C``, input resistors ``R / a_k`` (any op-amp
    textbook, e.g. Tietze & Schenk, "Electronic Circuits", ch. 11).
    """

    output: Signal
    tau: sp.Expr
    terms: tuple[Term, ...]
    initial: ArrayLike

    kind = "leaky integrator"

    @staticmethod
    def match(equation: State | Definition, builder: Builder) -> Block:
        """Take a state whose own coefficient is negative in every instance."""
        if not isinstance(equation, State):
            raise Refused("not a state")
        own, others = _own_term(equation, builder)
        if own is None or not np.all(builder.numbers(own) < 0):
            raise Refused("the state has no leak of its own (a term -x/tau)")
        tau = -1 / own
        terms = tuple(
            Term(sp.expand(other.coefficient * tau), other.signal, other.over, other.gate) for other in others
        )
        return LeakyIntegrator(equation.symbol, tau, terms, equation.initial)

    def equations(self) -> tuple[State | Definition, ...]:
        return (State(self.output, (combination(self.terms) - self.output) / self.tau, self.initial),)

    def law(self) -> str:
        return f"({plain(self.tau)}) d{self.output}/dt = -{self.output} + {plain(combination(self.terms))}"

    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        return summing_links(self.terms, numbers)

    def smallest_peak(self, peaks: Mapping[str, float], numbers: Numbers) -> float:
        return smallest_sum(self.terms, peaks, numbers)

    def omitted(self, design: StageDesign) -> tuple[Term, ...]:
        if self._lasts(design):
            return (Term(-1 / self.tau, self.output), *self._integrator().omitted(design))
        return omitted(design, self.output, self.terms)

    def _lasts(self, design: StageDesign) -> bool:
        """Whether nobody misses the decay: over the whole run no more than a millionth, and no resistor is so large."""
        seconds = design.numbers(self.tau, indices_of(self.output)) * design.unit
        slowest = design.technology.resistors[1] * design.technology.capacitors[1]
        return bool(np.all(seconds > slowest) and np.all(design.system.span * design.unit < NEGLIGIBLE * seconds))

    def _integrator(self) -> Integrator:
        """The same without the decay."""
        terms = (Term(sp.expand(each.coefficient / self.tau), each.signal, each.over, each.gate) for each in self.terms)
        return Integrator(self.output, tuple(terms), self.initial)

    def stage(self, design: StageDesign) -> Iterator[Element]:
        """R and C per instance, then one input resistor per input."""
        if self._lasts(design):
            yield from self._integrator().stage(design)
            return
        indices, shape, technology = indices_of(self.output), shape_of(self.output), design.technology
        inputs = attenuated(technology, input_terms(design, self.output, kept(self.terms, self.omitted(design))))
        seconds = design.numbers(self.tau, indices) * design.unit
        low, high = technology.resistors
        c_low, c_high = technology.capacitors
        bounds = input_bounds(technology, inputs, shape) | {
            "the range of resistors": (np.full(shape, low), np.full(shape, high)),
            "the largest capacitor": (seconds / c_high, np.full(shape, np.inf)),
            "the smallest capacitor": (np.zeros(shape), seconds / c_low),
        }

        def remedy() -> str:
            if (advice := apart(technology, inputs, shape)) is not None:
                return advice
            least, most = gain_span(inputs, shape)
            smallest, largest = np.maximum(low, low * most), np.minimum(high, high * least)
            if np.any(smallest > largest):  # whatever the time unit
                return (
                    "its inputs are too strong or too weak beside its own decay, which is one resistor in range: leave "
                    "the weaker of the two out, or rescale the equations"
                )
            return fitting_unit(design.unit * smallest * c_low / seconds, design.unit * largest * c_high / seconds)

        if name_of(self.output) in design.jumping:
            usual = float(np.clip(np.max(seconds) / QUICK, technology.usual_resistor, SLOWEST))
            technology = replace(technology, usual_resistor=usual)
        ohms, farads = resistor_and_capacitor(technology, seconds, bounds, name_of(self.output), remedy)
        volts = design.volts_at_start(self.output)
        for at, name in design.instances(self.output):
            summing = f"{name}__s"
            yield from input_elements(name, at, inputs, float(ohms[at]), summing)
            parameters = (("R", float(ohms[at])), ("C", float(farads[at])), ("IC", float(volts[at])))
            yield Instance(name, (GROUND, summing, name), "leaky_integrator", parameters)


@dataclass(frozen=True)
class Integrator(CircuitBlock):
    """``du/dt = sum a_k x_k``: an op-amp with C as feedback, ``R_k C = 1/a_k``.

    Transfer function ``a / s``. A weight is one of these: its value is the capacitor's voltage.
    """

    output: Signal
    terms: tuple[Term, ...]
    initial: ArrayLike

    kind = "integrator"
    generality = 2

    @staticmethod
    def match(equation: State | Definition, builder: Builder) -> Block:
        """Take any state."""
        if not isinstance(equation, State):
            raise Refused("not a state")
        return Integrator(equation.symbol, builder.linear(equation.derivative, gated=True), equation.initial)

    def equations(self) -> tuple[State | Definition, ...]:
        return (State(self.output, combination(self.terms), self.initial),)

    def law(self) -> str:
        return f"d{self.output}/dt = {plain(combination(self.terms))}"

    def links(self, numbers: Numbers) -> tuple[Link, ...]:
        return summing_links(self.terms, numbers)

    def omitted(self, design: StageDesign) -> tuple[Term, ...]:
        return omitted(design, self.output, self.terms, design.system.span)

    def stage(self, design: StageDesign) -> Iterator[Element]:
        """C per instance, then one input resistor ``1/(C rate)`` per input."""
        shape, technology = shape_of(self.output), design.technology
        terms = kept(self.terms, self.omitted(design))
        inputs = attenuated(technology, input_terms(design, self.output, terms, 1 / sp.Float(design.unit)))
        least, most = gain_span(inputs, shape)
        low, high = technology.resistors
        c_low, c_high = technology.capacitors
        bounds = {
            weakest(inputs): (1 / (high * least), np.full(shape, np.inf)),
            strongest(inputs): (np.zeros(shape), 1 / (low * most)),
            "the range of capacitors": (np.full(shape, c_low), np.full(shape, c_high)),
        }
        if not inputs:  # what events alone change
            bounds = {"the range of capacitors": bounds["the range of capacitors"]}

        def remedy() -> str:
            units = design.unit * most * low * c_low, design.unit * least * high * c_high
            return apart(technology, inputs, shape) or fitting_unit(*units)

        allowed = window(technology, bounds, name_of(self.output), "F", remedy)
        usual = 1 / (technology.usual_resistor * np.sqrt(least * most))
        middle = allowed.nearest(np.minimum(usual, QUICK) if name_of(self.output) in design.jumping else usual)
        farads = nearest_e12(middle, allowed.low, allowed.high)
        volts = design.volts_at_start(self.output)
        for at, name in design.instances(self.output):
            summing = f"{name}__s"
            yield from input_elements(name, at, inputs, 1 / float(farads[at]), summing)
            yield Instance(
                name, (GROUND, summing, name), "integrator", (("C", float(farads[at])), ("IC", float(volts[at])))
            )


def fitting_unit(low: Array, high: Array) -> str:
    """Which time units would do, as a remedy.

    Args:
        low, high: bounds in seconds, per instance.
    """
    least, most = float(np.max(low)), float(np.min(high))
    if not 1.2 * least <= most:  # what is written has two digits
        return slower_or_faster()
    low_text, high_text = (f"{each:.2g}" for each in (1.05 * least, 0.95 * most))
    return f"a time unit between {low_text} and {high_text} s realises it ([time] unit)"


def _own_term(state: State, builder: Builder) -> tuple[sp.Expr | None, list[Term]]:
    """The coefficient with which a state feeds back on itself, and the other terms."""
    own, others = None, []
    for term in builder.linear(state.derivative, gated=True):
        if term.signal == state.symbol and not term.over and term.gate is None:
            own = term.coefficient
        else:
            others.append(term)
    return own, others


KINDS = (LeakyIntegrator, Integrator)
