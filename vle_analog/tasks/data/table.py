"""Inputs and targets from CSV files."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from vle_analog.equations.stimulusfile import Columns, read_columns
from vle_analog.equations.tables import Number, inside
from vle_analog.errors import SystemFileError, nearest
from vle_analog.stimulus import Array, Piecewise
from vle_analog.tasks.data.kind import DataTable, Material, Part, Setting


class TableData(DataTable):
    """Columns ``time``, inputs, targets, linear between rows; played again from the start where a run is longer.

    ``inputs`` and ``targets`` name columns; unless they do, the inputs come first. Where no file is there to validate
    by, the part ``hold_out`` at the end of the one to learn from is, and is not learned from.
    """

    train: str
    validation: str | None = None
    exam: str
    inputs: list[str] | None = None
    targets: list[str] | None = None
    hold_out: Number = 0.2

    def has_targets(self, setting: Setting) -> bool:
        return not setting.taught if self.targets is None else len(self.targets) > 0

    def files(self, folder: Path) -> tuple[Path, ...]:
        return tuple(folder / name for name in (self.train, self.validation, self.exam) if name is not None)

    def check(self, setting: Setting) -> None:
        super().check(setting)
        if not 0 < self.hold_out < 1:
            raise SystemFileError(f"{self.hold_out:g} is no part", where="data.hold_out", hint="e.g. 0.2")
        for part in Part:
            self._columns(part, setting)

    def length(self, part: Part, setting: Setting) -> float:
        times, _ = self._columns(part, setting)
        return float(times[-1])

    def material(self, part: Part, setting: Setting, rng: np.random.Generator, span: float) -> Material:
        times, values = self._columns(part, setting)
        period = float(times[-1] + np.median(np.diff(times)))  # from the last row to the first one again
        rounds = max(1, int(np.ceil((span - times[-1]) / period)) + 1)
        moments = (period * np.arange(rounds)[:, None] + times).ravel()
        signals = [Piecewise(moments, np.tile(column, rounds)) for column in values.T]
        inputs, targets = tuple(signals[: setting.inputs]), tuple(signals[setting.inputs :])
        answers = self.judged(targets, span) if targets else None
        return Material(_alone(inputs), _alone(targets) if targets else None, answers)

    def _columns(self, part: Part, setting: Setting) -> tuple[Array, Array]:
        """Times from 0 on, shape (n,), and inputs and targets, shape (n, columns)."""
        name = {Part.TRAIN: self.train, Part.EXAM: self.exam}.get(part, self.validation)
        path = setting.folder / (name or self.train)
        with inside(f"data.{part.value}"):
            table = _read(path)
            chosen = self._chosen(table, setting, path)
        times, values = table.times - table.times[0], table.values[:, chosen]
        if name is None or (part is Part.TRAIN and self.validation is None):
            edge = int(np.searchsorted(times, (1 - self.hold_out) * times[-1]))
            times, values = (times[edge:], values[edge:]) if name is None else (times[:edge], values[:edge])
        if len(times) < 2:
            raise SystemFileError(
                "too few rows to hold some out", where=f"{path}", hint="give more rows, or a file as 'validation'"
            )
        return times - times[0], values

    def _chosen(self, table: Columns, setting: Setting, path: Path) -> list[int]:
        """Numbers of the columns of inputs and targets, from 0."""
        wanted = setting.inputs + (setting.outputs if self.has_targets(setting) else 0)
        words = f"{setting.inputs} inputs" + (f" and {setting.outputs} targets" if self.has_targets(setting) else "")
        if self.inputs is None and not self.targets:
            if table.values.shape[1] != wanted:
                raise SystemFileError(
                    f"{table.values.shape[1]} columns beside the time, where the network has {words}",
                    where=str(path),
                    hint="add or remove columns, or name those to take as 'inputs' and 'targets'",
                )
            return list(range(wanted))
        if table.names is None:
            raise SystemFileError(
                "the columns have no names", where=f"{path}: line 1", hint="begin with a line 'time,...' of names"
            )
        places = {name: number for number, name in enumerate(table.names)}
        named = [*self._named(self.inputs, "inputs", setting.inputs), *self._targets(setting)]
        for name in named:
            if name not in places:
                raise SystemFileError(f"there is no column '{name[:40]}'", where=str(path), hint=nearest(name, places))
        return [places[name] for name in named]

    def _targets(self, setting: Setting) -> Sequence[str]:
        return self._named(self.targets, "targets", setting.outputs) if self.has_targets(setting) else ()

    def _named(self, names: Sequence[str] | None, key: str, count: int) -> Sequence[str]:
        if names is None:
            other = "targets" if key == "inputs" else "inputs"
            raise SystemFileError(f"'{other}' are named, '{key}' are not", where="data", hint=f"name the {key}, too")
        if len(names) != count:
            raise SystemFileError(
                f"{len(names)} {key} for a network with {count}", where=f"data.{key}", hint="name as many columns"
            )
        return names


def _read(path: Path) -> Columns:
    """The file's columns, read once while it stays the same."""
    try:
        stat = path.stat()
    except OSError:
        return read_columns(path)  # which says what is wrong
    return _kept(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=12)
def _kept(path: Path, changed: int, size: int) -> Columns:
    return read_columns(path)


def _alone(signals: tuple[Piecewise, ...]) -> Piecewise | tuple[Piecewise, ...]:
    return signals[0] if len(signals) == 1 else signals
