"""A circuit: sections of elements, the cells that they use, and what each node's voltage means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from typing import NamedTuple

from vle_analog.circuit.cell.cell import OUTPUTS, Cell, needed
from vle_analog.circuit.cell.stage import TRIGGER, roles, stage
from vle_analog.circuit.elements import GROUND, Battery, Capacitor, Drive, Element, Instance, Resistor
from vle_analog.circuit.technology import USUAL, Supply, whole
from vle_analog.errors import CircuitError, nearest
from vle_analog.owner import Owner

#: roles that are no functions of signals
_SWITCHING = ("hold_switch", "trigger", "sample_hold")
#: degrees C at which parts' values hold, and which simulators take unless told otherwise
NOMINAL = 27.0


@dataclass(frozen=True)
class Section:
    """The elements that realise one block, under its equation.

    Attributes:
        heading: the block's kind and law, in one line.
        elements: of all its instances.
        owner: of all of them.
        kind: of the block, ``leaky integrator``; empty of what is no block.
        law: of the block, in one line.
    """

    heading: str
    elements: tuple[Element, ...]
    owner: Owner = Owner.BOARD
    kind: str = field(default="", repr=False)
    law: str = field(default="", repr=False)


class Place(NamedTuple):
    """Where in a network a signal is.

    Attributes:
        group: its neuron.
        part: of the neuron, one synapse; empty for what the neuron has once.
    """

    group: str
    part: str = ""


class Pulse(NamedTuple):
    """What tells that an event happens.

    Attributes:
        node: on which a pulse begins then.
        seconds: that it lasts, and a reset takes.
        volts: of the pulse.
    """

    node: str
    seconds: float
    volts: float


@dataclass(frozen=True)
class Circuit:
    """A complete circuit.

    Attributes:
        name: of the system that it realises.
        sections: block by block.
        cells: the library that instances refer to.
        unit: seconds of circuit time per model unit.
        volts_per_unit: by signal instance name, which is also its node's name; negative where the
            node carries the signal inverted.
        fidelity: of the devices.
        celsius: its temperature, which transistors feel; all else is as its values say.
        remarks: what has become of the design, line by line, for the reader of the netlist.
        inverted: by node of an inverted copy, the signal instance that it carries.
        supply: of the board.
        places: of a network, by signal instance, where it is, neuron by neuron.
        start: volts of signals' nodes and of their inverted copies at time zero; empty where nobody says.
        board: number of the board that it is; None for the design of all.
    """

    name: str
    sections: tuple[Section, ...]
    cells: Mapping[str, Cell]
    unit: float
    volts_per_unit: Mapping[str, float]
    fidelity: str
    celsius: float = NOMINAL
    remarks: tuple[str, ...] = field(default=(), compare=False)
    inverted: Mapping[str, str] = field(default_factory=dict)
    supply: Supply = USUAL
    places: Mapping[str, Place] = field(default_factory=dict, compare=False)
    start: Mapping[str, float] = field(default_factory=dict, compare=False, repr=False)
    board: int | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        """Its name and what it is made of."""
        return f"<Circuit {self.name!r}, {self.fidelity}: {self.counted}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: how many parts there are of which kind."""
        rows = "".join(f"<tr><td>{kind}</td><td>{number}</td></tr>" for kind, number in self.parts.items() if number)
        return f"<table><caption>{escape(self.name)}, {self.fidelity}</caption>{rows}</table>"

    @property
    def counted(self) -> str:
        """How many parts there are of which kind, in words."""
        return ", ".join(f"{number} {kind}" for kind, number in self.parts.items() if number)

    def elements(self) -> Iterator[Element]:
        """All elements in order."""
        for section in self.sections:
            yield from section.elements

    def signal_at(self, node: str) -> str:
        """The signal instance that a stage's output node carries, upright or inverted."""
        return self.inverted.get(node, node)

    def owned_elements(self) -> Iterator[tuple[Owner, Element]]:
        """All elements in order, and whose each is."""
        for section in self.sections:
            yield from ((section.owner, element) for element in section.elements)

    def mapped(self, change: Callable[[Element], Element]) -> Circuit:
        """The circuit with every element changed."""
        return self.rewritten(lambda owner, element: (change(element),))

    def rewritten(self, change: Callable[[Owner, Element], Iterable[Element]]) -> Circuit:
        """The circuit with every element, of which the change is told whose it is, replaced by any number of others."""
        sections = (
            replace(section, elements=tuple(new for old in section.elements for new in change(section.owner, old)))
            for section in self.sections
        )
        return replace(self, sections=tuple(sections))

    def owned_by(self, owner: Owner) -> Circuit:
        """The same circuit, all of it one owner's."""
        return replace(self, sections=tuple(replace(section, owner=owner) for section in self.sections))

    @cached_property
    def used_cells(self) -> Mapping[str, int]:
        """How many times every cell is there, those inside of others included, by name."""
        used: Counter[str] = Counter()
        stack = list(Counter(each.cell for each in self.elements() if isinstance(each, Instance)).items())
        while stack:
            name, times = stack.pop()
            used[name] += times
            if not self.cells[name].role:
                stack.extend((inner, times) for inner in self.cells[name].uses)
        return used

    @cached_property
    def parts(self) -> dict[str, int]:
        """How many op-amps, resistors, capacitors, multipliers and nonlinear cells it takes."""
        count = Counter({"resistors": 0, "capacitors": 0})
        for element in self.elements():
            if isinstance(element, Resistor):
                count["resistors"] += 1
            elif isinstance(element, Capacitor):
                count["capacitors"] += 1
        devices: Counter[str] = Counter()
        for name, times in self.used_cells.items():
            cell = self.cells[name]
            if cell.role:
                devices[whole(cell.role)] += times
                continue
            for passive in cell.passives:
                count[f"{passive.kind}s"] += times
        return {
            "opamps": devices.pop("opamp", 0),
            "resistors": count["resistors"],
            "capacitors": count["capacitors"],
            "multipliers": devices.pop("multiplier", 0),
            "nonlinearities": sum(number for name, number in devices.items() if name not in _SWITCHING),
            "switches": devices.pop("hold_switch", 0),
            **{f"{name.replace('_', ' ')}s": devices[name] for name in ("trigger", "sample_hold") if name in devices},
        }

    @cached_property
    def triggers(self) -> Mapping[str, Pulse]:
        """Of each event, by its name, what tells that it happens."""
        found = {}
        for element in self.elements():
            if isinstance(element, Instance) and self.cells[element.cell].role == TRIGGER:
                values = dict(element.parameters)
                found[element.name] = Pulse(element.nodes[2], values["T"], values["high"])
        return found

    def check(self) -> None:
        """Refuse what an expert would refuse.

        Raises:
            CircuitError: two elements of one name, a shorted source, an instance that does not fit its cell or sets a
                parameter that this has not, a cell that uses one that does not exist or itself, a node that hangs on a
                single terminal, or no ground.
        """
        self._check_elements()
        used = {each.cell for each in self.elements() if isinstance(each, Instance)}
        needed(used, self.cells)
        held = {name: set(_held(self.cells[name], self.cells)) for name in used}
        touched: Counter[str] = Counter()
        for element in self.elements():
            touched.update(element.nodes)
            if isinstance(element, Instance):
                ports = self.cells[element.cell].ports
                nodes = zip(element.nodes, ports, strict=True)
                touched.update(node for node, port in nodes if port in held[element.cell])
            elif isinstance(element, Battery | Drive):
                touched.update(element.nodes)
        if GROUND not in touched:
            raise CircuitError("no element is connected to ground", where=self.name)
        for node, number in touched.items():
            if number < 2 and node != GROUND:  # ground lies inside cells, too
                raise CircuitError(f"node '{node}' hangs on a single terminal", where=self.name)

    def _check_elements(self) -> None:
        """Refuse two elements of one name, a shorted source, an instance that its cell does not fit."""
        names: set[tuple[type, str]] = set()
        for element in self.elements():
            key = (type(element), element.name.lower())
            if key in names:
                raise CircuitError(f"two elements are named '{element.name}'", where=self.name)
            names.add(key)
            if isinstance(element, Instance):
                cell = self.cells.get(element.cell)
                if cell is None or len(cell.ports) != len(element.nodes):
                    raise CircuitError(f"'{element.name}' does not fit cell '{element.cell}'", where=self.name)
                unknown = {name for name, _ in element.parameters} - set(cell.parameters)
                if unknown:
                    raise CircuitError(
                        f"cell '{element.cell}' has no parameter '{min(unknown)}', which '{element.name}' sets",
                        where=self.name,
                        hint=nearest(min(unknown), cell.parameters),
                    )
            elif isinstance(element, Battery | Drive) and element.nodes[0] == element.nodes[1]:
                raise CircuitError(f"source '{element.name}' is shorted", where=self.name)


def _held(cell: Cell, cells: Mapping[str, Cell]) -> tuple[str, ...]:
    """Ports that a cell holds, which may stand alone: driven outputs, summing nodes with their feedback."""
    within = stage(cell, roles(cell, cells))
    return (*OUTPUTS, within.summing) if cell.role is None and len(within.opamps) == 1 else OUTPUTS
