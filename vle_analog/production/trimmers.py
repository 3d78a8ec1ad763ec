"""Trimmers as parts: what nulls a multiplier's offsets on a board, and how it is set.

At each input's pin that would lie on ground, and at the summing input of the output, 1 kohm goes to ground and a large
resistor to the wiper of a potentiometer between the rails (Analog Devices, AD633 data sheet, "Functional description").
The range reaches beyond the largest offset of the data sheet; the wiper is set so that what is added at the pin is the
whole number of steps nearest to the offset, and what is left is simulated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from vle_analog.circuit.cell import reader
from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.stage import MULTIPLIER
from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.elements import GROUND, Element, Instance, Resistor
from vle_analog.circuit.parts import SUPPLY
from vle_analog.production.rounding import rounder
from vle_analog.production.trimming import trimmed

#: the potentiometer's cell and ohms, and ohms from the pin to ground
TRIMMER, _TRACK, _LOW = "trimmer", 10e3, 1e3
#: how far a trimmer reaches over the largest offset
_REACH = 1.15
#: a multiplier with its output's summing input as a port, and what that is called
_NULLED, _SUMMING = f"{MULTIPLIER}_nulled", "z"
#: by error: place of the pin that carries a factor, and of the one that takes its sign away
_FACTORS = {"XOS": (0, 1), "YOS": (2, 3)}
_OUTPUT = "ZOS"


def with_trimmers(circuit: Circuit, step: float) -> Circuit:
    """The circuit with trimmers at its multipliers, set; those inside of stages are nulled as `trimmed` does.

    Args:
        circuit: whose parts have scattered already.
        step: of the trimmers' settings, volts at the pin.
    """
    cell = circuit.cells.get(MULTIPLIER)
    if cell is None or cell.part is None or not cell.sheet.summing or TRIMMER not in circuit.cells:
        return trimmed(circuit, step)
    kept = {id(each) for each in circuit.elements() if isinstance(each, Instance) and each.cell == MULTIPLIER}
    nulling = _Nulling(cell, circuit.supply.rail, step)
    sections = tuple(
        replace(
            section,
            elements=tuple(
                new for each in section.elements for new in (nulling.of(each) if id(each) in kept else (each,))
            ),
        )
        for section in circuit.sections
    )
    cells = {**circuit.cells, _NULLED: _nulled(cell)}
    others = trimmed(circuit, step)  # those of stages
    inside = {each.name: each for each in others.elements() if isinstance(each, Instance) and each.cell != MULTIPLIER}
    found = replace(circuit, sections=sections, cells=cells)
    return found.mapped(lambda each: inside.get(each.name, each) if isinstance(each, Instance) else each)


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
class _Nulling:
    """Makes a multiplier's trimmers.

    Attributes:
        cell: of multipliers.
        rail: volts of either end of the supply.
        step: of settings at the pin.
    """

    cell: Cell
    rail: float
    step: float

    def of(self, element: Element) -> Iterator[Element]:
        """A multiplier with its trimmers."""
        assert isinstance(element, Instance)
        nodes, made = list(element.nodes), list[Element]()
        given = dict(element.parameters)
        for error, (plus, minus) in _FACTORS.items():
            # (plus - minus) is the factor: what is added at the grounded pin counts with that pin's sign
            place, sign = (minus, 1) if nodes[minus] == GROUND else (plus, -1)
            if nodes[place] != GROUND or error not in self.cell.sheet.spread:
                continue
            nodes[place] = f"{element.name}__{error[0].lower()}t"
            made += self._trimmer(element, nodes[place], error, sign * self._whole(given.get(error, 0.0)))
        summing = GROUND
        if _OUTPUT in self.cell.sheet.spread:
            summing = f"{element.name}__{_SUMMING}t"
            made += self._trimmer(element, summing, _OUTPUT, -self._whole(given.get(_OUTPUT, 0.0)))
        yield replace(element, cell=_NULLED, nodes=(*nodes[:-1], summing, nodes[-1]))
        yield from made

    def _whole(self, offset: float) -> float:
        """The whole number of steps nearest to an offset."""
        return self.step * round(offset / self.step)

    def _trimmer(self, element: Instance, pin: str, error: str, volts: float) -> Iterator[Element]:
        """A pin's trimmer, set so that the pin has so many volts, or as many as it reaches."""
        most = self.cell.sheet.spread[error].most
        ohms = rounder("E96")(_LOW * (self.rail / (_REACH * most) - 1))
        tag = {"block": element.block or element.name, "signal": element.signal or element.name}
        yield Resistor(f"{pin}__l", (pin, GROUND), _LOW, **tag)
        yield Resistor(f"{pin}__s", (f"{pin}__w", pin), ohms, **tag)
        settings = (("R", _TRACK), ("K", _setting(volts * (_LOW + ohms) / _LOW / self.rail, (_LOW + ohms) / _TRACK)))
        yield Instance(f"{pin}__t", (SUPPLY[0], f"{pin}__w", SUPPLY[1]), TRIMMER, settings, **tag)


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
