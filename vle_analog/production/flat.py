"""A circuit with its stages written out: every resistor, capacitor and device stands for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from vle_analog.circuit.cell.arithmetic import evaluated
from vle_analog.circuit.cell.cell import Cell, needed
from vle_analog.circuit.cell.reader import Part
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Capacitor, Element, Instance, Resistor
from vle_analog.circuit.parts import SUPPLY, section_nodes
from vle_analog.errors import CircuitError

#: SPICE's letters of elements that have other ones than sources
_LETTERS: Mapping[type, str] = {Resistor: "R", Capacitor: "C", Instance: "X"}


@dataclass(frozen=True)
class BoardPart:
    """What a board has and no netlist: a test point, a diode of the supply.

    Attributes:
        name: of it.
        nodes: that it connects.
        value: what is written beside it.
    """

    name: str
    nodes: tuple[str, ...]
    value: str = ""
    block: str = ""


@dataclass(frozen=True)
class FlatPart:
    """A part of a circuit that nothing is inside of, or nothing that one looks into.

    Attributes:
        name: its full name in the netlist, with SPICE's letters: ``Ru__1`` or ``Xu.XA``.
        value_name: of a resistor or capacitor, the name under which its value is known (`production.values.Part`).
        element: itself, with the nodes of the whole circuit.
        ports: what its nodes are called: a cell's ports, ``1`` and ``2`` of all else.
        section: that it is in.
        cell: of an instance, the cell.
        signal: that its stage drives, upright or inverted; its own name where it is of no stage.
        tolerance: of a resistor or capacitor within an assembly, which is as close as that needs; None of all others.
    """

    name: str
    value_name: str
    element: Element | BoardPart
    ports: tuple[str, ...]
    section: Section
    cell: Cell | None
    signal: str
    tolerance: float | None = None


def flat_parts(circuit: Circuit) -> Iterator[FlatPart]:
    """All parts in the netlist's order, stages looked into down to devices, and assemblies down to theirs.

    A stage of other things than resistors, capacitors and devices is one part: what it is, its file says. A cell that
    is shared is there once for all that have it at the same nodes, with the first one of them.

    Raises:
        CircuitError: a stage that hands on other than numbers and parameters of its own.
    """
    opening = _Opening(circuit.cells)
    for section in circuit.sections:
        for element in section.elements:
            if isinstance(element, Instance):
                signal = element.signal or element.name
                yield from opening.inside(f"X{element.name}", element, section, signal)
            else:
                name = f"{letter(element)}{element.name}"
                yield FlatPart(
                    name, name, element, ("1", "2"), section, None, getattr(element, "signal", "") or element.name
                )


def flat(circuit: Circuit) -> Circuit:
    """The circuit of these parts, each called by its full name without SPICE's letter.

    Raises:
        CircuitError: as `flat_parts`.
    """
    found: dict[int, list[Element]] = {}
    places = {id(section): place for place, section in enumerate(circuit.sections)}
    for part in flat_parts(circuit):
        if not isinstance(part.element, BoardPart):
            found.setdefault(places[id(part.section)], []).append(part.element)
    sections = (
        replace(section, elements=tuple(found.get(place, ()))) for place, section in enumerate(circuit.sections)
    )
    return replace(circuit, sections=tuple(sections))


def letter(element: Element | BoardPart) -> str:
    """SPICE's letter of a part; of sources that stand for currents the one of their line."""
    return _LETTERS.get(type(element), "I" if hasattr(element, "amperes") else "V")


class _Opening:
    """Looks into cells, and knows which shared ones are there already.

    Args:
        cells: by name.
    """

    def __init__(self, cells: Mapping[str, Cell]) -> None:
        self._cells = cells
        self._common = {node: node for node in (GROUND, *SUPPLY, *_sections(cells.values()))}
        self._made: dict[tuple[object, ...], dict[str, str]] = {}

    def inside(self, name: str, instance: Instance, section: Section, signal: str) -> Iterator[FlatPart]:
        """A cell's parts in its file's order; a device is one part.

        Raises:
            CircuitError: a value that cannot be reckoned, or a cell that no file defines.
        """
        cell = self._cells[instance.cell]
        if not _opened(cell):
            yield FlatPart(name, "", replace(instance, name=name[1:]), cell.ports, section, cell, signal)
            return
        known = cell.values(dict(instance.parameters))
        if cell.sheet.built and cell.part is None:  # a law: its parts are in a file of their own
            cell = next(each for each in needed([cell.sheet.built], self._cells) if each.name == cell.sheet.built)
            known = cell.values({key: value for key, value in instance.parameters if key in cell.parameters})
        outside = {**self._common, **dict(zip(cell.ports, instance.nodes, strict=True))}
        there = self._shared(cell, name, outside, section)

        def number(text: str) -> float:
            """A value as written in the cell, for this instance."""
            return evaluated(text, known)

        passives = {passive.name: passive for passive in cell.passives}
        for part in cell.parts:
            if part in there:
                continue
            at = tuple(outside.get(node, f"{name}.{node}".lower()) for node in part.nodes)
            full = f"{name}.{part.name}"
            if part.kind == "instance":
                made = _instance(full, at, part, number, instance)
                yield from self.inside(full, made, section, signal)
                continue
            passive = passives[part.name]
            value, nodes = number(passive.value), (at[0], at[1])
            element: Element
            if passive.kind == "resistor":
                element = Resistor(full[1:], nodes, value, instance.block)
            else:
                start = dict(part.given).get("ic")
                element = Capacitor(full[1:], nodes, value, 0.0 if start is None else number(start), instance.block)
            of_stage = "" if passive.parameter is None else f"{name}.{passive.parameter}"
            yield FlatPart(full, of_stage, element, ("1", "2"), section, None, signal, cell.sheet.assembly)

    def _shared(self, cell: Cell, name: str, outside: dict[str, str], section: Section) -> list[Part]:
        """A cell's instances of shared cells that are there already; whose outputs its own nodes then are."""
        there = []
        for part in cell.instances:
            inner = self._cells[part.cell]
            if not inner.sheet.shared:
                continue
            inside = dict(zip(inner.ports, part.nodes, strict=True))
            ends = {port: outside.get(node, f"{name}.{node}".lower()) for port, node in inside.items()}
            outputs = {port: ends.pop(port) for port in inner.sheet.shared}
            key = (section.owner, part.cell, part.given, *ends.items())
            if key in self._made:
                there.append(part)
                outside.update({inside[port]: node for port, node in self._made[key].items()})
            else:
                self._made[key] = outputs
        return there


def _sections(cells: Iterable[Cell]) -> Iterator[str]:
    """Nodes of the supplies of fewer volts that some packages have."""
    for volts in {cell.sheet.section for cell in cells if cell.sheet.section is not None}:
        yield from section_nodes(volts)


def _instance(
    name: str, nodes: tuple[str, ...], part: Part, number: Callable[[str], float], outer: Instance
) -> Instance:
    """An instance inside of a cell, its parameters in numbers.

    Raises:
        CircuitError: one of them cannot be reckoned.
    """
    values = []
    for key, text in part.given:
        try:
            values.append((key, number(text)))
        except CircuitError as error:
            raise error.located(f"part '{name}'") from None
    return Instance(name[1:], nodes, part.cell, tuple(values), outer.block)


def _opened(cell: Cell) -> bool:
    """Whether a cell is looked into: an assembly, and a stage of resistors, capacitors and instances alone."""
    if cell.role or cell.sheet.package is not None:
        return cell.sheet.assembly is not None
    return all(part.kind in ("resistor", "capacitor", "instance") for part in cell.parts)
