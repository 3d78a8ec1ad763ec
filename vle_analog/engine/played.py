"""Stimuli as the kernel reads them, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from vle_analog.engine.program import BLOCK
from vle_analog.lanes import aligned
from vle_analog.stimulus import Stimulus
from vle_analog.waveforms import Array

#: by source
Stimuli = Mapping[str, Stimulus]
#: steps whose stimuli are prepared at once; results must not depend on how many boards there are
CHUNK = 1600


class Played:
    """Stimuli of all boards over some steps: those that all share, computed once, and each block's own.

    Args:
        stimuli: of each board, by source.
        scales: volts per unit by source, shape (samples,).
        start: of the first step, model units.
        h: of a step.
        count: steps.

    Attributes:
        common, own: names of sources that all boards share, and of those that differ.
    """

    def __init__(
        self, stimuli: Sequence[Stimuli], scales: Mapping[str, np.ndarray], start: float, h: float, count: int
    ) -> None:
        self.start = start
        self.common, self.own = _sorted(stimuli, scales)
        self._stimuli, self._scales, self._h, self._count = stimuli, scales, h, count
        self._kept: dict[int, np.ndarray] = {}

    def _times(self, first: int) -> Array:
        return self.start + self._h * np.arange(first, min(first + CHUNK, self._count) + 1, dtype=np.float64)

    def shared(self, first: int) -> np.ndarray:
        """Values of the shared ones from a step on, in units, shape (number, steps + 1)."""
        if first not in self._kept:
            times = self._times(first)
            found = np.zeros((len(self.common), len(times)))
            for row, name in enumerate(self.common):
                found[row] = self._stimuli[0][name](times)
            self._kept[first] = found
        return self._kept[first]

    def volts(self) -> np.ndarray:
        """Volts per unit of the shared ones, shape (blocks, number, BLOCK)."""
        boards = len(self._stimuli)
        return in_blocks(np.array([self._scales[name] for name in self.common]).reshape(-1, boards))

    def owned(self, first: int, blocks: range) -> np.ndarray:
        """Volts of blocks' own ones from a step on, shape (blocks, steps + 1, number, BLOCK)."""
        times = self._times(first)
        found = np.zeros((len(blocks), len(times), len(self.own), BLOCK))
        for k, name in enumerate(self.own):
            known: dict[int, Array] = {}
            for board in range(blocks.start * BLOCK, min(blocks.stop * BLOCK, len(self._stimuli))):
                stimulus = self._stimuli[board][name]
                if id(stimulus) not in known:
                    known[id(stimulus)] = stimulus(times)
                block, j = divmod(board - blocks.start * BLOCK, BLOCK)
                found[block, :, k, j] = known[id(stimulus)] * self._scales[name][board]
        return found


def in_blocks(table: np.ndarray, kind: Any = None) -> np.ndarray:
    """A table of shape (rows, boards) as (blocks, rows, BLOCK): beyond the last board the last one's again.

    Rows begin where vectors are read at once; its numbers are of their own kind or of another one.
    """
    rows, boards = table.shape
    blocks = -(-boards // BLOCK)
    if boards < blocks * BLOCK:
        table = table[:, np.minimum(np.arange(blocks * BLOCK), boards - 1)]
    found = aligned((blocks, rows, BLOCK), kind or table.dtype)
    found[...] = table.reshape(rows, blocks, BLOCK).swapaxes(0, 1)
    return found


def _sorted(stimuli: Sequence[Stimuli], names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Sources that all boards share, and those that differ."""
    common: list[str] = []
    own: list[str] = []
    for name in names:
        first = stimuli[0][name]
        same = all(each[name] is first or each[name] == first for each in stimuli)
        (common if same else own).append(name)
    return common, own
