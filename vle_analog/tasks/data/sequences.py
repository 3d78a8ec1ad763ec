"""Labelled sequences from .npz files: one after another at the inputs, the class of each as the target."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from vle_analog.equations.tables import Number, inside
from vle_analog.errors import SystemFileError, nearest
from vle_analog.sequences import Levels
from vle_analog.stimulus import Array, Piecewise
from vle_analog.tasks.answers import Labels
from vle_analog.tasks.data.kind import ARGMAX, DataTable, Material, Part, Setting

#: in which order sequences to learn from come
RANDOM, TURNS = "random", "turns"


class SequenceData(DataTable):
    """Arrays ``sequences``, shape (n, samples) or (n, samples, inputs), and ``labels``, shape (n,), whole numbers from
    0.

    Samples come every ``dt`` model units, linear in between; while one sequence is heard, its class's target is
    ``high`` and all others ``low``. Its answer is the output with the largest mean over the sequence's end, from the
    part ``at`` of it on. Sequences to learn from come in random order, those of a set all before one comes again; with
    ``order`` "turns" the classes take turns, so that weights, which follow what they just heard, do not follow chance's
    runs of one class. All others come in the file's order. Where no file is there to validate by, the part ``hold_out``
    at the end of the one to learn from is.
    """

    measure: str = ARGMAX
    train: str
    validation: str | None = None
    exam: str
    dt: Number
    at: Number = 0.0
    low: Number = 0.0
    high: Number = 1.0
    hold_out: Number = 0.2
    order: str = RANDOM

    def has_targets(self, setting: Setting) -> bool:
        return True

    def files(self, folder: Path) -> tuple[Path, ...]:
        return tuple(folder / name for name in (self.train, self.validation, self.exam) if name is not None)

    def check(self, setting: Setting) -> None:
        super().check(setting)
        if self.measure != ARGMAX or self.read is not None:
            raise SystemFileError("the largest mean is read, from 'at' on", where="data", hint="leave the rest out")
        for name, fits in (("dt", self.dt > 0), ("at", 0 <= self.at < 1), ("hold_out", 0 < self.hold_out < 1)):
            if not fits:
                value = getattr(self, name)
                what = "is not positive" if name == "dt" else "is no part of a sequence or file"
                raise SystemFileError(f"{value:g} {what}", where=f"data.{name}", hint="see docs/tasks.md")
        if self.order not in (RANDOM, TURNS):
            raise SystemFileError(
                f"'{self.order}' is no order", where="data.order", hint=nearest(self.order, (RANDOM, TURNS))
            )
        for part in Part:
            self.sequences(part, setting)

    def length(self, part: Part, setting: Setting) -> float:
        sequences, _ = self.sequences(part, setting)
        return sequences.shape[0] * sequences.shape[1] * self.dt

    def material(self, part: Part, setting: Setting, rng: np.random.Generator, span: float) -> Material:
        sequences, labels = self.sequences(part, setting)
        samples, hold = sequences.shape[1], sequences.shape[1] * self.dt
        rounds = max(1, int(np.ceil(span / (hold * len(labels)) - 1e-9)))
        orders = [self._round(labels, rng) if part is Part.TRAIN else np.arange(len(labels)) for _ in range(rounds)]
        order = np.concatenate(orders)[: max(1, int(np.ceil(span / hold - 1e-9)))]
        times = self.dt * (np.arange(len(order) * samples) + 0.5)  # a sample stands in the middle of its time
        heard = sequences[order].reshape(-1, setting.inputs)
        inputs = tuple(Piecewise(times, column) for column in heard.T)
        wanted = labels[order]
        targets = tuple(
            Levels(np.where(wanted == number, self.high, self.low), hold) for number in range(setting.outputs)
        )
        begins = hold * np.arange(len(order))
        answers = Labels(begins + self.at * hold, begins + hold, wanted).until(span * (1 + 1e-9))
        return Material(inputs[0] if len(inputs) == 1 else inputs, targets, answers)

    def _round(self, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Numbers of all sequences in an order to learn from."""
        drawn = rng.permutation(len(labels))
        if self.order == RANDOM:
            return drawn
        turn = np.zeros(len(labels), int)
        for label in np.unique(labels):
            own = labels[drawn] == label
            turn[own] = np.arange(own.sum())
        return drawn[np.argsort(turn, kind="stable")]

    def sequences(self, part: Part, setting: Setting) -> tuple[Array, np.ndarray]:
        """Sequences, shape (n, samples, inputs), and labels, shape (n,)."""
        name = {Part.TRAIN: self.train, Part.EXAM: self.exam}.get(part, self.validation)
        path = setting.folder / (name or self.train)
        with inside(f"data.{part.value}"):
            sequences, labels = _read(path)
            _fitting(sequences, labels, setting, path)
            if name is None or (part is Part.TRAIN and self.validation is None):
                edge = round((1 - self.hold_out) * len(labels))
                kept = slice(edge, None) if name is None else slice(None, edge)
                sequences, labels = sequences[kept], labels[kept]
            if not len(labels):
                raise SystemFileError("there are no sequences in it", where=str(path), hint="add some")
        return sequences, labels


def _read(path: Path) -> tuple[Array, np.ndarray]:
    """Sequences, shape (n, samples, inputs), and labels, shape (n,), of a file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            for name in ("sequences", "labels"):
                if name not in file:
                    hint = nearest(name, file) + ": numpy.savez(path, sequences=..., labels=...) writes both"
                    raise SystemFileError(f"there is no array '{name}'", where=str(path), hint=hint)
            sequences, labels = np.asarray(file["sequences"]), np.asarray(file["labels"])
    except FileNotFoundError:
        raise SystemFileError("there is no such file", where=str(path), hint="check the path") from None
    except (OSError, ValueError, EOFError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        hint = "write it by numpy.savez, with numbers alone"
        raise SystemFileError(f"this is no .npz file: {str(error)[:80]}", where=str(path), hint=hint) from None
    if sequences.ndim == 2:
        sequences = sequences[:, :, None]
    if sequences.ndim != 3 or sequences.shape[1] < 2 or not np.issubdtype(sequences.dtype, np.number):
        raise SystemFileError(
            f"'sequences' has shape {sequences.shape}",
            where=str(path),
            hint="give numbers of shape (n, samples) or (n, samples, inputs), with at least two samples",
        )
    if not np.issubdtype(labels.dtype, np.integer) or labels.shape != sequences.shape[:1]:
        raise SystemFileError(
            f"'labels' has shape {labels.shape} and type {labels.dtype}",
            where=str(path),
            hint=f"give whole numbers of shape {sequences.shape[:1]}, one per sequence",
        )
    return np.asarray(sequences, float), labels


def _fitting(sequences: Array, labels: np.ndarray, setting: Setting, path: Path) -> None:
    """Refuse what does not fit the network."""
    if not np.isfinite(sequences).all():
        place = tuple(int(axis) for axis in np.argwhere(~np.isfinite(sequences))[0])
        what = f"'sequences' has a value that is not finite, at {place}"
        raise SystemFileError(what, where=str(path), hint="remove or mend the sequence")
    if sequences.shape[2] != setting.inputs:
        what = f"sequences of {sequences.shape[2]} signals, where the network has {setting.inputs} inputs"
        raise SystemFileError(what, where=str(path), hint=f"set inputs = {sequences.shape[2]} in [network]")
    if len(labels) and not 0 <= labels.min() <= labels.max() < setting.outputs:
        wrong = int(labels.min() if labels.min() < 0 else labels.max())
        what = f"there is a label {wrong}, where the network has {setting.outputs} outputs"
        raise SystemFileError(what, where=str(path), hint="labels count from 0; give the top layer as many neurons")
