"""What is right and what is wrong: signs that are read at moments, and classes that are read from a stretch's mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class AnswerKind:
    """What answers are, and how many of them guessing gets right.

    Attributes:
        noun: what is right or wrong, in the plural.
        chance: the fraction of them that is right by guessing.
    """

    noun: str = "bits"
    chance: float = 0.5

    @property
    def share(self) -> str:
        """What an axis or a column of right answers is called."""
        return f"{self.noun} right (%)"


BITS = AnswerKind()


@dataclass(frozen=True)
class Answers:
    """Moments at which signs are read from the outputs, and the right signs.

    Attributes:
        times: of the readings, model units, shape (n,).
        wanted: +1 or -1, shape (n,) for one output, (n, outputs) for several.
    """

    times: np.ndarray
    wanted: np.ndarray

    def right(self, time: Array, outputs: Array) -> float:
        """The fraction of readings that have the wanted sign.

        Args:
            time: model units, shape (m,).
            outputs: shape (m,) for one output, (m, outputs) for several.
        """
        read = [np.interp(self.times, time, output) for output in outputs.reshape(len(time), -1).T]
        return float(np.mean(np.sign(np.stack(read, axis=-1)) == self.wanted.reshape(len(self.times), -1)))

    @property
    def kind(self) -> AnswerKind:
        """Signs are bits."""
        return BITS

    def until(self, end: float) -> Answers:
        """Those that are read up to a moment."""
        kept = self.times <= end
        return Answers(self.times[kept], self.wanted[kept])

    def since(self, begin: float) -> Answers:
        """Those that are read from a moment on."""
        kept = self.times >= begin
        return Answers(self.times[kept], self.wanted[kept])

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """All that they are made of."""
        return self.times, self.wanted


@dataclass(frozen=True)
class Labels:
    """Stretches whose class is the output with the largest mean over the stretch.

    Attributes:
        begins, ends: of the stretches, model units, shape (n,).
        wanted: number of the right output, from 0, shape (n,).
    """

    begins: np.ndarray
    ends: np.ndarray
    wanted: np.ndarray

    def right(self, time: Array, outputs: Array) -> float:
        """The fraction of stretches whose class is the right one; arguments as `Answers.right` has them."""
        begins, ends = (np.clip(edges, time[0], time[-1]) for edges in (self.begins, self.ends))
        merged = np.unique(np.concatenate([time, begins, ends]))
        low, high = np.searchsorted(merged, begins), np.searchsorted(merged, ends)
        means = np.empty((outputs.shape[1], len(self.wanted)))
        for place, output in enumerate(outputs.T):
            filled = np.interp(merged, time, output)
            integral = np.concatenate([[0.0], np.cumsum(0.5 * (filled[1:] + filled[:-1]) * np.diff(merged))])
            means[place] = integral[high] - integral[low]  # over one length: the stretch's
        return float(np.mean(np.argmax(means, axis=0) == self.wanted))

    @property
    def kind(self) -> AnswerKind:
        """One of so many classes, taken as alike in number."""
        return AnswerKind("classes", 1 / (1 + int(np.max(self.wanted, initial=1))))

    def until(self, end: float) -> Labels:
        """Those that are over at a moment."""
        kept = self.ends <= end
        return Labels(self.begins[kept], self.ends[kept], self.wanted[kept])

    def since(self, begin: float) -> Labels:
        """Those that begin at a moment or later."""
        kept = self.begins >= begin
        return Labels(self.begins[kept], self.ends[kept], self.wanted[kept])

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """All that they are made of."""
        return self.begins, self.ends, self.wanted
