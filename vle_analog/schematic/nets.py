"""Which pins a drawing connects: nets from places alone, as a schematic editor finds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import Drive
from vle_analog.errors import CircuitError
from vle_analog.production.assembly import Component
from vle_analog.production.clock import oscillators
from vle_analog.production.flat import flat_parts, letter
from vle_analog.schematic.drawing import Page, Pin, Place, Placed, Schematic, on
from vle_analog.schematic.symbols import rails

#: a place of the whole schematic: the page's name, and where on it
_Spot = tuple[str, int, int]


@dataclass(frozen=True)
class Net:
    """Pins that are connected.

    Attributes:
        name: a rail's, else a label's, else made of a pin.
        pins: symbols and their pins.
        names: all labels and rails on it.
    """

    name: str
    pins: tuple[tuple[Placed, Pin], ...]
    names: frozenset[str]


class _Union:
    """Sets that grow together."""

    def __init__(self) -> None:
        self.above: dict[object, object] = {}

    def root(self, item: object) -> object:
        """The one that stands for an item's set."""
        above = self.above.setdefault(item, item)
        while above != self.above[above]:
            self.above[item] = above = self.above[above]
        self.above[item] = above
        return above

    def join(self, one: object, other: object) -> None:
        """Make two items' sets one."""
        self.above[self.root(one)] = self.root(other)


def nets(schematic: Schematic) -> list[Net]:
    """All nets of a schematic, in the order of its symbols."""
    joined = _Union()
    for page in schematic.pages:
        _page(page, joined)
        for sheet in page.sheets:
            for each in sheet.pins:
                joined.join((page.name, *each.at), ("outside", sheet.page, each.net))
        for label in page.labels:
            joined.join((page.name, *label.at), ("label", page.name, label.net))
            if label.outside:
                joined.join((page.name, *label.at), ("outside", page.name, label.net))
    pins: dict[object, list[tuple[Placed, Pin]]] = defaultdict(list)
    names: dict[object, list[str]] = defaultdict(list)
    for page in schematic.pages:
        for placed in page.placed:
            for pin, (x, y) in placed.pins():
                root = joined.root((page.name, x, y))
                if placed.symbol.rail:
                    names[root].insert(0, placed.symbol.rail)
                else:
                    pins[root].append((placed, pin))
        for label in page.labels:
            names[joined.root((page.name, *label.at))].append(label.net)
    return [Net(_called(names[root], found), tuple(found), frozenset(names[root])) for root, found in pins.items()]


def _called(names: Sequence[str], pins: Sequence[tuple[Placed, Pin]]) -> str:
    placed, pin = pins[0]
    return names[0] if names else f"Net-({placed.designator}-Pad{pin.number})"


def _page(page: Page, joined: _Union) -> None:
    """Join what touches on a page, and rails with all that are called alike."""
    spots = set(_spots(page))
    by_row: dict[int, list[Place]] = defaultdict(list)
    by_column: dict[int, list[Place]] = defaultdict(list)
    for x, y in spots:
        by_row[y].append((x, y))
        by_column[x].append((x, y))
    for wire in page.wires:
        joined.join((page.name, *wire.start), (page.name, *wire.end))
        level = wire.start[1] == wire.end[1]
        for place in by_row[wire.start[1]] if level else by_column[wire.start[0]]:
            if on(place, wire):
                joined.join((page.name, *place), (page.name, *wire.start))
    for placed in page.placed:
        if placed.symbol.rail:
            for _, place in placed.pins():
                joined.join((page.name, *place), ("rail", placed.symbol.rail))


def _spots(page: Page) -> Iterator[Place]:
    """Places at which something may touch something else: ends of wires, pins, labels."""
    for wire in page.wires:
        yield from (wire.start, wire.end)
    for placed in page.placed:
        yield from (place for _, place in placed.pins())
    for sheet in page.sheets:
        yield from (pin.at for pin in sheet.pins)
    yield from (label.at for label in page.labels)


def redrawn(schematic: Schematic, circuit: Circuit) -> Circuit:
    """The circuit that is drawn: its parts called by their designators, their nodes as the drawing joins them.

    Of a clock it has the sources, as every netlist does: what a board makes it of is drawn alone.

    Args:
        schematic: of the circuit.
        circuit: that it is of, for all that no drawing has.
    """
    nodes = {name: node for node, name in rails(circuit).items()}
    places: dict[str, dict[str, str]] = defaultdict(dict)
    members: dict[str, Component] = {}
    for number, net in enumerate(nets(schematic), 1):
        plain = net.name if net.names else f"n{number}"
        for placed, pin in net.pins:
            if placed.component is not None and placed.component.name:
                places[placed.component.name][pin.name] = nodes.get(plain, plain)
                members[placed.component.name] = placed.component
    clocks = {each.name for each in oscillators(circuit)}
    sections: dict[int, list[Any]] = {}
    order = {id(section): place for place, section in enumerate(circuit.sections)}
    for part in flat_parts(circuit):
        if isinstance(part.element, Drive) and part.element.clock in clocks:
            sections.setdefault(order[id(part.section)], []).append(part.element)
            continue
        if part.name not in members:  # a reference that nothing hears
            continue
        component = members[part.name]
        element = component.element
        joined = tuple(places[part.name][port] for port in part.ports)
        name = element.name if component.is_connection else component.designator.removeprefix(letter(element))
        changed = replace(element, name=name, nodes=joined)  # type: ignore[arg-type]
        sections.setdefault(order[id(part.section)], []).append(changed)
    made = (replace(each, elements=tuple(sections.get(place, ()))) for place, each in enumerate(circuit.sections))
    told = told_of_clocks(circuit)
    return replace(circuit, sections=tuple(made), remarks=(*circuit.remarks, *told))


def told_of_clocks(circuit: Circuit) -> list[str]:
    """What a reader of a netlist must know of clocks that a board makes: each a source here, and parts there."""
    found = []
    for each in oscillators(circuit):
        nodes = [part.nodes[0] for part in circuit.elements() if isinstance(part, Drive) and part.clock == each.name]
        found.append(
            f"clock {each.name}: {', '.join(nodes)} come from sources here, from parts of its page on the board"
        )
    return found


def verified(schematic: Schematic, components: Sequence[Component]) -> None:
    """Refuse a drawing that is of another circuit.

    Raises:
        CircuitError: a component that is not drawn, or drawn twice; a net that joins two nodes or has half of one.
    """
    drawn: dict[str, dict[str, Net]] = defaultdict(dict)
    for net in nets(schematic):
        if len(net.names) > 1:
            raise CircuitError(f"{' and '.join(sorted(net.names))} touch", where=f"schematic '{schematic.name}'")
        for placed, pin in net.pins:
            if placed.component is not None:
                if pin.name in drawn[placed.component.designator]:
                    raise CircuitError(f"'{placed.component.designator}' is drawn twice", where=schematic.name)
                drawn[placed.component.designator][pin.name] = net
    node_of: dict[str, str] = {}
    net_of: dict[str, Net] = {}
    for component in components:
        for port, node in component.pins:
            found = drawn[component.designator].get(port)
            where = f"pin {port} of {component.designator}, schematic '{schematic.name}'"
            if found is None:
                raise CircuitError(f"node '{node}' is not drawn", where=where)
            if node_of.setdefault(found.name, node) != node or net_of.setdefault(node, found) is not found:
                raise CircuitError(f"'{node}' is drawn as {found.name}", where=where)
