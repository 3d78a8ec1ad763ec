"""The input network that weighted sums, integrators and leaky integrators share.

Every input is a resistor into the op-amp's virtual ground; the stage inverts, so an input with a
positive coefficient comes from the node of opposite polarity. Gated inputs meet on a bus that an
analog switch connects to the virtual ground.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.blocks.design import Names, StageDesign
from vle_analog.circuit.elements import Element, Instance, Resistor
from vle_analog.circuit.technology import Technology
from vle_analog.diagram.block import ONE, Link, Numbers, Term
from vle_analog.equations.system import Signal, indices_of, name_of

Array = NDArray[np.float64]

#: of its largest input, what a summing stage can tell apart
_SMALLEST = 1e-3


def summing_links(terms: Sequence[Term], numbers: Numbers) -> tuple[Link, ...]:
    """Polarities that an inverting stage needs: opposite to the output for a positive coefficient."""
    links = []
    for term in terms:
        if term.signal == ONE:
            continue  # the reference exists in both polarities
        signs = np.sign(numbers(term.coefficient))
        links += [Link(term.signal, -sign) for sign in (1, -1) if np.any(signs == sign)]
    return tuple(links)


def smallest_sum(terms: Sequence[Term], peaks: Mapping[str, float], numbers: Numbers) -> float:
    """As much of a sum as a stage can tell apart: a thousandth of its largest input, in the sum's model units.

    A difference of nearly equal signals may be nothing but rounding noise.
    """
    sizes = []
    for term in terms:
        size = 1.0 if term.signal == ONE else peaks[name_of(term.signal)]
        sizes.append(size * float(np.max(np.abs(numbers(term.coefficient)), initial=0.0)))
    return _SMALLEST * max(sizes, default=0.0)


@dataclass(frozen=True)
class InputTerm:
    """One term's numbers over the grid (output indices, then summed ones).

    Attributes:
        gain: ``|coefficient| k_out / k_in`` times the stage's factor; 0 where there is no resistor.
        nodes: where each resistor comes from.
        gate: node of the gate, if any.
        high: volts of that node while the gate is 1.
    """

    gain: Array
    nodes: Names
    gate: str | None
    high: float = 0.0


def input_terms(
    design: StageDesign, output: Signal, terms: Sequence[Term], factor: sp.Expr = sp.S.One
) -> list[InputTerm]:
    """The terms of ``output = factor * (terms)`` in numbers."""
    found = []
    for term in terms:
        grid = (*indices_of(output), *term.over)
        coefficient = design.numbers(factor * term.coefficient, grid)
        gain = np.abs(coefficient) * design.scale(output) / design.scale(term.signal)
        wanted = np.where(coefficient > 0, -design.polarity(output), design.polarity(output))
        gate = None if term.gate is None else str(design.nodes(term.gate, ())[()])
        high = 0.0 if term.gate is None else design.scale(term.gate)
        found.append(InputTerm(gain, design.nodes(term.signal, grid, wanted), gate, high))
    return found


def gain_span(inputs: Sequence[InputTerm], shape: tuple[int, ...]) -> tuple[Array, Array]:
    """The smallest and largest gain of each output instance, zeros left out; (1, 1) without any."""
    least, most = np.full(shape, np.inf), np.zeros(shape)
    for each in inputs:
        axes = tuple(range(len(shape), each.gain.ndim))
        most = np.maximum(most, each.gain.max(axis=axes))
        least = np.minimum(least, np.where(each.gain > 0, each.gain, np.inf).min(axis=axes))
    none = most == 0
    return np.where(none, 1.0, least), np.where(none, 1.0, most)


def input_bounds(
    technology: Technology, inputs: Sequence[InputTerm], shape: tuple[int, ...]
) -> dict[str, tuple[Array, Array]]:
    """What the input resistors ``base / gain`` ask of the base, by the constraint's name."""
    least, most = gain_span(inputs, shape)
    low, high = technology.resistors
    return {
        "the strongest input's resistor": (low * most, np.full(shape, np.inf)),
        "the weakest input's resistor": (np.zeros(shape), high * least),
    }


def input_elements(
    name: str, at: tuple[int, ...], inputs: Sequence[InputTerm], base: float, summing: str
) -> list[Element]:
    """The input resistors ``base / gain`` of one output instance, with a switch per gate.

    Args:
        name: the output instance's name.
        at: its indices.
        inputs: from `input_terms`.
        base: ohms at gain 1.
        summing: the op-amp's summing node.
    """
    elements: list[Element] = []
    buses: dict[str, str] = {}
    highs: dict[str, float] = {}
    number = 0
    for each in inputs:
        target = summing
        if each.gate is not None:
            target = buses.setdefault(each.gate, f"{name}__bus{len(buses) + 1}")
            highs[each.gate] = each.high
        gains, nodes = each.gain[at].ravel(), each.nodes[at]
        for gain, node in zip(gains.tolist(), np.ravel(nodes).tolist(), strict=True):
            if gain > 0:
                number += 1
                elements.append(Resistor(f"{name}__{number}", (node, target), base / gain, name))
    for gate, bus in buses.items():
        elements.append(Instance(bus, (bus, summing, gate), "hold_switch", (("high", highs[gate]),), name))
    return elements
