"""Circuit -> schematic: which page every part is on, and which pages stand as boxes on which others.

A circuit without groups has a page for each signal's stage, and a top page that reads like its block diagram. A network
has a box for each neuron; a neuron's page has boxes for what is in it, its soma and its synapses, or its parts, if they
are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vle_analog.circuit.cell.stage import SWITCH
from vle_analog.circuit.circuit import Circuit
from vle_analog.owner import Owner
from vle_analog.production.assembly import (
    DECOUPLING,
    FEED,
    INPUT,
    OUTPUT,
    SERIES,
    TEST_POINT,
    ZENER,
    Component,
    assembled,
    bodies,
    nodes_of,
    supporting,
)
from vle_analog.production.clock import CLOCK
from vle_analog.production.purchase import STANDARD, Tolerances
from vle_analog.schematic import blocks, leaves
from vle_analog.schematic.blocks import Box
from vle_analog.schematic.drawing import Page, Schematic
from vle_analog.schematic.leaves import Package, Stage
from vle_analog.schematic.nets import verified
from vle_analog.schematic.symbols import rails as rails_of

#: stages on a page of parts, at most; and how many pins of pages' boxes a further page is worth
_MOST, _PER_PAGE = 6, 6
#: a stage, or parts of one that are drawn together, by its signal
_Piece = tuple[str, list[Component]]
#: what is on a page that no block is on
_INVERTER = "inverter"
#: name of the page of supply and references
_SUPPLY = "supply"


@dataclass
class _Node:
    """A page and what hangs on it.

    Attributes:
        name: of the page, unique.
        title, note: of its box.
        stages: that are drawn on it, by signal.
        children: pages whose boxes are.
    """

    name: str
    title: str
    note: str = ""
    stages: dict[str, list[Component]] = field(default_factory=dict)
    children: dict[str, _Node] = field(default_factory=dict)

    def components(self) -> Iterable[Component]:
        """All that are on it and below."""
        for stage in self.stages.values():
            yield from stage
        for child in self.children.values():
            yield from child.components()

    def child(self, name: str, title: str) -> _Node:
        """The page of a name below this one."""
        return self.children.setdefault(name, _Node(name, title))


def schematic(
    circuit: Circuit,
    tolerances: Tolerances = STANDARD,
    parts: Mapping[str, str] | None = None,
    probes: Sequence[str] = (),
    outputs: Sequence[str] = (),
) -> Schematic:
    """The schematic of a circuit.

    Args:
        circuit: with the values that are bought, of any fidelity.
        tolerances: of resistors and capacitors.
        parts: by role, what stands for a law of the circuit; the macromodels' parts by default, ``ideal`` for none.
        probes: nodes that get test points.
        outputs: nodes that get connectors.

    Raises:
        UsageError: as `assembled`.
        CircuitError: as `assembled`; a drawing whose nets are not the circuit's, which none should be.
    """
    return _Drawing(circuit, assembled(circuit, tolerances, parts), probes, outputs).schematic()


class _Drawing:
    """A schematic under way."""

    def __init__(
        self, circuit: Circuit, components: Sequence[Component], probes: Sequence[str], outputs: Sequence[str]
    ) -> None:
        self.circuit = circuit
        beside = supporting(circuit, components, probes, outputs)
        self.blocking = [each for each in beside if each.kind == DECOUPLING]
        self.made = [each for each in beside if each.kind in (FEED, ZENER)]
        self.components = [*components, *(each for each in beside if each.kind in (TEST_POINT, OUTPUT, SERIES))]
        self.rails = rails_of(circuit)
        self.rails |= {node: node.upper() for node in nodes_of(self.made) if node not in self.rails}
        self.ends: Counter[str] = Counter(nodes_of(self.components))
        self.laws = {
            name: section.law
            for section in circuit.sections
            if section.law
            for name in {getattr(element, "signal", "") for element in section.elements}
        }
        self.kinds = {
            name: section.kind
            for section in circuit.sections
            if section.kind
            for name in {getattr(element, "signal", "") for element in section.elements}
        }
        self.kinds |= {each.flat.signal: kind for each in components if (kind := each.flat.section.kind)}
        self.packages = self._packages()
        self.pages: list[Page] = []

    def schematic(self) -> Schematic:
        """All pages, checked against the circuit."""
        top = self._tree()
        holders = [each for each in self.components if each.is_connection and each.kind != INPUT]
        pages = [self._top(top, bool(holders))]
        for child in top.children.values():
            pages += self._below(child)
        if holders:
            pages.append(leaves.sources(self._supply, "supply and references", holders, self.made, self.rails))
        found = Schematic(self.circuit.name, tuple(pages), self.circuit.remarks)
        verified(found, [*self.components, *self.made, *self.blocking])
        return found

    @property
    def _supply(self) -> str:
        """Name of the page of supply and references."""
        return f"{self.circuit.name}-{_SUPPLY}"

    def _tree(self) -> _Node:
        """Parts sorted into pages."""
        top = _Node(self.circuit.name, self.circuit.name)
        driven = {component.flat.signal for component in self.components}
        for signal, where in self.circuit.places.items():
            if signal in driven:
                top.child(f"{top.name}-{_plain(where.group)}", where.group)
        for component in self.components:
            if component.is_connection:
                continue
            node, signal = top, component.flat.signal
            place = self.circuit.places.get(signal)
            words = [signal] if place is None else [place.group, *([place.part] if place.part else [])]
            if component.owner is Owner.TEACHER and place is None:
                words = ["teacher"]
            for word in words:
                node = node.child(f"{node.name}-{_plain(word)}", word)
            node.stages.setdefault(signal, []).append(component)
            node.note = self.kinds.get(signal, "") if place is None else ""
        # clocks are heard by all others, as what comes from outside is
        top.children = dict(sorted(top.children.items(), key=lambda each: not _is_clock(each[1])))
        for child in list(top.children.values()):
            self._parted(child)
        return top

    def _parted(self, node: _Node) -> None:
        """Give the stages of a page that has too many, or that has other pages, pages of their own."""
        for child in list(node.children.values()):
            self._parted(child)
        if not node.children and len(node.stages) <= _MOST and self._fits(node):
            return
        shares = [_joined(node, number, pieces) for number, pieces in enumerate(self._cut([*self._pieces(node)]), 1)]
        if len(shares) > 1 or node.children:
            pages = Counter(signal for share in shares for signal in share.stages)
            part: Counter[str] = Counter()
            for share in shares:
                part.update([*share.stages])
                words = [
                    f"{each} ({part[each]} of {pages[each]})" if pages[each] > 1 else each for each in share.stages
                ]
                share.title = blocks.noted(", ".join(words), blocks.BRIEF)
            node.stages = {}
            node.children = {**{share.name: share for share in shares}, **node.children}

    def _cut(self, pieces: Sequence[_Piece]) -> list[Sequence[_Piece]]:
        """Pieces in order on pages that are printed, cut where the pages have few pins: loops stay on one page."""
        best: list[tuple[int, list[Sequence[_Piece]]]] = [(0, [])]  # of the first so many pieces
        for end in range(1, len(pieces) + 1):
            ways = []
            for begin in range(end - 1, -1, -1):
                share = pieces[begin:end]
                if begin < end - 1 and (len({signal for signal, _ in share}) > _MOST or not self._printed(share)):
                    break
                pins = len(self._outer(_joined(_Node("", ""), 0, share)))
                ways.append((best[begin][0] + pins + _PER_PAGE, [*best[begin][1], share]))
            best.append(min(ways, key=lambda way: way[0]))
        return best[-1][1]

    def _printed(self, share: Sequence[_Piece]) -> bool:
        return self._fits(_joined(_Node("", ""), 0, share))

    def _pieces(self, node: _Node) -> Iterator[_Piece]:
        """A page's stages; drawing by drawing where one by itself takes too much paper."""
        for signal, parts in node.stages.items():
            if self._fits(_Node("", "", "", {signal: parts})):
                yield signal, parts
            else:
                yield from ((signal, list(each)) for each in leaves.drawings(parts, self.ends, self.rails))

    def _fits(self, node: _Node) -> bool:
        """Whether a page of parts takes no more paper than people print on."""
        return self._leaf(node).paper in leaves.PRINTED

    def _packages(self) -> dict[str, Package]:
        """Packages by the name of their first component."""
        blocking: dict[str, list[Component]] = {}
        for capacitor in self.blocking:
            blocking.setdefault(capacitor.flat.signal, []).append(capacitor)
        found = {}
        for body, members in bodies(self.components).items():
            first = members[0]
            if first.device is not None and first.device.package and first.device.powered and self.supplied:
                spare = tuple(range(len(members), first.device.units))
                nodes = first.device.supply_nodes(self.circuit.supply.rail)
                found[first.name] = Package(first, nodes, tuple(blocking.get(body, ())), spare)
        return found

    @property
    def supplied(self) -> bool:
        """Whether the circuit has a supply, which packages are on."""
        return any(component.kind == "supply" for component in self.components)

    def _outer(self, node: _Node) -> list[str]:
        """Nets of a page that go on outside of it, in order."""
        inside: Counter[str] = Counter(nodes_of(node.components()))
        return [net for net, number in inside.items() if net not in self.rails and self.ends[net] > number]

    def _box(self, node: _Node) -> Box:
        """A page as a box."""
        nets = self._outer(node)
        driven = {net for component in node.components() for net in _driven(component)}
        signals = list(node.stages)
        alone = len(signals) == 1
        note = self.laws.get(signals[0], node.note) if alone else node.note
        kind = self.kinds.get(signals[0], _INVERTER) if alone else ""
        return Box(
            name=node.name,
            title=f"{node.title}: {kind}" if kind else node.title,
            note=blocks.noted(note),
            inputs=tuple(net for net in nets if net not in driven),
            outputs=tuple(net for net in nets if net in driven),
        )

    def _top(self, top: _Node, supply: bool) -> Page:
        """The page of all others, with the inputs."""
        boxes = [
            Box(each.element.name, each.element.name, "", (), (each.element.nodes[0],), each)
            for each in self.components
            if each.kind == INPUT
        ]
        boxes += map(self._box, top.children.values())
        if supply:
            boxes.append(Box(self._supply, "supply", "and references", (), (), feeds=True))
        return blocks.page_of(top.name, f"{self.circuit.name}: overview", boxes)

    def _below(self, node: _Node) -> list[Page]:
        """A page and all below it."""
        outer = self._outer(node)
        if node.children:
            boxes = [self._box(child) for child in node.children.values()]
            driven = {net for box in boxes for net in box.outputs}
            coming = [Box(net, net, "", (), (net,), outer=True) for net in outer if net not in driven]
            going = [Box(net, net, "", (net,), (), outer=True) for net in outer if net in driven]
            page = blocks.page_of(node.name, node.title, [*coming, *boxes, *going])
            return [page, *(below for child in node.children.values() for below in self._below(child))]
        return [leaves.outside(self._leaf(node), set(outer))]

    def _leaf(self, node: _Node) -> Page:
        """A page of parts."""
        stages = [Stage(blocks.noted(self.laws.get(signal, "")), tuple(parts)) for signal, parts in node.stages.items()]
        mine = [self.packages[each.name] for each in node.components() if each.name in self.packages]
        return leaves.leaf(node.name, node.title, stages, mine, self.ends, self.rails)


def _joined(node: _Node, number: int, pieces: Sequence[_Piece]) -> _Node:
    """A page of pieces, below another one."""
    found = _Node(f"{node.name}-{number}", "")
    for signal, parts in pieces:
        found.stages.setdefault(signal, []).extend(parts)
    return found


def _is_clock(node: _Node) -> bool:
    return all(component.flat.section.kind == CLOCK for component in node.components())


def _driven(component: Component) -> Iterable[str]:
    """Nodes that a component drives; a switch that of the currents that it lets through."""
    if component.flat.cell is None:
        return ()
    nodes = component.element.nodes
    if component.kind == SWITCH:
        return (nodes[1],)
    return [nodes[place] for place in component.flat.cell.outputs]


def _plain(word: str) -> str:
    """A word as part of a file's name."""
    return "".join(letter if letter.isalnum() or letter in "_." else "-" for letter in word)
