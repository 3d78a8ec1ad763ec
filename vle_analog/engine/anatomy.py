"""A circuit taken apart: what is the same in all boards of a design, and the values in which they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vle_analog.circuit.cell.cell import Cell, needed
from vle_analog.circuit.cell.stage import roles
from vle_analog.circuit.circuit import NOMINAL, Circuit
from vle_analog.circuit.elements import (
    GROUND,
    Battery,
    Capacitor,
    CurrentSource,
    Drive,
    Element,
    Instance,
    NoiseDrive,
    Resistor,
)
from vle_analog.circuit.panel import Panel
from vle_analog.engine.reduce import Reduced, reduced
from vle_analog.errors import CircuitError
from vle_analog.noise import Noise
from vle_analog.stimulus import Pace, Stimulus

#: keys of values that are not a cell's parameters: volts at the op-amp's non-inverting input, amperes out of s
OFFSET, BIAS = "@p", "@I"
#: what is added to a noise drive's name in its row's, and between a stage's name and its noises
NOISE = "@n"

#: by (kind, name, parameter): a value
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Anatomy:
    """What circuits of one design have in common.

    Attributes:
        name: of the circuit.
        cells: that instances refer to.
        unit: seconds per model unit.
        drives, batteries, resistors: name and node; name, node; name and both nodes.
        levels: batteries from one node to another, which it adds to: name, node, and that other node.
        instances: name, cell, nodes; offsets taken out.
        stages: laws of the stages' cells.
        pins: noise drives in series with a stage's non-inverting input: drive and stage.
        currents: noise drives out of a node: drive and node.
        series: noise drives elsewhere: drive, node, and the node that it adds to.
        signals: names of nodes that carry signals.
    """

    name: str
    cells: Mapping[str, Cell]
    unit: float
    drives: tuple[tuple[str, str], ...]
    batteries: tuple[tuple[str, str], ...]
    resistors: tuple[tuple[str, tuple[str, str]], ...]
    instances: tuple[tuple[str, str, tuple[str, ...]], ...]
    stages: Mapping[str, Reduced]
    signals: tuple[str, ...]
    levels: tuple[tuple[str, str, str], ...] = ()
    pins: tuple[tuple[str, str], ...] = ()
    currents: tuple[tuple[str, str], ...] = ()
    series: tuple[tuple[str, str, str], ...] = ()

    def structure(self) -> tuple[object, ...]:
        """What two circuits must share to run side by side."""
        noise = (self.pins, self.currents, self.series)
        own = (self.drives, self.batteries, self.levels, self.resistors, self.instances, self.signals)
        return (self.unit, *own, noise)


@dataclass(frozen=True)
class Specimen:
    """One circuit's own values, its stimuli by source, and the paces of those that a clock of the board makes."""

    values: Mapping[Key, float]
    stimuli: Mapping[str, Stimulus]
    noises: Mapping[str, Noise]
    paces: Mapping[str, Pace] = field(default_factory=dict)

    def played(self, board: int) -> Specimen:
        """What a board plays by its own clocks, by its place among those made together; values apart."""
        paced = {name: self.stimuli[name].paced(pace.of(board)) for name, pace in self.paces.items()}
        return Specimen({}, {**self.stimuli, **paced}, self.noises)


def dissected(circuit: Circuit) -> tuple[Anatomy, Specimen]:
    """A circuit as structure and values.

    Raises:
        CircuitError: an element that the engine does not know, or not where it knows it; transistors that are not at
            the temperature of their cells' laws.
    """
    cells = circuit.cells
    used = {each.cell for each in circuit.elements() if isinstance(each, Instance)}
    if circuit.celsius != NOMINAL and (cell := _heated(used, cells)) is not None:
        raise CircuitError(
            f"the engine does not know what transistors do at {circuit.celsius:.4g} degrees C",
            where=f"cell '{cell.name}'",
            hint="take macromodels, or ngspice: `vle-analog run --celsius`",
        )
    stages = {
        name: reduced(cells[name], roles(cells[name], cells)) for name in sorted(used) if cells[name].role is None
    }
    found = _Dissection(circuit, stages)
    for element in circuit.elements():
        if not isinstance(element, Instance):
            found.add(element)
    for element in circuit.elements():
        if isinstance(element, Instance):
            found.instance(element)
    for name in circuit.volts_per_unit:
        found.values["S", name, ""] = circuit.volts_per_unit[name]
    anatomy = Anatomy(
        name=circuit.name,
        cells=cells,
        unit=circuit.unit,
        drives=tuple(found.drives),
        batteries=tuple(found.batteries),
        resistors=tuple(found.resistors),
        instances=tuple(found.instances),
        stages=stages,
        signals=tuple(circuit.volts_per_unit),
        levels=tuple(found.levels),
        pins=tuple(found.pin_noises),
        currents=tuple(found.currents),
        series=tuple(found.series),
    )
    return anatomy, Specimen(found.values, found.stimuli, found.noises, found.paces)


class _Dissection:
    """What is found of a circuit's elements, those outside of cells first.

    Args:
        circuit: any.
        stages: laws of its stages' cells.
    """

    def __init__(self, circuit: Circuit, stages: Mapping[str, Reduced]) -> None:
        self.circuit, self.laws = circuit, stages
        self.values: dict[Key, float] = {}
        self.stimuli: dict[str, Stimulus] = {}
        self.paces: dict[str, Pace] = {}
        self.noises: dict[str, Noise] = {}
        self.drives: list[tuple[str, str]] = []
        self.batteries: list[tuple[str, str]] = []
        self.resistors: list[tuple[str, tuple[str, str]]] = []
        self.instances: list[tuple[str, str, tuple[str, ...]]] = []
        self.levels: list[tuple[str, str, str]] = []
        self.pin_noises: list[tuple[str, str]] = []
        self.currents: list[tuple[str, str]] = []
        self.series: list[tuple[str, str, str]] = []
        # by node: the stage whose op-amp it leads to; where a source between it and the input hangs, and its volts
        self._pins, self._summing = self._inputs()
        self._offsets: dict[str, tuple[str, float]] = {}
        self._biases: dict[str, float] = defaultdict(float)

    def _inputs(self) -> tuple[dict[str, str], dict[str, str]]:
        """Nodes at op-amps' non-inverting inputs, those before sources in series with them too, and summing nodes."""
        pins, summing = dict[str, str](), dict[str, str]()
        elements = list(self.circuit.elements())
        for element in elements:
            if isinstance(element, Instance) and element.cell in self.laws:
                law, ports = self.laws[element.cell], self.circuit.cells[element.cell].ports
                pins[element.nodes[ports.index(law.noninverting)]] = element.name
                summing[element.nodes[ports.index(law.summing)]] = element.name
        before = {each.nodes[0]: each for each in elements if isinstance(each, Battery | NoiseDrive)}
        for node, stage in list(pins.items()):
            while isinstance(link := before.get(node), Battery) or (link is not None and not link.current):
                pins[node] = stage
                node = link.nodes[1]
        return pins, summing

    def add(self, element: Element) -> None:
        """Take in an element outside of cells."""
        match element:
            case Resistor(name, nodes, ohms):
                self.resistors.append((name, nodes))
                self.values["R", name, ""] = ohms
            case Battery(name, (node, other), volts, None) if other != GROUND:  # what a source is off by
                self.levels.append((name, node, other))
                self.values["V", name, ""] = volts
            case Battery(name, (node, other), volts) if node in self._pins:
                self._offsets[node] = (other, volts)
            case Battery(name, (node, other), volts):
                _grounded(name, other)
                self.batteries.append((name, node))
                self.values["V", name, ""] = volts
            case Drive(name, (node, other), stimulus, scale, _, clock, pace):
                _grounded(name, other)
                self.drives.append((name, node))
                self.values["D", name, ""] = scale
                self.stimuli[name] = stimulus
                if clock:
                    self.paces[name] = pace
            case CurrentSource(name, (node, other), amperes):
                _grounded(name, other)
                if node not in self._summing:
                    raise CircuitError(f"current source '{name}' does not flow out of a summing node")
                self._biases[self._summing[node]] += amperes
            case NoiseDrive():
                self._noise(element)
            case Capacitor(name):
                where = self.circuit.name
                raise CircuitError(f"the engine knows no capacitor '{name}' outside of a stage", where=where)

    def _noise(self, drive: NoiseDrive) -> None:
        name, (node, other) = drive.name, drive.nodes
        self.noises[name] = drive.noise
        if drive.current:
            _grounded(name, other)
            self.currents.append((name, node))
        elif node in self._pins:
            self._offsets[node] = (other, 0.0)
            self.pin_noises.append((name, self._pins[node]))
        else:
            self.series.append((name, node, other))

    def instance(self, element: Instance) -> None:
        """Take in a cell's instance; what hangs at its op-amp's inputs is known by now."""
        cell, ends = self.circuit.cells[element.cell], list(element.nodes)
        if element.cell in self.laws:
            place = cell.ports.index(self.laws[element.cell].noninverting)
            base, volts = ends[place], 0.0
            while base in self._offsets:
                base, more = self._offsets[base]
                volts += more
            ends[place] = base
            self.values["X", element.name, OFFSET] = volts
            self.values["X", element.name, BIAS] = self._biases[element.name]
        self.instances.append((element.name, element.cell, tuple(ends)))
        given = dict(element.parameters)
        for name in cell.parameters:
            self.values["X", element.name, name] = given[name] if name in given else cell.signed(name)


def _heated(names: Iterable[str], cells: Mapping[str, Cell]) -> Cell | None:
    """A cell of transistors among some and what they use; of an assembly its notes say what temperature does to it."""
    for cell in needed(names, cells):
        if cell.of_transistors:
            if all(user.sheet.assembly is not None for user in cells.values() if cell.name in user.uses):
                continue
            return cell
    return None


def gathered(circuits: Iterable[Circuit] | Panel) -> tuple[Anatomy, dict[Key, np.ndarray], list[Specimen]]:
    """Circuits of one design as one structure, values of shape (samples,) by key, and each one's own.

    Raises:
        CircuitError: no circuit, or one that has another structure than the first.
    """
    if isinstance(circuits, Panel):
        anatomy, specimen = dissected(circuits.circuit)
        whole = _of_boards(specimen.values, circuits.boards)
        if not specimen.paces:
            return anatomy, whole, [specimen.played(0)] * circuits.boards
        return anatomy, whole, [specimen.played(board) for board in range(circuits.boards)]
    first: Anatomy | None = None
    rows, specimens = [], []
    keys: list[Key] = []
    for number, circuit in enumerate(circuits):
        anatomy, specimen = dissected(circuit)
        if first is None:
            first, keys = anatomy, list(specimen.values)
        elif anatomy.structure() != first.structure():
            raise CircuitError(
                f"circuit {number} is not built like the first one",
                where=first.name,
                hint="boards that run side by side differ in values and stimuli alone",
            )
        rows.append(np.array([specimen.values[key] for key in keys]))
        specimens.append(specimen.played(0))
    if first is None:
        raise CircuitError("no circuit to run")
    table = np.array(rows).T.copy()
    return first, dict(zip(keys, table, strict=True)), specimens


def _of_boards(values: Mapping[Key, Any], boards: int) -> dict[Key, np.ndarray]:
    """Values of boards that are made together, shape (boards,) each: where all have the same it is one number."""
    alike = [key for key, value in values.items() if not isinstance(value, np.ndarray)]
    table = np.repeat(np.array([values[key] for key in alike], np.float64), boards).reshape(-1, boards)
    return {**values, **dict(zip(alike, table, strict=True))}


def _grounded(name: str, node: str) -> None:
    if node != GROUND:
        raise CircuitError(f"source '{name}' does not stand on ground", hint="the engine knows sources to ground")
