"""Noise of resistors, op-amps and multipliers, as sources between a circuit's nodes.

Densities are one-sided, white with a 1/f part: ``d sqrt(1 + corner / f)``. They come from the parts' cells: EN and FE
(V/sqrt(Hz), Hz) and IN and FI (A/sqrt(Hz), Hz) of op-amps, EN and FE at the output of multipliers; an ideal part makes
none. A resistor's is thermal, a current of ``4 k T / R`` between its nodes.

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
from functools import cache
from typing import Literal

from vle_analog.circuit.cell.cell import Cell, needed, read_cell
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
#: ports of a stage: its op-amp's two inputs; of a hold switch
_NON_INVERTING, _SUMMING, _BUS = "p", "s", "bus"
_HEADING = "noise"
#: letters of parts that make noise by themselves in a small-signal analysis
_LIVING = "QJM"


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
        block: kind and law of the block that the part is of.
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
    found: list[NoiseSource] = []
    joints = set(_joints(circuit))
    for section in circuit.sections:
        made: list[NoiseSource] = []
        for element in section.elements if section.owner is Owner.BOARD else ():
            if isinstance(element, Resistor):
                nodes = _from(element.nodes, joints)
                made.append(_thermal(f"R{element.name}", element.ohms, temperature, nodes=nodes))
            elif isinstance(element, Instance):
                made += _instance(element, circuit.cells, temperature)
        found += [replace(source, block=section.heading) for source in made]
    return found


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

    What the analysis knows by itself gets no cell: resistors, and parts that are made of transistors. It is at 27 C.

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

    sources = [each for each in noise_sources(circuit) if twice or not each.native]
    return _with(replace(circuit, cells={**circuit.cells, **cells}), sources, cell), added


def _joints(circuit: Circuit) -> Iterator[str]:
    """Nodes that are held at 0 V while all the current into them goes on: summing nodes and buses."""
    for element in circuit.elements():
        if isinstance(element, Instance):
            ports = circuit.cells[element.cell].ports
            yield from (node for node, port in zip(element.nodes, ports, strict=True) if port in (_SUMMING, _BUS))


def _from(nodes: tuple[str, str], joints: set[str]) -> tuple[str, str]:
    """Where a resistor's current flows: from a joint to ground, which stands for an output, if it has one."""
    for node in nodes:
        if node in joints:
            return node, GROUND
    return nodes


def _thermal(name: str, ohms: float, temperature: float, nodes: tuple[str, str]) -> NoiseSource:
    density = math.sqrt(4 * BOLTZMANN * temperature / ohms)
    return NoiseSource(name, RESISTOR, density, 0.0, nodes=nodes, native=True)


def _instance(element: Instance, cells: Mapping[str, Cell], temperature: float) -> Iterator[NoiseSource]:
    """What a part or a stage makes."""
    cell, name = cells[element.cell], f"X{element.name}"
    if cell.role:
        density, corner, native = _figures(cell, cells, "EN", "FE")
        if density:
            yield NoiseSource(name, MULTIPLIER, density, corner, port=(element.name, cell.output), native=native)
        return
    ports = dict(zip(cell.ports, element.nodes, strict=True))
    values = dict(element.parameters)
    resistors, names = {}, {}
    for words in _lines(cell, "rR"):
        parameter = next((each.parameter for each in cell.passives if each.name == words[0]), None)
        if parameter is not None:
            ohms = values[parameter] if parameter in values else cell.default(parameter)
            resistors[words[0]] = (words[1], words[2], ohms)
            names[words[0]] = f"{name}.{parameter}"  # as all passes name it
    for part, (first, second, ohms) in resistors.items():
        if _SUMMING in (first, second):
            yield _thermal(names[part], ohms, temperature, nodes=(ports[_SUMMING], GROUND))
            continue
        outer = [node for node in (first, second) if node in ports]
        if len(outer) != 1 or _mentions(cell, outer[0]) != 1:
            raise CircuitError(
                f"the noise of resistor {part} cannot be put outside of the cell",
                where=f"cell '{cell.name}'",
                hint="connect it to the summing node s, or alone to an input",
            )
        density = math.sqrt(4 * BOLTZMANN * temperature * ohms)
        place = (element.name, cell.ports.index(outer[0]))
        yield NoiseSource(names[part], RESISTOR, density, 0.0, port=place, native=True)
    for words in _lines(cell, "xX"):
        inner = cells[words[-1]]
        density, corner, native = _figures(inner, cells, "EN", "FE")
        if inner.role == "opamp":
            if density:
                place = (element.name, cell.ports.index(_NON_INVERTING))
                yield NoiseSource(name, VOLTAGE, density, corner, port=place, native=native)
            density, corner, native = _figures(inner, cells, "IN", "FI")
            if density:
                yield NoiseSource(name, CURRENT, density, corner, nodes=(ports[_SUMMING], GROUND), native=native)
        elif inner.role and density:
            output = words[1 + inner.output]
            behind = [ohms for first, second, ohms in resistors.values() if {first, second} == {output, _SUMMING}]
            if len(behind) != 1:
                raise CircuitError(
                    f"the noise of {words[0]} cannot be put outside of the cell",
                    where=f"cell '{cell.name}'",
                    hint="connect its output by one resistor to the summing node s",
                )
            nodes = (ports[_SUMMING], GROUND)
            yield NoiseSource(f"{name}.{words[0]}", MULTIPLIER, density / behind[0], corner, nodes=nodes, native=native)


@cache
def _lines_of(text: str) -> tuple[tuple[str, ...], ...]:
    lines = (line.split() for line in text.splitlines() if line[:1].isalpha())
    return tuple(tuple(word for word in words if "=" not in word and word.lower() != "params:") for words in lines)


def _lines(cell: Cell, letters: str) -> list[tuple[str, ...]]:
    """The words of a cell's lines that begin with a letter, without ``key=value``."""
    return [words for words in _lines_of(cell.text) if words[0][0] in letters]


def _mentions(cell: Cell, node: str) -> int:
    """How many of a cell's parts a node connects."""
    return sum(node in words[1:] for words in _lines_of(cell.text))


def _figures(cell: Cell, cells: Mapping[str, Cell], density: str, corner: str) -> tuple[float, float, bool]:
    """Density and corner that a part's file names, 0 where it names none, and whether transistors make them."""
    for each in (cell, *(cells[name] for name in cell.uses)):
        given = dict(each.defaults)
        if density in given:
            living = any(_lines(part, _LIVING) for part in needed([each.name], cells))
            zero = not given.get(corner, "0").strip("0.")
            return each.default(density), 0.0 if zero else each.default(corner), living
    return 0.0, 0.0, False


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
    instances = {each.name: each for each in circuit.elements() if isinstance(each, Instance)}
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
        replace(each, elements=tuple(instances[e.name] if isinstance(e, Instance) else e for e in each.elements))
        for each in circuit.sections
    )
    return replace(circuit, sections=(*sections, Section(_HEADING, tuple(added))))
