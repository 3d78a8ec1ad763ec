"""Finished boards on disk: one file of results per batch, beside it the values of its parts, written whole."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path

import numpy as np

from vle_analog.errors import OutputError
from vle_analog.fleet.sample import Sample
from vle_analog.lab.checkpoint import forget
from vle_analog.lab.folder import swept, write_whole

#: endings of a batch's results, one line of JSON per board, and of its parts' values, one row per board
LINES, VALUES = ".jsonl", ".npy"


class Store:
    """Boards of one blueprint that are finished.

    Args:
        folder: where they are, named by the blueprint's key; made when something is kept. None keeps nothing on disk.
        columns: how many parts a board has.

    Raises:
        OutputError: a file is there and cannot be read.
    """

    def __init__(self, folder: Path | None, columns: int) -> None:
        self.folder, self.columns = folder, columns
        self.samples: dict[int, Sample] = {}
        self._rows: dict[int, np.ndarray] = {}
        if folder is not None and folder.is_dir():
            swept(folder)
            for path in sorted(folder.glob(f"*{LINES}")):
                for sample, row in self._read(path):
                    self.samples.setdefault(sample.board, sample)
                    self._rows.setdefault(sample.board, row)

    def add(self, samples: Sequence[Sample], rows: np.ndarray) -> None:
        """Keep a batch.

        Raises:
            OutputError: the folder cannot be written.
        """
        for sample, row in zip(samples, rows, strict=True):
            self.samples[sample.board], self._rows[sample.board] = sample, row
        if self.folder is not None:
            name = f"{samples[0].board:06d}-{samples[-1].board:06d}"
            stream = BytesIO()
            np.save(stream, rows)
            lines = "".join(json.dumps(sample.to_json(), allow_nan=False) + "\n" for sample in samples)
            write_whole(self.folder, {name + VALUES: stream.getvalue(), name + LINES: lines})  # the results last
            forget(self.folder)

    def table(self, boards: Sequence[int]) -> np.ndarray:
        """Values of the parts, shape (boards, parts)."""
        return np.array([self._rows[board] for board in boards], np.float32).reshape(len(boards), self.columns)

    def _read(self, path: Path) -> list[tuple[Sample, np.ndarray]]:
        """A batch; empty if its files are not whole: its boards are then run again.

        Raises:
            OutputError: a file is there and cannot be read.
        """
        try:
            samples = [_sample(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
            rows = np.load(path.with_suffix(VALUES), allow_pickle=False)
            if rows.shape != (len(samples), self.columns):
                return []
            return list(zip(samples, rows, strict=True))
        except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError, EOFError):
            return []
        except OSError as error:
            raise OutputError(f"cannot read: {error.strerror}", where=str(path)) from error


def _sample(record: Mapping[str, object]) -> Sample:
    sample = Sample.from_json(record)
    if not isinstance(sample.board, int):
        raise TypeError("board")
    return sample
