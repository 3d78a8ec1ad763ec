"""Where each signal's instances lie in the flat arrays that generated code reads and writes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vle_analog.equations.system import (
    EquationSystem,
    Signal,
    name_of,
    shape_of,
)


@dataclass(frozen=True)
class Layout:
    """Places of each template's instances in the flat arrays.

    Attributes:
        place: by name: which array (``y`` states, ``d`` definitions, ``x`` inputs, ``p``
            parameters) and the offset in it.
        lengths: of the four arrays.
    """

    place: Mapping[str, tuple[str, int]]
    symbols: Mapping[str, Signal]
    lengths: Mapping[str, int]

    def span(self, name: str) -> slice:
        """The template's part of its array."""
        offset = self.place[name][1]
        return slice(offset, offset + math.prod(shape_of(self.symbols[name])))

    def extended(self, array: str, symbol: Signal, offset: int) -> Layout:
        """The same with one more template."""
        name = name_of(symbol)
        return Layout({**self.place, name: (array, offset)}, {**self.symbols, name: symbol}, self.lengths)


def layout(system: EquationSystem) -> Layout:
    """Assign places in order of declaration."""
    groups: dict[str, Sequence[Any]] = {
        "y": system.states,
        "d": system.definitions,
        "x": system.inputs,
        "p": system.parameters,
    }
    place: dict[str, tuple[str, int]] = {}
    lengths = {}
    for array, group in groups.items():
        places, lengths[array] = places_of(array, group)
        place |= places
    return Layout(place, system.symbols, lengths)


def places_of(array: str, group: Iterable[Any]) -> tuple[dict[str, tuple[str, int]], int]:
    """Places of a group's templates in their array, and its length."""
    place, offset = {}, 0
    for each in group:
        place[name_of(each.symbol)] = (array, offset)
        offset += math.prod(shape_of(each.symbol))
    return place, offset


def parameters(system: EquationSystem) -> NDArray[np.float64]:
    """All parameter values in their flat array."""
    values = [system.constants[name_of(parameter.symbol)].ravel() for parameter in system.parameters]
    return np.concatenate(values) if values else np.zeros(0)
