"""What a board is made of: parts with their designators, packages, supply current."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vle_analog.production.assembly import CAPACITOR, RESISTOR, letter
from vle_analog.production.prices import Offer
from vle_analog.production.purchase import percent

#: what a line can be about besides resistors and capacitors; connections do not count among a circuit's parts
#: and what stands beside the netlist's parts: blocking capacitors, further supplies, test points
UNIT, CONNECTION, SUPPORT = "unit", "connection", "support"
__all__ = ["CAPACITOR", "CONNECTION", "RESISTOR", "SUPPORT", "UNIT", "Bill", "BillLine", "Placed"]


@dataclass(frozen=True)
class Placed:
    """One part of the netlist on the board.

    Attributes:
        designator: ``R17``; ``U3B`` for the second amplifier of the third integrated circuit.
        name: its full name in the netlist, ``Ru__1`` or ``Xu.XA``.
        nodes: that it connects, in the netlist's order.
        block: the heading of the netlist's section that it is in.
        group: the neuron that it is of, or the signal whose stage; empty of what is of none.
    """

    designator: str
    name: str
    nodes: tuple[str, ...]
    block: str
    group: str = ""


@dataclass(frozen=True)
class BillLine:
    """All parts of one kind, value, tolerance and package.

    Attributes:
        kind: resistor or capacitor; for integrated circuits and functional units their role (``opamp``); for
            connections ``supply``, ``reference`` or ``input``.
        group: one of the constants above.
        designators: of bodies, in order: ``U3`` for both amplifiers of a package.
        placed: what the netlist has of it, in the designators' order.
        part: an integrated circuit's cell, a resistor's or capacitor's technology.
        package: its body; empty for what has none.
        value: ohms, farads or volts.
        tolerance: relative.
        units: in each body.
        supply: amperes per unit at rest; None where nobody says.
        note: what is left to do or to know.
        footprint: KiCad's name of its land pattern.
        offer: how it is sold; None where nobody is known who sells it.
        grades: tolerances at which the table of prices has such a part.
        alternates: other parts that take its place on the board, pin by pin.
    """

    kind: str
    group: str
    designators: tuple[str, ...]
    placed: tuple[Placed, ...]
    part: str = ""
    package: str = ""
    value: float | None = None
    tolerance: float | None = None
    units: int = 1
    supply: float | None = None
    note: str = ""
    footprint: str = ""
    offer: Offer | None = None
    grades: tuple[float, ...] = ()
    alternates: tuple[str, ...] = ()

    @property
    def lacking(self) -> str:
        """What it is, with the grades that are priced in place of its own: ``film of 1% (priced: 5%, 10%)``; empty for
        what has no name."""
        if self.tolerance is None:
            return self.part
        others = f" (priced: {', '.join(map(percent, self.grades))})" if self.grades else ""
        return f"{self.part} of {percent(self.tolerance)}{others}"

    @property
    def euro(self) -> float:
        """Of all bodies; 0 where nobody is known who sells them."""
        return 0.0 if self.offer is None else self.quantity * self.offer.euro

    @property
    def quantity(self) -> int:
        """Bodies to buy."""
        return len(self.designators)

    @property
    def spare(self) -> tuple[str, ...]:
        """Designators of units that the netlist has no use for."""
        used = {each.designator for each in self.placed}
        return tuple(each for each in self.all_units() if each not in used)

    def all_units(self) -> Iterator[str]:
        """Designators of all units of all bodies."""
        for each in self.designators:
            yield from (each,) if self.units == 1 else (each + letter(number) for number in range(self.units))

    @property
    def current(self) -> float:
        """Amperes from one rail to the other at rest; spare units draw theirs, too."""
        return (self.supply or 0.0) * self.units * self.quantity


@dataclass(frozen=True)
class Bill:
    """A bill of materials.

    Attributes:
        name: of the circuit.
        rail: volts of either end of the supply from the circuit's ground.
        middle: volts of that ground, counted as the supply's ends are; 0 where it is the supply's own.
        lines: of the board, by kind and value.
        teacher: of a teacher network that stands beside the board and is no part of it.
        rounding: by stage, the largest relative error of a gain or time constant that the parts' values cause.
        tolerances: that were asked for, by kind of part.
        files: that it was written to: the bill, and the list of designators.
    """

    name: str
    rail: float
    lines: Sequence[BillLine]
    teacher: Sequence[BillLine] = ()
    rounding: Mapping[str, float] = field(default_factory=dict)
    tolerances: Mapping[str, float] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    middle: float = 0.0

    def of(self, group: str) -> list[BillLine]:
        """The board's lines of one group."""
        return [line for line in self.lines if line.group == group]

    @property
    def current(self) -> float:
        """Amperes that each rail delivers at rest."""
        return sum(line.current for line in self.lines)

    @property
    def power(self) -> float:
        """Watts from both rails at rest."""
        return 2 * self.rail * self.current

    @property
    def unsold(self) -> list[BillLine]:
        """The board's lines that nobody can order."""
        return [line for line in self.lines if line.offer is None]

    @property
    def euro(self) -> float:
        """Of all of the board's parts that are sold."""
        return sum(line.euro for line in self.lines)

    def groups(self) -> dict[str, tuple[int, float]]:
        """Parts and euro by neuron, or by stage: a package's price in shares of its units."""
        found: dict[str, tuple[int, float]] = {}
        for line in self.lines:
            each = 0.0 if line.offer is None else line.offer.euro / line.units
            for placed in line.placed:
                if placed.group:
                    number, euro = found.get(placed.group, (0, 0.0))
                    found[placed.group] = number + 1, euro + each
        return found

    @property
    def worst(self) -> float:
        """The largest error by rounding; 0 without stages."""
        return max(self.rounding.values(), default=0.0)

    @property
    def mean(self) -> float:
        """The mean over stages of the largest error by rounding; 0 without stages."""
        return sum(self.rounding.values()) / len(self.rounding) if self.rounding else 0.0
