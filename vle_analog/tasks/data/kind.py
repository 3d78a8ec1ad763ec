"""What a kind of data is."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import numpy as np

from vle_analog.equations.tables import Number, Table
from vle_analog.errors import SystemFileError, nearest
from vle_analog.stimulus import Stimulus
from vle_analog.tasks.answers import Answers, Labels
from vle_analog.tasks.task import Data

#: how answers are judged, besides by their mean squared error
MSE, SIGN, ARGMAX = "mse", "sign", "argmax"
MEASURES = (MSE, SIGN, ARGMAX)


class Part(Enum):
    """Which of a task's three sets of data; the value is its key in a file."""

    TRAIN = "train"
    VALIDATION = "validation"
    EXAM = "exam"


@dataclass(frozen=True)
class Setting:
    """What data may depend on.

    Attributes:
        folder: of the task's file.
        inputs: of the network.
        outputs: of the network.
        taught: whether a teacher beside the network gives the targets.
    """

    folder: Path
    inputs: int
    outputs: int
    taught: bool


@dataclass(frozen=True)
class Material(Data):
    """One set of data, from time zero on, and what is right or wrong in all of it."""

    answers: Answers | Labels | None = None


class Reading(Table):
    """When answers are read: once in every stretch of ``every`` model units, a sign after the part ``at`` of it, a
    class by the mean over all that comes after that part."""

    every: Number
    at: Number | None = None


class DataTable(Table):
    """Data as a task's file describes them."""

    kind: str
    measure: str = MSE
    read: Reading | None = None

    @property
    def beat(self) -> float | None:
        """What plasticity is switched in whole multiples of, model units; None for anything."""
        return None

    def has_targets(self, setting: Setting) -> bool:
        """Whether it has targets of its own."""
        return False

    def files(self, folder: Path) -> tuple[Path, ...]:
        """What else than the task's file they are made of."""
        return ()

    def length(self, part: Part, setting: Setting) -> float | None:
        """How long a set of data is, model units; None where there is no end."""
        return None

    def check(self, setting: Setting) -> None:
        """Refuse data that do not fit the network.

        Raises:
            SystemFileError: as it says.
        """
        if self.measure not in MEASURES:
            hint = nearest(self.measure, MEASURES)
            raise SystemFileError(f"unknown measure '{self.measure[:40]}'", where="data.measure", hint=hint)
        if self.read is not None and not (self.read.every > 0 and 0 <= (self.read.at or 0.0) < 1):
            raise SystemFileError(
                "answers are read every so many model units, at a part of them from 0 on and below 1",
                where="data.read",
                hint="for example read = {every = 2.0, at = 0.75}",
            )
        if self.measure == ARGMAX and setting.outputs < 2:
            raise SystemFileError(
                "one output has no largest one", where="data.measure", hint="take 'sign', or one output per class"
            )
        if self.has_targets(setting) and setting.taught:
            raise SystemFileError(
                "there are targets, and a teacher that gives others", where="data", hint="leave one of them out"
            )
        if not self.has_targets(setting) and not setting.taught:
            raise SystemFileError(
                f"data of kind '{self.kind}' have no targets", where="data", hint="add a [teacher] with layers"
            )

    @abstractmethod
    def material(self, part: Part, setting: Setting, rng: np.random.Generator, span: float) -> Material:
        """One set of data.

        Args:
            part: which.
            setting: of the task.
            rng: that draws what is random.
            span: that it has to last for, model units.

        Raises:
            SystemFileError: a file that cannot be used.
            EquationError: a value that cannot be.
        """

    def judged(self, targets: tuple[Stimulus, ...], span: float) -> Answers | Labels | None:
        """What is right in answers, as the targets say.

        Args:
            targets: one per output.
            span: up to which answers are read, model units.

        Raises:
            SystemFileError: no answer is right or wrong.
        """
        if self.measure == MSE or self.read is None:
            return None
        every, count = self.read.every, int(span / self.read.every * (1 + 1e-12))
        begins = every * np.arange(count, dtype=np.float64)
        if self.measure == SIGN:
            times = begins + every * (0.75 if self.read.at is None else self.read.at)
            wanted = np.sign(np.stack([target(times) for target in targets], axis=-1))
            told = (wanted != 0).all(axis=-1)  # where a target is zero nothing is asked
            if not told.any():
                what = "no target has a sign where answers are read"
                raise SystemFileError(what, where="data.read", hint="read them elsewhere, or take measure = 'mse'")
            return Answers(times[told], wanted[told] if len(targets) > 1 else wanted[told][:, 0])
        begins, ends = begins + every * (self.read.at or 0.0), begins + every
        inside = begins[:, None] + (ends - begins)[:, None] * (np.arange(32) + 0.5) / 32
        means = np.stack([target(inside).mean(axis=-1) for target in targets])
        return Labels(begins, ends, np.argmax(means, axis=0))
