"""The input network that weighted sums, integrators and leaky integrators share.

Every input is a resistor into the op-amp's virtual ground; the stage inverts, so an input with a
positive coefficient comes from the node of opposite polarity. Gated inputs meet on a bus that an
analog switch connects to the virtual ground.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from vle_analog.blocks.design import INVERTED, REFERENCE, Names, StageDesign
from vle_analog.circuit.elements import GROUND, Element, Instance, Resistor
from vle_analog.circuit.technology import Technology
from vle_analog.diagram.block import ONE, Link, Numbers, Term
from vle_analog.equations.system import Signal, indices_of, name_of

Array = NDArray[np.float64]

#: of its largest input, what a summing stage can tell apart
_SMALLEST = 1e-3
#: of what a sum reaches, what nobody misses
NEGLIGIBLE = 1e-6
#: of a signal, what an attenuator may leave
_ATTENUATION = 1e-3
#: ohms of its input
_LARGE = 1e6
#: most characters of a term in an error
_SHOWN = 40


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
        gain: ``|coefficient| k_out / k_in`` times the stage's factor, over the attenuation; 0 where there is no
            resistor.
        nodes: where each resistor comes from.
        gate: node of the gate, if any.
        high: volts of that node while the gate is 1.
        term: that it is of.
        attenuation: by which its signal is first made smaller, where no resistor is large enough.
    """

    gain: Array
    nodes: Names
    gate: str | None
    high: float = 0.0
    term: Term | None = None
    attenuation: float = 1.0

    @property
    def text(self) -> str:
        """The term as an error names it."""
        text = "" if self.term is None else str(self.term.expression())
        return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


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
        found.append(InputTerm(gain, design.nodes(term.signal, grid, wanted), gate, high, term))
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


def attenuated(technology: Technology, inputs: Sequence[InputTerm]) -> list[InputTerm]:
    """The inputs, those attenuated that are too weak for the largest resistor beside the strongest one."""
    low, high = technology.resistors
    most = max((float(each.gain.max(initial=0.0)) for each in inputs), default=0.0)

    def changed(each: InputTerm) -> InputTerm:
        least = float(np.min(each.gain, initial=np.inf, where=each.gain > 0))
        if each.gate is not None or least * high >= most * low:
            return each
        by = max(_ATTENUATION, 10.0 ** math.floor(math.log10(least * high / (most * low))))
        return replace(each, gain=each.gain / by, attenuation=by)

    return [changed(each) for each in inputs]


def omitted(design: StageDesign, output: Signal, terms: Sequence[Term], lasting: float = 1.0) -> tuple[Term, ...]:
    """Terms that no attenuated input realises beside the others, and without which the output is the same.

    Args:
        design: with the peaks of the reference run; where these are missing, nothing is left out.
        output: of the stage.
        terms: all.
        lasting: what a term of 1 adds to the output at most: 1 to a sum, the span to an integral.
    """
    reached = design.peaks.get(name_of(output), 0.0)
    if len(terms) < 2 or not reached > 0:
        return ()
    low, high = design.technology.resistors
    inputs = input_terms(design, output, terms)
    gains = [float(each.gain.max()) for each in inputs]
    found = []
    for gain, term in zip(gains, terms, strict=True):
        if gain == 0 or gain * high >= max(gains) * low * _ATTENUATION:
            continue
        peak = 1.0 if term.signal == ONE else design.peaks[name_of(term.signal)]
        most = float(np.max(np.abs(design.numbers(term.coefficient, (*indices_of(output), *term.over)))))
        if most * peak * lasting < NEGLIGIBLE * reached:
            found.append(term)
    return tuple(found)


def kept(terms: Sequence[Term], without: Sequence[Term]) -> tuple[Term, ...]:
    """The terms that stay."""
    return tuple(term for term in terms if term not in without)


def weakest(inputs: Sequence[InputTerm]) -> str:
    """The term with the largest resistor, as a constraint's name."""
    gains = [(float(each.gain[each.gain > 0].min()), each.text) for each in inputs if np.any(each.gain > 0)]
    return f"the weakest input's resistor, of '{min(gains)[1]}'" if gains else "the weakest input's resistor"


def strongest(inputs: Sequence[InputTerm]) -> str:
    """The term with the smallest resistor, as a constraint's name."""
    gains = [(float(each.gain.max()), each.text) for each in inputs if np.any(each.gain > 0)]
    return f"the strongest input's resistor, of '{max(gains)[1]}'" if gains else "the strongest input's resistor"


def apart(technology: Technology, inputs: Sequence[InputTerm], shape: tuple[int, ...]) -> str | None:
    """What to do where a stage's inputs differ more in weight than resistors do; None where they do not."""
    least, most = gain_span(inputs, shape)
    low, high = technology.resistors
    if float(np.max(most / least, initial=1.0)) <= high / low:
        return None
    return (
        f"its terms differ more in weight than resistors and attenuators do, which is {high / low / _ATTENUATION:.2g} "
        "times: rescale the equations so that they are of similar size, or leave the weakest out"
    )


def input_bounds(
    technology: Technology, inputs: Sequence[InputTerm], shape: tuple[int, ...]
) -> dict[str, tuple[Array, Array]]:
    """What the input resistors ``base / gain`` ask of the base, by the constraint's name."""
    least, most = gain_span(inputs, shape)
    low, high = technology.resistors
    return {
        strongest(inputs): (low * most, np.full(shape, np.inf)),
        weakest(inputs): (np.zeros(shape), high * least),
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
                if each.attenuation < 1:
                    weak, node = _attenuator(name, number, node, each.attenuation)
                    elements += weak
                elements.append(Resistor(f"{name}__{number}", (node, target), base / gain, name))
    for gate, bus in buses.items():
        elements.append(Instance(bus, (bus, summing, gate), "hold_switch", (("high", highs[gate]),), name))
    return elements


def _attenuator(name: str, number: int, node: str, by: float) -> tuple[list[Element], str]:
    """An attenuator of an input: its elements, and the node of the weak signal.

    It inverts; a second inverter turns the sign back, but for the reference, which there is in both polarities.
    """
    references = dict(zip(REFERENCE.values(), reversed(REFERENCE.values()), strict=True))
    weak = f"{name}__weak{number}"
    source = references.get(node, node)
    parts = (("R1", _LARGE), ("R2", _LARGE * by))
    elements: list[Element] = [Instance(weak, (GROUND, source, f"{weak}__s", weak), "inverter", parts, name)]
    if node in references:
        return elements, weak
    back = f"{weak}{INVERTED}"
    elements.append(Instance(back, (GROUND, weak, f"{back}__s", back), "inverter", (), name))
    return elements, back
