"""Gain and phase over frequency: the equations', the design's, and those of boards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vle_analog.design.built import Built

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]

#: gains that are this far under the largest count as none, when errors are taken
_DEEP = 1e-3


@dataclass(frozen=True, eq=False)
class Response:
    """One output's transfer function, per model unit of the input; all of shape (n,).

    Attributes:
        output: instance name.
        ideal: of the linearised equations.
        design: of the circuit with exact resistors and capacitors.
        boards: of boards with parts of their own.
    """

    output: str
    ideal: Complex
    design: Complex
    boards: Sequence[Complex] = ()

    def error(self, found: Complex) -> float:
        """Largest distance from the ideal over the ideal's gain, where this is not deep under its largest.

        Where the ideal has no gain at all, the largest distance.
        """
        size = np.abs(self.ideal)
        counted = size > _DEEP * size.max()
        if not counted.any():
            return float(np.max(np.abs(found)))
        return float(np.max(np.abs(found - self.ideal)[counted] / size[counted]))

    def corner(self, hertz: Array, found: Complex) -> float | None:
        """Frequency, hertz, at which the gain is 3 dB under that at the lowest frequency; None if it is nowhere."""
        if not abs(found[0]) > 0:
            return None
        gain = np.abs(found) / abs(found[0])
        below = np.flatnonzero(gain < np.sqrt(0.5))
        if not below.size or below[0] == 0:
            return None
        place = int(below[0])
        (low, high), (start, stop) = np.log(hertz[place - 1 : place + 1]), np.log(gain[place - 1 : place + 1])
        part = (np.log(np.sqrt(0.5)) - start) / (stop - start)
        return float(np.exp(low + part * (high - low)))


@dataclass(frozen=True, eq=False)
class SmallSignals:
    """Small signals of a circuit around where it rests.

    Attributes:
        name: of the system.
        fidelity: of the parts.
        input: where the signal enters.
        hertz: frequencies of circuit time, shape (n,).
        poles: of the equations, per second.
        responses: one per output.
        settings: what all have in common, for the record.
        built: what boards are of, for those who read of it.
    """

    name: str
    fidelity: str
    input: str
    hertz: Array
    poles: Complex
    responses: Sequence[Response]
    settings: Mapping[str, Any] = field(default_factory=dict)
    built: Built | None = None

    @property
    def boards(self) -> int:
        """How many boards there are."""
        return len(self.responses[0].boards)

    def record(self) -> dict[str, Any]:
        """Plain data; gains as they are, phases in degrees."""
        return {
            "name": self.name,
            "fidelity": self.fidelity,
            "input": self.input,
            "hertz": self.hertz.tolist(),
            "poles_per_second": [[float(pole.real), float(pole.imag)] for pole in self.poles],
            "outputs": {
                each.output: {
                    "ideal": bode(each.ideal),
                    "design": bode(each.design),
                    "boards": [bode(board) for board in each.boards],
                    "error_of_design": each.error(each.design),
                    "error_of_boards": [each.error(board) for board in each.boards],
                    "corner_hertz": {
                        "ideal": each.corner(self.hertz, each.ideal),
                        "design": each.corner(self.hertz, each.design),
                        "boards": [each.corner(self.hertz, board) for board in each.boards],
                    },
                }
                for each in self.responses
            },
            "settings": dict(self.settings),
        }


def phase(values: Complex) -> Array:
    """Phase without leaps, degrees, shape (n,)."""
    found: Array = np.degrees(np.unwrap(np.angle(values)))
    return found


def bode(values: Complex) -> dict[str, list[float]]:
    """Gain and phase in degrees."""
    return {"gain": np.abs(values).tolist(), "phase": phase(values).tolist()}
