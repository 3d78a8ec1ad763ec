"""Rates of learning that adapt: Adam (Kingma and Ba 2015, arXiv 1412.6980), for deep networks in which the sizes of
what a rule asks for differ by decades from layer to layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass
class Adam:
    """Adam, which moves what it is asked to increase along.

    Attributes:
        mean_decay, square_decay: what remains of the averages in one move: of what is asked for, and of its square.
        floor: what the root of the mean square is not below.
        moves: how many there were.
        means, squares: the averages by name.
    """

    mean_decay: float = 0.9
    square_decay: float = 0.999
    floor: float = 1e-8
    moves: int = 0
    means: dict[str, Array] = field(default_factory=dict)
    squares: dict[str, Array] = field(default_factory=dict)

    def move(self, parameters: dict[str, Array], asked: Mapping[str, Array], rate: float) -> None:
        """Move parameters, in place, along what is asked for.

        Args:
            parameters: arrays by name, of which those that nothing is asked of stay.
            asked: for some of them an array of the same shape.
            rate: how far a parameter moves at once that is always asked for the same.
        """
        self.moves += 1
        start = 1 - self.mean_decay**self.moves, 1 - self.square_decay**self.moves
        for name, value in asked.items():
            mean, square = self.means.get(name, np.zeros(1)), self.squares.get(name, np.zeros(1))
            self.means[name] = mean = mean + (1 - self.mean_decay) * (value - mean)
            self.squares[name] = square = square + (1 - self.square_decay) * (value**2 - square)
            parameters[name] += rate * mean / start[0] / (np.sqrt(square / start[1]) + self.floor)
