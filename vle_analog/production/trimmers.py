"""Trimmers as parts: what nulls offsets on a board, and how it is set.

At each multiplier's input pin that would lie on ground, and at the summing input of its output, 1 kohm goes to ground
and a large resistor to the wiper of a potentiometer between the rails (Analog Devices, AD633 data sheet, "Functional
description"); at the non-inverting input of an inverting amplifier, which would lie on ground, likewise with 100 ohm
(Horowitz and Hill, The Art of Electronics, on offsets of amplifiers without pins to null them). The range reaches
beyond the largest offset of the data sheet; the wiper is set so that what is added at the pin is the whole number of
steps nearest to the offset, and what is left is simulated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from vle_analog.circuit.cell import reader
from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.stage import MULTIPLIER, OPAMP, roles, stage
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import GROUND, Battery, Element, Error, Instance, Resistor
from vle_analog.circuit.parts import SUPPLY
from vle_analog.owner import Owner
from vle_analog.production.devices import errors
from vle_analog.production.rounding import rounder
from vle_analog.production.trimming import Trim, trimmed

#: the potentiometer's cell and ohms
TRIMMER, _TRACK = "trimmer", 10e3
#: ohms from the pin to ground, by role
_LOW: Mapping[str, float] = {MULTIPLIER: 1e3, OPAMP: 100.0}
#: how far a trimmer reaches over the largest offset
_REACH = 1.15
#: a multiplier with its output's summing input as a port, and what that is called
_NULLED, _SUMMING = f"{MULTIPLIER}_nulled", "z"
#: by error: place of the pin that carries a factor, and of the one that takes its sign away
_FACTORS = {"XOS": (0, 1), "YOS": (2, 3)}
_OUTPUT, _AMPLIFIER = "ZOS", "VOS"


@dataclass(frozen=True)
class _Pin:
    """A pin of an instance at which an offset is nulled.

    Attributes:
        role: of the part.
        error: its parameter.
        node: that the trimmer holds.
        place: of the pin among the instance's; None for a multiplier's summing input.
        sign: of the volts there for an offset of one sign.
        most: the largest offset, volts.
    """

    role: str
    error: str
    node: str
    place: int | None
    sign: int
    most: float


def with_trimmers(circuit: Circuit, trim: Trim) -> Circuit:
    """The circuit with trimmers where they are asked for, set; where none can stand, offsets are nulled by numbers.

    Args:
        circuit: whose parts have scattered already.
        trim: which offsets are nulled, and to which steps.
    """
    pins = _Pins(circuit, trim).by_instance() if TRIMMER in circuit.cells else {}
    if not pins:
        return trimmed(circuit, trim)
    standing = {f"X{name}.{pin.error}" for name, its in pins.items() for pin in its}
    offsets = {name: float(value) for name, (_, value) in errors(circuit).items() if name in standing}
    rest = trimmed(circuit, trim, lambda error: error.name not in standing)
    cells = circuit.cells
    if any(pin.place is None for its in pins.values() for pin in its):
        cells = {**cells, _NULLED: _nulled(cells[MULTIPLIER])}
    # an op-amp's offset is a battery between its input and where that would lie
    behind = {Error(name, pin.error): pin.node for name, its in pins.items() for pin in its if pin.role == OPAMP}

    def changed(owner: Owner, element: Element) -> Iterator[Element]:
        if isinstance(element, Battery) and element.error in behind:
            yield replace(element, nodes=(element.nodes[0], behind[element.error]))
        elif isinstance(element, Instance) and element.name in pins:
            yield _connected(element, pins[element.name])
            for pin in pins[element.name]:
                step = trim.step(f"{pin.role}.{pin.error}")
                assert step is not None
                volts = pin.sign * step * round(offsets[f"X{element.name}.{pin.error}"] / step)
                yield from _trimmer(element, pin, volts, circuit.supply.rail)
        else:
            yield element

    return replace(rest, cells=cells).rewritten(changed)


def _nulled(cell: Cell) -> Cell:
    """A multiplier's cell with the summing input of its output as a port."""
    *factors, output = cell.ports
    given = tuple((name, f"{{{name}}}") for name, _ in cell.defaults)
    lines = (
        reader.remark(f"* {_NULLED}: {cell.part} between the rails, its output over its summing input"),
        reader.head(_NULLED, (*factors, _SUMMING, output), cell.defaults),
        reader.part("X1", (*factors, "v"), (cell.name,), given),
        reader.part("E1", (output, "m", "v", GROUND), ("1",), ()),
        reader.part("E2", ("m", GROUND, _SUMMING, GROUND), ("1",), ()),  # what loads the output does not load the pin
        reader.end(_NULLED),
    )
    sheet = cell.sheet
    pins = {**sheet.pins, _SUMMING: (sheet.summing,)}
    grounded = tuple(pin for pin in sheet.grounded if pin != sheet.summing)
    own = replace(sheet, pins=pins, grounded=grounded)
    return Cell(_NULLED, lines, own, MULTIPLIER, cell.part, _NULLED, cell.device)


@dataclass(frozen=True)
class _Pins:
    """Finds the pins of a circuit at which trimmers stand."""

    circuit: Circuit
    trim: Trim

    def by_instance(self) -> dict[str, tuple[_Pin, ...]]:
        """Pins by the name of their instance; instances without any left out."""
        found = {}
        offset = {
            each.error.instance
            for each in self.circuit.elements()
            if isinstance(each, Battery) and each.error is not None and each.nodes[1] == GROUND
        }
        for owner, each in self.circuit.owned_elements():
            if not isinstance(each, Instance) or owner is not Owner.BOARD:
                continue
            of = self._multiplier(each) if each.cell == MULTIPLIER else self._amplifier(each, each.name in offset)
            if its := tuple(pin for pin in of if self.trim.step(f"{pin.role}.{pin.error}") is not None):
                found[each.name] = its
        return found

    def _multiplier(self, element: Instance) -> Iterator[_Pin]:
        """Pins of a multiplier that is by itself."""
        cell = self.circuit.cells[MULTIPLIER]
        if cell.part is None or not cell.sheet.summing:
            return
        spread = cell.sheet.spread
        for error, (plus, minus) in _FACTORS.items():
            # (plus - minus) is the factor: what is added at the grounded pin counts with that pin's sign
            place, sign = (minus, 1) if element.nodes[minus] == GROUND else (plus, -1)
            if element.nodes[place] == GROUND and error in spread:
                node = f"{element.name}__{error[0].lower()}t"
                yield _Pin(MULTIPLIER, error, node, place, sign, spread[error].most)
        if _OUTPUT in spread:
            yield _Pin(MULTIPLIER, _OUTPUT, f"{element.name}__{_SUMMING}t", None, -1, spread[_OUTPUT].most)

    def _amplifier(self, element: Instance, offset: bool) -> Iterator[_Pin]:
        """The input of a stage's op-amp that lies on ground.

        Args:
            element: the stage.
            offset: whether a battery stands there for its offset.
        """
        cells = self.circuit.cells
        cell = cells[element.cell]
        if cell.role:
            return
        within = stage(cell, roles(cell, cells))
        if len(within.opamps) != 1 or within.noninverting not in cell.ports:
            return
        part, place = cells[within.opamp.cell], within.port(within.noninverting)
        if _AMPLIFIER in part.spread and (offset or element.nodes[place] == GROUND):
            yield _Pin(OPAMP, _AMPLIFIER, f"{element.name}__pt", place, -1, part.spread[_AMPLIFIER].most)


def _connected(element: Instance, pins: tuple[_Pin, ...]) -> Instance:
    """An instance whose pins lie on their trimmers; behind an offset's battery it is that which does."""
    nodes, cell = list(element.nodes), element.cell
    for pin in pins:
        if pin.place is None:
            nodes[-1:], cell = [pin.node, nodes[-1]], _NULLED
        elif nodes[pin.place] == GROUND:
            nodes[pin.place] = pin.node
    return replace(element, cell=cell, nodes=tuple(nodes))


def _trimmer(element: Instance, pin: _Pin, volts: float, rail: float) -> Iterator[Element]:
    """A pin's trimmer, set so that the pin has so many volts, or as many as it reaches."""
    low = _LOW[pin.role]
    ohms = rounder("E96")(low * (rail / (_REACH * pin.most) - 1))
    tag = {"block": element.block or element.name, "signal": element.signal or element.name}
    yield Resistor(f"{pin.node}__l", (pin.node, GROUND), low, **tag)
    yield Resistor(f"{pin.node}__s", (f"{pin.node}__w", pin.node), ohms, **tag)
    settings = (("R", _TRACK), ("K", _setting(volts * (low + ohms) / low / rail, (low + ohms) / _TRACK)))
    yield Instance(f"{pin.node}__t", (SUPPLY[0], f"{pin.node}__w", SUPPLY[1]), TRIMMER, settings, **tag)


def _setting(wanted: float, load: float) -> float:
    """The place of a wiper, 0 to 1, at which it has a voltage.

    Args:
        wanted: volts there over the rail's, -1 to 1.
        load: ohms from the wiper to ground over the track's.
    """
    low, high = 0.0, 1.0
    for _ in range(60):  # the wiper's voltage, (2 k - 1) over 1 + k (1 - k) / load, grows with k
        middle = (low + high) / 2
        volts = (2 * middle - 1) / (1 + middle * (1 - middle) / load)
        low, high = (middle, high) if volts < wanted else (low, middle)
    return 0.5 if math.isclose(low, 0.5, abs_tol=1e-12) else low
