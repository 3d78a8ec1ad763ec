"""Steps of all boards, made by threads, each of which takes some blocks of boards at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from vle_analog.engine.arrays import Memory, Steps
from vle_analog.engine.curves import scratch
from vle_analog.engine.kernel import march_blocks
from vle_analog.engine.layout import Layout
from vle_analog.engine.played import CHUNK, Played
from vle_analog.engine.program import BLOCK
from vle_analog.waveforms import Array

#: blocks that a thread takes at once, at most: few, so that no thread waits long for another one at the end, and not
#: one, because each call of the kernel takes as long as some hundred steps of a small circuit
_BATCH = 8


@dataclass(frozen=True)
class March:
    """Steps of one length of all boards.

    Attributes:
        layout, memory: of the boards.
        played: stimuli over the steps.
        steps: how they go.
        record: what is recorded, units, shape (probes, samples, points).
    """

    layout: Layout
    memory: Memory
    played: Played
    steps: Steps
    record: np.ndarray

    def run(self, threads: int) -> list[list[Array]]:
        """Make the steps; events, by board and number, in steps; boards beyond the last one included."""
        memory = self.memory._replace(volts=self.played.volts())
        memory.squares[:] = 0.0
        batches = _batches(len(memory.rows), threads)
        parts = [Memory(*(values[blocks.start : blocks.stop] for values in memory)) for blocks in batches]
        if len(batches) == 1:
            return self._batch(batches[0], parts[0])
        with ThreadPoolExecutor(threads) as pool:
            return [board for boards in pool.map(self._batch, batches, parts) for board in boards]

    def _batch(self, blocks: range, memory: Memory) -> list[list[Array]]:
        """Steps of some blocks, whose numbers are given; events, by board and number, in steps."""
        played, steps = self.played, self.steps
        tables = self.layout.tables(played.common, played.own)
        rows = scratch(self.layout.constants)
        happened: list[list[list[Array]]] = []
        for first in range(0, steps.total, CHUNK):
            shared, own = played.shared(first), played.owned(first, blocks)
            memory.happened[:] = 0
            part = steps.part(first, CHUNK)
            march_blocks(tables, memory, rows, shared, own, part, self.record)
            if memory.happened.size:
                happened.append(_moments(memory, first))
        return [[np.concatenate(parts) for parts in zip(*board, strict=True)] for board in zip(*happened, strict=True)]


def _batches(blocks: int, threads: int) -> list[range]:
    """Blocks in as many batches for each thread, as equal as they can be."""
    size = max(1, min(_BATCH, -(-blocks // threads)))
    turns = -(-blocks // (size * threads))
    count = min(blocks, turns * threads)
    return [range(blocks * number // count, blocks * (number + 1) // count) for number in range(count)]


def _moments(memory: Memory, first: int) -> list[list[Array]]:
    """Events of the steps from one on, by board and number, in steps."""
    return [
        [
            first + moments[:count, board]
            for moments, count in zip(memory.moments[block], memory.happened[block, :, board], strict=True)
        ]
        for block in range(len(memory.rows))
        for board in range(BLOCK)
    ]
