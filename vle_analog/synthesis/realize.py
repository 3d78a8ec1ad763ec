"""Block diagram -> circuit: scales, polarities, then every block's op-amp stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import sympy as sp

from vle_analog.blocks.design import INVERTED, REFERENCE, CircuitBlock, StageDesign
from vle_analog.circuit.cell.cell import START, Cell
from vle_analog.circuit.circuit import Circuit, Place, Section
from vle_analog.circuit.elements import GROUND, Battery, Capacitor, Drive, Element, Instance, Resistor
from vle_analog.circuit.parts import SUPPLY, library, refuse_supply, variant
from vle_analog.circuit.technology import IDEAL, Technology
from vle_analog.diagram.block import Block, combination
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.resolve import start_values
from vle_analog.equations.system import indices_of, instance_names, name_of, shape_of
from vle_analog.equations.templates import numbers_of
from vle_analog.errors import SynthesisError, nearest
from vle_analog.synthesis.events import Timing, event_sections
from vle_analog.synthesis.polarity import assign_polarities
from vle_analog.synthesis.scaling import choose_scales


def realize(
    diagram: BlockDiagram,
    peaks: Mapping[str, float],
    technology: Technology = IDEAL,
    scales: Mapping[str, float] | None = None,
    apart: Mapping[str, Technology] | None = None,
    timing: Timing | None = None,
) -> Circuit:
    """The circuit of a diagram.

    Args:
        diagram: from `lower`.
        peaks: largest absolute value of every signal, by template name, from the reference run.
        technology: what to build it with.
        scales: volts per unit that the user fixes, by signal name.
        apart: technologies of single blocks, by the name of the signal that each drives.
        timing: of events in the reference run; one at its end when None.

    Raises:
        SynthesisError: a technology for a signal that no block drives, no part values inside the technology's
            ranges, or a signal beyond full scale; the message names the signal and the constraint that binds.
    """
    system = diagram.read_back

    def numbers(expression: sp.Expr) -> np.ndarray:
        return numbers_of(expression, system)

    chosen = choose_scales(diagram, peaks, technology, numbers, scales)
    polarities = assign_polarities(diagram, numbers, system.probes)
    known = system, technology, chosen, polarities.sign, start_values(system)
    design = StageDesign(*known, diagram.signals, peaks, diagram.jumping)

    apart = dict(apart or {})
    for name in apart:
        if name not in diagram.drivers:
            raise SynthesisError(f"no block drives '{name}'", hint=nearest(name, diagram.drivers))
    cells = library(technology)
    sections = [_reference(technology), *_inputs(design)]
    for block in diagram.blocks:
        section = _stages(block, design, diagram)
        if (other := apart.get(name_of(block.output), technology)) != technology:
            section, cells = _apart(section, other, cells)
        sections.append(section)
    sections += event_sections(diagram, design, timing or Timing(system.span, 1), sections)
    sections += [_inverters(design, name) for name in polarities.inverted]
    inverted = _copies(design, polarities.inverted)
    if not (technology.is_ideal and all(each.is_ideal for each in apart.values())):
        sections = [_rails(technology), *(_started(section, cells, _volts(design)) for section in sections)]
    volts = {
        node: polarities.sign[name] * chosen[name]
        for name in diagram.signals
        for node in instance_names(design.signals[name])
    }
    circuit = Circuit(system.name, tuple(sections), cells, system.unit, volts, technology.name, inverted=inverted)
    circuit = replace(circuit, supply=technology.supply, places=_places(design), start=_volts(design))
    _refuse_supply(circuit, technology, apart)
    circuit.check()
    return circuit


def _refuse_supply(circuit: Circuit, technology: Technology, apart: Mapping[str, Technology]) -> None:
    """Refuse parts that do not work on the supply.

    Raises:
        UsageError: which, and on what they work.
    """
    used = {element.cell for element in circuit.elements() if isinstance(element, Instance)}
    for each in {technology, *apart.values()}:
        refuse_supply(used & library(each).keys(), each)


def _stages(block: Block, design: StageDesign, diagram: BlockDiagram) -> Section:
    """The stages of all of a block's instances; those of an internal signal are of its family's block.

    Raises:
        SynthesisError: the block has no stage, or no part values; an internal signal's says whose equation needs it.
    """
    if not isinstance(block, CircuitBlock):
        raise SynthesisError(f"a {block.kind} has no op-amp stage", where=f"signal '{block.output}'")
    name, system = name_of(block.output), design.system
    try:
        staged = tuple(block.stage(design))
    except SynthesisError as error:
        equation = diagram.equation_of(name)
        raise error if equation == name else error.located(f"equation of '{equation}'") from None
    elements = tuple(
        replace(element, signal=element.block or element.name)
        if isinstance(element, Resistor | Capacitor | Instance)
        else element
        for element in staged
    )
    if (family := system.family_of(name)) != name:
        elements = tuple(
            replace(element, block=family) if isinstance(element, Resistor | Capacitor | Instance) else element
            for element in elements
        )
    heading = f"{block.kind}: {block.law()}"
    if left := block.omitted(design):
        heading += f"; left out, as no more than a millionth of it: {combination(left)}"
    return Section(heading, elements, system.owner_of(name), block.kind, block.law())


def _apart(section: Section, technology: Technology, cells: Mapping[str, Cell]) -> tuple[Section, dict[str, Cell]]:
    """A section whose instances use the cells of a technology of their own, and all cells."""
    used = {element.cell for element in section.elements if isinstance(element, Instance)}
    names, more = variant(used, technology)
    elements = (
        replace(each, cell=names[each.cell]) if isinstance(each, Instance) else each for each in section.elements
    )
    return replace(section, elements=tuple(elements)), {**cells, **more}


def _rails(technology: Technology) -> Section:
    volts = zip(SUPPLY, (technology.rail, -technology.rail), strict=True)
    return Section("supply", tuple(Battery(node, (node, GROUND), each) for node, each in volts))


def _volts(design: StageDesign) -> dict[str, float]:
    """Every signal's node voltage at time zero, and that of its inverted copy, as far as an amplifier reaches.

    Before a signal settles it may be beyond the full scale that it is scaled to.
    """
    volts = {}
    most = design.technology.full_scale
    for symbol in design.signals.values():
        shape = shape_of(symbol)
        values = np.broadcast_to(np.clip(design.volts_at_start(symbol), -most, most), shape).ravel().tolist()
        for node, value in zip(instance_names(symbol), values, strict=True):
            volts[node], volts[f"{node}{INVERTED}"] = value, -value
    return volts


def _started(section: Section, cells: Mapping[str, Cell], volts: Mapping[str, float]) -> Section:
    """A section whose stages know the voltage that their amplifiers start from."""

    def started(element: Element) -> Element:
        if not isinstance(element, Instance) or START not in cells[element.cell].parameters:
            return element
        output = volts.get(element.nodes[cells[element.cell].output])
        if output is None:  # no signal's
            return element
        return replace(element, parameters=tuple({**dict(element.parameters), START: output}.items()))

    return replace(section, elements=tuple(map(started, section.elements)))


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
            Drive(node, (node, GROUND), stimulus, design.scales[name], design.unit, each.clock)
            for node, stimulus in zip(instance_names(each.symbol), each.stimuli, strict=True)
        )
        sections.append(Section(f"input: {name}", drives))
    return sections


def _copies(design: StageDesign, names: Iterable[str]) -> dict[str, str]:
    """Nodes of inverted copies of some signals, and the instances that they are copies of."""
    return {f"{node}{INVERTED}": node for name in names for node in instance_names(design.signals[name])}


def _places(design: StageDesign) -> dict[str, Place]:
    """Where in a network signals are, by instance, neuron by neuron; empty for all that is no network."""
    found: dict[str, Place] = {}
    layers, orders = list(dict.fromkeys(design.system.populations.values())), dict[str, tuple[int, ...]]()
    for name, symbol in design.signals.items():
        population = design.system.population_of(name)
        if population is None:
            continue
        indices = indices_of(symbol)
        for at, instance in design.instances(symbol):
            own = [number + 1 for index, number in zip(indices, at, strict=True) if index == population.index]
            others = [number + 1 for index, number in zip(indices, at, strict=True) if index != population.index]
            group = population.name + "".join(f".{number}" for number in own)
            found[instance] = Place(group, "synapse " + ".".join(map(str, others)) if others else "")
            orders[instance] = (layers.index(population), *own, *others)
    return dict(sorted(found.items(), key=lambda item: orders[item[0]]))


def _inverters(design: StageDesign, name: str) -> Section:
    family = design.system.family_of(name)
    elements = []
    for node in instance_names(design.signals[name]):
        copy, block = f"{node}{INVERTED}", node if family == name else family
        elements.append(Instance(copy, (GROUND, node, f"{copy}__s", copy), "inverter", block=block, signal=node))
    return Section(f"inverter: -{name}", tuple(elements), design.system.owner_of(name))
