"""Block diagram -> circuit: scales, polarities, then every block's op-amp stage."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import sympy as sp

from vle_analog.blocks.design import INVERTED, REFERENCE, CircuitBlock, StageDesign
from vle_analog.circuit.cells import library
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Battery, Drive, Element, Instance
from vle_analog.circuit.technology import IDEAL, Technology
from vle_analog.diagram.block import Block
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.resolve import start_values
from vle_analog.equations.system import instance_names, name_of
from vle_analog.equations.templates import numbers_of
from vle_analog.errors import SynthesisError
from vle_analog.synthesis.polarity import assign_polarities
from vle_analog.synthesis.scaling import choose_scales


def realize(
    diagram: BlockDiagram,
    peaks: Mapping[str, float],
    technology: Technology = IDEAL,
    scales: Mapping[str, float] | None = None,
) -> Circuit:
    """The circuit of a diagram.

    Args:
        diagram: from `lower`.
        peaks: largest absolute value of every signal, by template name, from the reference run.
        technology: what to build it with.
        scales: volts per unit that the user fixes, by signal name.

    Raises:
        SynthesisError: no part values inside the technology's ranges, or a signal beyond full
            scale; the message names the signal and the constraint that binds.
    """
    system = diagram.read_back

    def numbers(expression: sp.Expr) -> np.ndarray:
        return numbers_of(expression, system)

    chosen = choose_scales(diagram, peaks, technology, numbers, scales)
    polarities = assign_polarities(diagram, numbers, system.probes)
    design = StageDesign(system, technology, chosen, polarities.sign, start_values(system), diagram.signals)

    sections = [_reference(technology), *_inputs(design)]
    sections += [Section(f"{block.kind}: {block.law()}", _elements(block, design)) for block in diagram.blocks]
    sections += [_inverters(design, name) for name in polarities.inverted]
    volts = {
        instance: polarities.sign[name] * chosen[name]
        for name, symbol in diagram.signals.items()
        for instance in instance_names(symbol)
    }
    circuit = Circuit(system.name, tuple(sections), library(technology.name), system.unit, volts, technology.name)
    circuit.check()
    return circuit


def _elements(block: Block, design: StageDesign) -> tuple[Element, ...]:
    if not isinstance(block, CircuitBlock):
        raise SynthesisError(f"a {block.kind} has no op-amp stage", where=f"signal '{block.output}'")
    return tuple(block.stage(design))


def _reference(technology: Technology) -> Section:
    batteries = tuple(
        Battery(node, (node, GROUND), sign * technology.reference) for sign, node in sorted(REFERENCE.items())[::-1]
    )
    return Section("reference: the constant 1, either polarity", batteries)


def _inputs(design: StageDesign) -> list[Section]:
    sections = []
    for each in design.system.inputs:
        name = name_of(each.symbol)
        drives = tuple(
            Drive(node, (node, GROUND), stimulus, design.scales[name], design.unit)
            for node, stimulus in zip(instance_names(each.symbol), each.stimuli, strict=True)
        )
        sections.append(Section(f"input: {name}", drives))
    return sections


def _inverters(design: StageDesign, name: str) -> Section:
    elements: list[Element] = [
        Instance(f"{node}{INVERTED}", (node, f"{node}{INVERTED}"), "inverter")
        for node in instance_names(design.signals[name])
    ]
    return Section(f"inverter: -{name}", tuple(elements))
