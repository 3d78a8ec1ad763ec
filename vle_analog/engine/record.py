"""What is recorded of signals, written block by block where it belongs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from vle_analog.engine.program import BLOCK
from vle_analog.waveforms import Array


class Record:
    """Signals of all boards over some points of time.

    Args:
        names: of the signals, in order.
        volts: per model unit, by name, shape (samples,).
        points: of time.

    Attributes:
        signals: model units, by name, shape (samples, points).
    """

    def __init__(self, names: Sequence[str], volts: Mapping[str, np.ndarray], points: int) -> None:
        self._volts = [volts[name][:, None] for name in names]
        self.signals: dict[str, Array] = {
            name: np.empty((len(each), points)) for name, each in zip(names, self._volts, strict=True)
        }

    def write(self, block: int, point: int, rows: np.ndarray) -> None:
        """Take in a block's volts from a point on, shape (points, signals, BLOCK)."""
        for k, (values, volts) in enumerate(zip(self.signals.values(), self._volts, strict=True)):
            boards = slice(block * BLOCK, min((block + 1) * BLOCK, len(values)))
            out = values[boards, point : point + len(rows)]
            np.divide(rows[:, k, : len(out)].T, volts[boards], out=out)
