"""Equations as an analog computer is programmed: integrators, multipliers, and weights between them.

A sum needs no element of its own: integrators and the inputs of multipliers add up what comes in. A weighted sum of a
diagram is therefore written out wherever it is used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp

from vle_analog.blocks.integrators import Integrator, LeakyIntegrator
from vle_analog.blocks.multiplier import Multiplier
from vle_analog.blocks.nonlinearity import NonlinearStage
from vle_analog.blocks.weighted_sum import WeightedSum
from vle_analog.diagram.block import ONE, Block, Term
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.system import (
    Signal,
    evaluate,
    indices_of,
    instance_names,
    name_of,
    on_grid,
    shape_of,
    size,
)
from vle_analog.equations.templates import numbers_of
from vle_analog.stimulus import Constant
from vle_analog.synthesis.scaling import preferred_scale

#: the constant 1 as an element
UNIT = "1"
#: what comes from where: factors by elements' names
Weights = Mapping[str, float]

#: of the machine unit, up to which signals are scaled
FULL = 0.95


@dataclass(frozen=True)
class Integral:
    """``d name / dt = sum of weights``, from a start value."""

    name: str
    weights: Weights
    start: float


@dataclass(frozen=True)
class Factor:
    """What goes into a multiplier: a sum, with the name of the signal that it is."""

    name: str
    weights: Weights


@dataclass(frozen=True)
class Product:
    """``name = gain * first * second``."""

    name: str
    first: Factor
    second: Factor
    gain: float = 1.0


@dataclass(frozen=True)
class Program:
    """What an analog computer is to do.

    Attributes:
        name: of the system.
        integrals, products: its elements.
        outputs: of each signal that is wanted, what it is of elements.
        foreign: what no integrator or multiplier does: kinds, each with the signals that need it.
        scales: of elements, machine units per unit of the equations; 1 where nothing is scaled.
    """

    name: str
    integrals: Sequence[Integral]
    products: Sequence[Product]
    outputs: Mapping[str, Weights]
    foreign: Mapping[str, Sequence[str]]
    scales: Mapping[str, float]

    def scaled(self, peaks: Mapping[str, float]) -> Program:
        """The program with every signal within the machine unit; products have a gain of 1 then.

        Args:
            peaks: largest absolute values of integrals and factors, by name, in units of the equations.
        """
        scales = {UNIT: 1.0} | {each.name: _scale(peaks[each.name]) for each in self.integrals}
        factors = {each.name: _scale(peaks[each.name]) for one in self.products for each in (one.first, one.second)}
        waiting = list(self.products)
        while waiting:  # factors may be products
            one = waiting.pop(0)
            sides = [_alone(each, scales, factors) for each in (one.first, one.second)]
            if None in sides:
                waiting.append(one)
            else:
                scales[one.name] = sides[0] * sides[1] / one.gain  # type: ignore[operator]
                factors |= {each.name: side for each, side in zip((one.first, one.second), sides, strict=True)}  # type: ignore[misc]

        def changed(weights: Weights, scale: float) -> Weights:
            return {name: weight * scale / scales[name] for name, weight in weights.items()}

        def factor(each: Factor) -> Factor:
            return replace(each, weights=changed(each.weights, factors[each.name]))

        return replace(
            self,
            integrals=[
                Integral(each.name, changed(each.weights, scales[each.name]), each.start * scales[each.name])
                for each in self.integrals
            ],
            products=[
                replace(each, first=factor(each.first), second=factor(each.second), gain=1.0) for each in self.products
            ],
            outputs={name: changed(weights, 1.0) for name, weights in self.outputs.items()},
            scales=scales,
        )


def _alone(factor: Factor, scales: Mapping[str, float], factors: Mapping[str, float]) -> float | None:
    """A factor's scale: its element's own where it is nothing else; None where that is not known yet."""
    if list(factor.weights.values()) == [1.0]:
        return scales.get(next(iter(factor.weights)))
    return factors[factor.name] if factor.weights.keys() <= scales.keys() else None


def _scale(peak: float) -> float:
    """Machine units per unit of a signal, a preferred number."""
    return preferred_scale(FULL / peak) if peak > 0 else 1.0


def programmed(diagram: BlockDiagram) -> Program:
    """The program of a block diagram, in units of its equations."""
    return _Reader(diagram).program()


def largest(diagram: BlockDiagram, peaks: Mapping[str, float]) -> dict[str, float]:
    """Largest absolute values of all signals by the names of their instances.

    Args:
        diagram: of these signals.
        peaks: by the names of their templates.
    """
    return {name: float(peaks[key]) for key, symbol in diagram.signals.items() for name in instance_names(symbol)}


class _Reader:
    """Reads a program from a diagram."""

    def __init__(self, diagram: BlockDiagram) -> None:
        self.diagram, self.system = diagram, diagram.system
        self.sums: dict[str, Weights] = {}
        self.foreign: dict[str, list[str]] = defaultdict(list)
        self.spelled_out: dict[str, Weights] = {}

    def program(self) -> Program:
        """All of it."""
        integrals, products = [], []
        for block in self.diagram.blocks:
            if isinstance(block, WeightedSum):
                self.sums |= self.rows(block.output, block.terms)
        self.inputs()
        for block in self.diagram.blocks:
            if isinstance(block, Integrator | LeakyIntegrator):
                integrals += list(self.integrals(block))
            elif isinstance(block, Multiplier):
                products += list(self.products(block))
            elif not isinstance(block, WeightedSum):
                self.foreign[_kind(block)] += instance_names(block.output)
        for trigger in self.diagram.triggers:
            self.foreign["event"].append(trigger.name)
        probes = [name for each in self.system.probes for name in instance_names(self.diagram.signals[each])]
        outputs = {name: self.elements({name: 1.0}) for name in probes}
        return Program(self.system.name, integrals, products, outputs, dict(self.foreign), {})

    def inputs(self) -> None:
        """Inputs that are constant are weights of the unit; others come from outside."""
        for each in self.system.inputs:
            for name, stimulus in zip(instance_names(each.symbol), each.stimuli, strict=True):
                if isinstance(stimulus, Constant):
                    self.sums[name] = {UNIT: stimulus.value}
                else:
                    self.foreign["input from outside"].append(name)

    def integrals(self, block: Integrator | LeakyIntegrator) -> Iterator[Integral]:
        """A block's states."""
        rows = self.rows(block.output, block.terms)
        if isinstance(block, LeakyIntegrator):
            shape = shape_of(block.output)
            taus = np.broadcast_to(evaluate(block.tau, indices_of(block.output), self.system.constants), shape)
            for tau, (name, row) in zip(taus.flat, rows.items(), strict=True):
                leaking = {source: weight / tau for source, weight in row.items()}
                rows[name] = {**leaking, name: leaking.get(name, 0.0) - 1 / tau}
        starts = np.broadcast_to(np.asarray(block.initial, float), shape_of(block.output))
        for start, (name, row) in zip(starts.flat, rows.items(), strict=True):
            yield Integral(name, self.elements(row), float(start))

    def products(self, block: Multiplier) -> Iterator[Product]:
        """A block's multipliers."""
        gain = float(numbers_of(block.coefficient, self.system))
        indices = indices_of(block.output)
        pairs = [
            np.broadcast_to(self.names(each, indices), shape_of(block.output)) for each in (block.first, block.second)
        ]
        for at, name in zip(np.ndindex(*shape_of(block.output)), instance_names(block.output), strict=True):
            first, second = (Factor(str(each[at]), self.elements({str(each[at]): 1.0})) for each in pairs)
            yield Product(name, first, second, gain)

    def names(self, symbol: Signal, indices: Sequence[sp.Idx]) -> np.ndarray:
        """Names of a signal's instances over an index grid."""
        template = self.diagram.signals[name_of(symbol)]
        own = np.array(instance_names(template), object).reshape(shape_of(template))
        return on_grid(own, indices_of(symbol), indices)

    def rows(self, output: Signal, terms: Sequence[Term]) -> dict[str, Weights]:
        """Of each instance, its weights by signals."""
        own = indices_of(output)
        found: dict[str, dict[str, float]] = {name: defaultdict(float) for name in instance_names(output)}
        rows = np.array([*found], object).reshape(shape_of(output))
        for term in terms:
            if term.gate is not None:
                self.foreign["switch"] += [name for name in found if name not in self.foreign["switch"]]
            grid = (*own, *term.over)
            shape = tuple(map(size, grid))
            weights = np.broadcast_to(evaluate(term.coefficient, grid, self.system.constants), shape)
            unit = term.signal == ONE
            names = np.broadcast_to(np.array(UNIT, object) if unit else self.names(term.signal, grid), shape)
            for at in np.ndindex(*shape):
                if weights[at]:
                    found[str(rows[at[: len(own)]])][str(names[at])] += float(weights[at])
        return {name: dict(row) for name, row in found.items()}

    def elements(self, row: Weights) -> Weights:
        """Weights by elements: sums are written out."""
        found: dict[str, float] = defaultdict(float)
        for name, weight in row.items():
            if name not in self.sums:
                found[name] += weight
                continue
            if name not in self.spelled_out:
                self.spelled_out[name] = self.elements(self.sums[name])
            for element, share in self.spelled_out[name].items():
                found[element] += weight * share
        return {name: float(weight) for name, weight in found.items() if weight}


def _kind(block: Block) -> str:
    """What an analog computer would need to have for a block."""
    return f"function {block.nonlinearity.name}" if isinstance(block, NonlinearStage) else block.kind
