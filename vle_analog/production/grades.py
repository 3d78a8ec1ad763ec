"""Parts of some blocks that are bought closer, or looser, than all others of their kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache

from vle_analog.circuit.cell.cell import Kind
from vle_analog.circuit.circuit import Circuit
from vle_analog.errors import UsageError, nearest
from vle_analog.production.values import parts

#: no part is this far off; beyond it a spread is more likely given in percent by mistake
MOST = 0.5


@dataclass(frozen=True)
class Grade:
    """Other deviations for the parts of some blocks.

    Attributes:
        blocks: names of signals whose stages, inverters and input resistors are meant: ``r3``, or a pattern, ``e*``.
        resistors, capacitors: relative standard deviations; None leaves them as those of all others are.

    Raises:
        UsageError: a deviation that is none.
    """

    blocks: str
    resistors: float | None = None
    capacitors: float | None = None

    def __post_init__(self) -> None:
        for sigma in (self.resistors, self.capacitors):
            if sigma is not None and not 0 <= sigma < MOST:
                raise UsageError(
                    f"the relative standard deviation of parts must be at least 0 and below {MOST:g}, not {sigma:g}",
                    where=f"grade of '{self.blocks}'",
                    hint="give a fraction: 0.001 for 0.1 per cent",
                )

    @staticmethod
    def parse(text: str) -> Grade:
        """A grade from text such as ``e3=0.001`` or ``e*=0.001,0.01``.

        Raises:
            UsageError: not of this form.
        """
        blocks, equals, numbers = (each.strip() for each in text.partition("="))
        try:
            sigmas = [float(each) for each in numbers.split(",")]
        except ValueError:
            sigmas = []
        if not (blocks and equals and 1 <= len(sigmas) <= 2) or any(map(math.isnan, sigmas)):
            raise UsageError(
                f"`grades` '{text}' is not BLOCKS=R or BLOCKS=R,C",
                hint="a name or pattern and relative standard deviations, e.g. `grades='e*=0.001'`",
            )
        return Grade(blocks, *sigmas)

    def of(self, kind: str) -> float | None:
        """The deviation of a kind of part, if it says one."""
        return self.resistors if kind == "resistor" else self.capacitors

    def fits(self, kind: Kind, block: str) -> bool:
        """Whether it says the deviation of such parts of a block."""
        return self.of(kind) is not None and fnmatchcase(block, self.blocks)


@lru_cache(maxsize=65536)
def graded(grades: Sequence[Grade], kind: Kind, block: str) -> float | None:
    """What the last fitting grade says of such parts of a block; None if there is none."""
    return next((grade.of(kind) for grade in reversed(grades) if grade.fits(kind, block)), None)


def refuse(blocks: str, circuit: Circuit) -> None:
    """Say that no part is of such blocks.

    Raises:
        UsageError: always.
    """
    known = dict.fromkeys(part.block for part in parts(circuit))
    raise UsageError(f"no part of a block '{blocks}' has such a deviation", hint=nearest(blocks, known))
