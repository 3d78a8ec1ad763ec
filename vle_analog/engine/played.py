"""Stimuli as the kernel reads them, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from vle_analog.engine.program import BLOCK
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
        return self.start + self._h * np.arange(first, min(first + CHUNK, self._count + 1), dtype=np.float64)

    def shared(self, first: int) -> np.ndarray:
        """Values of the shared ones from a step on, in units, shape (number, steps)."""
        if first not in self._kept:
            times = self._times(first)
            found = np.zeros((len(self.common), len(times)))
            for row, name in enumerate(self.common):
                found[row] = self._stimuli[0][name](times)
            self._kept[first] = found
        return self._kept[first]

    def volts(self, number: int) -> np.ndarray:
        """Volts per unit of the shared ones in a block, shape (number, BLOCK)."""
        found = np.ones((len(self.common), BLOCK))
        for row, name in enumerate(self.common):
            found[row] = padded(self._scales[name], number)
        return found

    def owned(self, first: int, number: int) -> np.ndarray:
        """Volts of a block's own ones from a step on, shape (steps, number, BLOCK)."""
        times = self._times(first)
        found = np.zeros((len(times), len(self.own), BLOCK))
        boards = range(number * BLOCK, min((number + 1) * BLOCK, len(self._stimuli)))
        for k, name in enumerate(self.own):
            known: dict[int, Array] = {}
            for j, board in enumerate(boards):
                stimulus = self._stimuli[board][name]
                if id(stimulus) not in known:
                    known[id(stimulus)] = stimulus(times)
                found[:, k, j] = known[id(stimulus)] * self._scales[name][board]
        return found


def padded(values: np.ndarray, number: int) -> np.ndarray:
    """A block's values, shape (..., BLOCK): beyond the last board the last one's again."""
    samples = values.shape[-1]
    places = np.minimum(np.arange(number * BLOCK, (number + 1) * BLOCK), samples - 1)
    return values[..., places]


def _sorted(stimuli: Sequence[Stimuli], names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Sources that all boards share, and those that differ."""
    common: list[str] = []
    own: list[str] = []
    for name in names:
        first = stimuli[0][name]
        same = all(each[name] is first or each[name] == first for each in stimuli)
        (common if same else own).append(name)
    return common, own
