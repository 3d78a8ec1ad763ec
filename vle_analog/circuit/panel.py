"""Boards that are made together: one circuit whose values are arrays, one number per board.

Boards of one design differ in numbers alone. Where each number is an array the passes that make a board make all of
them at once, by the same arithmetic: none comes out otherwise than alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from vle_analog.circuit.circuit import Circuit


@dataclass(frozen=True)
class Panel:
    """Boards in one piece.

    Attributes:
        circuit: of all boards; values in which they differ are arrays of shape (boards,).
        boards: how many.
    """

    circuit: Circuit
    boards: int

    def changed(self, change: Callable[[Circuit], Circuit]) -> Panel:
        """The boards with what they have in common changed."""
        return replace(self, circuit=change(self.circuit))
