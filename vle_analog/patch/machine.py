"""What an analog computer is: how many elements it has, how fast they are, and how a program is put on them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vle_analog.patch.program import Integral, Program
from vle_analog.waveforms import Waveforms

#: of an integrator's largest weight, what makes it a slow one, over the ratio of both speeds
_SLOW = 1.0


@dataclass(frozen=True)
class Need:
    """What a program takes of one kind of element.

    Attributes:
        what: kind, in the plural.
        needed: by the program.
        available: on the machine.
        of: signals that need them, where these are not plain from the program.
    """

    what: str
    needed: int
    available: int
    of: Sequence[str] = ()

    @property
    def is_met(self) -> bool:
        """Whether the machine has enough."""
        return self.needed <= self.available


@dataclass(frozen=True)
class Group:
    """A part of a patch sheet: lines of what is set or plugged.

    Attributes:
        title: what it is about.
        header: of its columns.
        rows: as long as the header each.
    """

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Patch:
    """A program on a machine.

    Attributes:
        program: in machine units.
        unit: seconds of the machine per unit of the equations' time.
        needs: of each kind of element.
        sheet: what is set and plugged; empty where it does not fit.
        configuration: for machines that are set by a file, as JSON has it.
    """

    program: Program
    unit: float
    needs: Sequence[Need]
    sheet: Sequence[Group] = ()
    configuration: Mapping[str, object] | None = None

    @property
    def fits(self) -> bool:
        """Whether the machine has all that the program needs."""
        return all(each.is_met for each in self.needs)


@dataclass(frozen=True)
class Machine:
    """An analog computer.

    Attributes:
        name: as a user writes it.
        title: as people call it.
        source: of its figures.
        elements: how many integrators and multipliers it has, by these names.
        speeds: of its integrators for an input of 1, per second, the fast one first.
        place: puts a program, in machine units, on it.
        emulate: runs a patch at some seconds from its start, in machine units by element; None for machines that
            nobody emulates.
        package: that it does so with, to be installed as the extra of the machine's name.
    """

    name: str
    title: str
    source: str
    elements: Mapping[str, int]
    speeds: tuple[float, float]
    place: Callable[[Program, Clocking], Patch]
    emulate: Callable[[Patch, np.ndarray], Waveforms] | None = None
    package: str = ""

    def needs(self, program: Program) -> list[Need]:
        """What a program takes of integrators, multipliers, and elements that there are none of."""
        asked = {"integrators": len(program.integrals), "multipliers": len(program.products)}
        own = [Need(what, asked.get(what, 0), count) for what, count in self.elements.items() if what in asked]
        return [*own, *(Need(kind, len(names), 0, names) for kind, names in program.foreign.items())]

    def clocking(self, program: Program) -> Clocking:
        """How fast a program runs: the largest weight of an integrator's input is then 1."""
        fastest = max((_most(each) for each in program.integrals), default=1.0) or 1.0
        fast, slow = self.speeds
        slowly = frozenset(each.name for each in program.integrals if 0 < _most(each) / fastest <= _SLOW * slow / fast)
        return Clocking(
            fastest / fast, {each.name: slow if each.name in slowly else fast for each in program.integrals}
        )


@dataclass(frozen=True)
class Clocking:
    """How fast a program runs on a machine.

    Attributes:
        unit: seconds per unit of the equations' time.
        speeds: of integrators by name, per second.
    """

    unit: float
    speeds: Mapping[str, float]

    def weight(self, integral: Integral, weight: float) -> float:
        """Of an integrator's input, as it is set."""
        return weight / (self.unit * self.speeds[integral.name])


def _most(integral: Integral) -> float:
    return max((abs(weight) for weight in integral.weights.values()), default=0.0)
