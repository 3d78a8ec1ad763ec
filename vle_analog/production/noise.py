"""Noise of resistors, op-amps and multipliers, as sources between a circuit's nodes.

Densities are one-sided, white with a 1/f part: ``d sqrt(1 + corner / f)``. They are what the parts' cells say
(`vle_analog.circuit.cell.noise`); an ideal part makes none. A resistor's is thermal, a current of ``4 k T / R`` between
its nodes.

- An op-amp's voltage noise lies in series with its stage's non-inverting input, its current noise at the summing
  node (that of the other input flows to ground).
- All resistors that join at a summing node, or at the bus of a hold switch, are one current source there, their
  powers added: each one's other end is an op-amp's, multiplier's or source's output, where a current changes nothing.
- A resistor inside of a stage between its input and a node of its own (a differentiator's) is a voltage in series
  with the input. The noise of a multiplier in an op-amp's feedback flows through the resistor behind it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from vle_analog.circuit.cell.cell import Cell, Passive, read_cell
from vle_analog.circuit.cell.noise import current_noise, voltage_noise
from vle_analog.circuit.cell.reader import Part
from vle_analog.circuit.cell.stage import SWITCH, SWITCH_PORTS, Stage, roles, stage
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Element, Instance, NoiseDrive, Resistor
from vle_analog.errors import CircuitError, UsageError
from vle_analog.library import circuits_folder
from vle_analog.noise import Noise
from vle_analog.owner import Owner

BOLTZMANN = 1.380649e-23
#: kelvin; ngspice's nominal temperature
ROOM = 300.15
Kind = Literal["resistors", "op-amp voltage", "op-amp current", "multipliers"]
#: what noise comes from
RESISTOR: Kind = "resistors"
VOLTAGE: Kind = "op-amp voltage"
CURRENT: Kind = "op-amp current"
MULTIPLIER: Kind = "multipliers"
_HEADING = "noise"


@dataclass(frozen=True)
class NoiseSource:
    """One cause of noise.

    Attributes:
        name: of the part, e.g. ``Xu`` or ``Ru__1``, as SPICE has it.
        kind: what of it makes the noise.
        density: V/sqrt(Hz) or A/sqrt(Hz), white.
        corner: hertz.
        nodes: between which a current flows; None for a voltage.
        port: instance and number of its port that a voltage lies in series with; None for a current.
        native: whether a simulator's small-signal analysis knows it by itself.
        block: kind and law of the block that the part is of, where `generating` tells it.
    """

    name: str
    kind: Kind
    density: float
    corner: float
    nodes: tuple[str, str] | None = None
    port: tuple[str, int] | None = None
    native: bool = False
    block: str = ""


def noise_sources(circuit: Circuit, temperature: float = ROOM) -> list[NoiseSource]:
    """All causes of noise on a circuit's board, in the order of its elements.

    Args:
        circuit: any.
        temperature: of the resistors, kelvin.

    Raises:
        UsageError: a temperature that is not positive.
        CircuitError: a stage with a resistor whose noise has no place outside of it.
    """
    if not 0 < temperature < math.inf:
        raise UsageError(f"the temperature must be positive, not {temperature:g} K", hint="300.15 is 27 degrees C")
    return [source for _, source in _by_section(circuit, temperature)]


def noisy(
    circuit: Circuit,
    seed: int,
    scale: float = 1.0,
    temperature: float = ROOM,
    interval: float | None = None,
) -> Circuit:
    """The circuit with its board's noise as sampled sources, for a transient run.

    Each source's samples depend on the seed and its name alone. Sources that join at one node are one, of the summed
    power.

    Args:
        circuit: any.
        seed: of all samples.
        scale: of all densities; 0 for none.
        temperature: of the resistors, kelvin.
        interval: seconds between samples; the testbench's step bound when None. Densities hold up to a quarter of
            one over it.

    Raises:
        UsageError: a negative scale or seed, or a temperature or interval that is not positive.
        CircuitError: a stage with a resistor whose noise has no place outside of it.
    """
    if not 0 <= scale < math.inf:
        raise UsageError(f"the scale of noise must be at least 0, not {scale:g}")
    if seed < 0:
        raise UsageError(f"the seed of noise must not be negative, not {seed}", hint="take 0 or more")
    if interval is not None and not 0 < interval < math.inf:
        raise UsageError(f"the interval of noise must be positive, not {interval:g} s")
    if scale == 0:
        return circuit

    def drive(source: NoiseSource, name: str, nodes: tuple[str, str]) -> Element:
        noise = Noise(scale * source.density, source.corner, seed, name, interval)
        return NoiseDrive(name, nodes, noise, source.nodes is not None)

    return _with(circuit, list(_joined(noise_sources(circuit, temperature))), drive)


def generating(circuit: Circuit, twice: bool = False) -> tuple[Circuit, dict[str, NoiseSource]]:
    """The circuit with its noise as cells of ``circuits/noise``, for a simulator's small-signal analysis of noise.

    What the analysis knows by itself gets no cell: resistors, and parts whose own devices make noise. It is at 27 C.

    Args:
        circuit: any.
        twice: also what the analysis knows by itself, so that the two can be compared.

    Returns:
        The circuit, and each added cell's source by the instance's name.

    Raises:
        CircuitError: as `noise_sources`.
    """
    cells = {
        name: read_cell(circuits_folder() / "noise" / f"{name}.cir") for name in ("voltage_noise", "current_noise")
    }
    added: dict[str, NoiseSource] = {}

    def cell(source: NoiseSource, name: str, nodes: tuple[str, str]) -> Element:
        added[name] = source
        given = (("density", source.density), ("corner", source.corner))
        return Instance(name, nodes, "voltage_noise" if source.nodes is None else "current_noise", given)

    sources = [
        replace(source, block=section.heading)
        for section, source in _by_section(circuit, ROOM)
        if twice or not source.native
    ]
    return _with(replace(circuit, cells={**circuit.cells, **cells}), sources, cell), added


def _by_section(circuit: Circuit, temperature: float) -> Iterator[tuple[Section, NoiseSource]]:
    """All causes of noise on a circuit's board, and the sections that they are in."""
    joints = set(_joints(circuit))
    for section in circuit.sections:
        for element in section.elements if section.owner is Owner.BOARD else ():
            if isinstance(element, Resistor):
                nodes = _from(element.nodes, joints)
                yield section, _thermal(f"R{element.name}", element.ohms, temperature, nodes=nodes)
            elif isinstance(element, Instance):
                yield from ((section, source) for source in _instance(element, circuit.cells, temperature))


def _joints(circuit: Circuit) -> Iterator[str]:
    """Nodes that are held at 0 V while all the current into them goes on: summing nodes and buses."""
    instances = [element for element in circuit.elements() if isinstance(element, Instance)]
    ports = {name: _joint(circuit.cells[name], circuit.cells) for name in {instance.cell for instance in instances}}
    for element in instances:
        if (port := ports[element.cell]) is not None:
            yield element.nodes[port]


def _joint(cell: Cell, cells: Mapping[str, Cell]) -> int | None:
    """The position of the port of a cell at which currents join; None where it has none."""
    if cell.role == SWITCH:
        return SWITCH_PORTS.index("bus")
    within = stage(cell, roles(cell, cells))
    if cell.role or len(within.opamps) != 1 or within.summing not in cell.ports:
        return None
    return within.port(within.summing)


def _from(nodes: tuple[str, str], joints: set[str]) -> tuple[str, str]:
    """Nodes of a resistor's current: from a joint to ground, which stands for an output, if it has one."""
    for node in nodes:
        if node in joints:
            return node, GROUND
    return nodes


def _thermal(name: str, ohms: float, temperature: float, nodes: tuple[str, str]) -> NoiseSource:
    density = math.sqrt(4 * BOLTZMANN * temperature / ohms)
    return NoiseSource(name, RESISTOR, density, 0.0, nodes=nodes, native=True)


def _instance(element: Instance, cells: Mapping[str, Cell], temperature: float) -> Iterator[NoiseSource]:
    """What a part or a stage makes."""
    cell = cells[element.cell]
    if cell.role:
        made = voltage_noise(cell, cells)
        if made.density:
            port = (element.name, cell.output)
            yield NoiseSource(f"X{element.name}", MULTIPLIER, made.density, made.corner, port=port, native=made.native)
        return
    within = stage(cell, roles(cell, cells))
    given = dict(element.parameters)
    ohms = {
        passive: given[passive.parameter] if passive.parameter in given else cell.default(passive.parameter)
        for passive in cell.passives
        if passive.kind == "resistor" and passive.parameter is not None
    }
    for each, value in ohms.items():
        yield _of_resistor(element, within, each, value, temperature)
    for part in cell.instances:
        if part in within.opamps:
            yield from _of_opamp(element, within, cells)
        elif cells[part.cell].role:
            yield from _of_device(element, within, part, ohms, cells)


def _of_resistor(element: Instance, within: Stage, resistor: Passive, ohms: float, temperature: float) -> NoiseSource:
    """A current at the summing node, or a voltage in series with a port that leads to this resistor alone."""
    cell = within.cell
    name = f"X{element.name}.{resistor.parameter}"  # as all passes name it
    if within.opamps and within.summing in resistor.nodes:
        node = element.nodes[within.port(within.summing)]
        return _thermal(name, ohms, temperature, nodes=(node, GROUND))
    outer = [node for node in resistor.nodes if node in cell.ports]
    if len(outer) != 1 or within.hanging(outer[0]) != 1:
        raise CircuitError(
            f"the noise of resistor {resistor.name} cannot be put outside of the cell",
            where=f"cell '{cell.name}'",
            hint="connect it to the summing node, or alone to an input",
        )
    density = math.sqrt(4 * BOLTZMANN * temperature * ohms)
    return NoiseSource(name, RESISTOR, density, 0.0, port=(element.name, cell.ports.index(outer[0])), native=True)


def _of_opamp(element: Instance, within: Stage, cells: Mapping[str, Cell]) -> Iterator[NoiseSource]:
    """Its voltage in series with the non-inverting input, its current at the summing node."""
    opamp, name = cells[within.opamp.cell], f"X{element.name}"
    made = voltage_noise(opamp, cells)
    if made.density:
        port = (element.name, within.port(within.noninverting))
        yield NoiseSource(name, VOLTAGE, made.density, made.corner, port=port, native=made.native)
    made = current_noise(opamp, cells)
    if made.density:
        nodes = (element.nodes[within.port(within.summing)], GROUND)
        yield NoiseSource(name, CURRENT, made.density, made.corner, nodes=nodes, native=made.native)


def _of_device(
    element: Instance, within: Stage, device: Part, ohms: Mapping[Passive, float], cells: Mapping[str, Cell]
) -> Iterator[NoiseSource]:
    """The voltage at its output as a current through the resistor from there to the summing node."""
    inner = cells[device.cell]
    made = voltage_noise(inner, cells)
    if not made.density:
        return
    output = device.nodes[inner.output]
    behind = [value for each, value in ohms.items() if each.joins(output, within.summing)]
    if len(behind) != 1:
        raise CircuitError(
            f"the noise of {device.name} cannot be put outside of the cell",
            where=f"cell '{within.cell.name}'",
            hint="connect its output by one resistor to the summing node",
        )
    nodes = (element.nodes[within.port(within.summing)], GROUND)
    name = f"X{element.name}.{device.name}"
    yield NoiseSource(name, MULTIPLIER, made.density / behind[0], made.corner, nodes=nodes, native=made.native)


def _joined(sources: Iterable[NoiseSource]) -> Iterator[NoiseSource]:
    """Currents between the same nodes as one, and voltages at the same port as one."""
    together: dict[object, list[NoiseSource]] = {}
    for each in sources:
        together.setdefault((each.nodes, each.port), []).append(each)
    for group in together.values():
        power = sum(each.density**2 for each in group)
        if len(group) == 1:
            yield group[0]
        elif power:
            corner = sum(each.density**2 * each.corner for each in group) / power
            yield replace(group[0], density=math.sqrt(power), corner=corner)


def _with(
    circuit: Circuit, sources: list[NoiseSource], build: Callable[[NoiseSource, str, tuple[str, str]], Element]
) -> Circuit:
    """The circuit with sources, which `build` makes from a name and two nodes; ports of voltages move to new nodes."""
    instances = {element.name: element for element in circuit.elements() if isinstance(element, Instance)}
    taken: dict[str, int] = {}
    added: list[Element] = []

    def named(stem: str) -> str:
        taken[stem] = taken.get(stem, 0) + 1
        return stem if taken[stem] == 1 else f"{stem}{taken[stem]}"

    for source in sources:
        if source.port is not None:
            name, port = source.port
            instance = instances[name]
            node = named(f"{name}__{circuit.cells[instance.cell].ports[port]}e")
            before = instance.nodes[port]
            nodes = (*instance.nodes[:port], node, *instance.nodes[port + 1 :])
            instances[name] = replace(instance, nodes=nodes)
            added.append(build(source, node, (node, before)))
        elif source.nodes is not None:
            first, second = source.nodes
            stem = first if second == GROUND else f"{first}__{second}"
            added.append(build(source, named(f"{stem}__i"), source.nodes))
    if not added:
        return circuit
    sections = (
        replace(section, elements=tuple(instances[e.name] if isinstance(e, Instance) else e for e in section.elements))
        for section in circuit.sections
    )
    return replace(circuit, sections=(*sections, Section(_HEADING, tuple(added))))
