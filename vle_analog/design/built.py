"""What a result is about, for those who read of it: the equations, and the parts that their circuit is built of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from vle_analog.circuit.circuit import Circuit
from vle_analog.circuit.technology import IDEAL
from vle_analog.diagram.diagram import BlockDiagram
from vle_analog.equations.presentation import presented
from vle_analog.equations.system import EquationSystem

if TYPE_CHECKING:
    from sympy import Eq


@dataclass(frozen=True, repr=False)
class Built:
    """Equations and what their circuit is built of.

    Attributes:
        system: the equations as given.
        diagram: the blocks that solve them.
        circuit: of the design, or of a board.
    """

    system: EquationSystem
    diagram: BlockDiagram
    circuit: Circuit

    @property
    def is_real(self) -> bool:
        """Whether any part is real."""
        return bool(self.devices)

    @cached_property
    def equations(self) -> Sequence[Eq]:
        """The equations as they are read."""
        return presented(self.system)

    @cached_property
    def devices(self) -> Sequence[str]:
        """Real parts that the circuit has, as they are called, sorted."""
        names = {self.circuit.cells[name].device for name in self.circuit.used_cells}
        return sorted(called(name) for name in names if name is not None)

    @property
    def parts(self) -> str:
        """The parts in words: ``macromodel parts (AD633, OPA2134), board 3``, ``ideal parts but TL072``."""
        own = "" if self.circuit.board is None else f", board {self.circuit.board}"
        return f"{self._parts}{own}"

    @cached_property
    def _parts(self) -> str:
        """The same without the board."""
        said, listed = f"{self.circuit.fidelity} parts", ", ".join(self.devices)
        if not listed:
            return said
        return f"{said} but {listed}" if self.circuit.fidelity == IDEAL.name else f"{said} ({listed})"

    def __repr__(self) -> str:
        """The system's name and the parts."""
        return f"<{self.circuit.name!r} of {self.parts}>"


def called(name: str) -> str:
    """A cell as people call it: chips by their numbers in capitals, circuits by words."""
    return name.upper() if any(letter.isdigit() for letter in name) else name.replace("_", " ")


def equations_of(built: Built | None) -> Sequence[Eq]:
    """The equations of a result; none of one that nobody told what it is about."""
    return () if built is None else built.equations


def parts_of(built: Built | None) -> str:
    """The parts of a result behind a comma, for titles; nothing where nobody told."""
    return "" if built is None else f", {built.parts}"
