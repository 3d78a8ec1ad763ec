"""Clocks as parts of a board: each a timer with a resistor and a capacitor, whose period differs from board to board.

What a chopper and a falling gate are driven by is made on the board. A CD4541 oscillates with a period of 2.3 R C (its
data sheet's formula) and counts; a flip-flop behind it halves that and has both polarities. A smooth chopper's switches
follow comparators at the smooth clock, so that they turn as it crosses zero. A falling gate is a comparator that holds
a triangle against the voltage of a capacitor that a resistor discharges. Circuits play clocks as stimuli
(`elements.Drive.clock`); a board's are slower or faster by what its parts miss, in engine and simulator alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import eseries
import numpy as np

from vle_analog.circuit.cell.cell import Cell
from vle_analog.circuit.cell.stage import OPAMP, SWITCH
from vle_analog.circuit.circuit import Circuit, Section
from vle_analog.circuit.elements import GROUND, Capacitor, Drive, Element, Instance, Resistor
from vle_analog.circuit.parts import SUPPLY, part, section_nodes
from vle_analog.owner import Owner
from vle_analog.production.draws import Numbers, draw
from vle_analog.production.flat import FlatPart, letter
from vle_analog.production.purchase import STANDARD
from vle_analog.production.variation import Variation
from vle_analog.stimulus import Constant, DutyGate, Pace, Phase

#: kind of error of a clock's period and discharge, as `Production.kinds` and non-idealities have it
PERIOD = "clock.PERIOD"
#: what its section is a kind of
CLOCK = "clock"
#: the timer, what divides by two, and a comparator
_TIMER, _HALVES, _COMPARATOR = "cd4541", "cd4013", "lm311"
#: of a timer's period, over R C (CD4541B: f = 1/(2.3 R C)); powers of two that it divides by; farads that are tried
_FACTOR, _COUNTS, _FARADS = 2.3, (8, 10, 13, 16), (1e-9, 10e-9)
#: seconds of a timer's own period: 1 to 100 kHz, as its sheet says
_SHORTEST, _LONGEST = 1e-5, 1e-3
#: ohms that its resistor should have, and may have
_OHMS, _LEAST, _MOST = 100e3, 10e3, 1e6
#: ohms of all else; farads of a triangle and of a discharge
_USUAL, _QUICK, _SLOW = 10e3, 10e-9, 10e-6
#: the supply that logic runs on, and its volts; the signal of a smooth clock
LOGIC_VOLTS = 7.5
_LOGIC = section_nodes(LOGIC_VOLTS)[0]
_SMOOTH = "chop"


@dataclass(frozen=True)
class Oscillator:
    """A clock's timer.

    Attributes:
        name: of the clock.
        period: seconds, of what it drives.
        halved: whether a flip-flop halves it.
    """

    name: str
    period: float
    halved: bool = True

    @cached_property
    def _ways(self) -> list[tuple[float, float, float, int]]:
        """How far off the usual resistor is, ohms, farads and power of two, of all ways of making the period."""
        found = []
        for count in _COUNTS:
            for farads in _FARADS:
                ohms = self.period / (_FACTOR * farads * 2 ** (count + self.halved))
                if _LEAST <= ohms <= _MOST and _SHORTEST <= _FACTOR * ohms * farads <= _LONGEST:
                    found.append((abs(math.log(ohms / _OHMS)), ohms, farads, count))
        return found

    @property
    def made(self) -> bool:
        """Whether a timer makes it."""
        return bool(self._ways)

    @cached_property
    def values(self) -> tuple[float, float, int]:
        """Ohms and farads of its parts, as they are sold, and by which power of two it divides."""
        _, ohms, farads, count = min(self._ways)
        return float(eseries.find_nearest(eseries.E96, ohms)), farads, count

    @property
    def nominal(self) -> float:
        """Its period with these values over the wanted one."""
        ohms, farads, count = self.values
        return _FACTOR * ohms * farads * 2 ** (count + self.halved) / self.period


def oscillators(circuit: Circuit) -> tuple[Oscillator, ...]:
    """The clocks of a circuit's board that timers make, in order; what is faster or slower comes from outside."""
    found: dict[str, Oscillator] = {}
    for element in circuit.elements():
        if isinstance(element, Drive) and element.clock and (period := element.stimulus.clock_period) is not None:
            found.setdefault(element.clock, Oscillator(element.clock, period * element.unit, _is_phase(element)))
    return tuple(each for each in found.values() if each.made)


def _is_phase(element: Drive) -> bool:
    return not isinstance(element.stimulus, DutyGate)


def clocked(
    circuit: Circuit,
    board: Numbers,
    variation: Variation,
    scale: float = 1.0,
    kinds: Mapping[str, float] | None = None,
) -> Circuit:
    """The circuit whose clocks are as slow or fast as the board's parts make them.

    Draws go by names of their own: no other part's change by them. A clock's resistors and capacitors are as close as
    one buys them, whatever those of stages are; what E96 leaves of the wanted period is part of the error.

    Args:
        circuit: any; clocks of ideal parts are exact.
        board: its number, or those of boards that are made together.
        variation: how what data sheets say scatters.
        scale: of all errors; 0 for exact clocks.
        kinds: factors by kind of error; without `PERIOD` in it clocks are exact. All ones when None.
    """
    own = scale if kinds is None else scale * kinds.get(PERIOD, 0.0)
    paces = {each.name: _pace(each, board, variation, own) for each in oscillators(circuit)}
    if circuit.fidelity == "ideal" or not own or not paces:
        return circuit

    def change(element: Element) -> Element:
        if not isinstance(element, Drive) or element.clock not in paces:
            return element
        return replace(element, pace=paces[element.clock])

    return circuit.mapped(change)


def _pace(oscillator: Oscillator, board: Numbers, variation: Variation, scale: float) -> Pace:
    """A board's pace of a clock: errors of values, and the timer's own, so many times as far as they are sold."""
    name, spread = oscillator.name, part(_TIMER).spread["PE"]

    def values(of: str) -> Any:
        resistor = STANDARD.resistor * draw(board, f"R{name}__{of}")
        return resistor + STANDARD.capacitor * draw(board, f"C{name}__{of}")

    timer = variation.devices.error(spread, draw(board, f"X{name}.PE"))
    period = math.log(oscillator.nominal) + values("t") + timer
    return Pace(np.exp(scale * period), np.exp(scale * values("d")))


def period_error(circuit: Circuit) -> float:
    """Relative standard deviation of the periods of a circuit's clocks; 0 where there are none."""
    if circuit.fidelity == "ideal" or not oscillators(circuit):
        return 0.0
    return math.hypot(STANDARD.resistor, STANDARD.capacitor, part(_TIMER).spread["PE"].sigma)


def clock_parts(circuit: Circuit) -> Iterator[FlatPart]:
    """The parts of a board's clocks, which a netlist plays as sources.

    Nodes are those that they drive; what only a clock has begins with its name.
    """
    drives: dict[str, list[Drive]] = {}
    for element in circuit.elements():
        if isinstance(element, Drive) and element.clock:
            drives.setdefault(element.clock, []).append(element)
    for oscillator in oscillators(circuit):
        yield from _Clock(circuit, oscillator, drives[oscillator.name]).parts()


class _Clock:
    """One clock's parts.

    Args:
        circuit: that it is of.
        oscillator: its timer.
        drives: what it drives.
    """

    def __init__(self, circuit: Circuit, oscillator: Oscillator, drives: list[Drive]) -> None:
        self.circuit, self.oscillator, self.name = circuit, oscillator, oscillator.name
        self.section = Section(f"clock: {self.name}", (), Owner.BOARD, CLOCK)
        self.phases = [each.nodes[0] for each in drives if isinstance(each.stimulus, Phase)]
        self.smooth = [each for each in drives if not isinstance(each.stimulus, Phase | DutyGate)]
        self.falling = [each for each in drives if isinstance(each.stimulus, DutyGate)]

    def parts(self) -> Iterator[FlatPart]:
        """All of them."""
        own = self._own
        ohms, farads, count = self.oscillator.values
        yield self._resistor("t", own("rtc"), own("x"), ohms)
        yield self._resistor("s", own("rs"), own("x"), _sold(2 * ohms))
        yield self._capacitor("t", own("ctc"), own("x"), farads)
        a, b = {8: (_LOGIC, GROUND), 10: (GROUND, _LOGIC), 13: (GROUND, GROUND), 16: (_LOGIC, _LOGIC)}[count]
        ends, low = (own("rtc"), own("ctc"), own("rs")), (GROUND,) * 4
        yield self._device("timer", _TIMER, *ends, _LOGIC, a, b, *low, _LOGIC, own("q"))
        if self.falling:
            yield from self._discharge(self.falling[0].nodes[0])
            return
        upright, inverted = (own("h"), own("l")) if self.smooth else self.phases
        still = (GROUND,) * 7
        yield self._device("half", _HALVES, own("q"), inverted, *still, _LOGIC, upright, inverted)
        if self.smooth:
            yield from self._smooth(self.smooth[0])

    def _smooth(self, clock: Drive) -> Iterator[FlatPart]:
        """An amplifier of the flip-flop's output, symmetrical around zero, and comparators at the smooth clock.

        With the gain G around half of the logic's supply, the other input lies at that half times G/(1 + G).
        """
        own = self._own
        gain = 2 * clock.volts_per_unit / LOGIC_VOLTS
        yield self._resistor("i", own("l"), own("s"), _USUAL)
        yield self._resistor("f", own("s"), clock.nodes[0], _sold(_USUAL * gain))
        yield self._resistor("b", own("p"), GROUND, _USUAL)
        yield self._resistor("a", _LOGIC, own("p"), _sold(_USUAL * (2 * (1 + gain) / gain - 1)))
        yield self._device("level", OPAMP, own("p"), own("s"), clock.nodes[0])
        for number, (node, ends) in enumerate(zip(self.phases, ((_SMOOTH, GROUND), (GROUND, _SMOOTH)), strict=True)):
            yield self._resistor(f"u{number}", _LOGIC, node, _USUAL)
            yield self._device(f"compare{number}", _COMPARATOR, *ends, GROUND, node)

    def _discharge(self, gate: str) -> Iterator[FlatPart]:
        """A triangle, a capacitor that a resistor discharges from when a signal says so, and a comparator of both."""
        own = self._own
        period, tau = self.oscillator.period, self._tau
        triangle = _sold(period / (4 * _QUICK))  # half of the supply up and down in half a period
        yield self._resistor("i", own("q"), own("s"), triangle)
        yield self._capacitor("i", own("s"), own("w"), _QUICK)
        yield self._resistor("f", own("s"), own("w"), _sold(min(20 * triangle, 10e6)))
        yield self._resistor("a", _LOGIC, own("p"), _USUAL)
        yield self._resistor("b", own("p"), GROUND, _USUAL)
        yield self._device("triangle", OPAMP, own("p"), own("s"), own("w"))
        yield self._resistor("c", _LOGIC, own("bus"), 1e3)
        yield self._device("charge", SWITCH, own("bus"), own("v"), own("hold"))
        wire = Drive(own("hold"), (own("hold"), GROUND), Constant(1.0), LOGIC_VOLTS, self.circuit.unit)
        yield self._part(wire, ("1", "2"))
        yield self._capacitor("d", own("v"), GROUND, _SLOW)
        yield self._resistor("d", own("v"), GROUND, _sold(min(max(tau / _SLOW, 1e3), 10e6)))
        yield self._resistor("u", _LOGIC, gate, _USUAL)
        yield self._device("compare", _COMPARATOR, own("v"), own("w"), GROUND, gate)

    @property
    def _tau(self) -> float:
        """Seconds of the discharge."""
        (gate,) = (each for each in self.falling if isinstance(each.stimulus, DutyGate))
        return float(getattr(gate.stimulus, "tau", 1.0)) * gate.unit

    def _own(self, node: str) -> str:
        """A node that nothing else of the circuit hears of."""
        return f"{self.name}__{node}"

    def _part(self, element: Element, ports: tuple[str, ...], cell: Cell | None = None) -> FlatPart:
        name = f"{letter(element)}{element.name}"
        return FlatPart(name, "", element, ports, self.section, cell, self.name)

    def _resistor(self, which: str, one: str, other: str, ohms: float) -> FlatPart:
        return self._part(Resistor(f"{self.name}__{which}", (one, other), ohms), ("1", "2"))

    def _capacitor(self, which: str, one: str, other: str, farads: float) -> FlatPart:
        return self._part(Capacitor(f"{self.name}__{which}", (one, other), farads), ("1", "2"))

    def _device(self, which: str, name: str, *nodes: str) -> FlatPart:
        """A device, whose supply its package has."""
        cell = self.circuit.cells[name] if name in (OPAMP, SWITCH) else part(name)
        ports = tuple(port for port in cell.ports if port not in SUPPLY)
        return self._part(Instance(f"{self.name}__{which}", nodes, name), ports, cell)


def _sold(ohms: float) -> float:
    """The nearest value of E96."""
    return float(eseries.find_nearest(eseries.E96, ohms))
